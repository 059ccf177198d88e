//! A DNS server of this machine that says nothing: its programs wait for it before they ask the next one.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::facts::DnsOutcome;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-nameserver-silent",
    hop: Hop::Dns,
    severity: Severity::Warning,
    title: "a DNS server of this machine does not answer",
    explain: include_str!("dns_nameserver_silent.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((_, answer)) = super::lookup(case) else {
        return;
    };
    let Some(first) = answer.silent.first() else {
        return;
    };
    // That there is no address at all is another matter.
    if matches!(answer.outcome, DnsOutcome::TimedOut | DnsOutcome::ServFail) {
        return;
    }
    let all: Vec<String> = answer.silent.iter().map(ToString::to_string).collect();
    let does = if all.len() == 1 { "does" } else { "do" };
    let name = crate::diagnosis::shell::quote(&case.target.host);
    sink.find(
        &CHECK,
        host_subject(&case.target.host),
        format!("DNS server {} of this machine {does} not answer", all.join(", ")),
    )
    .why(
        "programs here ask the servers one after the other, and wait for a silent one, 5 s by default, at every name they look up; others are not affected",
    )
    .see(dns::line(case, answer))
    .fix("take it out of /etc/resolv.conf or of the network's settings, or start it again")
    .run(format!("dig +time=2 +tries=1 -p {} @{} {name}", first.port(), first.ip()))
    .done();
}
