//! A container ends again and again.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::pod::{containers, waiting_reason};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod};

/// Seconds within which a container that has crashed once and was started again may well crash again.
const JUST_STARTED: i64 = 60;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-crashloop",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "a container crashes again and again",
    explain: include_str!("pod_crashloop.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(pods) = backend.pods.found() else {
        return;
    };
    let hit: Vec<(&Pod, &ContainerStatus)> = pods
        .selected
        .iter()
        .filter(|p| !is_ready(p) && p.metadata.deletion_timestamp.is_none())
        .filter_map(|p| Some((&**p, crashing(p, case.settings.now)?)))
        .collect();
    let Some((pod, container)) = hit.first() else {
        return;
    };
    let namespace = super::namespace(backend);
    let name = name_of(*pod);
    let object = format!("Pod {namespace}/{name}");
    let field = format!(".status.containerStatuses[{}]", container.name);
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Pod, Some(namespace), name),
            format!(
                "container {} of {object} {}{}",
                container.name,
                if waiting_reason(container).is_some() || container.restart_count > 1 {
                    "crashes again and again"
                } else {
                    "has crashed"
                },
                super::share(hit.len(), pods.selected.len())
            ),
        )
        .severity(super::severity(case, backend, pods));
    if let Some(reason) = waiting_reason(container) {
        draft = draft.see(Evidence::field(
            &object,
            format!("{field}.state.waiting.reason"),
            reason,
        ));
    }
    draft = draft.see(Evidence::raw(
        &object,
        format!("{field}.restartCount"),
        container.restart_count,
    ));
    let mut why = "a container that does not stay up never becomes ready".to_owned();
    if let Some(end) = last_end(container) {
        let reason = end.reason.clone().unwrap_or_default();
        draft = draft.see(Evidence::raw(
            &object,
            format!("{field}.lastState.terminated"),
            format!("exitCode {}, reason {reason}", end.exit_code),
        ));
        why = format!("{}, so it never becomes ready", kind_of_end(end));
    }
    draft
        .why(why)
        .look("read what it said before it ended")
        .run(format!(
            "{} logs {} -c {} --previous --tail=50",
            case.settings.kubectl_in(namespace),
            quote(name),
            quote(&container.name)
        ))
        .done();
}

/// The container that ends again and again, if there is one.
fn crashing(pod: &Pod, now: Timestamp) -> Option<&ContainerStatus> {
    containers(pod)
        .find(|c| waiting_reason(c) == Some("CrashLoopBackOff"))
        .or_else(|| containers(pod).find(|c| between_crashes(pod, c, now)))
}

/// A pod in a crash loop that is up for the moment, or has just ended.
pub(super) fn just_crashed(pod: &Pod, now: Timestamp) -> bool {
    crashing(pod, now).is_some()
}

/// Ended and will be started again, or started again after an error and not ready: between two crashes the kubelet shows no
/// CrashLoopBackOff.
fn between_crashes(pod: &Pod, container: &ContainerStatus, now: Timestamp) -> bool {
    let policy = pod.spec.as_ref().and_then(|s| s.restart_policy.as_deref());
    let main = pod
        .status
        .iter()
        .flat_map(|s| s.container_statuses.iter().flatten());
    // An init container ends without an error when its work is done; a container of an application should stay.
    let stays = policy.is_none_or(|p| p == "Always") && main.into_iter().any(|c| c == container);
    let state = container.state.as_ref();
    let ended = state
        .and_then(|s| s.terminated.as_ref())
        .is_some_and(|t| t.exit_code != 0 || stays);
    let started = state
        .and_then(|s| s.running.as_ref())
        .and_then(|r| r.started_at.as_ref());
    // After its first crash a container is given the benefit of the doubt once it has stayed up for a while.
    let soon = started.is_some_and(|t| now.as_second() - t.0.as_second() < JUST_STARTED);
    let up_again = state.is_some_and(|s| s.running.is_some())
        && !container.ready
        && (container.restart_count >= 2 || (container.restart_count == 1 && soon))
        // 137 and 143 are also how a failing liveness probe ends a container that runs well.
        && last_end(container).is_some_and(|t| t.exit_code != 0 && !matches!(t.exit_code, 137 | 143));
    policy != Some("Never") && (ended || up_again)
}

fn last_end(container: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    let of = |s: &'_ Option<k8s_openapi::api::core::v1::ContainerState>| {
        s.as_ref().and_then(|s| s.terminated.clone()).is_some()
    };
    if of(&container.last_state) {
        container.last_state.as_ref()?.terminated.as_ref()
    } else {
        container.state.as_ref()?.terminated.as_ref()
    }
}

fn kind_of_end(end: &ContainerStateTerminated) -> String {
    match (end.reason.as_deref(), end.exit_code) {
        (Some("OOMKilled"), _) => "it was killed for using more memory than its limit".to_owned(),
        (_, 126 | 127) => format!("its command cannot be run (exit code {})", end.exit_code),
        (_, 137) => "it was killed (exit code 137)".to_owned(),
        (_, 143) => {
            "it was asked to end (exit code 143), as a failing liveness probe does".to_owned()
        }
        (_, 0) => "it ends by itself (exit code 0)".to_owned(),
        (_, code) => format!("it ends with exit code {code}"),
    }
}
