//! Traefik drops a rule whose Service has no endpoints.

use crate::diagnosis::checks::causes::NO_ENDPOINT;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::routing::same_backends;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "traefik-empty-service-404",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik drops the rule, because its Service has no endpoints",
    explain: include_str!("traefik_empty_service_404.md"),
    symptom_of: &[NO_ENDPOINT, &["endpoints-empty"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(controller), Some(route), Some(rule)) = (
        case.entrance.controller.found(),
        case.entrance.route.found(),
        case.entrance.rule(),
    ) else {
        return;
    };
    let (Some(service), Some(endpoints)) = (backend.service.found(), backend.endpoints.found())
    else {
        return;
    };
    if !controller.make.drops_empty(controller.args()) || controller.workloads.is_empty() {
        return;
    }
    // It keeps the route while some are left, and answers 503 where these get no new requests.
    if service.port.is_none() || endpoints.usable().next().is_some() || endpoints.is_leaving() {
        return;
    }
    let mut matching = route.resolution.matching.iter();
    let next = matching.find(|other| !same_backends(other, rule));
    let why = match next {
        Some(other) => format!(
            "the request falls to {}, which leads to another backend",
            other.display()
        ),
        None => format!(
            "every request is answered 404 by {}, which makes no router without endpoints",
            controller.make.title()
        ),
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject_in(&backend.via.place),
            format!(
                "{} drops {}, its Service has no endpoints",
                controller.make.title(),
                rule.display()
            ),
        )
        .why(why)
        .see(super::backend_field(&backend.via))
        .see(Evidence::raw(
            format!("Service {}/{}", service.namespace, service.name),
            "usable endpoints",
            0,
        ));
    if let Some(other) = next {
        draft = draft.see(Evidence::raw(
            other.place.declared.label(),
            other.place.field(),
            format!("{} → {}", other.display(), other.backend_words()),
        ));
    }
    draft
        .see_all(case.request_lines())
        .fix("bring the endpoints back; the rule needs no change")
        .done();
}
