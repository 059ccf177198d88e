//! Pitfalls of pods.

pub mod pod_app_error;
pub mod pod_bound_to_localhost;
pub mod pod_crashloop;
pub mod pod_not_listening;
pub mod pod_not_starting;
pub mod pod_readiness_failing;
pub mod pod_readiness_gate;

use k8s_openapi::api::core::v1::{Event, Pod};

use crate::diagnosis::checks::Case;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::pod::Pods;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::report::Severity;

/// An error when nobody is there to answer, a warning while others carry the load: ready pods, or those that the controller still
/// sends to on their way out.
fn severity(case: &Case, backend: &Backend, pods: &Pods) -> Severity {
    if case.carries_traffic(backend) || pods.selected.iter().any(|p| is_ready(p)) {
        Severity::Warning
    } else {
        Severity::Error
    }
}

/// Events about one pod with one of these reasons, newest first.
fn events<'p>(pods: &'p Pods, pod: &Pod, reasons: &[&str]) -> Vec<&'p Event> {
    let mut found: Vec<&Event> = pods
        .events
        .iter()
        .map(|e| &**e)
        .filter(|e| {
            e.involved_object.name.as_deref() == Some(name_of(pod))
                && e.reason.as_deref().is_some_and(|r| reasons.contains(&r))
        })
        .collect();
    found.reverse();
    found
}

/// The namespace of the pods.
fn namespace<'b>(backend: &'b Backend) -> &'b str {
    backend
        .service
        .found()
        .map_or("default", |s| s.namespace.as_str())
}

/// `1 of 3`, or nothing when it is all of one.
fn share(hit: usize, all: usize) -> String {
    if all == 1 {
        String::new()
    } else {
        format!(" ({hit} of {all} pods)")
    }
}
