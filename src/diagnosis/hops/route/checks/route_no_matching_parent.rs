//! A parentRef that names a section or a port of the Gateway which there is not, or another listener than the one the request comes to.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::route::refused::{Turned, turned};
use crate::diagnosis::semantics::host::nearest;
use crate::diagnosis::shell::patch;
use crate::report::{Evidence, Hop, Severity};
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-no-matching-parent",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the route names a listener that the Gateway does not have",
    explain: include_str!("route_no_matching_parent.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((way, all)) = turned(case) else {
        return;
    };
    let none = |t: &&Turned| t.by.is_none() && t.kept_out(way).is_none();
    let Some(turned) = all.iter().find(none) else {
        return;
    };
    let parent = turned.bound.parent();
    let place = turned.place();
    let gateway = crate::diagnosis::semantics::meta::label_of(&*way.gateway);
    let names: Vec<&str> = way.listeners.iter().map(|l| l.spec.name.as_str()).collect();
    let (what, field, value) = match (&parent.section_name, parent.port) {
        (Some(name), _) => (
            format!("listener {name}"),
            place.below("/sectionName").field(),
            format!("{name:?}"),
        ),
        (None, Some(port)) => (
            format!("listener at port {port}"),
            place.below("/port").field(),
            port.to_string(),
        ),
        // One whose listeners are all of ListenerSets that the route does not name.
        (None, None) => (
            "listener of its own".to_owned(),
            place.below("/name").field(),
            format!("{:?}", parent.name),
        ),
    };
    let near = parent.section_name.as_deref();
    let near = near.and_then(|name| nearest(name, names.iter().copied(), 1).first().copied());
    let near = near.or(match names.as_slice() {
        [only] => Some(*only),
        _ => None,
    });
    let route = &turned.bound.route;
    let kubectl = case.settings.kubectl_in(route.namespace());
    let draft = sink
        .find(
            &CHECK,
            subject_in(&place),
            format!(
                "{} names a {what} of {gateway}, which has none",
                turned.label()
            ),
        )
        .severity(super::unless_answered(case))
        .why("the route is attached to no listener, so that nobody serves it")
        .see(Evidence::raw(turned.label(), field, value))
        .see(Evidence::raw(
            gateway,
            ".spec.listeners[*].name",
            names.join(", "),
        ))
        .see(turned.status(way))
        .see_all(case.request_lines());
    match near {
        Some(name) if parent.section_name.is_some() => draft
            .fix(format!("name listener {name}"))
            .run(patch::replace(
                &kubectl,
                route.kind(),
                route.name(),
                &format!("{}/sectionName", place.pointer),
                &json!(name),
            ))
            .done(),
        _ => draft
            .fix("name a listener that there is, or none to mean all")
            .done(),
    }
}
