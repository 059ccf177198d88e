//! No host of a route lies within that of the listener.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::route::refused::turned;
use crate::diagnosis::routing::gateway::Refusal;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-no-matching-listener-hostname",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the listener takes other hosts than the route",
    explain: include_str!("route_no_matching_listener_hostname.md"),
    symptom_of: &[&["listener-conflicted", "route-not-allowed-by-listeners"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((way, all)) = turned(case) else {
        return;
    };
    let hit = all.iter().find_map(|t| match t.by {
        Some((listener, Refusal::Hostname)) => Some((t, listener)),
        _ => None,
    });
    let Some((turned, listener)) = hit else {
        return;
    };
    let owner = &listener.place.declared;
    let others = all
        .iter()
        .filter_map(|t| t.by)
        .filter(|(l, _)| !std::ptr::eq(*l, listener));
    let hosts = turned.bound.route.hosts().join(", ");
    let kubectl = case.settings.kubectl_in(owner.namespace());
    let name = crate::diagnosis::shell::quote(owner.name());
    sink.find(
        &CHECK,
        subject_in(&turned.place()),
        format!(
            "{} takes {}, and {} is for {hosts}",
            listener.words(),
            listener.spec.host(),
            turned.label()
        ),
    )
    .severity(super::unless_answered(case))
    .why("a route serves the hosts that lie within its listener's, and none of these does")
    .see(Evidence::field(
        owner.label(),
        listener.place.below("/hostname").field(),
        listener.spec.host(),
    ))
    .see_all(others.take(2).map(|(l, _)| {
        Evidence::field(
            l.place.declared.label(),
            l.place.below("/hostname").field(),
            l.spec.host(),
        )
    }))
    .see(Evidence::raw(turned.label(), ".spec.hostnames", hosts))
    .see(turned.status(way))
    .see_all(case.request_lines())
    .fix("make one of the two hostnames cover the other")
    .run(format!("{kubectl} edit gateway {name}"))
    .done();
}
