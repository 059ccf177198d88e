//! The host has rules, none for the path.

use crate::diagnosis::checks::causes::NO_CLASS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::dialect::dropped::Cause;
use crate::diagnosis::routing::PathMatch;
use crate::diagnosis::semantics::path::prefix_matches;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-path-no-match",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no path of the host's rules covers the request",
    explain: include_str!("ingress_path_no_match.md"),
    symptom_of: &[&["ingress-canary-orphan"], NO_CLASS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(route) = case.entrance.route.found() else {
        return;
    };
    if let Some(dropped) = super::dropped(case, &[Cause::PathMatcher, Cause::Resource]) {
        let fix = match dropped.cause {
            Cause::PathMatcher => "use a path matcher that there is",
            _ => "lead the path to a Service",
        };
        super::drop_finding(case, sink, &CHECK, dropped)
            .fix(fix)
            .run_all(super::drop_commands(case, dropped))
            .done();
        return;
    }
    let r = &route.resolution;
    let by_gateway = case.entrance.way.is_some();
    let elsewhere = by_gateway || !r.matching.is_empty() || !r.dropped.is_empty();
    if elsewhere || r.passed.is_empty() || !case.settled() {
        return;
    }
    // By the specification alone, without a controller's dialect, it is only likely.
    let served = case.answered_well();
    let declared = case.journey.declared.as_ref().ok();
    let unseen = declared.is_some_and(|d| d.missing.is_some());
    // Without the classes the make, and with it what covers a path, is a guess.
    let guessed = declared.is_some_and(|d| {
        d.classes.touch();
        !d.classes.is_whole()
    });
    let certain = route.claimed && r.approximate.is_none() && !unseen && !guessed;
    if served && (unseen || r.approximate.is_some()) {
        // What could not be seen or evaluated may well be what answers.
        return;
    }
    let path = case.target.path_only();
    let host = &case.target.host;
    let mut draft = sink
        .find(
            &CHECK,
            subject_in(&r.passed[0].rule.place),
            format!("no rule for {host} covers the path {path}"),
        )
        .severity(if served || !certain {
            Severity::Warning
        } else {
            Severity::Error
        })
        .why(if served {
            "something answers all the same, by a kind of route that hops does not read"
        } else {
            "the controller answers 404 itself"
        });
    for passed in r.passed.iter().take(5) {
        let (field, path) = (passed.rule.place.below("/path").field(), passed.rule.path());
        let value = format!("{:?} ({}): {}", path.text(), path.kind(), passed.why);
        draft = draft.see(Evidence::raw(
            passed.rule.place.declared.label(),
            field,
            value,
        ));
    }
    draft = draft.see_all(case.request_lines());
    // Making an Exact path a Prefix is the fix when that alone would cover the request.
    let exact = r.passed.iter().find(
        |p| matches!(p.rule.path(), PathMatch::Exact(written) if prefix_matches(written, path)),
    );
    match exact {
        Some(passed) => draft
            .fix(format!("make path {} a Prefix", passed.rule.path().text()))
            .run(super::replace(
                case,
                &passed.rule.place.below("/pathType"),
                "Prefix",
            ))
            .done(),
        None => draft
            .fix(format!(
                "add a path that covers {path}, or ask for one that is there"
            ))
            .done(),
    }
}
