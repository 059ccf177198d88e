//! Traefik drops a rule whose Service has no endpoints.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "traefik-empty-service-404",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik drops the rule, because its Service has no endpoints",
    explain: "Traefik makes no router for a Service without usable endpoints. The request then gets 404 page not found, as if there were \
no rule, or it is answered by another rule that also matches: a shorter path or a wildcard host, with the pages of another Service. The \
fault is the missing endpoints, not the route.\n\n\
Fix: bring the endpoints back. With --providers.kubernetesingress.allowemptyservices=true Traefik answers 503 instead, which is honest.",
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
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(controller), Some(route), Some(rule)) = (
        &case.entrance.controller.found,
        &case.entrance.route.found,
        Some(&backend.rule),
    ) else {
        return;
    };
    let (Some(service), Some(endpoints)) = (&backend.service.found, &backend.endpoints.found)
    else {
        return;
    };
    if !controller.make.drops_empty(&controller.args()) || controller.workloads.is_empty() {
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
        None => format!(
            "every request is answered 404 by {}, which makes no router without endpoints",
            controller.make.title()
        ),
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(&*rule.ingress),
            format!(
                "{} drops {}, its Service has no endpoints",
                controller.make.title(),
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
    for line in case.request_lines() {
        draft = draft.see(line);
    }
    draft
        .fix("bring the endpoints back; the rule needs no change")
        .done();
}
