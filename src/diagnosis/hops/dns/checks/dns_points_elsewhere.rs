//! The name resolves to addresses that the cluster does not publish for it.

use super::{View, answers_for_host, dns_local_override, dns_stale_cache, list};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::dialect::author::cdn;
use crate::diagnosis::hops::dns;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::address::is_private;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-points-elsewhere",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name resolves to an address that is not the cluster's",
    explain: include_str!("dns_points_elsewhere.md"),
    symptom_of: &[&["dns-private-address", "lb-pending"]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let (resolved, lb) = (view.resolved, view.lb);
    let (answers, dead) = (view.answers, view.dead);
    if view.is_at_home() || view.hidden && answers {
        return;
    }
    let published = &view.published;
    let natted = published.iter().all(is_private) && !resolved.addresses.iter().all(is_private);
    if natted && !dead {
        return;
    }
    // Where this machine or a cache is at fault, the record is not.
    if dns_local_override::applies(case) || dns_stale_cache::read(case).is_some() {
        return;
    }
    let name = &case.target.host;
    let behind = lb
        .at_resolved
        .iter()
        .filter_map(Attempt::response)
        .find_map(cdn);
    let works_there = lb.at_published.iter().any(|k| answers_for_host(k));
    let severity = match (behind, dead) {
        (Some(_), _) => Severity::Info,
        (None, true) if !natted || works_there => Severity::Error,
        _ => Severity::Warning,
    };
    let (here, there) = (list(&resolved.addresses), list(published));
    let mut why = match (behind, dead) {
        (Some(author), _) => format!("requests pass {} first", author.title),
        (None, true) => format!("requests go to {here}, which does not answer for the host"),
        (None, false) if answers => {
            format!("requests go to {here}, which does answer; is it meant to?")
        }
        (None, false) => format!("requests go to {here}; what answers there was not seen"),
    };
    if resolved.authority().is_some_and(|a| a.wildcard) {
        why.push_str(
            "; a name that nobody made up before resolves to the same: a wildcard record gives it, and the host may have none of its own",
        );
    }
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} resolves to {here}, the cluster publishes {there}"),
        )
        .severity(severity)
        .why(why)
        .see(dns::line(case, view.answer))
        .see_all(super::record_lines(case, &lb.published))
        .see_all(case.attempt_lines(lb.at_resolved.iter().chain(&lb.at_published)));
    if let Some(record) = super::wanted_record(case, &lb.published) {
        draft = draft.fix(format!("make the record: {record}"));
    }
    if let Some(curl) = super::curl_past_dns(case, &lb.published) {
        draft = draft.run(curl);
    }
    draft.done();
}
