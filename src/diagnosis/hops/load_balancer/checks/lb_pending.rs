//! The LoadBalancer Service before the controller has no address.

use crate::diagnosis::ask::reads::after_grace;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::service::service_type;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};
use k8s_openapi::api::core::v1::Service;

/// Seconds that an implementation may take to give an address.
const GRACE: i64 = 300;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-pending",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the LoadBalancer Service has no address yet",
    explain: include_str!("lb_pending.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(controller) = &case.entrance.controller.found else {
        return;
    };
    let balanced: Vec<&Service> = controller
        .services
        .iter()
        .flatten()
        .map(|s| &**s)
        .filter(|s| service_type(s) == "LoadBalancer")
        .collect();
    let on_nodes = controller
        .workloads
        .iter()
        .any(|w| w.host_network || !w.host_ports.is_empty());
    if on_nodes || balanced.iter().any(|s| has_address(s)) {
        return;
    }
    let Some(service) = balanced.first().copied() else {
        return;
    };
    let age = case.age(service.metadata.creation_timestamp.as_ref());
    let lb = case.entrance.load_balancer.found.as_ref();
    // What is reached all the same is not broken: another load balancer may go to the node ports.
    let answered = lb.is_some_and(|l| {
        l.at_resolved
            .iter()
            .any(|k: &Attempt| k.response().is_some())
    });
    let severity = match after_grace(age, GRACE) {
        Severity::Error if answered => Severity::Warning,
        other => other,
    };
    let namespace = namespace_of(service);
    let why = if severity == Severity::Info {
        "it is younger than five minutes; an address may still come"
    } else {
        "requests from outside have no address to go to"
    };
    sink.find(&CHECK, subject_of(service), format!("{} has no load balancer address", label_of(service)))
        .severity(severity)
        .why(why)
        .see(Evidence::raw(label_of(service), ".spec.type", "LoadBalancer"))
        .see(Evidence::raw(label_of(service), ".status.loadBalancer.ingress", "[]"))
        .look("the Events of the Service say what its load balancer implementation is missing; without any Event there is none: install one, or use type NodePort")
        .run(format!("{} describe service {}", case.settings.kubectl_in(namespace), quote(name_of(service))))
        .done();
}

fn has_address(service: &Service) -> bool {
    let status = service
        .status
        .as_ref()
        .and_then(|s| s.load_balancer.as_ref());
    let external = service.spec.as_ref().and_then(|s| s.external_ips.as_ref());
    status
        .and_then(|l| l.ingress.as_ref())
        .is_some_and(|i| !i.is_empty())
        || external.is_some_and(|e| !e.is_empty())
}
