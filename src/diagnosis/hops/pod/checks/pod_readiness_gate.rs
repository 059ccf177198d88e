//! The containers are ready, and the pod waits for a condition that somebody else has to set.

use k8s_openapi::api::core::v1::Pod;

use crate::diagnosis::checks::causes::POD_DOWN;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-readiness-gate",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the containers are ready, and a readiness gate keeps the pods out",
    explain: include_str!("pod_readiness_gate.md"),
    symptom_of: &[POD_DOWN],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(pods) = backend.pods.found() else {
        return;
    };
    let kept: Vec<(&Pod, Vec<Gate>)> = pods
        .selected
        .iter()
        .map(|p| (&**p, shut(p)))
        .filter(|(_, gates)| !gates.is_empty())
        .collect();
    let Some((pod, gates)) = kept.first() else {
        return;
    };
    // One that is not let in yet is a rollout more often than a fault.
    if super::severity(case, backend, pods) != Severity::Error {
        return;
    }
    let namespace = super::namespace(backend);
    let name = name_of(*pod);
    let object = format!("Pod {namespace}/{name}");
    let names: Vec<&str> = gates.iter().map(|g| g.name).collect();
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Pod, Some(namespace), name),
            format!(
                "{object} waits for readiness gate {}{}",
                names.join(", "),
                super::share(kept.len(), pods.selected.len())
            ),
        )
        .why("its containers are ready; somebody else has to set the condition, and has not, so the pod gets no requests");
    for gate in gates {
        draft = draft
            .see(Evidence::field(
                &object,
                ".spec.readinessGates[].conditionType",
                gate.name,
            ))
            .see(Evidence::raw(
                &object,
                format!(".status.conditions[{}]", gate.name),
                &gate.state,
            ));
    }
    let kubectl = case.settings.kubectl_in(namespace);
    draft
        .fix("find out who sets the condition, and why not: the controller of a load balancer does once its health check of the pod succeeds; a gate that nobody serves any more has to go from the pod template")
        .run(format!("{kubectl} describe pod {}", quote(name)))
        .done();
}

/// A gate that is not open.
struct Gate<'p> {
    name: &'p str,
    /// The condition, in words.
    state: String,
}

/// The gates that keep a pod out whose containers are all ready.
fn shut(pod: &Pod) -> Vec<Gate<'_>> {
    let status = pod.status.as_ref();
    let mut containers = status
        .into_iter()
        .flat_map(|s| s.container_statuses.iter().flatten())
        .peekable();
    let runs = containers.peek().is_some() && containers.all(|c| c.ready);
    if is_ready(pod) || pod.metadata.deletion_timestamp.is_some() || !runs {
        return Vec::new();
    }
    let conditions = || status.iter().flat_map(|s| s.conditions.iter().flatten());
    let gates = pod
        .spec
        .iter()
        .flat_map(|s| s.readiness_gates.iter().flatten());
    let shut = gates.filter_map(|gate| {
        let name = gate.condition_type.as_str();
        let state = match conditions().find(|c| c.type_ == name) {
            Some(c) if c.status == "True" => return None,
            Some(c) => {
                let words = c.message.as_ref().or(c.reason.as_ref());
                let words = words.map(|w| format!(" ({w})")).unwrap_or_default();
                format!("{}{words}", c.status)
            }
            None => "unset".to_owned(),
        };
        Some(Gate { name, state })
    });
    shut.collect()
}
