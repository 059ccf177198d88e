//! Whoever makes the load balancer could not, and says so in an Event.

use k8s_openapi::api::core::v1::{Event, Service};

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::pod::{event_line, event_time};
use crate::diagnosis::semantics::service::service_type;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// Reasons of Events about a load balancer that was not made or not brought up to date.
const FAILURES: &[&str] = &[
    "SyncLoadBalancerFailed",
    "UpdateLoadBalancerFailed",
    "UnAvailableLoadBalancer",
    "FailedBuildModel",
    "FailedDeployModel",
    "FailedNetworkReconcile",
    "SyncExternalLoadBalancerFailed",
];
/// Reasons of Events that say that it was.
const SUCCESSES: &[&str] = &[
    "EnsuredLoadBalancer",
    "UpdatedLoadBalancer",
    "SuccessfullyReconciled",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-sync-failed",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer could not be made or brought up to date",
    explain: include_str!("lb_sync_failed.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((service, severity)) = suspect(case) else {
        return;
    };
    let Ok(events) = super::events(case, service) else {
        return;
    };
    let last = |reasons: &[&str]| {
        let named = |e: &&Event| e.reason.as_deref().is_some_and(|r| reasons.contains(&r));
        events.iter().map(|e| &**e).rfind(named)
    };
    let Some(failure) = last(FAILURES) else {
        return;
    };
    if last(SUCCESSES).is_some_and(|e| event_time(e) > event_time(failure)) {
        return;
    }
    let (label, kubectl) = (
        label_of(service),
        case.settings.kubectl_in(namespace_of(service)),
    );
    let said = failure.message.as_deref().unwrap_or_default().trim();
    sink.find(
        &CHECK,
        subject_of(service),
        format!(
            "the load balancer of {label} could not be made or brought up to date: {}",
            failure.reason.as_deref().unwrap_or_default()
        ),
    )
    .severity(severity)
    .why(if said.is_empty() {
        "whoever makes it says no more than that".to_owned()
    } else {
        said.to_owned()
    })
    .see(Evidence::Event(event_line(failure)))
    .see(Evidence::raw(
        label,
        ".status.loadBalancer.ingress",
        if super::has_address(service) {
            "has an address"
        } else {
            "[]"
        },
    ))
    .fix("do what the message asks for: a quota, a right, a tag of a subnet; whoever makes the load balancer tries again by itself")
    .run(format!("{kubectl} describe service {}", quote(name_of(service))))
    .done();
}

/// The LoadBalancer Service before the controller that has no address, or none that takes connections, and how bad that is.
fn suspect<'c>(case: &Case<'c, '_>) -> Option<(&'c Service, Severity)> {
    if let Some((service, severity)) = super::pending(case) {
        return Some((service, severity));
    }
    // With nobody behind it the load balancer is not what is wrong.
    let controller = case.entrance.controller.found()?;
    let lb = case.entrance.load_balancer.found()?;
    let service = lb.service.as_deref()?;
    let dead = !lb.at_resolved.is_empty() && lb.at_resolved.iter().all(Attempt::is_dead);
    let runs = controller.ready_pods() > 0;
    (dead && runs && service_type(service) == "LoadBalancer").then_some((service, Severity::Error))
}
