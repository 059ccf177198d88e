//! One controller reads both APIs, and its Ingress goes before the route for the page.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Entrance;
use crate::diagnosis::routing::Rule;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-ingress-shadows-route",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "an Ingress takes the requests that the route is meant for",
    explain: include_str!("gateway_ingress_shadows_route.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let journey = case.journey;
    journey.gateways.touch();
    let by_gateway = |e: &&Entrance| e.way.is_some() && e.is_behind_ingresses(&journey.declared);
    let Some(shadowed) = journey.entrances.iter().find(by_gateway) else {
        return;
    };
    let by_ingress = |e: &&Entrance| e.way.is_none();
    let ingress = journey.entrances.iter().find(by_ingress);
    let (Some(rule), Some(before)) = (shadowed.rule(), ingress.and_then(Entrance::rule)) else {
        return;
    };
    // Who leads to the same place does no harm.
    let services = |rule: &Rule| -> Vec<(String, String)> {
        let all = rule.backends.iter().filter_map(|b| b.service());
        all.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
            .collect()
    };
    if services(rule) == services(before) || !case.settled() {
        return;
    }
    let (route, object) = (rule.place.declared.label(), before.place.declared.label());
    let title = shadowed
        .way
        .as_ref()
        .map_or("the controller", |w| w.make.title());
    let line = |rule: &Rule| {
        let words = format!("{} → {}", rule.display(), rule.backend_words());
        Evidence::raw(rule.place.declared.label(), rule.place.field(), words)
    };
    sink.find(
        &CHECK,
        subject_in(&rule.place),
        format!("{object} takes the page before {route}"),
    )
    .why(format!(
        "{title} reads both and prefers the Ingress, so that the route has no effect; no condition says so"
    ))
    .see(line(before))
    .see(line(rule))
    .see_all(case.request_lines())
    .fix(format!("delete the rule of {object} once the route is as it should be"))
    .run(format!(
        "{} describe ingress {}",
        case.settings.kubectl_in(before.place.declared.namespace()),
        crate::diagnosis::shell::quote(before.place.declared.name())
    ))
    .done();
}
