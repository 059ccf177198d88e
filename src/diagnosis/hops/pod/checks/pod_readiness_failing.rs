//! The pods run, and are not ready.

use crate::diagnosis::checks::causes::POD_DOWN;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::pod::Pods;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::pod::{containers, event_line, is_starting, waiting_reason};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-readiness-failing",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the pods run, but their readiness probe fails",
    explain: include_str!("pod_readiness_failing.md"),
    symptom_of: &[POD_DOWN],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(pods) = backend.pods.found() else {
        return;
    };
    let failing: Vec<&Pod> = pods
        .selected
        .iter()
        .map(|p| &**p)
        .filter(|p| runs_unready(p, case.settings.now))
        .collect();
    let Some(pod) = failing.first() else { return };
    if super::severity(case, backend, pods) != Severity::Error {
        // Some pods being unready is a rollout more often than a fault.
        return;
    }
    let namespace = super::namespace(backend);
    let name = name_of(*pod);
    let object = format!("Pod {namespace}/{name}");
    let condition = pod
        .status
        .iter()
        .flat_map(|s| s.conditions.iter().flatten())
        .find(|c| c.type_ == "Ready");
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Pod, Some(namespace), name),
            format!(
                "{object} runs and is not ready{}",
                super::share(failing.len(), pods.selected.len())
            ),
        )
        .why(starting(case, pod).unwrap_or_else(|| why(pods, pod)));
    if let Some(c) = condition {
        let message = c
            .message
            .as_deref()
            .or(c.reason.as_deref())
            .unwrap_or_default();
        draft = draft.see(Evidence::raw(
            &object,
            ".status.conditions[Ready]",
            format!("{} ({message})", c.status),
        ));
    }
    for container in pod.spec.iter().flat_map(|s| &s.containers) {
        if let Some(probe) = &container.readiness_probe {
            draft = draft.see(Evidence::raw(
                &object,
                format!(".spec.containers[{}].readinessProbe", container.name),
                probe_words(probe),
            ));
        }
    }
    draft
        .see_all(
            super::events(pods, pod, &["Unhealthy"])
                .into_iter()
                .take(1)
                .map(|e| Evidence::Event(event_line(e))),
        )
        .fix("make the application answer its readiness probe, or correct the probe")
        .run(format!(
            "{} describe pod {}",
            case.settings.kubectl_in(namespace),
            quote(name)
        ))
        .run(format!(
            "{} logs {} --tail=50",
            case.settings.kubectl_in(namespace),
            quote(name)
        ))
        .done();
}

/// All containers run (none waits or has ended), and the pod is not ready.
fn runs_unready(pod: &Pod, now: Timestamp) -> bool {
    let main: Vec<_> = pod
        .status
        .iter()
        .flat_map(|s| s.container_statuses.iter().flatten())
        .collect();
    !is_ready(pod)
        && pod.metadata.deletion_timestamp.is_none()
        && !main.is_empty()
        && containers(pod).all(|c| waiting_reason(c).is_none() && !is_starting(c))
        // When the containers are ready, a readiness gate is what the pod waits for.
        && main.iter().any(|c| !c.ready)
        && main
            .iter()
            .all(|c| c.state.as_ref().is_some_and(|s| s.running.is_some()))
        && !super::pod_crashloop::just_crashed(pod, now)
}

/// That it has only just started, while its readiness probe may still be right to fail.
fn starting(case: &Case, pod: &Pod) -> Option<String> {
    let mut containers = containers(pod).filter(|c| !c.ready);
    let container = containers.next()?;
    let running = container.state.as_ref()?.running.as_ref()?;
    let age = case.age(running.started_at.as_ref())?;
    let spec = pod.spec.iter().flat_map(|s| &s.containers);
    let probe = spec
        .into_iter()
        .find(|c| c.name == container.name)?
        .readiness_probe
        .as_ref()?;
    let seconds = probe.initial_delay_seconds.unwrap_or(0)
        + probe.failure_threshold.unwrap_or(3) * probe.period_seconds.unwrap_or(10);
    (age < i64::from(seconds)).then(|| {
        format!("it started {age} s ago, and its readiness probe may take {seconds} s: it may still come up")
    })
}

fn why(pods: &Pods, pod: &Pod) -> String {
    let events = super::events(pods, pod, &["Unhealthy"]);
    let message = events
        .first()
        .and_then(|e| e.message.as_deref())
        .unwrap_or_default();
    let how = if message.contains("connection refused") {
        "nothing listens on the port that the readiness probe asks"
    } else if message.contains("statuscode") {
        "the application answers its readiness probe with an error status"
    } else if message.contains("deadline exceeded") || message.contains("timeout") {
        "the application answers its readiness probe too late"
    } else {
        "its readiness probe has not succeeded"
    };
    format!("{how}, so the pod gets no requests")
}

fn probe_words(probe: &Probe) -> String {
    let port = |p: &IntOrString| match p {
        IntOrString::Int(n) => n.to_string(),
        IntOrString::String(s) => s.clone(),
    };
    if let Some(http) = &probe.http_get {
        format!(
            "GET {} on port {}",
            http.path.as_deref().unwrap_or("/"),
            port(&http.port)
        )
    } else if let Some(tcp) = &probe.tcp_socket {
        format!("TCP port {}", port(&tcp.port))
    } else if probe.exec.is_some() {
        "a command".to_owned()
    } else if let Some(grpc) = &probe.grpc {
        format!("gRPC port {}", grpc.port)
    } else {
        "empty".to_owned()
    }
}
