//! The controller runs on its nodes' network, and policies allow it by selectors of pods alone.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::{Standing, allow, isolating_lines, look, standing};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::{Judged, end_words};
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::{Direction, Doubt, End, Verdict};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-hostnetwork-controller",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "NetworkPolicies select a controller that runs on its nodes' network as if it had pods' addresses",
    explain: include_str!("netpol_hostnetwork_controller.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(policies) = backend.policy.found() else {
        return;
    };
    let hangs = |j: &&Judged| {
        let on_node = matches!(&j.flow.source, End::Pod(pod) if pod.host_network);
        on_node && matches!(j.verdict, Verdict::Unknown(Doubt::HostNetwork))
    };
    let mut all = policies.flows.iter().filter(hangs);
    let Some(judged) = all.next() else {
        return;
    };
    let count = 1 + all.count();
    let End::Pod(destination) = &judged.flow.destination else {
        return;
    };
    let isolating = policies.isolating(destination);
    // Rather the one that means to let it through.
    let means = |p: &&Arc<NetworkPolicy>| {
        let rules = p.spec.iter().flat_map(|s| s.ingress.iter().flatten());
        rules.into_iter().any(|r| r.from.is_some())
    };
    let Some(about) = isolating.iter().find(means).or_else(|| isolating.first()) else {
        return;
    };
    if !case.all_answered() {
        return;
    }
    let standing = standing(case, backend, count == policies.flows.len());
    if standing == Standing::Refuted {
        return;
    }
    let flow = &judged.flow;
    let source = end_words(&flow.source);
    let title = format!(
        "{} selects {} by its labels, and it runs on its nodes' network",
        label_of(&**about),
        case.sender()
    );
    let why = match standing {
        Standing::Confirmed => {
            "most network plugins see what such a pod sends as coming from its node, which no selector of pods matches; the request fails \
as it does when packets are dropped, and the pods answer when they are asked inside"
        }
        _ => {
            "most network plugins see what such a pod sends as coming from its node, which no selector of pods matches; for others they match. \
Which it is here is not known"
        }
    };
    sink.find(&CHECK, subject_of(&**about), title)
        .severity(standing.severity())
        .why(why)
        .see(Evidence::raw(source, ".spec.hostNetwork", true))
        .see_all(isolating_lines(&isolating))
        .see_all(case.request_lines().take(1))
        .see_all(case.inside_lines(Hop::NetworkPolicy).into_iter().take(1))
        .fix("allow the nodes' addresses by ipBlock, or what the network plugin has for nodes (Cilium: fromEntities host and remote-node)")
        .run_all(allow(case, backend, flow, (Direction::Ingress, about)))
        .run(look(case, about))
        .done();
}
