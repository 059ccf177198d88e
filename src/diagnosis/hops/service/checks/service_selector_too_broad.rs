//! The selector selects pods of more than one workload, and not all of them answer alike.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{is_ready, made_by};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-selector-too-broad",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service selects the pods of several workloads",
    explain: include_str!("service_selector_too_broad.md"),
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
    if pods.templates.is_some() || !case.all_answered() {
        return;
    }
    let ready: Vec<_> = pods.selected.iter().filter(|p| is_ready(p)).collect();
    let mut owners: Vec<(String, Vec<&str>)> = Vec::new();
    for pod in &ready {
        let Some(owner) = made_by(pod) else { return };
        match owners.iter_mut().find(|(name, _)| *name == owner) {
            Some((_, all)) => all.push(name_of(&***pod)),
            None => owners.push((owner, vec![name_of(&***pod)])),
        }
    }
    if owners.len() < 2 {
        return;
    }
    // Two versions side by side are meant, as long as both answer.
    let dead = |name: &str| {
        backend
            .at_pods
            .pods
            .iter()
            .any(|p| p.name == name && p.outcome() == Outcome::Refused)
    };
    let alive = |name: &str| {
        backend
            .at_pods
            .pods
            .iter()
            .any(|p| p.name == name && p.outcome().responds())
    };
    let wrong = owners
        .iter()
        .find(|(_, all)| all.iter().any(|p| dead(p)) && !all.iter().any(|p| alive(p)));
    let right = owners.iter().any(|(_, all)| all.iter().any(|p| alive(p)));
    let Some((owner, wrong)) = wrong.filter(|_| right) else {
        return;
    };
    let object = format!("Service {}/{}", service.namespace, service.name);
    let words: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let percent = 100 * wrong.len() / ready.len();
    let refusing = backend
        .at_pods
        .pods
        .iter()
        .find(|p| wrong.contains(&p.name.as_str()));
    sink.find(
        &CHECK,
        subject(Kind::Service, Some(&service.namespace), &service.name),
        format!("{object} selects pods of {owner} as well, which do not listen on its port: {percent} % of its endpoints"),
    )
    .why("requests go to all ready pods that the selector selects, whatever runs in them: as many fail as go to the wrong ones")
    .see(Evidence::raw(&object, ".spec.selector", words.join(",")))
    .see_all(owners.iter().map(|(owner, all)| Evidence::raw(owner, "pods", all.join(", "))))
    .see(refusing.and_then(|p| p.loopback.evidence(case)))
    .fix("add a label to the selector that only the right pods have")
    .run(format!("{} get pods --show-labels -l {}", case.settings.kubectl_in(&service.namespace), quote(&words.join(","))))
    .done();
}
