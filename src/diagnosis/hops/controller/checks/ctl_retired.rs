//! The program that takes the requests is retired: nobody mends it.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::dialect::make::retired;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-retired",
    hop: Hop::Controller,
    severity: Severity::Info,
    title: "the controller gets no fixes any more",
    explain: include_str!("ctl_retired.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(controller) = case.entrance.controller.found() else {
        return;
    };
    let Some(workload) = controller.workloads.first() else {
        return;
    };
    let Some(since) = retired(&controller.make, &workload.image, controller.version()) else {
        return;
    };
    sink.find(
        &CHECK,
        subject(workload.kind, Some(&workload.namespace), &workload.name),
        since,
    )
    .why("it goes on working; a hole that is found in it stays open")
    .see(Evidence::field(
        workload.display(),
        ".spec.template.spec.containers[].image",
        &workload.image,
    ))
    .fix("plan the move to the Gateway API or to another controller")
    .done();
}
