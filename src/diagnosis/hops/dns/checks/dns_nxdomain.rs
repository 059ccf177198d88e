//! The name does not exist in DNS.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::diagnosis::semantics::host;
use crate::facts::DnsOutcome;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-nxdomain",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name does not exist in DNS",
    explain: include_str!("dns_nxdomain.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let j = case.journey;
    let name = &case.target.host;
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    if answer.outcome != DnsOutcome::NxDomain || resolved.is_waiting() {
        return;
    }
    // The name is there: its zone's servers have it, or it is an alias of one that is not.
    if resolved.knowing().next().is_some() || super::dns_cname_dangling::target(answer).is_some() {
        return;
    }
    let published = super::published(case);
    let private = !published.is_empty()
        && published
            .iter()
            .flat_map(|p| &p.addresses)
            .all(crate::diagnosis::semantics::address::is_private);
    let mut why = "no client that asks this resolver can reach the host".to_owned();
    if private {
        why.push_str("; the cluster publishes only private addresses for it: is this an internal name that needs a VPN?");
    }
    let declared = j.declared.as_ref().ok();
    let hosts = declared.map_or(&[][..], |d| d.ingresses.hosts());
    let memory = resolved.authority().and_then(|a| a.negative_ttl);
    if let Some(seconds) = memory.or(answer.negative_ttl) {
        let span = dns::span(seconds);
        why = format!(
            "{why}; resolvers that were told so remember it for up to {span} after the record is made"
        );
    }
    let known = hosts.binary_search(name).is_ok();
    let near = if known {
        Vec::new()
    } else {
        host::nearest(name, hosts.iter().map(String::as_str), 3)
    };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} does not exist in DNS"),
        )
        .why(why)
        .see(dns::line(case, answer))
        .see_all(super::record_lines(case, published));
    draft = match super::wanted_record(case, published) {
        Some(record) => draft.fix(format!("create the record: {record}")),
        None if !near.is_empty() => draft.fix(format!("did you mean {}?", near.join(" or "))),
        None => draft.fix("create an A, AAAA or CNAME record for the host"),
    };
    if let Some(curl) = super::curl_past_dns(case, published) {
        draft = draft.run(curl);
    }
    draft.done();
}
