//! A pod's containers do not start, or the pod itself is not made.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::pod::{containers, event_line, waiting_reason};
use crate::diagnosis::semantics::selector::selects;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};
use k8s_openapi::api::core::v1::Pod;

/// Reasons for which a container waits and will go on waiting.
const STUCK: &[&str] = &[
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];
/// Reasons of Events that say why a pod gets no further.
const EVENTS: &[&str] = &[
    "FailedScheduling", // the first: see where it is left out
    "FailedCreatePodSandBox",
    "FailedMount",
    "FailedAttachVolume",
    "Failed",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-not-starting",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the pods do not start",
    explain: include_str!("pod_not_starting.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(pods), Some(service)) = (&backend.pods.found, &backend.service.found) else {
        return;
    };
    let namespace = super::namespace(backend);
    let hit: Vec<(&Pod, Stuck)> = pods
        .selected
        .iter()
        .filter(|p| !is_ready(p) && p.metadata.deletion_timestamp.is_none())
        .filter_map(|p| Some((&**p, stuck(p)?)))
        .collect();
    if let Some((pod, stuck)) = hit.first() {
        let name = name_of(*pod);
        let object = format!("Pod {namespace}/{name}");
        // Once a node was found, it is history that there was none.
        let reasons = if stuck.creating { &EVENTS[1..] } else { EVENTS };
        let events = super::events(pods, pod, reasons);
        // A container that is only being created is a fault when the kubelet says so.
        if stuck.creating && events.is_empty() {
            return;
        }
        sink.find(
            &CHECK,
            subject(Kind::Pod, Some(namespace), name),
            format!(
                "{object} does not start: {}{}",
                stuck.reason,
                super::share(hit.len(), pods.selected.len())
            ),
        )
        .severity(super::severity(case, backend, pods))
        .why(
            stuck
                .message
                .clone()
                .unwrap_or_else(|| "a pod that does not start gets no requests".to_owned()),
        )
        .see(Evidence::raw(&object, &stuck.field, &stuck.reason))
        .see_all(
            events
                .into_iter()
                .take(1)
                .map(|e| Evidence::Event(event_line(e))),
        )
        .fix("do what the kubelet's words ask for")
        .run(format!(
            "{} describe pod {}",
            case.settings.kubectl_in(namespace),
            quote(name)
        ))
        .done();
        return;
    }
    let Some(selector) = service.selector().filter(|_| pods.selected.is_empty()) else {
        return;
    };
    let failed = pods
        .owners
        .iter()
        .find(|o| selects(selector, &o.labels) && o.replicas > 0);
    if let Some((owner, failure)) = failed.and_then(|o| Some((o, o.failure.as_ref()?))) {
        let object = format!("{} {namespace}/{}", owner.kind.name(), owner.name);
        sink.find(
            &CHECK,
            subject(owner.kind, Some(namespace), &owner.name),
            format!("{object} cannot make its pods"),
        )
        .why(failure.clone())
        .see(Evidence::raw(
            &object,
            ".status.conditions[ReplicaFailure]",
            failure,
        ))
        .fix("do what the message asks for")
        .run(format!(
            "{} describe {}",
            case.settings.kubectl_in(namespace),
            quote(&owner.kubectl_name())
        ))
        .done();
    }
}

struct Stuck {
    reason: String,
    message: Option<String>,
    field: String,
    /// Only being created so far, which is normal for a while.
    creating: bool,
}

fn stuck(pod: &Pod) -> Option<Stuck> {
    for c in containers(pod) {
        let Some(reason) = waiting_reason(c).filter(|r| STUCK.contains(r)) else {
            continue;
        };
        let message = c
            .state
            .as_ref()
            .and_then(|s| s.waiting.as_ref()?.message.clone());
        return Some(Stuck {
            reason: reason.to_owned(),
            message: message.map(|m| format!("container {}: {m}", c.name)),
            field: format!(".status.containerStatuses[{}].state.waiting.reason", c.name),
            creating: false,
        });
    }
    let conditions = || {
        pod.status
            .iter()
            .flat_map(|s| s.conditions.iter().flatten())
    };
    if let Some(c) = conditions().find(|c| c.type_ == "PodScheduled" && c.status == "False") {
        return Some(Stuck {
            reason: c
                .reason
                .clone()
                .unwrap_or_else(|| "not scheduled".to_owned()),
            message: c.message.clone(),
            field: ".status.conditions[PodScheduled].reason".to_owned(),
            creating: false,
        });
    }
    let creating = containers(pod).any(|c| {
        matches!(
            waiting_reason(c),
            Some("ContainerCreating" | "PodInitializing")
        )
    });
    let pending = pod.status.as_ref().and_then(|s| s.phase.as_deref()) == Some("Pending");
    (creating || pending).then(|| Stuck {
        reason: "its containers are being created".to_owned(),
        message: None,
        field: ".status.phase".to_owned(),
        creating: true,
    })
}
