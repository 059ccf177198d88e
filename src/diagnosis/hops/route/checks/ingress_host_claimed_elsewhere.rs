//! Another namespace, or another controller, has rules for the same page of the host.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::route::contest::{Standing, contest};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-host-claimed-elsewhere",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "another namespace or controller claims the page too",
    explain: include_str!("ingress_host_claimed_elsewhere.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(contest) = contest(case).filter(|c| c.is_about_the_host()) else {
        return;
    };
    let (taken, other) = (contest.taken.display(), contest.other.display());
    let host = &case.target.host;
    let title = format!("{other} claims the page of {host} too");
    let why = match &contest.standing {
        Standing::Elsewhere(title) => format!(
            "it is the better rule for the page, and {title}'s; the requests come to another controller, which takes {taken}"
        ),
        Standing::Tied => format!(
            "it is equal to {taken}: which of them answers is not decided by the objects, and may change when the controller restarts"
        ),
        Standing::Decided | Standing::Outranked => {
            format!("the controller takes {taken}, and nobody gets to the other one")
        }
    };
    let draft = sink
        .find(&CHECK, subject_in(&contest.other.place), title)
        .severity(contest.severity)
        .why(format!("{why}{}", contest.answers()));
    super::of_both(case, draft, &contest)
        .fix("give one of them another host or path, or take it away")
        .done();
}
