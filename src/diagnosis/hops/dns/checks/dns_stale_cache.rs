//! The record is right, and a cache between here and there still has the old one.

use super::{View, list};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns::{self, authority};
use crate::facts::AuthorityServer;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-stale-cache",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "a DNS cache still has the old address",
    explain: include_str!("dns_stale_cache.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

/// A cache that is behind.
pub(super) struct Stale<'c> {
    view: View<'c>,
    /// Servers that have the published address.
    right: Vec<&'c AuthorityServer>,
    /// Servers that speak for the zone and say otherwise.
    behind: Vec<&'c AuthorityServer>,
}

/// Whether the zone's servers say what the cluster does, and the resolver something else.
pub(super) fn read<'c>(case: &'c Case) -> Option<Stale<'c>> {
    let view = View::of(case)?;
    let (resolved, answer) = (view.resolved, view.answer);
    if view.is_at_home() || authority::is_overridden(answer) {
        return None;
    }
    let name = &case.target.host;
    let speaking = resolved.authority()?.servers.iter();
    let (right, behind): (Vec<_>, Vec<_>) = speaking
        .filter(|s| authority::speaks(s))
        .partition(|s| s.addresses.iter().any(|a| view.published.contains(a)));
    // The same alias at both: its end has many addresses, and everybody gets some of them.
    let ours = authority::alias(&answer.records, name);
    let same = |s: &&AuthorityServer| {
        let theirs = authority::alias(&s.records, name);
        theirs.is_some() && theirs == ours
    };
    if right.is_empty() || right.iter().any(same) {
        return None;
    }
    Some(Stale {
        view,
        right,
        behind,
    })
}

fn run(case: &Case, sink: &mut Sink) {
    let Some(Stale {
        view,
        right,
        behind,
    }) = read(case)
    else {
        return;
    };
    let name = &case.target.host;
    let here = list(&view.resolved.addresses);
    let mut now = right[0].addresses.clone();
    now.retain(|a| view.published.contains(a));
    let severity = if view.dead {
        Severity::Error
    } else {
        Severity::Warning
    };
    let own = |r: &&crate::facts::DnsRecord| r.name == *name && r.rtype != "HTTPS";
    let left = view.answer.records.iter().filter(own).map(|r| r.ttl).min();
    // Where programs get something else than DNS says, its times are not theirs.
    let left = left.filter(|_| view.answer.dns.is_none());
    let goes = if view.dead {
        format!("requests go to {here}, which does not answer for the host")
    } else {
        format!("requests go to {here}, the old address")
    };
    let servers: Vec<&str> = behind.iter().map(|s| s.name.as_str()).collect();
    let (why, fix) = match (servers.as_slice(), left) {
        ([], Some(left)) => (
            format!("{goes}; it clears itself in {}", dns::span(left)),
            format!("wait {}, or flush the cache: {}", dns::span(left), super::FLUSH),
        ),
        ([], None) => (
            format!("{goes}; it clears itself when the record's time to live has run out"),
            format!("wait, or flush the cache: {}", super::FLUSH),
        ),
        (behind, _) => (
            format!(
                "{goes}; of the zone's servers, {} still says otherwise, so that it does not clear itself",
                behind.join(", ")
            ),
            "make all servers of the zone serve the same: look at the transfer of the zone and its serial numbers".to_owned(),
        ),
    };
    let title = format!(
        "{name} still resolves to {here} here; its authoritative servers say {}",
        list(&now)
    );
    let mut draft = sink
        .find(&CHECK, host_subject(name), title)
        .severity(severity)
        .why(why)
        .see(dns::line(case, view.answer))
        .see_all(super::record_lines(case, &view.lb.published))
        .see_all(case.attempt_lines(view.lb.at_resolved.iter().chain(&view.lb.at_published)))
        .fix(fix);
    if let Some(curl) = super::curl_past_dns(case, &view.lb.published) {
        draft = draft.run(curl);
    }
    draft.done();
}
