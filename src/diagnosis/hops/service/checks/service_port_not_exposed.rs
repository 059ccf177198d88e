//! A pod calls a port of the Service that is none of its ports.

use k8s_openapi::api::core::v1::ServicePort;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::port::{target_port, target_words};
use crate::diagnosis::semantics::service::is_headless;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-port-not-exposed",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service does not have the port that is called",
    explain: include_str!("service_port_not_exposed.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.journey.called.is_none() {
        return;
    }
    let (Some(service), Some(call)) = (backend.service.found(), case.target.call.as_deref()) else {
        return;
    };
    let Some(object) = service
        .service
        .as_deref()
        .filter(|_| service.port.is_none())
    else {
        return;
    };
    if service.is_external_name() || is_headless(object) {
        return;
    }
    let called = backend.via.port.as_ref();
    let number = called.and_then(|p| p.number);
    let words = number
        .map(|n| n.to_string())
        .or_else(|| called.and_then(|p| p.name.clone()));
    let words = words.unwrap_or_default();
    let label = format!("Service {}/{}", service.namespace, service.name);
    let ports = || object.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let transport = call.transport.as_str();
    let protocol = |p: &ServicePort| p.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
    // The port of the pods is the one that is mistaken most often for the Service's.
    let pods = backend.pods.found().into_iter().flat_map(|p| &p.selected);
    let pod = pods.into_iter().next();
    let leads_there = |p: &&ServicePort| {
        let of_pod = pod.and_then(|pod| target_port(p, pod));
        protocol(p) == transport
            && (target_words(p) == words || of_pod.is_some() && of_pod == number)
    };
    let meant = ports().find(leads_there);
    let other = ports().find(|p| Some(p.port) == number && protocol(p) != transport);
    let list: Vec<String> = ports()
        .map(|p| format!("{}/{}", p.port, protocol(p)))
        .collect();
    let list = if list.is_empty() {
        "none".to_owned()
    } else {
        list.join(", ")
    };
    let only = ports().find(|p| protocol(p) == transport);
    let draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            format!("{label} does not have the port {words}/{transport} that is called, only {list}"),
        )
        .why("the address of a Service takes only its own ports: what goes to another one is lost, and the client waits until its own timeout")
        .see(Evidence::raw(&label, ".spec.ports[].port", &list));
    let kubectl = case.settings.kubectl_in(&service.namespace);
    match (meant, other, only) {
        (Some(port), ..) => draft
            .see(Evidence::raw(
                &label,
                ".spec.ports[].targetPort",
                target_words(port),
            ))
            .fix(format!(
                "call port {}: {words} is that of the pods, to which the Service leads",
                port.port
            )),
        (None, Some(port), _) => draft.fix(format!(
            "{words} is a port for {}: give the Service one for {transport}, if the pods take that",
            protocol(port)
        )),
        (None, None, Some(port)) => draft.fix(format!(
            "call port {}, or add port {words} to the Service",
            port.port
        )),
        (None, None, None) => draft.fix(format!("add port {words} to the Service")),
    }
    .run(format!(
        "{kubectl} get service {} -o wide",
        quote(&service.name)
    ))
    .done();
}
