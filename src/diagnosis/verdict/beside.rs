//! The ways in: the one that the report is about, and those beside it, of which a line is said.

use std::net::IpAddr;

use super::path;
use crate::diagnosis::hops::journey::{Backend, Entrance, Journey};
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::routing::Declared;
use crate::report::{self, Code, Finding, Hop, HopLine, Scope, Severity};

/// Each, in the journey's order, with what was found there.
pub(super) fn entrances(j: &Journey, findings: &[Finding], waiting: bool) -> Vec<report::Entrance> {
    let known = j
        .entrances
        .iter()
        .filter(|e| !e.declared.glance().is_empty());
    known.map(|e| told(j, e, findings, waiting)).collect()
}

fn addresses(entrance: &Entrance) -> Vec<IpAddr> {
    let lb = entrance.load_balancer.found();
    lb.map(LoadBalancer::published_addresses)
        .unwrap_or_default()
}

/// Whether the name leads there; none where that is not known.
pub(super) fn reached(j: &Journey, entrance: &Entrance) -> Option<bool> {
    let addresses = addresses(entrance);
    let name = j.dns.found().map(|d| d.addresses.as_slice());
    let known = |name: &&[IpAddr]| !name.is_empty() && !addresses.is_empty();
    name.filter(known)
        .map(|name| addresses.iter().any(|a| name.contains(a)))
}

fn told(j: &Journey, entrance: &Entrance, findings: &[Finding], waiting: bool) -> report::Entrance {
    let lb = entrance.load_balancer.found();
    let attempts = lb.map(|l| l.attempts()).unwrap_or_default();
    let status = attempts
        .iter()
        .find_map(Attempt::response)
        .map(|r| r.status);
    let judged = entrance.id == j.entrance().id;
    let alike = || leads_to(j, entrance).is_some_and(|to| Some(to) == leads_to(j, j.entrance()));
    let joins = (!judged && alike()).then_some(Hop::Service);
    let mut hops = Vec::new();
    if !judged {
        let all = path::beside(j, entrance, findings, waiting).into_iter();
        let own = all.filter(|h| joins.is_none_or(|at| h.hop < at));
        hops.extend(own.map(|h| HopLine {
            hop: h.hop,
            state: h.state,
            summary: h.summary,
        }));
    }
    let backends = j.weighted(&entrance.id).map(|b| b.id.0.to_string());
    report::Entrance {
        id: entrance.id.0.to_string(),
        via: entrance
            .declared
            .glance()
            .iter()
            .map(Declared::label)
            .collect(),
        controller: entrance
            .controller
            .found()
            .map(|c| c.make.title().to_owned()),
        addresses: addresses(entrance),
        reached: reached(j, entrance),
        judged,
        status,
        backends: backends.collect(),
        hops,
        joins,
    }
}

/// Where an entrance leads, if that is known: Services and their ports, in a fixed order.
fn leads_to<'j>(j: &'j Journey, entrance: &'j Entrance) -> Option<Vec<(&'j str, &'j str, i32)>> {
    let target = |b: &'j Backend| {
        let service = b.service.found()?;
        let port = service.port.as_ref()?.port;
        Some((service.namespace.as_str(), service.name.as_str(), port))
    };
    let all: Option<Vec<_>> = j.weighted(&entrance.id).map(target).collect();
    let mut all = all.filter(|all| !all.is_empty())?;
    all.sort_unstable();
    Some(all)
}

/// What is found at a way in that the request does not take is worth knowing, and no more. Which way that is hangs on what happened at
/// the addresses of each: the codes of errors that became notes by it.
pub(super) fn soften(j: &Journey, findings: &mut [Finding]) -> Vec<Code> {
    let mut softened = Vec::new();
    let judged = &j.entrance().id;
    let attempts = j.entrances.iter().filter_map(|e| e.load_balancer.found());
    for attempt in attempts.flat_map(|lb| lb.attempts()) {
        attempt.http.touch();
    }
    for finding in findings {
        let of = match &finding.scope {
            Scope::Request => None,
            Scope::Entrance(id) => (*id != judged.0).then(|| id.clone()),
            Scope::Backend(id) => {
                let own = j
                    .backends
                    .iter()
                    .any(|b| b.id.0 == *id && b.entrance == *judged);
                let other = j
                    .backends
                    .iter()
                    .find(|b| b.id.0 == *id && b.entrance != *judged);
                other.filter(|_| !own).map(|b| b.entrance.0.clone())
            }
        };
        if let Some(of) = of {
            if finding.severity == Severity::Error {
                softened.push(finding.code);
            }
            finding.severity = Severity::Info;
            finding.title = format!(
                "{} (by way of {of}, which the request does not take)",
                finding.title
            );
        }
    }
    softened
}
