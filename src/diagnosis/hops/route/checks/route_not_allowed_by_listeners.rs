//! A route of a namespace, or of a kind, that the listener does not take.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::route::refused::turned;
use crate::diagnosis::routing::gateway::Refusal;
use crate::diagnosis::shell::patch;
use crate::report::{Evidence, Hop, Severity};
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-not-allowed-by-listeners",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the listener takes no routes of that namespace or kind",
    explain: include_str!("route_not_allowed_by_listeners.md"),
    symptom_of: &[&["listener-conflicted"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((way, all)) = turned(case) else {
        return;
    };
    let hit = all.iter().find_map(|t| match t.by {
        Some((listener, why @ (Refusal::Namespace | Refusal::Kind))) => Some((t, listener, why)),
        _ => None,
    });
    let Some((turned, listener, why)) = hit else {
        return;
    };
    let route = &turned.bound.route;
    let owner = &listener.place.declared;
    let words = listener.words();
    let by_kind = *why == Refusal::Kind;
    let (title, reason) = if by_kind {
        let kind = route.kind().name();
        (
            format!(
                "{words} takes no {kind}: {} is not attached",
                turned.label()
            ),
            "a listener takes the kinds of its protocol, of which allowedRoutes.kinds may name some",
        )
    } else {
        let namespace = route.namespace();
        (
            format!(
                "{words} takes no routes of namespace {namespace}: {} is not attached",
                turned.label()
            ),
            "without allowedRoutes a listener takes routes of its own namespace alone",
        )
    };
    let allowed = listener.spec.allowed_routes.as_ref();
    let from = allowed
        .and_then(|a| a.namespaces.as_ref())
        .and_then(|n| n.from);
    let field = listener
        .place
        .below("/allowedRoutes/namespaces/from")
        .field();
    let said = match from {
        _ if by_kind => Evidence::raw(
            owner.label(),
            listener.place.below("/protocol").field(),
            &listener.spec.protocol,
        ),
        Some(from) => Evidence::raw(owner.label(), field, format!("{from:?}")),
        None => Evidence::Absent {
            what: field,
            looked: format!("{}: left out it means Same", owner.label()),
        },
    };
    let draft = sink
        .find(&CHECK, subject_in(&turned.place()), title)
        .severity(super::unless_answered(case))
        .why(reason)
        .see(said)
        .see(Evidence::raw(
            turned.label(),
            ".metadata.namespace",
            route.namespace(),
        ))
        .see(turned.status(way))
        .see_all(case.request_lines());
    if by_kind {
        draft
            .fix(
                "attach the route to a listener of another protocol, or let this one take its kind",
            )
            .done();
        return;
    }
    let kubectl = case.settings.kubectl_in(owner.namespace());
    let pointer = format!("{}/allowedRoutes", listener.place.pointer);
    let all = json!({"namespaces": {"from": "All"}});
    draft
        .fix("let the listener take routes of that namespace: All, or a Selector of its labels")
        .run(patch::add(
            &kubectl,
            owner.kind(),
            owner.name(),
            &pointer,
            &all,
        ))
        .done();
}
