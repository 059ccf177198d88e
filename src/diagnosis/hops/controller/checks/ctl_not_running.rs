//! The controller's pods do not run.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-not-running",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the ingress controller has no ready pod",
    explain: include_str!("ctl_not_running.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(found) = case.entrance.controller.found() else {
        // A Gateway that could not be seen may have one.
        case.way();
        return;
    };
    let Ok(pods) = found.pods.as_ref() else {
        return;
    };
    let Some(workload) = found.workloads.first() else {
        return;
    };
    let (ready, desired) = (found.ready_pods(), found.desired());
    let all_ready = i32::try_from(ready).unwrap_or(i32::MAX) >= desired;
    if ready > 0 && all_ready {
        return;
    }
    let severity = match ready {
        0 if found.make.data_plane_is_elsewhere() || case.answered() => Severity::Warning,
        0 => Severity::Error,
        _ => Severity::Warning,
    };
    let scaled = desired == 0;
    let title = match (scaled, ready) {
        (true, _) => format!(
            "{} of {} is scaled to zero",
            workload.display(),
            found.make.title()
        ),
        (_, 0) => format!(
            "no pod of {} ({}) is ready",
            workload.display(),
            found.make.title()
        ),
        _ => format!(
            "{ready} of {desired} pods of {} are ready",
            workload.display()
        ),
    };
    let why = match (severity, ready) {
        (Severity::Error, _) => "nobody is there to take requests for this class",
        (_, 0) => "something still answers, but changes to Ingresses are not carried out",
        _ => "the others carry the load",
    };
    let field = if scaled {
        ".spec.replicas"
    } else {
        ".status.readyReplicas"
    };
    let subject = subject(workload.kind, Some(&workload.namespace), &workload.name);
    let value = if scaled {
        desired.to_string()
    } else {
        ready.to_string()
    };
    let mut draft = sink
        .find(&CHECK, subject, title)
        .severity(severity)
        .why(why)
        .see(Evidence::raw(workload.display(), field, value))
        .see_all(pods.iter().filter(|p| !is_ready(p)).take(3).map(|pod| {
            Evidence::raw(
                format!("Pod {}/{}", workload.namespace, name_of(&**pod)),
                ".status",
                pod::words(pod),
            )
        }))
        .see_all(
            pods.iter()
                .filter_map(|p| {
                    let condition = pod::unscheduled(p)?;
                    let reason = condition.reason.as_deref().unwrap_or_default();
                    let message = condition.message.as_deref().unwrap_or_default();
                    Some(Evidence::raw(
                        format!("Pod {}/{}", workload.namespace, name_of(&**p)),
                        ".status.conditions[PodScheduled]",
                        format!("False ({reason}: {message})"),
                    ))
                })
                .take(1),
        )
        .see_all(case.request_lines());
    let kubectl = case.settings.kubectl_in(&workload.namespace);
    let name = quote(&workload.kubectl_name());
    draft = if scaled && workload.kind == crate::facts::Kind::Deployment {
        draft
            .fix("scale the controller up")
            .run(format!("{kubectl} scale {name} --replicas=1"))
    } else {
        draft
            .look("find out why its pods are not ready")
            .run(format!("{kubectl} describe {name}"))
            .run(format!("{kubectl} logs {name} --tail=50"))
    };
    draft.done();
}
