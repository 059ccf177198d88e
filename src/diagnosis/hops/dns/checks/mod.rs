//! Pitfalls of DNS.

pub mod dns_cname_dangling;
pub mod dns_flapping;
pub mod dns_local_override;
pub mod dns_nameserver_silent;
pub mod dns_negative_cache;
pub mod dns_no_address;
pub mod dns_nxdomain;
pub mod dns_partial_stale;
pub mod dns_points_elsewhere;
pub mod dns_private_address;
pub mod dns_servfail;
pub mod dns_stale_cache;

use std::net::IpAddr;

use super::{Resolved, authority, external_dns};
use crate::diagnosis::checks::Case;
use crate::diagnosis::dialect::author::{Author, cdn, who_answered};
use crate::diagnosis::dialect::make::is_made_up;
use crate::diagnosis::hops::load_balancer::{LoadBalancer, Published};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::address::is_private;
use crate::facts::DnsAnswer;
use crate::report::Evidence;

/// The lookup, when one was made.
fn lookup<'c>(case: &'c Case) -> Option<(&'c Resolved, &'c DnsAnswer)> {
    let resolved = case.journey.dns.found()?;
    Some((resolved, resolved.answer.as_ref()?))
}

/// Where the name leads, against what the cluster publishes; whole, with nothing open.
struct View<'c> {
    resolved: &'c Resolved,
    answer: &'c DnsAnswer,
    lb: &'c LoadBalancer<'c>,
    /// What holds now, and what annotations want.
    published: Vec<IpAddr>,
    /// One of the name's addresses answers for the host.
    answers: bool,
    /// None does, as far as somebody tried.
    dead: bool,
    /// The controller may have load balancers that could not be seen.
    hidden: bool,
}

impl<'c> View<'c> {
    /// None where there is nothing to compare, or where that is not known yet.
    fn of(case: &'c Case) -> Option<Self> {
        let (resolved, answer) = lookup(case)?;
        let lb = case.entrance.load_balancer.found()?;
        // What a published name stands for is not known while its lookup fails.
        let all = || lb.published.iter().chain(&resolved.targets);
        let unclear = all().any(|p| p.addresses.is_empty());
        if lb.published.is_empty() || unclear || resolved.addresses.is_empty() {
            return None;
        }
        if lb.at_resolved.iter().any(Attempt::is_waiting) || resolved.is_waiting() {
            return None;
        }
        // The status of an Ingress outlives the address: one that the Services have no more counts only while it answers.
        let mut published = lb.current_addresses();
        published.extend(resolved.targets.iter().flat_map(|t| &t.addresses));
        let answers = lb.at_resolved.iter().any(answers_for_host);
        // Without a try nothing is known to be dead.
        let dead = !answers && lb.at_resolved.iter().any(|k| k.is_dead() || k.http.is_ok());
        Some(Self {
            resolved,
            answer,
            lb,
            published,
            answers,
            dead,
            hidden: is_hidden(case),
        })
    }

    /// Whether the name has an address that is published for it.
    fn is_at_home(&self) -> bool {
        let known = |all: &[IpAddr]| self.resolved.addresses.iter().any(|a| all.contains(a));
        known(&self.published) || !self.dead && known(&self.lb.published_addresses())
    }

    /// An address outside may be translated to one inside.
    fn is_natted(&self) -> bool {
        self.published.iter().all(is_private) && !self.resolved.addresses.iter().all(is_private)
    }

    /// Who is known to stand before clusters, and answered.
    fn cdn(&self) -> Option<Author> {
        let mut responses = self.lb.at_resolved.iter().filter_map(Attempt::response);
        responses.find_map(cdn)
    }
}

/// Whether the controller may have load balancers that could not be seen.
fn is_hidden(case: &Case) -> bool {
    let controller = case.entrance.controller.found();
    controller.is_none_or(|c| c.services.is_err() || c.workloads.is_empty())
}

/// Whether a good answer came from an address that nothing in the cluster explains, as far as it can be seen: another cluster's, or
/// that of a load balancer which is hidden. What is on purpose in front of the cluster is neither.
pub fn is_unplaced(case: &Case) -> bool {
    View::of(case).is_some_and(|view| {
        view.hidden
            && view.answers
            && !view.is_at_home()
            && !view.is_natted()
            && view.cdn().is_none()
    })
}

/// A certificate for the name and a response that no ingress controller wrote for an unknown host.
fn answers_for_host(attempt: &Attempt) -> bool {
    let Some(response) = attempt.response() else {
        return false;
    };
    let fallback = attempt
        .tls
        .as_ref()
        .is_ok_and(|t| t.chain.first().is_some_and(is_made_up));
    let unknown_host =
        response.status == 404 && who_answered(response).is_some_and(|a| a.is_controller);
    !fallback && !unknown_host
}

/// What the authoritative servers say, as far as they were asked.
fn authority_lines(case: &Case) -> Vec<Evidence> {
    let found = case.journey.dns.found();
    let authority = found.and_then(Resolved::authority);
    authority.map_or_else(Vec::new, |a| authority::lines(case, a))
}

/// What the record is and should be: at its authoritative servers, in the cluster, and by external-dns.
fn record_lines(case: &Case, published: &[Published]) -> impl Iterator<Item = Evidence> {
    let lines = [
        authority_lines(case),
        published_lines(published),
        external_lines(case),
    ];
    lines.into_iter().flatten()
}

/// What external-dns was told, and whose it holds the record to be.
fn external_lines(case: &Case) -> Vec<Evidence> {
    let found = case.journey.dns.found();
    let Some(external) = found.and_then(|d| d.external.as_ref()) else {
        return Vec::new();
    };
    let mut lines = external_dns::annotation_lines(&case.entrance.declared);
    lines.extend(external.owners.iter().cloned());
    lines
}

/// Addresses in a row.
fn list(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// How to make a cache forget.
const FLUSH: &str = "resolvectl flush-caches on Linux, dscacheutil -flushcache on macOS; a cache further on can only be waited for";

/// What the cluster publishes for the host, as far as it is known.
fn published<'c>(case: &'c Case) -> &'c [Published] {
    let lb = case.entrance.load_balancer.found();
    lb.map(|l| l.published.as_slice()).unwrap_or_default()
}

/// The same as lines of evidence.
fn published_lines(published: &[Published]) -> Vec<Evidence> {
    published
        .iter()
        .map(|p| {
            let key = if p.value.parse::<std::net::IpAddr>().is_ok() {
                "ip"
            } else {
                "hostname"
            };
            Evidence::field(
                &p.from,
                format!(".status.loadBalancer.ingress[].{key}"),
                &p.value,
            )
        })
        .collect()
}

/// `A 203.0.113.80` or `CNAME lb.example.net`: the record that the name should have.
fn wanted_record(case: &Case, published: &[Published]) -> Option<String> {
    let wanted = case.journey.dns.found();
    let best = wanted
        .and_then(|d| d.targets.first())
        .or(published.iter().find(|p| p.by_service))
        .or(published.first())?;
    let rtype = match best.value.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.is_ipv4() => "A",
        Ok(_) => "AAAA",
        Err(_) => "CNAME",
    };
    Some(format!("{} {rtype} {}", case.target.host, best.value))
}

/// A curl line that goes to a published address, whatever DNS says.
fn curl_past_dns(case: &Case, published: &[Published]) -> Option<String> {
    let request = case.journey.request.as_ref()?;
    let address = published.iter().flat_map(|p| &p.addresses).next()?;
    let host = &case.target.host;
    let url = request.url();
    Some(format!(
        "curl -v --resolve {host}:{}:{address} {}",
        request.port,
        crate::diagnosis::shell::quote(&url)
    ))
}
