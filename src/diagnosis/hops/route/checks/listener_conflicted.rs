//! The listener that the host should come to cannot be told from another one.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::facts::gateway::condition;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "listener-conflicted",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the listener conflicts with another one",
    explain: include_str!("listener_conflicted.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(way), Some(found)) = (case.way(), case.entrance.route.found()) else {
        return;
    };
    if found.listener.is_some() || !case.settled() {
        return;
    }
    let host = &case.target.host;
    let mut conflicting = way
        .listeners
        .iter()
        .filter(|l| l.conflicts && l.covers(host));
    let Some(listener) = conflicting.next() else {
        return;
    };
    let twin = way
        .listeners
        .iter()
        .find(|other| !std::ptr::eq(*other, listener) && other.spec.port == listener.spec.port);
    let owner = &listener.place.declared;
    let said = |l: &crate::diagnosis::routing::gateway::Listener| {
        let host = match l.spec.host() {
            "" => "every host",
            host => host,
        };
        let words = format!("{} at port {} for {host}", l.spec.protocol, l.spec.port);
        Evidence::raw(l.place.declared.label(), l.place.field(), words)
    };
    let status = listener.status.as_ref();
    let status = status.and_then(|s| condition(&s.conditions, "Conflicted"));
    let status = status.map(|c| {
        Evidence::raw(
            owner.label(),
            ".status.listeners[].conditions[Conflicted]",
            c.words(),
        )
    });
    sink.find(
        &CHECK,
        subject_in(&listener.place),
        match twin {
            Some(twin) => format!("{} conflicts with {}", listener.words(), twin.words()),
            None => format!("{} conflicts with another listener", listener.words()),
        },
    )
    .severity(super::unless_answered(case))
    .why("listeners at one port have to speak the same protocol and have different hostnames; of those that do not, none takes requests")
    .see(said(listener))
    .see_all(twin.map(said))
    .see(status)
    .see_all(case.request_lines())
    .fix("give each listener a port or a hostname of its own, and one protocol a port")
    .run(format!(
        "{} get {} {} -o yaml",
        case.settings.kubectl_in(owner.namespace()),
        owner.kind().name().to_ascii_lowercase(),
        crate::diagnosis::shell::quote(owner.name())
    ))
    .done();
}
