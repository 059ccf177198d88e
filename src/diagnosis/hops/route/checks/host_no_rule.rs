//! No Ingress has a rule for the host.

use crate::diagnosis::checks::causes::NO_CLASS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::semantics::host::nearest;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "host-no-rule",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no rule of the cluster covers the host",
    explain: include_str!("host_no_rule.md"),
    symptom_of: &[NO_CLASS],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Ok(declared), Ok(gateways)) = (
        case.journey.declared.as_ref(),
        case.journey.gateways.as_ref(),
    ) else {
        return;
    };
    let unseen = declared.missing.is_some() || gateways.missing.is_some();
    // What a Gateway has for the host, or is meant to have, is told by itself.
    let by_gateway = case.entrance.way.is_some() || !gateways.lost.is_empty();
    if unseen || by_gateway || !case.settled() {
        return;
    }
    let Some(route) = case.entrance.route.found() else {
        return;
    };
    let r = &route.resolution;
    if !r.matching.is_empty() || !r.passed.is_empty() || !r.dropped.is_empty() {
        return;
    }
    let host = &case.target.host;
    let ingresses = declared.ingresses.hosts();
    let mut hosts: Vec<&str> = ingresses
        .iter()
        .chain(&gateways.hosts)
        .map(String::as_str)
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    let near = nearest(host, hosts.iter().copied(), 3);
    let by = if gateways.names.is_empty() {
        "Ingress"
    } else {
        "Ingress and no route"
    };
    let served = case.answered_well();
    let looked = match hosts.len() {
        0 => format!("no {by} of the cluster names a host"),
        1 => format!("the only host that the cluster names is {}", hosts[0]),
        n => format!("{n} hosts that the cluster names"),
    };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(host),
            format!("no {by} has a rule for {host}"),
        )
        .severity(if served {
            Severity::Warning
        } else {
            Severity::Error
        })
        .why(if served {
            "something answers all the same, by a kind of route that hops does not read"
        } else {
            "the controller does not know the host"
        })
        .see(Evidence::Absent {
            what: format!("a rule for {host}"),
            looked,
        })
        .see_all(case.request_lines());
    draft = if case.target.address().is_some() {
        draft.fix("ask for one of the hosts that are served; an address is answered by a rule without a host, or a default backend:")
    } else if near.is_empty() {
        draft.fix("add a rule for the host to an Ingress; these are the hosts that are served:")
    } else {
        draft.fix(format!("did you mean {}?", near.join(" or ")))
    };
    draft
        .run(format!("{} get ingress -A", case.settings.kubectl()))
        .done();
}
