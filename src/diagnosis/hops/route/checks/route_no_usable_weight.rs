//! A rule without backends, or whose backends all have the weight 0.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-no-usable-weight",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the rule leads to no backend that gets requests",
    explain: include_str!("route_no_usable_weight.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let entrance = case.entrance;
    let (Some(_), Some(rule), Some(found)) = (case.way(), entrance.rule(), entrance.route.found())
    else {
        return;
    };
    let answered_by_filter =
        found.resolution.redirect.is_some() || found.resolution.doubt.is_some();
    if answered_by_filter || rule.backends.iter().any(|b| b.weight > 0) {
        return;
    }
    let label = rule.place.declared.label();
    let field = rule.place.below("/backendRefs").field();
    let draft = sink.find(
        &CHECK,
        subject_in(&rule.place),
        match rule.backends.len() {
            0 => format!("the rule of {label} names no backend"),
            1 => format!("the backend of {label} has the weight 0"),
            n => format!("all {n} backends of {label} have the weight 0"),
        },
    );
    let draft = draft
        .severity(super::unless_answered(case))
        .why("a rule without a backend that gets requests answers 500; Traefik answers 503");
    let draft = if rule.backends.is_empty() {
        draft
            .see(Evidence::Absent {
                what: field,
                looked: label,
            })
            .fix("name a Service under backendRefs, or redirect with a filter")
    } else {
        let lines = rule.backends.iter().take(3);
        let lines =
            lines.map(|b| Evidence::raw(&label, b.place.below("/weight").field(), b.weight));
        let weight = rule.place.below("/backendRefs/0/weight");
        draft
            .see_all(lines)
            .fix("give the backend that is to serve a weight of 1 or more")
            .run(super::replace(case, &weight, 1))
    };
    draft.see_all(case.request_lines()).done();
}
