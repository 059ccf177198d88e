//! Traefik drops a rule whose Service has no endpoints.

use crate::diagnosis::checks::{Check, Ctx, Sink, subject_of};
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "traefik-empty-service-404",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik drops the rule, because its Service has no endpoints",
    explain: include_str!("traefik_empty_service_404.md"),
    symptom_of: &[
        "service-selector-no-match",
        "endpoints-scaled-to-zero",
        "service-named-targetport-unresolved",
        "pod-crashloop",
        "pod-not-starting",
        "pod-readiness-failing",
        "endpoints-all-not-ready",
        "endpoints-empty",
    ],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let j = ctx.journey;
    let (Some(controller), Some(route), Some(rule)) =
        (&j.controller.found, &j.route.found, j.rule())
    else {
        return;
    };
    let (Some(service), Some(endpoints)) = (&j.service.found, &j.endpoints.found) else {
        return;
    };
    let empty_is_served = controller
        .args()
        .is_on("providers.kubernetesingress.allowemptyservices");
    if controller.family != Family::Traefik || empty_is_served || controller.workloads.is_empty() {
        return;
    }
    if service.port.is_none() || endpoints.usable().next().is_some() {
        return;
    }
    let next = route.resolution.matching.iter().find(|other| {
        other.backend != rule.backend
            || namespace_of(&*other.ingress) != namespace_of(&*rule.ingress)
    });
    let why = match next {
        Some(other) => format!(
            "the request falls to {}, which leads to another backend",
            other.display()
        ),
        None => "every request is answered 404 by Traefik, which makes no router without endpoints"
            .to_owned(),
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(&*rule.ingress),
            format!(
                "Traefik drops {}, its Service has no endpoints",
                rule.display()
            ),
        )
        .why(why)
        .see(super::backend_field(rule))
        .see(Evidence::raw(
            format!("Service {}/{}", service.namespace, service.name),
            "usable endpoints",
            0,
        ));
    if let Some(other) = next {
        draft = draft.see(Evidence::raw(
            label_of(&*other.ingress),
            other.field(),
            format!(
                "{} → {}",
                other.display(),
                crate::diagnosis::hops::route::backend_words(other)
            ),
        ));
    }
    for line in ctx.request_lines() {
        draft = draft.see(line);
    }
    draft
        .fix("bring the endpoints back; the rule needs no change")
        .done();
}
