//! A route of which the controller leaves out a rule, or keeps what was written before.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::declared::gateways::Bound;
use crate::diagnosis::hops::route::refused::place;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::display;
use crate::diagnosis::shell::quote;
use crate::facts::gateway::{Condition, current};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-partially-invalid",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller leaves out a part of the route",
    explain: include_str!("route_partially_invalid.md"),
    symptom_of: &[&[
        "route-ref-not-permitted",
        "route-backend-not-found",
        "route-no-usable-weight",
    ]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    let Ok(Some(class)) = way.class.as_ref() else {
        return;
    };
    if !case.settled() {
        return;
    }
    let taking = case.entrance.rule().and_then(|r| r.place.declared.route());
    let controller = &class.spec.controller_name;
    let attached = |b: &&Bound| {
        let taken = taking.is_none_or(|route| b.route == *route);
        taken && !b.attachment.to.is_empty()
    };
    let said = |b: &'_ Bound| -> Option<Condition> {
        let row = b.route.row(controller, b.parent())?;
        let generation = b.route.metadata().generation;
        current(&row.conditions, "PartiallyInvalid", generation).cloned()
    };
    let mut bound = way.bound.iter().filter(attached);
    let hit = bound.find_map(|b| Some((b, said(b).filter(Condition::is_true)?)));
    let Some((bound, condition)) = hit else {
        return;
    };
    let route = &bound.route;
    let label = display(route.kind(), Some(route.namespace()), route.name());
    let falls_back = condition.message.starts_with("Fall Back");
    // Which rule it is only the message says; a 404 is what becomes of requests whose rule was dropped.
    let severity = if condition.message.starts_with("Dropped Rule") && is_unknown_there(case) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let make = way.make.title();
    let title = if falls_back {
        format!("{make} keeps an older version of {label}: a part of it is not valid")
    } else {
        format!("{make} leaves out a part of {label} that is not valid")
    };
    let kind = route.kind().name().to_ascii_lowercase();
    sink.find(&CHECK, subject_in(&place(route, bound.at)), title)
        .severity(severity)
        .why(if falls_back {
            "requests are served as the route was written before: changes of it have no effect"
        } else {
            "what a dropped rule was to take falls to another rule, or is answered 404"
        })
        .see(Evidence::raw(
            &label,
            ".status.parents[].conditions[PartiallyInvalid]",
            condition.words(),
        ))
        .see_all(case.request_lines())
        .look("correct the rule that the message names")
        .run(format!(
            "{} describe {kind} {}",
            case.settings.kubectl_in(route.namespace()),
            quote(route.name())
        ))
        .done();
}

/// Whether every answer is the one that there is without a rule.
fn is_unknown_there(case: &Case) -> bool {
    let responses = case.attempts().iter().filter_map(Attempt::response);
    let mut responses = responses.peekable();
    responses.peek().is_some() && responses.all(|r| r.status == 404)
}
