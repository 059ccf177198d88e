//! The record is there, and a cache between here and there remembers that it was not.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns::{self, authority};
use crate::facts::DnsOutcome;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-negative-cache",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "a DNS cache remembers that the name did not exist",
    explain: include_str!("dns_negative_cache.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    let is = match answer.outcome {
        DnsOutcome::NxDomain => "does not exist",
        DnsOutcome::NoData => "has no address",
        _ => return,
    };
    let Some(right) = resolved.knowing().next() else {
        return;
    };
    let name = &case.target.host;
    let servers = resolved.authority().map(|a| a.servers.as_slice());
    let behind: Vec<&str> = servers
        .unwrap_or_default()
        .iter()
        .filter(|s| authority::speaks(s) && s.outcome != DnsOutcome::Found)
        .map(|s| s.name.as_str())
        .collect();
    // The resolver counts its own down; the zone's is what it began with.
    let most = resolved.authority().and_then(|a| a.negative_ttl);
    let why = match (answer.negative_ttl, most) {
        _ if !behind.is_empty() => format!(
            "of the zone's servers, {} does not have the record yet, so that it comes back until that is mended",
            behind.join(", ")
        ),
        (Some(left), most) => {
            let left = dns::span(left.min(most.unwrap_or(left)));
            format!(
                "the answer from before the record was made is remembered; it clears itself in {left}"
            )
        }
        (None, Some(most)) => format!(
            "the answer from before the record was made is remembered; it clears itself in {} at the latest",
            dns::span(most)
        ),
        (None, None) => {
            "the answer from before the record was made is remembered; it clears itself".to_owned()
        }
    };
    let title = format!(
        "the resolver says that {name} {is}; the zone's servers say {}",
        super::list(&right.addresses)
    );
    let published = super::published(case);
    let mut draft = sink
        .find(&CHECK, host_subject(name), title)
        .why(why)
        .see(dns::line(case, answer))
        .see_all(super::record_lines(case, published))
        .fix(if behind.is_empty() {
        format!("wait, or flush the cache: {}", super::FLUSH)
    } else {
        "make all servers of the zone serve the same: look at the transfer of the zone and its serial numbers".to_owned()
    });
    if let Some(curl) = super::curl_past_dns(case, published) {
        draft = draft.run(curl);
    }
    draft.done();
}
