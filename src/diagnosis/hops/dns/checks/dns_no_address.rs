//! The name exists and has no address.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::facts::DnsOutcome;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-no-address",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name exists in DNS and has no address",
    explain: include_str!("dns_no_address.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let name = &case.target.host;
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    let known = resolved.knowing().next().is_some();
    if answer.outcome != DnsOutcome::NoData || resolved.is_waiting() || known {
        return;
    }
    let published = super::published(case);
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} has no A or AAAA record"),
        )
        .why(if answer.records.iter().any(|r| r.rtype == "HTTPS") {
            "it has an HTTPS record, which some browsers follow; no other client can reach the host"
        } else {
            "no client that asks this resolver can reach the host"
        })
        .see(dns::line(case, answer))
        .see_all(super::record_lines(case, published));
    draft = match super::wanted_record(case, published) {
        Some(record) => draft.fix(format!("create the record: {record}")),
        None => draft.fix("create an A, AAAA or CNAME record for the host"),
    };
    draft.done();
}
