//! Two routes want the same requests, and the older one has them.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::routing::{Rule, same_backends};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-conflict-loser",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "an older route takes the requests of another one",
    explain: include_str!("route_conflict_loser.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    // A route that could not be read may be the other one.
    case.journey.gateways.touch();
    let (Some(_), Some(found)) = (case.way(), case.entrance.route.found()) else {
        return;
    };
    let Some((first, others)) = found.resolution.matching.split_first() else {
        return;
    };
    let of_another = |r: &&Rule| r.place.declared != first.place.declared;
    let equal = |r: &&Rule| r.matches == first.matches && r.hosts == first.hosts;
    let mut losers = others.iter().filter(of_another).filter(equal);
    let Some(loser) = losers.find(|r| !same_backends(r, first)) else {
        return;
    };
    let (winner, route) = (first.place.declared.label(), loser.place.declared.label());
    let age = |rule: &Rule| rule.place.declared.created().map(|t| t.0.to_string());
    let (ours, theirs) = (age(loser), age(first));
    let by_name = ours == theirs;
    let since = |rule: &Rule| {
        let created = age(rule).unwrap_or_default();
        Evidence::raw(
            rule.place.declared.label(),
            ".metadata.creationTimestamp",
            created,
        )
    };
    sink.find(
        &CHECK,
        subject_in(&loser.place),
        format!("{winner} takes the requests that {route} is for, too"),
    )
    .why(if by_name {
        "both want the same requests and are equally old: the earlier name has them, and both are accepted"
    } else {
        "both want the same requests: the older one has them, and both are accepted"
    })
    .see(Evidence::raw(&winner, first.place.field(), first.backend_words()))
    .see(Evidence::raw(&route, loser.place.field(), loser.backend_words()))
    .see(since(first))
    .see(since(loser))
    .see_all(case.request_lines())
    .fix("put both rules into one route, or take the match out of the one that is not to have them")
    .done();
}
