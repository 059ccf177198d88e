//! When the authoritative servers are asked, and what they say in words. They are asked only when something is odd: on the
//! healthy way the resolver's answer and the cluster agree, and nothing more needs to be known.

use std::net::IpAddr;

use super::Resolved;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::shell::reproduce;
use crate::facts::{Authority, AuthorityServer, DnsAnswer, DnsOutcome, DnsRecord, Question};
use crate::report::Evidence;

/// Whether the lookup alone is reason to ask: it found nothing, or this machine goes other ways than DNS says.
pub(super) fn is_lookup_odd(answer: &DnsAnswer) -> bool {
    answer.outcome != DnsOutcome::Found || answer.dns.is_some() || is_overridden(answer)
}

/// Whether a line of the hosts file gives the addresses that this machine's programs use.
pub fn is_overridden(answer: &DnsAnswer) -> bool {
    let used = |address: &IpAddr| answer.addresses.contains(address);
    answer.hosts_file.iter().any(|l| used(&l.address))
}

/// Whether the name has addresses that the cluster does not publish, as far as the status of objects tells.
pub(super) fn is_elsewhere(
    cx: &Cx,
    answer: &DnsAnswer,
    found: &Resolved,
    lb: &LoadBalancer,
) -> bool {
    // Before these are answered, what is published is not known.
    let open = cx.is_waiting_for(|q| q.is_api() || matches!(q, Question::Dns { .. }));
    let unclear = lb.published.iter().any(|p| p.addresses.is_empty());
    if open || unclear || lb.published.is_empty() || leads_to_published(answer, lb) {
        return false;
    }
    // An address that outlived its load balancer in some status is noticed by its silence.
    let published = if lb.at_resolved.iter().any(Attempt::is_dead) {
        lb.current_addresses()
    } else {
        lb.published_addresses()
    };
    let private = crate::diagnosis::semantics::address::is_private;
    let natted = published.iter().all(private) && !found.addresses.iter().all(private);
    let works = || !lb.at_resolved.iter().all(Attempt::fails);
    found.addresses.iter().any(|a| !published.contains(a)) && !(natted && works())
}

/// Whether the name is an alias of a name that the cluster publishes: whose addresses are then the load balancer's own affair.
pub fn leads_to_published(answer: &DnsAnswer, lb: &LoadBalancer) -> bool {
    let aliases = answer.records.iter().filter(|r| r.rtype == "CNAME");
    let mut names = aliases.map(|r| r.data.as_str());
    names.any(|name| {
        let is_name = |value: &str| value.trim_end_matches('.').eq_ignore_ascii_case(name);
        lb.published.iter().any(|p| is_name(&p.value))
    })
}

/// The record of the name itself when it is an alias.
pub fn alias<'r>(records: &'r [DnsRecord], name: &str) -> Option<&'r str> {
    let mut own = records
        .iter()
        .filter(|r| r.name == name && r.rtype == "CNAME");
    own.next().map(|r| r.data.as_str())
}

/// Whether a server speaks for the zone, whatever it says.
pub fn speaks(server: &AuthorityServer) -> bool {
    use DnsOutcome::{Found, NoData, NxDomain};
    matches!(server.outcome, Found | NxDomain | NoData)
}

impl Resolved {
    /// What the authoritative servers say, when they were asked and did.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()?.as_ref().ok()
    }

    /// Whether they are being asked.
    pub fn is_waiting(&self) -> bool {
        use crate::facts::Unknown;
        matches!(self.authority.glance(), Some(Err(Unknown::Waiting)))
    }

    /// The servers that know an address of the name.
    pub fn knowing(&self) -> impl Iterator<Item = &AuthorityServer> {
        let servers = self.authority().into_iter().flat_map(|a| &a.servers);
        servers.filter(|s| s.outcome == DnsOutcome::Found)
    }
}

/// What one server says, in words.
pub(super) fn words(server: &AuthorityServer, name: &str) -> String {
    let detail = server.detail.as_deref();
    let said = match server.outcome {
        DnsOutcome::Found => {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(alias(&server.records, name).map(|to| format!("CNAME {to}")));
            parts.extend(server.addresses.iter().map(IpAddr::to_string));
            let ttl = server.records.iter().map(|r| r.ttl).min();
            let ttl = ttl.map(|ttl| format!(" (ttl {ttl})")).unwrap_or_default();
            return format!("{}{ttl}", parts.join(", "));
        }
        DnsOutcome::NxDomain => "NXDOMAIN",
        DnsOutcome::NoData => "no A or AAAA record",
        DnsOutcome::ServFail => return detail.unwrap_or("fails").to_owned(),
        DnsOutcome::TimedOut => return detail.unwrap_or("no answer").to_owned(),
    };
    match detail {
        Some(detail) => format!("{said} ({detail})"),
        None => said.to_owned(),
    }
}

/// Each server's answer as evidence, with the line that asks it the same.
pub fn lines(cx: &Cx, authority: &Authority) -> Vec<Evidence> {
    let name = &cx.target.host;
    let line = |server: &AuthorityServer| {
        let who = format!("{} ({})", server.name, server.address.ip());
        Evidence::probe(
            format!("look up {name} at {who} from here: {}", words(server, name)),
            Some(reproduce::dig(name, server.address, true)),
        )
    };
    if authority.servers.is_empty() {
        let why = authority.detail.as_deref().unwrap_or("nobody to ask");
        return vec![cx.evidence(&cx.authority_question(name), why)];
    }
    authority.servers.iter().map(line).collect()
}
