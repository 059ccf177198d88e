//! Of several addresses of the name some are the cluster's and work, and others are not and do not.

use std::net::IpAddr;

use super::{View, answers_for_host, list};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns::{self, authority};
use crate::diagnosis::request::attempt::Attempt;
use crate::facts::{AuthorityServer, DnsOutcome};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-partial-stale",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "some of the name's addresses are not the cluster's and do not work",
    explain: include_str!("dns_partial_stale.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let (resolved, answer, lb) = (view.resolved, view.answer, view.lb);
    let ours = authority::leads_to_published(answer, lb);
    if view.hidden || ours || authority::is_overridden(answer) {
        return;
    }
    let known = lb.published_addresses();
    let strange =
        |k: &&Attempt| !known.contains(&k.to.ip()) && !view.published.contains(&k.to.ip());
    let fails = |k: &&Attempt| k.is_dead() || k.http.is_ok() && !answers_for_host(k);
    let works = |k: &Attempt| view.published.contains(&k.to.ip()) && answers_for_host(k);
    let bad: Vec<&Attempt> = lb
        .at_resolved
        .iter()
        .filter(strange)
        .filter(fails)
        .collect();
    if bad.is_empty() || !lb.at_resolved.iter().any(works) {
        return;
    }
    let name = &case.target.host;
    let dead: Vec<IpAddr> = bad.iter().map(|k| k.to.ip()).collect();
    let accepts = bad.iter().any(|k| k.connects());
    let severity = if accepts {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut why = if accepts {
        "requests that go there are answered by something that does not serve the host".to_owned()
    } else {
        "clients that begin there fail, or go on to another address after a wait".to_owned()
    };
    // Servers that have the host and none of the dead addresses any more.
    let gone = |s: &AuthorityServer| !s.addresses.iter().any(|a| dead.contains(a));
    let mut servers = resolved.authority().into_iter().flat_map(|a| &a.servers);
    let mut knowing = resolved.knowing().peekable();
    let removed = knowing.peek().is_some()
        && knowing.all(gone)
        && !servers.any(|s| s.outcome == DnsOutcome::NxDomain);
    let own = answer.records.iter().filter(|r| r.name == *name);
    let left = own.map(|r| r.ttl).min().filter(|_| answer.dns.is_none());
    let fix = if removed {
        let clears = left.map_or("clears itself".to_owned(), |left| {
            format!("clears itself in {}", dns::span(left))
        });
        why = format!("{why}; the authoritative servers do not give it any more: it {clears}");
        format!("wait, or flush the cache: {}", super::FLUSH)
    } else {
        let rtype = |a: &IpAddr| if a.is_ipv4() { "A" } else { "AAAA" };
        let records = dead.iter().map(|a| format!("{name} {} {a}", rtype(a)));
        let records: Vec<String> = records.collect();
        format!("remove the record: {}", records.join(", "))
    };
    let title = format!(
        "{name} also resolves to {}, not published by the cluster and failing ({} of {} addresses)",
        list(&dead),
        dead.len(),
        lb.at_resolved.len()
    );
    let mut draft = sink
        .find(&CHECK, host_subject(name), title)
        .severity(severity)
        .why(why)
        .see(dns::line(case, answer))
        .see_all(case.attempt_lines(&lb.at_resolved));
    for address in &dead {
        let service = super::dns_private_address::cluster_ip(case, *address);
        draft = draft.see(service.map(|s| {
            let object = crate::diagnosis::semantics::meta::label_of(s);
            Evidence::field(object, ".spec.clusterIP", &address.to_string())
        }));
    }
    draft = draft.see_all(super::record_lines(case, &lb.published));
    draft.fix(fix).done();
}
