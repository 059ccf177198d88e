//! The Service exists and does not have the port that the rule names.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::port;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-backend-port-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Service does not have the port that the rule names",
    explain: include_str!("ingress_backend_port_missing.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(found) = backend.service.found() else {
        return;
    };
    if super::is_action(&backend.via) || backend.via.place.declared.route().is_some() {
        return;
    }
    let Some(service) = found
        .service
        .as_ref()
        .filter(|_| found.port.is_none() && !found.is_external_name())
    else {
        return;
    };
    let written = backend.via.port.clone().unwrap_or_default();
    let (key, asked) = match (written.number.filter(|n| *n != 0), written.name.as_deref()) {
        (Some(n), _) => ("number", serde_json::json!(n)),
        (None, name) => ("name", serde_json::json!(name.unwrap_or_default())),
    };
    let ports: Vec<_> = service
        .spec
        .iter()
        .flat_map(|s| s.ports.iter().flatten())
        .collect();
    let by_target = ports
        .iter()
        .find(|p| serde_json::json!(p.target_port) == asked);
    let why = match by_target {
        Some(p) => format!("{asked} is the pod's port; the Service's own is {}", p.port),
        None => "the controller has no such port to send the request to".to_owned(),
    };
    let field = backend
        .via
        .place
        .below(&format!("/service/port/{key}"))
        .field();
    let draft = sink
        .find(
            &CHECK,
            subject_in(&backend.via.place),
            format!(
                "{} has no port {asked}, which {} names",
                label_of(&**service),
                backend.via.place.declared.label()
            ),
        )
        .why(why)
        .see(Evidence::raw(
            backend.via.place.declared.label(),
            field,
            &asked,
        ))
        .see(Evidence::raw(
            label_of(&**service),
            ".spec.ports",
            port::list(service),
        ))
        .see_all(case.request_lines());
    let target = by_target.or(if ports.len() == 1 {
        ports.first()
    } else {
        None
    });
    match target {
        Some(p) => draft
            .fix(format!("use port {}", p.port))
            .run(super::replace(
                case,
                &backend.via.place.below("/service/port"),
                serde_json::json!({"number": p.port}),
            ))
            .done(),
        None => draft
            .fix(format!(
                "use one of the Service's ports: {}",
                port::list(service)
            ))
            .done(),
    }
}
