//! The resolver fails for the name, and what the zone's own servers say shows where.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns::{self, authority};
use crate::facts::DnsOutcome;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-servfail",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the DNS server fails for the name",
    explain: include_str!("dns_servfail.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    let silent = match answer.outcome {
        DnsOutcome::ServFail => false,
        DnsOutcome::TimedOut => true,
        _ => return,
    };
    let Some(zone) = resolved.authority().filter(|a| !a.servers.is_empty()) else {
        return;
    };
    let speaking = zone.servers.iter().filter(|s| authority::speaks(s)).count();
    let lame = zone
        .servers
        .iter()
        .any(|s| s.outcome == DnsOutcome::ServFail);
    // Neither the resolver nor the servers: this machine's network may be down.
    if silent && speaking == 0 && !lame {
        return;
    }
    let name = &case.target.host;
    let (all, which) = (zone.servers.len(), &zone.zone);
    let whose = if speaking == all {
        "the servers".to_owned()
    } else {
        format!("{speaking} of the {all} servers")
    };
    let fails = if silent { "does not answer" } else { "fails" };
    let (why, fix) = match speaking {
        0 if lame => (
            format!(
                "none of the {all} servers that zone {which} is delegated to answers for it with authority"
            ),
            "correct the NS records of the zone at its parent, or make the servers serve it",
        ),
        0 => (
            format!("none of the {all} servers of zone {which} answers from here either"),
            "find out why the zone's servers do not answer",
        ),
        some if some < all && lame => (
            format!(
                "only {some} of the {all} servers of zone {which} answer for it with authority; a resolver that asks another one fails"
            ),
            "make every server that the zone is delegated to serve it, or take it out of the NS records",
        ),
        _ if silent => (
            format!(
                "{whose} of zone {which} answer: it is the resolver that is down, or cannot be reached"
            ),
            "use another DNS server, or mend this one",
        ),
        _ => (
            format!(
                "{whose} of zone {which} answer: signatures that do not hold (DNSSEC), or a fault of the resolver"
            ),
            "compare with +cd, which does without DNSSEC: if that works, correct the DS record or the signatures of the zone",
        ),
    };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("the DNS server {fails} for {name}"),
        )
        .why(why)
        .see(dns::line(case, answer))
        .see_all(super::authority_lines(case))
        .fix(fix);
    if speaking > 0 && !lame && !silent {
        draft = draft.run(format!("dig +cd {}", crate::diagnosis::shell::quote(name)));
    }
    draft.done();
}
