//! The workload behind the Service is scaled to zero.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::selector::selects;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "endpoints-scaled-to-zero",
    hop: Hop::Endpoints,
    severity: Severity::Error,
    title: "the workload behind the Service is scaled to zero",
    explain: include_str!("endpoints_scaled_to_zero.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(pods)) = (backend.service.found(), backend.pods.found()) else {
        return;
    };
    let Some(selector) = service.selector() else {
        return;
    };
    let fitting: Vec<_> = pods
        .owners
        .iter()
        .filter(|o| selects(selector, &o.labels))
        .collect();
    let Some(owner) = fitting
        .first()
        .filter(|_| fitting.iter().all(|o| o.replicas == 0))
    else {
        return;
    };
    // Pods that run are those of a workload that could not be seen.
    let runs = pods.templates.is_none() && !pods.selected.is_empty();
    if case.carries_traffic(backend) || runs && !*pods.all_owners {
        return;
    }
    let object = format!("{} {}/{}", owner.kind.name(), service.namespace, owner.name);
    sink.find(
        &CHECK,
        subject(owner.kind, Some(&service.namespace), &owner.name),
        format!("{object} is scaled to zero"),
    )
    .why(format!(
        "Service {}/{} selects its pods, and there are none",
        service.namespace, service.name
    ))
    .see(Evidence::raw(
        &object,
        if owner.kind == crate::facts::Kind::DaemonSet {
            ".status.desiredNumberScheduled"
        } else {
            ".spec.replicas"
        },
        0,
    ))
    .see(Evidence::raw(
        format!("Service {}/{}", service.namespace, service.name),
        ".spec.selector",
        crate::diagnosis::semantics::selector::equality(selector),
    ))
    .fix("scale it up")
    .run(format!(
        "{} scale {} --replicas=1",
        case.settings.kubectl_in(&service.namespace),
        quote(&owner.kubectl_name())
    ))
    .done();
}
