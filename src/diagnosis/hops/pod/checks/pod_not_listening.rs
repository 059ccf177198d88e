//! Nothing listens in the pod on the port to which the Service leads.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::request::inside::BackendPod;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::port::target_words;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-not-listening",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "nothing listens in the pod on the port that the Service sends to",
    explain: include_str!("pod_not_listening.md"),
    symptom_of: &[&[
        "service-headless-misuse",
        "service-targetport-mismatch",
        "service-selector-too-broad",
    ]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let inside = &backend.at_pods;
    if case.is_waiting_inside() {
        return;
    }
    let refuses = |p: &&BackendPod| p.outcome() == Outcome::Refused;
    let refusing: Vec<_> = inside.pods.iter().filter(refuses).collect();
    let (Some(first), Some(service)) = (refusing.first(), backend.service.found()) else {
        return;
    };
    // What listens on the pod's own address alone refuses at its loopback, and is reached all the same.
    if inside.loopback_misleads {
        return;
    }
    let all = refusing.len() == inside.pods.len();
    let object = format!("Service {}/{}", service.namespace, service.name);
    let part = if all {
        "nothing listens".to_owned()
    } else {
        format!(
            "{} of {} pods do not listen",
            refusing.len(),
            inside.pods.len()
        )
    };
    // What the pod's address answers may be another thing.
    let untold = first.address.as_ref().is_some_and(Asked::is_untold);
    let severity = if untold {
        Severity::Warning
    } else {
        Severity::Error
    };
    let mut answers = case.attempts().iter().filter_map(Attempt::response);
    let status = answers.find(|a| a.status >= 500).map(|a| a.status);
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Pod, Some(&first.namespace), &first.name),
            format!("{part} on port {} of {object}'s pods", first.port),
        )
        .severity(severity)
        .why(match status {
            Some(status) => {
                format!("the controller's connections are refused, which it answers with {status}")
            }
            None => format!("{}'s connections are refused", case.sender()),
        });
    if let Some(port) = &service.port {
        draft = draft.see(Evidence::raw(
            &object,
            ".spec.ports[].targetPort",
            target_words(port),
        ));
    }
    draft = draft
        .see_all(refusing.iter().take(2).map(|p| p.loopback.evidence(case)))
        .see(first.address.as_ref().and_then(|a| a.evidence(case)))
        .see_all(case.request_lines());
    let mut answering = first
        .other_ports
        .iter()
        .filter(|(_, a)| a.at_pod().responds());
    draft = match answering.next() {
        Some((port, asked)) => draft.see(asked.evidence(case)).fix(format!(
            "port {port} answers: set targetPort to it, or let the application listen on {}",
            first.port
        )),
        None => {
            draft.fix("find the port on which the application listens, and set targetPort to it")
        }
    };
    let kubectl = case.settings.kubectl_in(&first.namespace);
    draft
        .run(format!("{kubectl} logs {} --tail=50", quote(&first.name)))
        .run(format!("{kubectl} edit service {}", quote(&service.name)))
        .done();
}
