//! The name resolves to addresses that the cluster does not publish for it.

use std::net::IpAddr;

use crate::checks::{Check, Ctx, Sink, host_subject};
use crate::hops::dns;
use crate::hops::door::{Author, Knock, cdn, who_answered};
use crate::hops::tls::is_fallback;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-points-elsewhere",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name resolves to an address that is not the cluster's",
    explain: "None of the addresses that the name resolves to is among those that the cluster publishes for it: in the status of \
the Ingress, or of the Service before the controller. It is an error when the address does not answer for the host, a warning when \
it does: a CDN, a NAT, another cluster or a weighted record may be meant. Private addresses in the cluster's status and a public one \
in DNS are usual behind a NAT: there is nothing to say while the public one answers.\n\n\
Fix: point the record to the published address.",
    symptom_of: &["lb-pending"],
    run,
};

/// RFC 1918, RFC 6598, link-local, loopback, and IPv6's unique local addresses.
pub fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            let [first, second, ..] = a.octets();
            a.is_private()
                || a.is_loopback()
                || a.is_link_local()
                || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(a) => {
            a.is_loopback()
                || (a.segments()[0] & 0xfe00) == 0xfc00
                || (a.segments()[0] & 0xffc0) == 0xfe80
        }
    }
}

fn run(ctx: &Ctx, sink: &mut Sink) {
    let j = ctx.journey;
    let (Some(resolved), Some(lb)) = (&j.dns.found, &j.load_balancer.found) else {
        return;
    };
    let Some(answer) = &resolved.answer else {
        return;
    };
    // What a published name stands for is not known while its lookup fails.
    let unclear = lb.published.iter().any(|p| p.addresses.is_empty());
    if lb.published.is_empty() || unclear || resolved.addresses.is_empty() {
        return;
    }
    if lb.resolved.iter().any(Knock::is_waiting) {
        return;
    }
    // The status of an Ingress outlives the address: one that the Services have no more counts only while it answers.
    let published = lb.current_addresses();
    let answers = lb.resolved.iter().any(answers_for_host);
    // Without a try nothing is known to be dead.
    let dead = !answers && lb.resolved.iter().any(|k| k.is_dead() || k.http.is_ok());
    let known = |all: &[IpAddr]| resolved.addresses.iter().any(|a| all.contains(a));
    if known(&published) || !dead && known(&lb.published_addresses()) {
        return;
    }
    // The controller may have load balancers that could not be seen.
    let hidden = j
        .controller
        .found
        .as_ref()
        .is_none_or(|c| c.services.is_err() || c.workloads.is_empty());
    if hidden && answers {
        return;
    }
    let natted = published.iter().all(is_private) && !resolved.addresses.iter().all(is_private);
    if natted && !dead {
        return;
    }
    let name = &ctx.cx.target.host;
    let behind = lb.resolved.iter().filter_map(Knock::response).find_map(cdn);
    let works_there = lb.elsewhere.iter().any(|k| answers_for_host(k));
    let severity = match (behind, dead) {
        (Some(_), _) => Severity::Info,
        (None, true) if !natted || works_there => Severity::Error,
        _ => Severity::Warning,
    };
    let list = |all: &[IpAddr]| {
        all.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (here, there) = (list(&resolved.addresses), list(&published));
    let why = match (behind, dead) {
        (Some(author), _) => format!("requests pass {} first", author.title()),
        (None, true) => format!("requests go to {here}, which does not answer for the host"),
        (None, false) if answers => {
            format!("requests go to {here}, which does answer; is it meant to?")
        }
        (None, false) => format!("requests go to {here}; what answers there was not seen"),
    };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} resolves to {here}, the cluster publishes {there}"),
        )
        .severity(severity)
        .why(why)
        .see(dns::line(ctx.cx, answer));
    for line in super::published_lines(&lb.published) {
        draft = draft.see(line);
    }
    let https = j.way.is_some_and(|w| w.https);
    for knock in lb.resolved.iter().chain(&lb.elsewhere) {
        let line = if knock.connects() {
            knock.http_line(ctx.cx, https)
        } else {
            knock.tcp_line(ctx.cx)
        };
        draft = draft.see(line);
    }
    if let Some(record) = super::wanted_record(ctx, &lb.published) {
        draft = draft.fix(format!("make the record: {record}"));
    }
    if let Some(curl) = super::curl_past_dns(ctx, &lb.published) {
        draft = draft.run(curl);
    }
    draft.done();
}

/// A certificate for the name and a response that no ingress controller wrote for an unknown host.
fn answers_for_host(knock: &Knock) -> bool {
    let Some(response) = knock.response() else {
        return false;
    };
    let fallback = knock
        .tls
        .as_ref()
        .is_ok_and(|t| t.chain.first().is_some_and(is_fallback));
    let unknown_host = response.status == 404
        && matches!(
            who_answered(response),
            Some(Author::TraefikOrGo | Author::IngressNginx | Author::Traefik)
        );
    !fallback && !unknown_host
}
