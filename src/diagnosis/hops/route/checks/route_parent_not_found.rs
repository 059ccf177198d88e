//! A route that names a Gateway which there is not.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::route::refused::place;
use crate::diagnosis::semantics::meta::display;
use crate::diagnosis::shell::patch;
use crate::report::{Evidence, Hop, Severity};
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-parent-not-found",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Gateway that the route names does not exist",
    explain: include_str!("route_parent_not_found.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Ok(gateways) = case.journey.gateways.as_ref() else {
        return;
    };
    // Those that could not be seen may hold it.
    if gateways.missing.is_some() || !case.settled() || case.entrance.rule().is_some() {
        return;
    }
    let Some((route, at)) = gateways.lost.first() else {
        return;
    };
    let parent = &route.parents()[*at];
    let namespace = parent
        .namespace
        .as_deref()
        .unwrap_or_else(|| route.namespace());
    let what = format!("{} {namespace}/{}", parent.kind(), parent.name);
    let label = display(route.kind(), Some(route.namespace()), route.name());
    let place = place(route, *at);
    let mut elsewhere = gateways
        .names
        .iter()
        .filter(|(_, name)| *name == parent.name);
    let (one, more) = (elsewhere.next(), elsewhere.next());
    let is_gateway = parent.kind() == "Gateway";
    let draft = sink
        .find(
            &CHECK,
            subject_in(&place),
            format!("{label} names {what}, which does not exist"),
        )
        .severity(super::unless_answered(case))
        .why("a route without its Gateway is served by nobody; no controller writes a status for it either")
        .see(Evidence::field(&label, place.below("/name").field(), &parent.name))
        .see(parent.namespace.as_ref().map_or_else(
            || Evidence::Absent {
                what: place.below("/namespace").field(),
                looked: format!("{label}: left out it means {namespace}"),
            },
            |namespace| Evidence::field(&label, place.below("/namespace").field(), namespace),
        ))
        .see(Evidence::Absent {
            what,
            looked: format!("{} Gateways of the cluster", gateways.names.len()),
        })
        .see_all(case.request_lines());
    let kubectl = case.settings.kubectl_in(route.namespace());
    match (one, more) {
        (Some((there, _)), None) if is_gateway => draft
            .fix(format!(
                "there is one in namespace {there}: name that namespace"
            ))
            .run(patch::add(
                &kubectl,
                route.kind(),
                route.name(),
                &format!("{}/namespace", place.pointer),
                &json!(there),
            ))
            .done(),
        _ => draft
            .fix("name a Gateway that there is:")
            .run(format!("{} get gateway -A", case.settings.kubectl()))
            .done(),
    }
}
