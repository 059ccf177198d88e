//! The Service that users come by does not lead to the controller's pods.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::load_balancer::service::{
    addresses, endpoints_by_node, port as port_of,
};
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::{behind, declared, target_words};
use crate::diagnosis::semantics::service::service_type;
use crate::diagnosis::shell::quote;
use crate::facts::Unknown;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-service-mismatch",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the Service before the controller does not lead to its pods",
    explain: include_str!("ctl_service_mismatch.md"),
    symptom_of: &[WRONG_ADDRESS, &["ctl-not-running"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((lb, controller, way)) = case.way_in() else {
        return;
    };
    if !case.all_answered() || controller.make.data_plane_is_elsewhere() {
        return;
    }
    // Only where nobody takes the request; a controller that does not either is another matter.
    let unreached = matches!(
        case.outcomes().outside,
        Outcome::Refused | Outcome::Unreachable | Outcome::Garbled
    );
    let seen = case.outcomes().controller;
    let silent_inside = seen != Outcome::Unknown && !seen.responds() && seen != Outcome::Silent;
    let ready = controller.pods.iter().flatten().find(|p| is_ready(p));
    let (true, false, Some(pod)) = (unreached, silent_inside, ready) else {
        return;
    };
    match stray(case, lb, controller, way.port) {
        Err(Unknown::Waiting) => {}
        Ok(Some(service)) => no_pods(case, sink, &service, controller, pod),
        Ok(None) | Err(Unknown::Gap(_)) => {
            let service = lb.service.as_deref();
            if let Some(service) = service.filter(|s| is_come_by(lb, s)) {
                no_port(case, sink, service, controller, pod, way.port);
            }
        }
    }
}

/// Whether the name leads to this Service, as far as it has addresses of its own.
fn is_come_by(lb: &LoadBalancer, service: &Service) -> bool {
    let own = addresses(service, lb);
    own.is_empty() || lb.at_resolved.iter().any(|k| own.contains(&k.to.ip()))
}

/// The Service that should lead to the controller and does not select its pods.
fn stray(
    case: &Case,
    lb: &LoadBalancer,
    controller: &Controller,
    port: u16,
) -> Result<Option<Arc<Service>>, Unknown> {
    let entrance = |s: &Service| matches!(service_type(s), "LoadBalancer" | "NodePort");
    let has_selector = |s: &Service| {
        let selector = s.spec.as_ref().and_then(|s| s.selector.as_ref());
        selector.is_some_and(|s| !s.is_empty())
    };
    let strays = || controller.strays.iter().filter(|s| has_selector(s));
    let named = strays().find(|s| is_named(controller, s));
    let addressed = strays().find(|s| {
        let own = addresses(s, lb);
        lb.at_resolved.iter().any(|k| own.contains(&k.to.ip()))
    });
    if let Some(service) = addressed.or(named) {
        return Ok(Some(Arc::clone(service)));
    }
    // Guessed: the one way in that the namespace has. It has to lead nowhere, or it belongs to something else.
    let others = controller.services.iter().flatten().any(|s| entrance(s));
    let mut ways = strays().filter(|s| entrance(s) && port_of(s, port).is_some());
    let (Some(only), None, false) = (ways.next(), ways.next(), others) else {
        return Ok(None);
    };
    let empty = endpoints_by_node(case, only)?.is_empty();
    Ok(empty.then(|| Arc::clone(only)))
}

/// Whether the controller's command line says that this Service is published for it.
fn is_named(controller: &Controller, service: &Service) -> bool {
    let label = format!("{}/{}", namespace_of(service), name_of(service));
    controller.workloads.iter().any(|w| {
        let named = w.make.published_service(&w.args);
        named.is_some_and(|value| value.replace("$(POD_NAMESPACE)", &w.namespace) == label)
    })
}

fn words(labels: Option<&std::collections::BTreeMap<String, String>>) -> String {
    let all = labels
        .into_iter()
        .flatten()
        .map(|(k, v)| format!("{k}={v}"));
    all.collect::<Vec<_>>().join(",")
}

fn no_pods(case: &Case, sink: &mut Sink, service: &Service, controller: &Controller, pod: &Pod) {
    let selector = service.spec.as_ref().and_then(|s| s.selector.as_ref());
    let label = label_of(service);
    let title = format!("{label} selects no pod of {}", controller.make.title());
    let mut draft = sink
        .find(&CHECK, subject_of(service), title)
        .why("requests to its address have nowhere to go, while the controller's pods are ready")
        .see(Evidence::raw(&label, ".spec.selector", words(selector)))
        .see(Evidence::raw(
            label_of(pod),
            ".metadata.labels",
            words(pod.metadata.labels.as_ref()),
        ))
        .see_all(case.request_lines());
    let kubectl = case.settings.kubectl_in(namespace_of(service));
    draft = draft.fix("let the selector of the Service fit the labels of the controller's pods");
    // The labels by which the workload finds its pods are those that stay.
    let wanted = controller.workloads.first().map(|w| w.pod_selector.clone());
    if let Some(wanted) = wanted.filter(|w| !w.contains(['(', '!'])) {
        draft = draft.run(format!(
            "{kubectl} set selector service {} {}",
            quote(name_of(service)),
            quote(&wanted)
        ));
    }
    draft
        .run(format!("{kubectl} get pods --show-labels"))
        .done();
}

fn no_port(
    case: &Case,
    sink: &mut Sink,
    service: &Service,
    controller: &Controller,
    pod: &Pod,
    number: u16,
) {
    let Some(port) = port_of(service, number) else {
        return;
    };
    let open = open_ports(controller, pod);
    let leads = behind(service, number, pod);
    // A port that nobody declares may be open all the same: the pods have to say enough of themselves.
    if open.is_empty() || leads.is_some_and(|p| open.contains(&p)) {
        return;
    }
    let seen = case.outcomes().controller != Outcome::Unknown;
    let severity = match (leads, seen) {
        (None, _) | (_, true) => Severity::Error,
        _ => Severity::Warning,
    };
    let label = label_of(service);
    let list = open
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let title = format!(
        "port {number} of {label} leads to {}, which is no port of {}",
        target_words(port),
        controller.make.title()
    );
    let draft = sink
        .find(&CHECK, subject_of(service), title)
        .severity(severity)
        .why("requests arrive at a port on which nobody listens")
        .see(Evidence::raw(
            &label,
            format!(".spec.ports[port={number}].targetPort"),
            target_words(port),
        ))
        .see(Evidence::raw(label_of(pod), "ports", list))
        .see_all(case.request_lines());
    let kubectl = case.settings.kubectl_in(namespace_of(service));
    draft
        .fix("let the targetPort of the Service be a port of the controller")
        .run(format!(
            "{kubectl} edit service {}",
            quote(name_of(service))
        ))
        .done();
}

/// The ports that the pod declares and those on the command line.
fn open_ports(controller: &Controller, pod: &Pod) -> Vec<u16> {
    let mut all: Vec<u16> = declared(pod)
        .filter_map(|p| u16::try_from(p.container_port).ok())
        .chain(controller.make.ports(controller.args()))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
