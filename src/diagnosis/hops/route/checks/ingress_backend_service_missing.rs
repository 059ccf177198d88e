//! The rule leads to a Service that does not exist.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::{Check, Ctx, Sink, subject_of};
use crate::diagnosis::semantics::host::nearest;
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-backend-service-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Service that the rule leads to does not exist",
    explain: include_str!("ingress_backend_service_missing.md"),
    symptom_of: &["ingress-backend-cross-namespace"],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let (Some(rule), Some(service)) = (ctx.journey.rule(), &ctx.journey.service.found) else {
        return;
    };
    if service.service.is_some() || super::is_action(rule) {
        return;
    }
    let name = &service.name;
    let namespace = &service.namespace;
    let Ok(others) = ctx.cx.list::<Service>(Some(namespace), None, None, &[]) else {
        return;
    };
    let names: Vec<&str> = others.items.iter().map(|s| name_of(&**s)).collect();
    let near = nearest(name, names.iter().copied(), 1);
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(&*rule.ingress),
            format!(
                "{} leads to Service {namespace}/{name}, which does not exist",
                label_of(&*rule.ingress)
            ),
        )
        .why("the controller has nowhere to send the request")
        .see(super::backend_field(rule))
        .see(Evidence::Absent {
            what: format!("Service {namespace}/{name}"),
            looked: if names.is_empty() {
                "the namespace has no Service".to_owned()
            } else {
                format!("the namespace has: {}", names.join(", "))
            },
        });
    for line in ctx.request_lines() {
        draft = draft.see(line);
    }
    match near.first() {
        Some(near) => draft
            .fix(format!("did you mean {near}?"))
            .run(super::patch(
                ctx,
                rule,
                &format!("{}/name", super::backend_pointer(rule)),
                &serde_json::json!(near),
            ))
            .done(),
        None => draft
            .fix("correct the name in the Ingress, or create the Service")
            .run(format!("{} get service", ctx.cx.kubectl_in(namespace)))
            .done(),
    }
}
