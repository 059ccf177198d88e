//! The controller's command line limits it to other Ingresses.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::dialect::dropped::Cause;
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-watch-scope",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the controller does not look at the Ingress, whatever its class",
    explain: include_str!("ctl_watch_scope.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(controller), Some(route)) = (
        case.entrance.controller.found(),
        case.entrance.route.found(),
    ) else {
        return;
    };
    if !case.settled() {
        return;
    }
    let mut dropped = route.resolution.dropped.iter();
    let rule = dropped.find(|d| d.cause == Cause::Outside).map(|d| &d.rule);
    let of_rule = |ingress| rule.is_some_and(|r| r.place.declared == Declared::Ingress(ingress));
    // Without a rule of theirs it may be the certificate that is missed.
    let mut all = controller.overlooked.iter();
    let Some(overlooked) = all.find(|o| match rule {
        Some(_) => of_rule(o.ingress.clone()),
        None => controller.ingresses.is_empty(),
    }) else {
        return;
    };
    let Some(workload) = controller.workloads.first() else {
        return;
    };
    let ingress = &*overlooked.ingress;
    let label = label_of(ingress);
    let title = controller.make.title();
    let outside = &overlooked.outside;
    let next = case.entrance.rule();
    let draft = sink
        .find(
            &CHECK,
            subject_of(ingress),
            format!("{title} does not look at {label}: {}", outside.why),
        )
        .severity(case.severity_of_drop())
        .why(match next {
            Some(rule) => format!("the request goes to {}", rule.display()),
            None => {
                "its class is right, and still its rules and its certificate do not exist for users"
                    .to_owned()
            }
        })
        .see(Evidence::raw(workload.display(), "args", &outside.argument))
        .see(Evidence::field(
            &label,
            ".metadata.namespace",
            namespace_of(ingress),
        ));
    let labels = ingress.metadata.labels.iter().flatten();
    draft
        .see_all(labels.take(3).map(|(k, v)| {
            Evidence::field(&label, format!(".metadata.labels[{k}]"), v)
        }))
        .see_all(case.request_lines())
        .fix(format!(
            "change {} of {}, or move the Ingress to where the controller looks; other controllers of the cluster:",
            outside.argument.split('=').next().unwrap_or_default(),
            workload.display()
        ))
        .run(format!("{} get ingressclass", case.settings.kubectl()))
        .done();
}
