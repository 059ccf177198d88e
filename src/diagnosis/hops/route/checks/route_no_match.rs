//! Routes for the host are attached, and none of their rules takes the request.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-no-match",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no rule of the routes takes the request",
    explain: include_str!("route_no_match.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(found) = case.entrance.route.found() else {
        return;
    };
    let r = &found.resolution;
    let ours = case.way().is_some() && r.matching.is_empty() && !r.passed.is_empty();
    if !ours || r.approximate.is_some() || !case.settled() {
        return;
    }
    let request = format!("{} {}", case.settings.method, case.target.path_only());
    let missing = case
        .journey
        .gateways
        .as_ref()
        .ok()
        .and_then(|g| g.missing.as_ref());
    if missing.is_some() {
        return;
    }
    let mut draft = sink
        .find(
            &CHECK,
            subject_in(&r.passed[0].rule.place),
            format!("no rule for {} takes {request}", case.target.host),
        )
        .severity(super::unless_answered(case))
        .why("what no rule takes is answered with 404 by the Gateway itself");
    for passed in r.passed.iter().take(5) {
        let rule = &passed.rule;
        let field = rule.place.below("/matches").field();
        draft = draft.see(Evidence::raw(
            rule.place.declared.label(),
            field,
            &passed.why,
        ));
    }
    draft
        .see_all(case.request_lines())
        .fix("add a match that covers the request, or ask for one that is covered")
        .done();
}
