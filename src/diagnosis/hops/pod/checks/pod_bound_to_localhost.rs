//! The application listens on the pod's loopback only.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::inside::BackendPod;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::port::declared;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-bound-to-localhost",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the application listens on localhost only",
    explain: include_str!("pod_bound_to_localhost.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.is_waiting_inside() {
        return;
    }
    let hit = |p: &&BackendPod| {
        p.loopback.at_pod().responds()
            && p.address
                .as_ref()
                .is_some_and(|a| a.at_pod() == Outcome::Refused)
    };
    let Some(pod) = backend.at_pods.pods.iter().find(hit) else {
        return;
    };
    let selected = backend.pods.found().into_iter().flat_map(|p| &p.selected);
    let object = selected.into_iter().find(|p| name_of(&***p) == pod.name);
    if object.is_some_and(|o| has_sidecar(o) || kubelet_reaches(o, pod.port)) {
        return;
    }
    sink.find(
        &CHECK,
        subject(Kind::Pod, Some(&pod.namespace), &pod.name),
        format!(
            "Pod {}/{} listens on port {} of localhost only",
            pod.namespace, pod.name, pod.port
        ),
    )
    .why(match case.called() {
        Some(_) => "what comes from outside the pod is refused",
        None => "what comes from outside the pod is refused, and the controller answers 502",
    })
    .see(pod.loopback.evidence(case))
    .see(pod.address.as_ref().and_then(|a| a.evidence(case)))
    .see(case.request_lines().next())
    .fix("let the application listen on 0.0.0.0 or ::, not on 127.0.0.1 or localhost")
    .run(format!(
        "{} logs {} --tail=50",
        case.settings.kubectl_in(&pod.namespace),
        crate::diagnosis::shell::quote(&pod.name)
    ))
    .done();
}

/// A mesh's proxy takes what comes from outside and hands it on over the loopback.
fn has_sidecar(pod: &k8s_openapi::api::core::v1::Pod) -> bool {
    let containers = pod.spec.iter().flat_map(|s| {
        s.containers
            .iter()
            .chain(s.init_containers.iter().flatten())
    });
    containers.into_iter().any(|c| {
        matches!(
            c.name.as_str(),
            "istio-proxy" | "linkerd-proxy" | "consul-dataplane" | "kuma-sidecar"
        )
    })
}

/// The kubelet probes the pod's address: a ready pod with a probe on that port is reached there.
fn kubelet_reaches(pod: &k8s_openapi::api::core::v1::Pod, port: u16) -> bool {
    let number = |p: &IntOrString| match p {
        IntOrString::Int(n) => Some(*n),
        IntOrString::String(name) => declared(pod)
            .find(|p| p.name.as_deref() == Some(name))
            .map(|p| p.container_port),
    };
    let containers = pod.spec.iter().flat_map(|s| &s.containers);
    containers
        .into_iter()
        .filter_map(|c| c.readiness_probe.as_ref())
        .any(|probe| {
            let http = probe.http_get.as_ref().map(|h| (&h.host, &h.port));
            let tcp = probe.tcp_socket.as_ref().map(|t| (&t.host, &t.port));
            // A probe with a host of its own goes there.
            http.or(tcp)
                .is_some_and(|(host, p)| host.is_none() && number(p) == Some(i32::from(port)))
        })
}
