//! The Service is headless, so that nothing translates the port.

use k8s_openapi::api::core::v1::ServicePort;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::port::target_words;
use crate::diagnosis::semantics::service::is_headless;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-headless-misuse",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "a headless Service is called at its own port, and the pods listen on another",
    explain: include_str!("service_headless_misuse.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some((_, lookup)), Some(service)) = (case.called(), backend.service.found()) else {
        return;
    };
    let Some(object) = service.service.as_deref().filter(|s| is_headless(s)) else {
        return;
    };
    let (Some(number), false) = (
        backend.via.port.as_ref().and_then(|p| p.number),
        !lookup.is_found() && lookup.candidates.is_empty(),
    ) else {
        return;
    };
    let mut ports = object.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let translated = |p: &&ServicePort| p.port == number && target_words(p) != number.to_string();
    let Some(port) = ports.find(translated) else {
        return;
    };
    let inside = &backend.at_pods;
    // What answers at that port is meant, whatever the Service says.
    if !case.all_answered() || inside.pods.iter().any(|p| p.outcome().responds()) {
        return;
    }
    let proven = inside.pods.iter().any(|p| p.outcome() == Outcome::Refused);
    let label = format!("Service {}/{}", service.namespace, service.name);
    let target = target_words(port);
    let kubectl = case.settings.kubectl_in(&service.namespace);
    sink.find(
        &CHECK,
        subject(Kind::Service, Some(&service.namespace), &service.name),
        format!("{label} is headless: port {number} is not translated to {target}"),
    )
    .severity(if proven { Severity::Error } else { Severity::Warning })
    .why("its name leads to the pods themselves, so that the client calls their port, and port in the Service means nothing")
    .see(Evidence::field(&label, ".spec.clusterIP", "None"))
    .see(Evidence::raw(&label, ".spec.ports[].targetPort", &target))
    .see_all(inside.pods.iter().take(2).map(|p| p.loopback.evidence(case)))
    .fix(format!("call port {target}, or make a Service with an address of its own beside it"))
    .run(format!("{kubectl} get service {} -o yaml", quote(&service.name)))
    .done();
}
