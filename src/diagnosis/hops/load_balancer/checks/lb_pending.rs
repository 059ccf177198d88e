//! The LoadBalancer Service before the controller has no address.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-pending",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the LoadBalancer Service has no address yet",
    explain: include_str!("lb_pending.md"),
    symptom_of: &[&["lb-sync-failed", "lb-no-implementation"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((service, severity)) = super::pending(case) else {
        return;
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
