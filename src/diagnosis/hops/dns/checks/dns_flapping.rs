//! The servers that this machine asks do not agree, or one of them changes its mind: the name is there only now and then.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::diagnosis::semantics::words::outcome_words;
use crate::facts::DnsOutcome;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-flapping",
    hop: Hop::Dns,
    severity: Severity::Warning,
    title: "DNS knows the name only now and then",
    explain: include_str!("dns_flapping.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((_, answer)) = super::lookup(case) else {
        return;
    };
    let Some(first) = answer
        .unsteady
        .filter(|_| answer.outcome == DnsOutcome::Found)
    else {
        return;
    };
    let name = &case.target.host;
    let quoted = crate::diagnosis::shell::quote(name);
    sink.find(
        &CHECK,
        host_subject(name),
        format!("DNS flaps: {name} has an address only now and then"),
    )
    .why(format!(
        "asked a first time, DNS says: {}; a moment later it gives addresses. Some of the users' requests fail for it",
        outcome_words(first)
    ))
    .see(dns::line(case, answer))
    .fix("make the servers behind the resolver agree: ask each of them several times, and mend the one that differs")
    .run(format!("for i in 1 2 3 4 5 6; do dig +noall +comments +answer {quoted}; done"))
    .done();
}
