//! DNS: what the name resolves to from here. Compared with what the cluster publishes by the checks.

pub mod authority;
pub mod checks;
pub mod external_dns;

use std::net::IpAddr;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Progress, Stage, Stop};
use crate::diagnosis::hops::load_balancer::{LoadBalancer, Published};
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::words::outcome_words;
use crate::facts::{Authority, DnsAnswer, DnsOutcome, DnsRecord, Gap, Question, Unknown};
use crate::report::Evidence;
use external_dns::ExternalDns;

/// How the name resolves.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The lookup; none with `--resolve`.
    pub answer: Option<DnsAnswer>,
    /// Where the request goes.
    pub addresses: Vec<IpAddr>,
    /// What the authoritative servers say; none while nothing is odd.
    pub authority: Seen<Option<Result<Authority, Unknown>>>,
    /// What annotations want the record to say, where the status of objects does not explain it.
    pub targets: Seen<Vec<Published>>,
    /// external-dns, and whose the records are; none while nothing is odd.
    pub external: Seen<Option<ExternalDns>>,
}

impl Resolved {
    fn new(answer: Option<DnsAnswer>, addresses: Vec<IpAddr>) -> Self {
        Self {
            answer,
            addresses,
            authority: Seen::default(),
            targets: Seen::default(),
            external: Seen::default(),
        }
    }
}

/// Looks the name up.
pub fn resolve(cx: &Cx, port: u16) -> Stage<Resolved> {
    Stage::resolve(cx, |stage| {
        if let Some(address) = cx.resolve_override(port) {
            stage.find_in_parts(Resolved::new(None, vec![address]));
            let why = format!("not asked: --resolve says {address}");
            return Err(Stop::Skipped(why));
        }
        if let Some(address) = cx.target.address() {
            stage.find_in_parts(Resolved::new(None, vec![address]));
            let why = "an address, no name to be looked up";
            return Err(Stop::Skipped(why.to_owned()));
        }
        let answer = cx.dns(&cx.target.host)?;
        for line in &answer.hosts_file {
            let place = format!("{} line {}", line.file, line.line);
            stage.node("HostsFile", None, place, line.address.to_string());
        }
        for record in &answer.records {
            let detail = format!("{} (ttl {})", record.data, record.ttl);
            stage.node(&record.rtype, None, &record.name, detail);
        }
        if answer.records.is_empty() {
            for address in &answer.addresses {
                stage.node(
                    "Address",
                    None,
                    address.to_string(),
                    format!("from {}", answer.server),
                );
            }
        }
        stage.summary = summary(answer);
        let addresses = answer.addresses.clone();
        stage.find_in_parts(Resolved::new(Some(answer.clone()), addresses));
        if matches!(answer.outcome, DnsOutcome::ServFail | DnsOutcome::TimedOut) {
            // That no server could say tells nothing about the name.
            return Err(Stop::Gap(Gap::Unreachable {
                why: stage.summary.clone(),
            }));
        }
        Ok(())
    })
}

/// Says who publishes the addresses, where somebody does, and asks further where something is odd.
pub fn compare(
    cx: &Cx,
    mut stage: Stage<Resolved>,
    lb: Option<&LoadBalancer>,
    declared: &[Declared],
) -> Stage<Resolved> {
    if let Some(found) = stage.found_mut() {
        ask_further(cx, found, lb, declared);
        let servers = found.authority().cloned().map(|a| a.servers);
        for server in servers.into_iter().flatten() {
            let says = authority::words(&server, &cx.target.host);
            stage.node("Authority", None, &server.name, says);
        }
    }
    let (Some(found), Some(lb)) = (stage.found(), lb) else {
        return stage;
    };
    let all = lb.published.iter().chain(&found.targets);
    let by = all
        .into_iter()
        .find(|p| p.addresses.iter().any(|a| found.addresses.contains(a)));
    if let Some(by) = by.filter(|_| *stage.progress() == Progress::Known) {
        stage.summary = format!("{}, as published by {}", stage.summary, by.from);
    }
    stage
}

fn ask_further(cx: &Cx, found: &mut Resolved, lb: Option<&LoadBalancer>, declared: &[Declared]) {
    let Some(answer) = found.answer.clone() else {
        return;
    };
    let mut elsewhere = lb.is_some_and(|lb| authority::is_elsewhere(cx, &answer, found, lb));
    if elsewhere {
        // An annotation may want it so.
        found.targets = cx.seen(|| external_dns::targets(cx, declared));
        if cx.is_waiting_for(|q| matches!(q, Question::Dns { .. })) {
            return;
        }
        let meant = |a: &IpAddr| found.targets.iter().any(|t| t.addresses.contains(a));
        let published = lb.map(LoadBalancer::published_addresses);
        let published = |a: &IpAddr| published.as_ref().is_some_and(|all| all.contains(a));
        let mut addresses = found.addresses.iter();
        elsewhere = found.targets.is_empty() || !addresses.all(|a| meant(a) || published(a));
    }
    if !elsewhere && !authority::is_lookup_odd(&answer) {
        return;
    }
    found.authority = cx.seen(|| Some(cx.authority(&cx.target.host).cloned()));
    // A resolver that fails, and a line of the hosts file, are nobody's records.
    let record = matches!(
        answer.outcome,
        DnsOutcome::Found | DnsOutcome::NxDomain | DnsOutcome::NoData
    );
    if record && !authority::is_overridden(&answer) {
        found.external = cx.seen(|| Some(external_dns::read(cx)));
    }
}

fn summary(answer: &DnsAnswer) -> String {
    match answer.outcome {
        DnsOutcome::Found => {
            let shown: Vec<String> = answer
                .addresses
                .iter()
                .take(3)
                .map(ToString::to_string)
                .collect();
            let more = answer.addresses.len().saturating_sub(shown.len());
            let mut text = shown.join(", ");
            if more > 0 {
                text = format!("{text} and {more} more");
            }
            let way = answer.records.iter().filter(|r| r.rtype != "HTTPS");
            let ttl = way.map(|r| r.ttl).min();
            // The times of other records than those that lead here say nothing.
            let ttl = ttl.filter(|_| answer.dns.is_none() && !authority::is_overridden(answer));
            ttl.map_or(text.clone(), |ttl| format!("{text} (ttl {ttl})"))
        }
        DnsOutcome::NxDomain => "the name does not exist (NXDOMAIN)".to_owned(),
        DnsOutcome::NoData => "the name has no address".to_owned(),
        DnsOutcome::ServFail => "the DNS server failed".to_owned(),
        DnsOutcome::TimedOut => "no DNS server answered".to_owned(),
    }
}

/// A time in words: `41 min`.
pub fn span(seconds: u32) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        7200..172_800 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// The host's lookup as evidence.
pub fn line(cx: &Cx, answer: &DnsAnswer) -> Evidence {
    let result = match answer.outcome {
        DnsOutcome::Found => {
            let list: Vec<String> = answer.addresses.iter().map(ToString::to_string).collect();
            let own = |r: &&DnsRecord| r.name == cx.target.host && r.rtype != "HTTPS";
            let ttl = answer.records.iter().filter(own).map(|r| r.ttl).min();
            let ttl = ttl.filter(|_| answer.dns.is_none() && !authority::is_overridden(answer));
            let ttl = ttl.map(|ttl| format!(" (ttl {ttl})")).unwrap_or_default();
            format!("{}{ttl}", list.join(", "))
        }
        outcome => outcome_words(outcome).to_owned(),
    };
    let detail = answer
        .detail
        .as_ref()
        .map(|d| format!(" ({d})"))
        .unwrap_or_default();
    let question = cx.dns_question(&cx.target.host);
    let outcome = format!("{result} by {}{detail}", answer.server);
    cx.evidence(&question, outcome)
}
