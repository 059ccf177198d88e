//! The targetPort is a name that the pods do not have.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::pod::template::{WORDS, shown};
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::{self, target_port};
use crate::diagnosis::shell::patch;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-named-targetport-unresolved",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service's targetPort is a name that no pod has",
    explain: include_str!("service_named_targetport_unresolved.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(pods)) = (backend.service.found(), backend.pods.found()) else {
        return;
    };
    let Some(port) = &service.port else { return };
    let Some(IntOrString::String(name)) = &port.target_port else {
        return;
    };
    let without: Vec<_> = pods
        .selected
        .iter()
        .filter(|p| target_port(port, p).is_none())
        .collect();
    if without.is_empty() {
        return;
    }
    let with = pods
        .selected
        .iter()
        .any(|p| target_port(port, p).is_some() && (is_ready(p) || pods.templates.is_some()));
    let object = format!("Service {}/{}", service.namespace, service.name);
    let title = if with {
        format!(
            "{object} sends to port {name:?}, which {} of {} pods do not have",
            without.len(),
            pods.selected.len()
        )
    } else {
        format!("{object} sends to port {name:?}, which no pod has")
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            title,
        )
        .severity(if with {
            Severity::Warning
        } else {
            Severity::Error
        })
        .why(match pods.templates {
            None => "a pod without the port is no usable endpoint, ready or not".to_owned(),
            Some(_) => {
                format!("a pod without the port is no usable endpoint, ready or not ({WORDS})")
            }
        })
        .see(Evidence::field(&object, ".spec.ports[].targetPort", name));
    let mut declared = Vec::new();
    if let Some(pod) = without.first() {
        for port in port::declared(pod) {
            let name = port.name.clone().unwrap_or_else(|| "unnamed".to_owned());
            declared.push((name, port.container_port));
        }
        let words: Vec<String> = declared.iter().map(|(n, p)| format!("{n}={p}")).collect();
        let list = if words.is_empty() {
            "none".to_owned()
        } else {
            words.join(", ")
        };
        let (object, spec) = shown(pod);
        draft = draft.see(Evidence::raw(
            object,
            format!("{spec}.containers[].ports"),
            list,
        ));
    }
    match (declared.as_slice(), &service.service) {
        ([(_, number)], Some(object)) => draft
            .fix(format!("send to the pods' port {number}"))
            .run(patch::target_port(
                &case.settings.kubectl_in(&service.namespace),
                object,
                port,
                *number,
            ))
            .done(),
        _ => draft
            .fix(format!(
                "name a container port {name:?}, or give targetPort the number"
            ))
            .done(),
    }
}
