//! The Service exists and does not have the port that the rule names.

use crate::diagnosis::checks::{Check, Ctx, Sink, subject_of};
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
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let (Some(rule), Some(found)) = (ctx.journey.rule(), &ctx.journey.service.found) else {
        return;
    };
    if super::is_action(rule) {
        return;
    }
    let Some(service) = found
        .service
        .as_ref()
        .filter(|_| found.port.is_none() && !found.is_external_name())
    else {
        return;
    };
    let backend = rule
        .backend
        .service
        .as_ref()
        .and_then(|s| s.port.clone())
        .unwrap_or_default();
    let (key, asked) = match (backend.number.filter(|n| *n != 0), backend.name.as_deref()) {
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
    let field = format!("{}.service.port.{key}", rule.backend_field());
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(&*rule.ingress),
            format!(
                "{} has no port {asked}, which {} names",
                label_of(&**service),
                label_of(&*rule.ingress)
            ),
        )
        .why(why)
        .see(Evidence::raw(label_of(&*rule.ingress), field, &asked))
        .see(Evidence::raw(
            label_of(&**service),
            ".spec.ports",
            port::list(service),
        ));
    for line in ctx.request_lines() {
        draft = draft.see(line);
    }
    let target = by_target.or(if ports.len() == 1 {
        ports.first()
    } else {
        None
    });
    match target {
        Some(p) => draft
            .fix(format!("use port {}", p.port))
            .run(super::patch(
                ctx,
                rule,
                &format!("{}/port", super::backend_pointer(rule)),
                &serde_json::json!({"number": p.port}),
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
