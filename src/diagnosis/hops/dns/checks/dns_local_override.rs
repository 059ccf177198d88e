//! This machine goes another way than DNS says.

use std::net::IpAddr;

use super::{View, answers_for_host, list};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns::{self, authority};
use crate::diagnosis::request::attempt::Attempt;
use crate::facts::{DnsAnswer, DnsOutcome};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-local-override",
    hop: Hop::Dns,
    severity: Severity::Warning,
    title: "this machine's hosts file decides where the name leads",
    explain: include_str!("dns_local_override.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

/// Whether the addresses come from this machine, as far as that matters: a line of the hosts file says so itself; something else
/// only counts when it leads nowhere, for a VPN's names are nobody's fault.
pub(super) fn applies(case: &Case) -> bool {
    let Some((_, answer)) = super::lookup(case) else {
        return false;
    };
    let named = authority::is_overridden(answer);
    let astray = || View::of(case).is_some_and(|v| v.dead && !v.is_at_home());
    named || answer.dns.is_some() && astray()
}

fn run(case: &Case, sink: &mut Sink) {
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    let Some(lb) = case.entrance.load_balancer.found() else {
        return;
    };
    let attempts = || lb.at_resolved.iter().chain(&lb.at_published);
    if !applies(case) || resolved.is_waiting() || attempts().any(Attempt::is_waiting) {
        return;
    }
    let name = &case.target.host;
    let dead = lb.at_resolved.iter().all(|k| k.is_dead() || k.http.is_ok())
        && !lb.at_resolved.is_empty()
        && !lb.at_resolved.iter().any(answers_for_host);
    let works = lb.at_published.iter().any(answers_for_host);
    let severity = match (dead && works, agrees(answer)) {
        (true, _) => Severity::Error,
        (false, true) => Severity::Info,
        (false, false) => Severity::Warning,
    };
    let here: Vec<IpAddr> = answer.hosts_file.iter().map(|l| l.address).collect();
    let first = answer.hosts_file.first();
    let says = dns_says(answer);
    let title = match first {
        Some(line) => format!(
            "{} of this machine says {name} is {}",
            line.file,
            list(&here)
        ),
        None => format!(
            "this machine's programs get {} for {name}, where DNS says {says}",
            list(&resolved.addresses)
        ),
    };
    let mut why = format!("others go by DNS, which says {says}");
    if dead && works {
        why.push_str("; nothing answers for the host where this machine goes, and something does at the address that the cluster publishes");
    }
    let mut draft = sink
        .find(&CHECK, host_subject(name), title)
        .severity(severity)
        .why(why)
        .see(dns::line(case, answer));
    for line in &answer.hosts_file {
        let text = format!("{} line {}: {} {name}", line.file, line.line, line.address);
        let quoted = crate::diagnosis::shell::quote(&line.file);
        let show = format!("sed -n {}p {quoted}", line.line);
        draft = draft.see(Evidence::probe(text, Some(show)));
    }
    let lines = super::authority_lines(case)
        .into_iter()
        .chain(super::published_lines(&lb.published));
    draft
        .see_all(lines)
        .see_all(case.attempt_lines(attempts()))
        .fix(match first {
            Some(line) => format!(
                "remove line {} of {}, unless it is meant",
                line.line, line.file
            ),
            None => format!(
                "find out what gives it; a cache forgets it: {}",
                super::FLUSH
            ),
        })
        .done();
}

/// Whether DNS gives the same as the file.
fn agrees(answer: &DnsAnswer) -> bool {
    let lines = &answer.hosts_file;
    let known = |address: &IpAddr| {
        let text = address.to_string();
        answer.records.iter().any(|r| r.data == text)
    };
    answer.dns.is_none() && !lines.is_empty() && lines.iter().all(|l| known(&l.address))
}

/// What DNS says, whatever programs get.
fn dns_says(answer: &DnsAnswer) -> String {
    match answer.dns.unwrap_or(answer.outcome) {
        DnsOutcome::Found => {
            let addresses = answer
                .records
                .iter()
                .filter(|r| r.rtype == "A" || r.rtype == "AAAA");
            let texts: Vec<&str> = addresses.map(|r| r.data.as_str()).collect();
            match texts.as_slice() {
                [] => "other addresses".to_owned(),
                texts => texts.join(", "),
            }
        }
        DnsOutcome::NxDomain => "NXDOMAIN".to_owned(),
        DnsOutcome::NoData => "that there is no address".to_owned(),
        DnsOutcome::ServFail | DnsOutcome::TimedOut => "nothing".to_owned(),
    }
}
