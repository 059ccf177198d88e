//! Conditions that are about an older spec than the one that is written.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::routing::gateway::Route;
use crate::diagnosis::semantics::meta::{display, label_of};
use crate::diagnosis::shell::quote;
use crate::facts::gateway::Condition;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-status-stale",
    hop: Hop::Controller,
    severity: Severity::Warning,
    title: "the status speaks of an older spec than the one that is written",
    explain: include_str!("gateway_status_stale.md"),
    symptom_of: &[&["gatewayclass-not-accepted", "ctl-not-running"]],
    run: Run::Entrance(run),
};

/// An object with a status that is older than its spec.
struct Old<'w> {
    label: String,
    path: &'static str,
    condition: &'w Condition,
    generation: i64,
}

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    let route = case.entrance.rule().and_then(|r| r.place.declared.route());
    let all = old(way, route);
    let Some(first) = all.first().filter(|_| case.settled()) else {
        return;
    };
    let seen = first.condition.observed_generation.unwrap_or_default();
    let title = match all.len() {
        1 => format!(
            "the status of {} is about generation {seen}, and it is at {}",
            first.label, first.generation
        ),
        n => format!("the status of {n} objects is about older generations than they are at"),
    };
    let age = case.age(way.gateway.metadata.creation_timestamp.as_ref());
    let kubectl = case.settings.kubectl_in(way.namespace());
    sink.find(&CHECK, subject_of(&*way.gateway), title)
        .severity(CHECK.severity.min(super::after_a_minute(age)))
        .why("what the status says holds for an older spec; what is written now is not carried out yet: the controller is about to, hangs, or does not run")
        .see_all(all.iter().flat_map(|old| {
            let seen = old.condition.observed_generation.unwrap_or_default();
            let words = format!("{} observedGeneration {seen}", old.condition.words());
            [
                Evidence::raw(&old.label, ".metadata.generation", old.generation),
                Evidence::raw(&old.label, old.path, words),
            ]
        }))
        .look("look again in a minute; where it stays so, see whether the controller runs, and what its log says")
        .run(format!(
            "{kubectl} get gateway {} -o yaml",
            quote(way.name())
        ))
        .run_all(super::log_of_gateway(case))
        .done();
}

/// Each with the first of its conditions that is too old.
fn old<'w>(way: &'w Way, route: Option<&'w Route>) -> Vec<Old<'w>> {
    let mut all = Vec::new();
    let mut take = |label, path, generation: Option<i64>, conditions: Vec<&'w Condition>| {
        let condition = conditions.into_iter().find(|c| c.is_stale(generation));
        all.extend(
            condition
                .zip(generation)
                .map(|(condition, generation)| Old {
                    label,
                    path,
                    condition,
                    generation,
                }),
        );
    };
    let class = way.class.as_ref().ok().and_then(Option::as_ref);
    if let Some(class) = class {
        let path = ".status.conditions[]";
        let conditions = class.status.conditions.iter().collect();
        take(
            label_of(&**class),
            path,
            class.metadata.generation,
            conditions,
        );
    }
    let status = &way.gateway.status;
    let of_listeners = status.listeners.iter().flat_map(|l| &l.conditions);
    let conditions = status.conditions.iter().chain(of_listeners).collect();
    let generation = way.gateway.metadata.generation;
    let path = ".status.conditions[]";
    take(label_of(&*way.gateway), path, generation, conditions);
    if let (Some(class), Some(route)) = (class, route) {
        let controller = &class.spec.controller_name;
        let bound = way.bound.iter().filter(|b| b.route == *route);
        let rows = bound.filter_map(|b| b.route.row(controller, b.parent()));
        let conditions = rows.flat_map(|r| &r.conditions).collect();
        let label = display(route.kind(), Some(route.namespace()), route.name());
        let path = ".status.parents[].conditions[]";
        take(label, path, route.metadata().generation, conditions);
    }
    all
}
