//! The Service stands for a name that does not resolve, or for an address.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::resolver::Reply;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-externalname-problem",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "an ExternalName leads to no address",
    explain: include_str!("service_externalname_problem.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.journey.called.is_none() {
        return;
    }
    let Some(service) = backend.service.found().filter(|s| s.is_external_name()) else {
        return;
    };
    let Some((_, lookup)) = case.called() else {
        return;
    };
    let spec = service.service.as_ref().and_then(|s| s.spec.as_ref());
    let Some(target) = spec.and_then(|s| s.external_name.as_deref()) else {
        return;
    };
    let object = format!("Service {}/{}", service.namespace, service.name);
    let is_address = target
        .trim_end_matches('.')
        .parse::<std::net::IpAddr>()
        .is_ok();
    let own = lookup.candidates.iter().find(|c| {
        let meant = c.meaning.as_ref().and_then(|m| m.service());
        meant == Some((service.namespace.as_str(), service.name.as_str()))
    });
    let said = own.and_then(|c| lookup.at_pods.iter().find_map(|p| p.said(&c.name)));
    let found = said.as_ref().is_some_and(|s| s.reply == Reply::Found);
    if found || said.is_none() && !is_address {
        return;
    }
    let line = own.and_then(|c| lookup.at_pods.iter().find_map(|p| p.line(case, &c.name)));
    let kubectl = case.settings.kubectl_in(&service.namespace);
    let draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            if is_address {
                format!("{object} stands for {target}, which is an address and no name")
            } else {
                format!("{object} stands for {target}, which has no address")
            },
        )
        .see(Evidence::field(&object, ".spec.externalName", target))
        .see(line);
    if is_address {
        draft
            .why("the DNS server answers with another name for it, and an address is none: the name exists without an address")
            .fix("make a Service without selector and an EndpointSlice with the address in its place")
    } else {
        draft
            .why("the DNS server answers with that other name, and finds nothing behind it")
            .fix("correct the name; it has neither a scheme nor a port, and is read from the root")
    }
    .run(format!("{kubectl} edit service {}", quote(&service.name)))
    .done();
}
