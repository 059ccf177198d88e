//! A GatewayClass that its controller did not accept, or that no controller ever looked at.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::semantics::meta::label_of;
use crate::facts::gateway::current;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gatewayclass-not-accepted",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "no controller has accepted the class of the Gateway",
    explain: include_str!("gatewayclass_not_accepted.md"),
    symptom_of: &[&["ctl-not-running"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    let Ok(Some(class)) = way.class.as_ref() else {
        return;
    };
    let Some(accepted) = current(
        &class.status.conditions,
        "Accepted",
        class.metadata.generation,
    ) else {
        return;
    };
    let untouched = accepted.status == "Unknown" && accepted.is_default();
    if !accepted.is_false() && !untouched || !case.settled() {
        return;
    }
    let label = label_of(&**class);
    let controller = &class.spec.controller_name;
    let (title, why, fix) = if untouched {
        (
            format!("no controller has ever looked at {label}"),
            format!(
                "nobody calls himself {controller}: that controller does not run, or the name is misspelt"
            ),
            "start the controller of the class, or correct spec.controllerName",
        )
    } else {
        (
            format!("{} has not accepted {label}", way.make.title()),
            "its Gateways are not served, or as they were before".to_owned(),
            "do what the condition says",
        )
    };
    sink.find(&CHECK, subject_of(&**class), title)
        .severity(super::unless_answered(case))
        .why(why)
        .see(Evidence::field(&label, ".spec.controllerName", controller))
        .see(Evidence::raw(
            &label,
            ".status.conditions[Accepted]",
            accepted.words(),
        ))
        .see_all(case.request_lines())
        .fix(fix)
        .run(format!(
            "{} get gatewayclass -o wide",
            case.settings.kubectl()
        ))
        .done();
}
