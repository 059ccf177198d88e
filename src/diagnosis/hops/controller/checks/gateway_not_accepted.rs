//! A Gateway that its controller did not accept, or that no controller ever looked at.

use crate::diagnosis::checks::causes::NO_SECRET;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::semantics::meta::label_of;
use crate::facts::gateway::current;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-not-accepted",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the controller does not accept the Gateway",
    explain: include_str!("gateway_not_accepted.md"),
    symptom_of: &[
        &[
            "gatewayclass-not-found",
            "gatewayclass-not-accepted",
            "ctl-not-running",
            "gateway-crds-missing",
            // Where no listener is valid, some makes do not accept the Gateway either.
            "listener-not-accepted",
        ],
        NO_SECRET,
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    let Some(accepted) = current(
        &way.gateway.status.conditions,
        "Accepted",
        way.gateway.metadata.generation,
    ) else {
        return;
    };
    let untouched = accepted.status == "Unknown" && accepted.is_default();
    if !accepted.is_false() && !untouched || !case.settled() {
        return;
    }
    let label = label_of(&*way.gateway);
    let title = if untouched {
        format!("no controller has looked at {label} yet")
    } else {
        format!("{} does not accept {label}", way.make.title())
    };
    let age = case.age(way.gateway.metadata.creation_timestamp.as_ref());
    let kubectl = case.settings.kubectl_in(way.namespace());
    let name = crate::diagnosis::shell::quote(way.name());
    sink.find(&CHECK, subject_of(&*way.gateway), title)
        .severity(super::unless_answered(case).min(super::after_a_minute(age)))
        .why("its listeners take no connections, so that nobody serves its routes")
        .see(Evidence::raw(&label, ".status.conditions[Accepted]", accepted.words()))
        .see_all(case.request_lines())
        .look("do what the condition says; where nobody wrote it, see whether the controller runs and takes the class")
        .run(format!("{kubectl} describe gateway {name}"))
        .done();
}
