//! Another rule takes a page, or may take it, for which its author expects this one.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::route::contest::{Standing, contest};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-path-shadowed",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "another rule takes the page, or may take it",
    explain: include_str!("ingress_path_shadowed.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(contest) = contest(case).filter(|c| !c.is_about_the_host()) else {
        return;
    };
    // Of routes it is told by their own rules.
    if contest.taken.place.declared.route().is_some() {
        return;
    }
    let (taken, other) = (contest.taken.display(), contest.other.display());
    let path = case.target.path_only();
    let (title, why) = match contest.standing {
        Standing::Tied => (
            format!("{other} and {taken} are equal for {path}"),
            "which of them answers is not decided by the objects, and may change when the controller restarts".to_owned(),
        ),
        Standing::Outranked => (
            format!("{other} is the better rule for {path}, and {taken} takes it"),
            "this controller ranks rules in its own way, and users get the page of the worse one".to_owned(),
        ),
        Standing::Decided | Standing::Elsewhere(_) => (
            format!("{other} never takes {path}: {taken} does"),
            "they are equal, and of such rules this controller takes the same one every time".to_owned(),
        ),
    };
    let draft = sink
        .find(&CHECK, subject_in(&contest.other.place), title)
        .severity(contest.severity)
        .why(format!("{why}{}", contest.answers()));
    super::of_both(case, draft, &contest)
        .fix("keep one of them, or make the one that is meant longer or more specific")
        .done();
}
