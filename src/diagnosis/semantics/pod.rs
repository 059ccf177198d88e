//! A pod's status in words: what the kubelet says, the first thing that is wrong first.

use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod, PodCondition};

use crate::report::State;

/// Whether the pod is Ready and not on its way out.
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|s| s.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions
            .into_iter()
            .any(|c| c.type_ == "Ready" && c.status == "True")
}

/// Whether the pod has ended for good: its work is done, or it failed and is not started again.
pub fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|s| s.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// The workload that made a pod, as kubectl names it: of a ReplicaSet the Deployment whose name it has, with a hash behind.
pub fn made_by(pod: &Pod) -> Option<String> {
    let owners = pod.metadata.owner_references.as_ref()?;
    let owner = owners.iter().find(|o| o.controller == Some(true))?;
    let (kind, name) = match (owner.kind.as_str(), owner.name.rsplit_once('-')) {
        ("ReplicaSet", Some((name, _))) => ("deployment".to_owned(), name),
        (kind, _) => (kind.to_ascii_lowercase(), owner.name.as_str()),
    };
    Some(format!("{kind}/{name}"))
}

/// Init containers first, as they run first.
pub fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let init = status
        .into_iter()
        .flat_map(|s| s.init_container_statuses.iter().flatten());
    let main = status
        .into_iter()
        .flat_map(|s| s.container_statuses.iter().flatten());
    init.chain(main)
}

/// The condition that says why no node takes the pod, where none does.
pub fn unscheduled(pod: &Pod) -> Option<&PodCondition> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    conditions
        .iter()
        .find(|c| c.type_ == "PodScheduled" && c.status == "False")
}

/// The init container that runs while the containers behind it wait. One that restarts always runs beside them, once it has started.
pub fn initializing(pod: &Pod) -> Option<&ContainerStatus> {
    let status = pod.status.as_ref()?;
    let runs = |c: &&ContainerStatus| c.state.as_ref().is_some_and(|s| s.running.is_some());
    let statuses = status.init_container_statuses.iter().flatten();
    let mut running = statuses
        .filter(runs)
        .filter(|c| c.started != Some(true) || !is_sidecar(pod, &c.name));
    let waits = |c: &ContainerStatus| waiting_reason(c) == Some("PodInitializing");
    let mut main = status.container_statuses.iter().flatten();
    running.next().filter(|_| main.any(waits))
}

fn is_sidecar(pod: &Pod, name: &str) -> bool {
    let spec = pod
        .spec
        .iter()
        .flat_map(|s| s.init_containers.iter().flatten());
    spec.into_iter()
        .any(|c| c.name == name && c.restart_policy.as_deref() == Some("Always"))
}

/// The reason for which a container waits: `CrashLoopBackOff`, `ImagePullBackOff`.
pub fn waiting_reason(container: &ContainerStatus) -> Option<&str> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    waiting.reason.as_deref()
}

/// How a pod does, as a mark.
pub fn state(pod: &Pod) -> State {
    if pod.metadata.deletion_timestamp.is_some() || has_ended(pod) {
        State::Skipped
    } else if is_ready(pod) {
        State::Ok
    } else {
        State::Broken
    }
}

/// A pod in a few words.
pub fn words(pod: &Pod) -> String {
    if pod.metadata.deletion_timestamp.is_some() {
        return "terminating".to_owned();
    }
    if is_ready(pod) {
        return "ready".to_owned();
    }
    if let Some(c) = initializing(pod) {
        return format!("init container {} has not ended", c.name);
    }
    if let Some(c) = containers(pod).find(|c| waiting_reason(c).is_some()) {
        return waiting_reason(c).unwrap_or_default().to_owned();
    }
    if let Some(unscheduled) = unscheduled(pod) {
        let reason = unscheduled.reason.as_deref().unwrap_or("not scheduled");
        return format!("Pending ({reason})");
    }
    let phase = pod
        .status
        .as_ref()
        .and_then(|s| s.phase.as_deref())
        .unwrap_or("Unknown");
    match phase {
        "Running" if containers(pod).any(is_starting) => {
            "running, its startup probe has not passed yet".to_owned()
        }
        "Running" => match unready_reason(pod) {
            Some(reason) => format!("running, not ready ({reason})"),
            None => "running, not ready".to_owned(),
        },
        other => other.to_owned(),
    }
}

/// Whether a container runs and its startup probe has not passed yet; until then its readiness is not probed.
pub fn is_starting(container: &ContainerStatus) -> bool {
    let running = container
        .state
        .as_ref()
        .is_some_and(|s| s.running.is_some());
    running && container.started == Some(false)
}

/// Why a pod whose containers run is not ready, when it is not for its containers.
fn unready_reason(pod: &Pod) -> Option<&str> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|c| c.type_ == "Ready")?;
    ready
        .reason
        .as_deref()
        .filter(|r| *r != "ContainersNotReady")
}

/// When an Event happened last, in seconds.
pub fn event_time(event: &Event) -> i64 {
    let series = event
        .series
        .as_ref()
        .and_then(|s| s.last_observed_time.as_ref())
        .map(|t| t.0.as_second());
    let last = event.last_timestamp.as_ref().map(|t| t.0.as_second());
    let first = event.event_time.as_ref().map(|t| t.0.as_second());
    series.or(last).or(first).unwrap_or_default()
}

/// An Event as a line of evidence.
pub fn event_line(event: &Event) -> String {
    let about = event.involved_object.name.as_deref().unwrap_or_default();
    let reason = event.reason.as_deref().unwrap_or_default();
    let message = event.message.as_deref().unwrap_or_default();
    format!("Event on {about}: {reason}: {}", message.trim())
}
