//! The name is an alias of one that does not exist.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::facts::{DnsAnswer, DnsOutcome};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-cname-dangling",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name is an alias of a name that does not exist",
    explain: include_str!("dns_cname_dangling.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

/// The name at the end of the aliases, which does not exist.
pub(super) fn target(answer: &DnsAnswer) -> Option<&str> {
    if answer.outcome != DnsOutcome::NxDomain {
        return None;
    }
    let mut aliases = answer.records.iter().filter(|r| r.rtype == "CNAME");
    aliases.next_back().map(|r| r.data.as_str())
}

fn run(case: &Case, sink: &mut Sink) {
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    let Some(target) = target(answer) else { return };
    if resolved.is_waiting() || resolved.knowing().next().is_some() {
        return;
    }
    let name = &case.target.host;
    let published = super::published(case);
    let is_target = |value: &str| value.trim_end_matches('.').eq_ignore_ascii_case(target);
    let wanted = published.iter().find(|p| is_target(&p.value));
    let why = match wanted {
        Some(by) => format!(
            "nobody reaches the host; it is the name that {} publishes",
            by.from
        ),
        None => "nobody reaches the host, and whoever gets hold of that name gets its traffic"
            .to_owned(),
    };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} is an alias of {target}, which does not exist"),
        )
        .why(why)
        .see(dns::line(case, answer));
    for record in &answer.records {
        let text = format!(
            "record {} CNAME {} (ttl {})",
            record.name, record.data, record.ttl
        );
        let dig = format!("dig {} CNAME", crate::diagnosis::shell::quote(&record.name));
        if record.rtype == "CNAME" {
            draft = draft.see(crate::report::Evidence::probe(text, Some(dig)));
        }
    }
    draft = draft.see_all(super::record_lines(case, published));
    draft = match (wanted, super::wanted_record(case, published)) {
        (Some(by), _) => draft.look(format!(
            "find out whether the load balancer of {} still exists, and whether its name resolves elsewhere",
            by.from
        )),
        (None, Some(record)) => draft.fix(format!("make the record: {record}")),
        (None, None) => draft.fix("point the record to a name that exists, or delete it"),
    };
    draft.done();
}
