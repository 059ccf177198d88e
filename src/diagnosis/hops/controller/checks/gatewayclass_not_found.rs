//! A Gateway names a class that there is not.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gatewayclass-not-found",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the class that the Gateway names does not exist",
    explain: include_str!("gatewayclass_not_found.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    if !matches!(way.class.as_ref(), Ok(None)) {
        return;
    }
    let class = &way.gateway.spec.gateway_class_name;
    let label = label_of(&*way.gateway);
    let severity = super::unless_answered(case);
    sink.find(
        &CHECK,
        subject_of(&*way.gateway),
        format!("{label} is of class {class}, which does not exist"),
    )
    .severity(severity)
    .why("no controller takes the Gateway, so that nobody serves its routes")
    .see(Evidence::field(label, ".spec.gatewayClassName", class))
    .see(Evidence::Absent {
        what: format!("GatewayClass {class}"),
        looked: "the API server has none of that name".to_owned(),
    })
    .see_all(case.request_lines())
    .fix("name one of the classes that there are, or install the controller that brings this one")
    .run(format!("{} get gatewayclass", case.settings.kubectl()))
    .done();
}
