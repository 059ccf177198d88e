//! internalTrafficPolicy is Local, and the client's node has none of the endpoints.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::service::{is_headless, keeps_local};
use crate::diagnosis::shell::patch;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-internal-policy-local",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service keeps calls on their node, and there is no endpoint on the client's",
    explain: include_str!("service_internal_policy_local.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some((client, _)), Some(service)) = (case.called(), backend.service.found()) else {
        return;
    };
    let Some(object) = service.service.as_deref().filter(|s| keeps_local(s)) else {
        return;
    };
    let (Some(node), Some(endpoints)) = (client.node(), backend.endpoints.found()) else {
        return;
    };
    if is_headless(object) || endpoints.usable().next().is_some() {
        return;
    }
    let away: Vec<_> = endpoints.all.iter().filter(|e| e.away).collect();
    if away.is_empty() {
        return;
    }
    let label = format!("Service {}/{}", service.namespace, service.name);
    let mut nodes: Vec<&str> = away.iter().filter_map(|e| e.node.as_deref()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let kubectl = case.settings.kubectl_in(&service.namespace);
    let body = serde_json::json!({"spec": {"internalTrafficPolicy": "Cluster"}});
    sink.find(
        &CHECK,
        subject(Kind::Service, Some(&service.namespace), &service.name),
        format!("{label} keeps calls on their node, and node {node} of {} has none of its {} endpoints", client.label(), away.len()),
    )
    .why("with internalTrafficPolicy Local the node drops what it has no endpoint for: the client waits until its own timeout")
    .see(Evidence::field(&label, ".spec.internalTrafficPolicy", "Local"))
    .see(Evidence::raw(client.label(), ".spec.nodeName", node))
    .see(Evidence::raw(format!("EndpointSlices of {label}"), ".endpoints[].nodeName", nodes.join(", ")))
    .fix("run a pod on every node that calls (a DaemonSet), or let calls leave their node")
    .run(patch::merge(&kubectl, Kind::Service, &service.name, &body))
    .done();
}
