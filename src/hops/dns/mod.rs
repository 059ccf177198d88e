//! DNS: what the name resolves to from here. Compared with what the cluster publishes by the checks.

pub mod checks;

use std::net::IpAddr;

use super::cx::{Cx, Hides};
use super::load_balancer::LoadBalancer;
use super::stage::{Reach, Stage};
use crate::facts::{DnsAnswer, DnsOutcome, Gap};
use crate::report::Evidence;

const HIDES: Hides = &["dns-nxdomain", "dns-points-elsewhere", "dns-no-address"];

/// How the name resolves.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The lookup; none with `--resolve`.
    pub answer: Option<DnsAnswer>,
    /// Where the request goes.
    pub addresses: Vec<IpAddr>,
}

/// Looks the name up.
pub fn resolve(cx: &Cx, port: u16) -> Stage<Resolved> {
    Stage::resolve(|stage| {
        if let Some(address) = cx.resolve_override(port) {
            stage.summary = format!("not asked: --resolve says {address}");
            stage.reach = Reach::Skipped(stage.summary.clone());
            return Ok(Resolved {
                answer: None,
                addresses: vec![address],
            });
        }
        let answer = cx.dns(&cx.target.host, HIDES)?;
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
        if matches!(answer.outcome, DnsOutcome::ServFail | DnsOutcome::TimedOut) {
            // That no server could say tells nothing about the name.
            stage.reach = Reach::Unknown(Gap::Unreachable {
                why: stage.summary.clone(),
            });
        }
        Ok(Resolved {
            addresses: answer.addresses.clone(),
            answer: Some(answer.clone()),
        })
    })
}

/// Says who publishes the addresses, where somebody does.
pub fn compare(mut stage: Stage<Resolved>, lb: Option<&LoadBalancer>) -> Stage<Resolved> {
    let (Some(found), Some(lb)) = (&stage.found, lb) else {
        return stage;
    };
    let by = lb
        .published
        .iter()
        .find(|p| p.addresses.iter().any(|a| found.addresses.contains(a)));
    if let Some(by) = by.filter(|_| stage.reach == Reach::Known) {
        stage.summary = format!("{}, as published by {}", stage.summary, by.from);
    }
    stage
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
            let ttl = answer.records.iter().map(|r| r.ttl).min();
            ttl.map_or(text.clone(), |ttl| format!("{text} (ttl {ttl})"))
        }
        DnsOutcome::NxDomain => "the name does not exist (NXDOMAIN)".to_owned(),
        DnsOutcome::NoData => "the name has no address".to_owned(),
        DnsOutcome::ServFail => "the DNS server failed".to_owned(),
        DnsOutcome::TimedOut => "no DNS server answered".to_owned(),
    }
}

/// The host's lookup as evidence.
pub fn line(cx: &Cx, answer: &DnsAnswer) -> Evidence {
    let result = match answer.outcome {
        DnsOutcome::Found => {
            let list: Vec<String> = answer.addresses.iter().map(ToString::to_string).collect();
            list.join(", ")
        }
        DnsOutcome::NxDomain => "NXDOMAIN".to_owned(),
        DnsOutcome::NoData => "no A or AAAA record".to_owned(),
        DnsOutcome::ServFail => "SERVFAIL".to_owned(),
        DnsOutcome::TimedOut => "no answer".to_owned(),
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
