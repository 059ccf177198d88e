//! The targetPort is a number on which no container says that it listens.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ContainerPort, Pod};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::dialect::author::who_answered;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::pod::template::{WORDS, shown};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::declared;
use crate::diagnosis::semantics::service::is_headless;
use crate::diagnosis::shell::patch;
use crate::facts::{HttpAnswer, Kind};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-targetport-mismatch",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service sends to a port on which the pods do not listen",
    explain: include_str!("service_targetport_mismatch.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(pods)) = (backend.service.found(), backend.pods.found()) else {
        return;
    };
    let Some(port) = &service.port else { return };
    // A caller of a headless Service goes to the pods at the port that it calls.
    let headless = service.service.as_deref().is_some_and(is_headless);
    if headless && case.journey.called.is_some() {
        return;
    }
    let target = match &port.target_port {
        Some(IntOrString::String(_)) => return,
        Some(IntOrString::Int(n)) if *n != 0 => *n,
        _ => port.port,
    };
    let counts = |p: &&Arc<Pod>| is_ready(p) || pods.templates.is_some();
    let ready: Vec<_> = pods.selected.iter().filter(counts).collect();
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let same = |p: &&ContainerPort| p.protocol.as_deref().unwrap_or("TCP") == protocol;
    let declared = |pod| -> Vec<i32> {
        declared(pod)
            .filter(same)
            .map(|p| p.container_port)
            .collect()
    };
    let Some(pod) = ready.first() else { return };
    if ready
        .iter()
        .any(|p| declared(p).is_empty() || declared(p).contains(&target))
    {
        return;
    }
    let inside = &backend.at_pods;
    if !case.all_answered() {
        return;
    }
    // A tunnel into the pods knows better than what they declare.
    if inside.pods.iter().any(|p| p.outcome().responds()) {
        return;
    }
    let proven = inside.pods.iter().any(|p| p.outcome() == Outcome::Refused);
    let responses: Vec<_> = case
        .attempts()
        .iter()
        .filter_map(Attempt::response)
        .collect();
    let refused = proven || responses.iter().any(|r| is_refusal(case, r));
    if !refused && !responses.is_empty() {
        return;
    }
    let object = format!("Service {}/{}", service.namespace, service.name);
    let open = declared(pod);
    let list: Vec<String> = open.iter().map(ToString::to_string).collect();
    let (declaring, spec) = shown(pod);
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            format!(
                "{object} sends to port {target}, the pods declare {}",
                list.join(", ")
            ),
        )
        .severity(if refused {
            Severity::Error
        } else {
            Severity::Warning
        })
        .why(match (refused, &pods.templates) {
            (true, _) => "the pods are ready, but refuse connections on that port".to_owned(),
            (false, None) => {
                "declaring a port is only information, so it may listen there all the same".to_owned()
            }
            (false, Some(_)) => {
                format!("declaring a port is only information, so it may listen there all the same ({WORDS})")
            }
        })
        .see(Evidence::raw(&object, ".spec.ports[].targetPort", target))
        .see(Evidence::raw(
            declaring,
            format!("{spec}.containers[].ports[].containerPort"),
            list.join(", "),
        ))
        .see_all(case.request_lines().chain(case.inside_lines(Hop::Pod)));
    if let ([number], Some(object)) = (open.as_slice(), &service.service) {
        let kubectl = case.settings.kubectl_in(&service.namespace);
        draft = draft.run(patch::target_port(&kubectl, object, port, *number));
    }
    draft
        .fix("set targetPort to the port on which the application listens")
        .done();
}

/// A 502 that the controller wrote. One of the application's own proves that the pods were reached.
fn is_refusal(case: &Case, response: &HttpAnswer) -> bool {
    let controller = case.entrance.controller.found();
    // The words of other makes are not known well enough to tell them from the application's.
    let known = controller.is_some_and(|c| c.make.signs());
    let written = !case.entrance.ends_in_pods();
    written && response.status == 502 && (who_answered(response).is_some() || !known)
}
