//! Traefik has the certificate and no router that takes TLS.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::declared::tls_entry;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::behind;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-traefik-router-without-tls",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik has the certificate and no router for TLS",
    explain: include_str!("tls_traefik_router_without_tls.md"),
    symptom_of: &[&["lb-port-map"], WRONG_ADDRESS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let j = case.journey;
    let (Some(controller), Some(way), Some(rule)) = (
        &case.entrance.controller.found,
        &j.request,
        case.entrance.rule(),
    ) else {
        return;
    };
    if !way.https || !case.settled() {
        return;
    }
    let not_found = |k: &Attempt| {
        let own = |r| controller.make.wrote(r).is_some();
        k.response().is_some_and(|r| r.status == 404 && own(r))
    };
    if case.attempts().is_empty() || !case.attempts().iter().all(not_found) {
        return;
    }
    let Declared::Ingress(ingress) = &rule.place.declared;
    let ingress = &**ingress;
    let Some((index, _)) = tls_entry(ingress, &case.target.host) else {
        return;
    };
    let pod = controller.pods.iter().flatten().find(|p| is_ready(p));
    let service = case
        .entrance
        .load_balancer
        .found
        .as_ref()
        .and_then(|l| l.service.as_deref());
    let leads = service
        .zip(pod)
        .and_then(|(service, pod)| behind(service, way.port, pod));
    let Some(lacking) = controller.make.lacks_tls(rule, controller.args(), leads) else {
        return;
    };
    let Some(workload) = controller.workloads.first() else {
        return;
    };
    let label = label_of(ingress);
    let annotation = lacking.annotation;
    let title = format!(
        "{} has no router with TLS for {label}: entry point {} and the Ingress do not ask for it",
        controller.make.title(),
        lacking.entry_point
    );
    sink
        .find(&CHECK, subject_of(ingress), title)
        .severity(Severity::Error)
        .why("spec.tls only loads the certificate; a request over TLS finds no router and is answered 404")
        .see(Evidence::raw(&label, format!(".spec.tls[{index}]"), "covers the host"))
        .see(Evidence::Absent {
            what: format!(".metadata.annotations[{annotation}] = \"true\""),
            looked: label.clone(),
        })
        .see(Evidence::Absent {
            what: format!("an argument {}", lacking.argument),
            looked: workload.display(),
        })
        .see_all(case.request_lines())
        .fix("let the routers of the Ingress take TLS, or switch it on for the entry point")
        .run(format!(
            "{} annotate ingress {} {annotation}=true --overwrite",
            case.settings.kubectl_in(namespace_of(ingress)),
            quote(name_of(ingress))
        ))
        .done();
}
