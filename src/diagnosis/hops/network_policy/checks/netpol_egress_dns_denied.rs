//! The calling pod's queries do not get to the cluster's DNS server: its own policies do not let them out, or the server's not in.

use super::{allow_flow, isolating_lines, look, tried_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::network_policy::{Judged, end_words};
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::{Direction, Verdict};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-egress-dns-denied",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy does not let the calling pod ask the cluster's DNS server",
    explain: include_str!("netpol_egress_dns_denied.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((client, lookup)) = case.called() else {
        return;
    };
    let denied = |j: &&Judged| matches!(j.verdict, Verdict::Denied(_));
    let flows = &lookup.policies.flows;
    let all: Vec<&Judged> = flows.iter().filter(denied).collect();
    let Some(judged) = all.first() else { return };
    let sides = [Direction::Egress, Direction::Ingress];
    let Some(denial) = sides.into_iter().find_map(|side| judged.denial(side)) else {
        return;
    };
    let Some(about) = denial.isolating.first() else {
        return;
    };
    let part = if all.len() == flows.len() {
        String::new()
    } else {
        format!(" ({} of {} pods)", all.len(), flows.len())
    };
    let flow = &judged.flow;
    let title = match denial.direction {
        Direction::Egress => format!(
            "{} does not let {} out to the DNS server: UDP port {} of {}{part}",
            label_of(&**about),
            client.label(),
            flow.port,
            end_words(&flow.destination)
        ),
        Direction::Ingress => format!(
            "{} does not let {} in to the DNS server: UDP port {}{part}",
            label_of(&**about),
            client.label(),
            flow.port
        ),
    };
    sink.find(&CHECK, subject_of(&**about), title)
        .severity(Severity::Warning)
        .why("queries that are dropped are waited for: names fail after seconds, as a temporary failure; whether the cluster's network enforces policies is not known")
        .see_all(isolating_lines(&denial.isolating))
        .see_all(denial.tried.iter().take(super::MOST).map(tried_line))
        .fix("let the pod ask DNS; the policy below allows these queries and nothing else, and TCP on the same port is for long answers")
        .run_all(allow_flow(case, flow, (denial.direction, about)))
        .run(look(case, about))
        .done();
}
