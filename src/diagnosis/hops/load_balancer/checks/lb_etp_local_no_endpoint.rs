//! The Service before the controller keeps traffic on the node that it reaches, and there is no controller pod there.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Service};

use crate::diagnosis::checks::causes::{NO_CONTROLLER, OLD_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::load_balancer::service::{
    addresses, endpoints_by_node, is_local, node_addresses, nodes, takes_traffic,
};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::{patch, quote};
use crate::facts::{Connect, Kind, Unknown};
use crate::report::{Evidence, Hop, Severity};

/// Nodes that are named as evidence.
const MOST_NODES: usize = 6;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-etp-local-no-endpoint",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "traffic reaches nodes that have no controller pod and may not pass it on",
    explain: include_str!("lb_etp_local_no_endpoint.md"),
    // An address of a node is the cluster's own, whatever the record should be.
    symptom_of: &[OLD_ADDRESS, NO_CONTROLLER],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((lb, controller, _)) = case.way_in() else {
        return;
    };
    if !case.settled() || lb.at_resolved.iter().any(|k| k.tcp.is_err()) {
        return;
    }
    let dead: Vec<&Attempt> = lb
        .at_resolved
        .iter()
        .filter(|k| super::turns_away(k))
        .collect();
    let services = controller.services.iter().flatten();
    let Some(service) = services
        .into_iter()
        .find(|s| is_local(s) && is_on_the_way(lb, s, &dead))
    else {
        return;
    };
    if dead.is_empty() {
        return;
    }
    let by_node = endpoints_by_node(case, service);
    let nodes = nodes(case);
    let (Ok(by_node), Ok(nodes)) = (by_node, nodes) else {
        return;
    };
    // Without any ready pod the policy changes nothing.
    if by_node.is_empty() {
        return;
    }
    let has = |n: &Node| by_node.get(name_of(n)).copied().unwrap_or_default();
    let bare: Vec<&Arc<Node>> = nodes
        .iter()
        .filter(|n| has(n) == 0 && takes_traffic(n))
        .collect();
    let node_of = |k: &Attempt| {
        nodes
            .iter()
            .find(|n| node_addresses(n).contains(&k.to.ip()))
    };
    let at_bare: Vec<&Attempt> = dead
        .iter()
        .copied()
        .filter(|k| node_of(k).is_some_and(|n| has(n) == 0))
        .collect();
    let certain = !at_bare.is_empty();
    if !certain
        && !is_suspect(case, lb, service, &dead, bare.len(), |k| {
            node_of(k).is_some()
        })
    {
        return;
    }
    let all = certain && at_bare.len() == lb.at_resolved.len();
    let severity = if all {
        Severity::Error
    } else {
        Severity::Warning
    };
    let list = |attempts: &[&Attempt]| {
        let all: Vec<String> = attempts.iter().map(|k| k.to.ip().to_string()).collect();
        all.join(", ")
    };
    let title = match (certain, all) {
        (true, true) => format!(
            "no controller pod is on the node of {}, and {} keeps traffic on the node",
            list(&at_bare),
            label_of(&**service)
        ),
        (true, false) => format!(
            "intermittent: no controller pod is on the node of {} ({} of {} addresses), and {} keeps traffic on the node",
            list(&at_bare),
            at_bare.len(),
            lb.at_resolved.len(),
            label_of(&**service)
        ),
        (false, _) => format!(
            "{} keeps traffic on the node, and {} of {} nodes have no controller pod",
            label_of(&**service),
            bare.len(),
            nodes.len()
        ),
    };
    let why = match (certain, all) {
        (true, true) => "every address of the name leads to a node that drops the requests",
        (true, false) => "clients that pick such an address fail, the others get through",
        (false, _) => {
            "a load balancer that sends to such a node gets no answer; one that asks the Service's healthCheckNodePort leaves it out. Which nodes stand behind the address cannot be seen"
        }
    };
    let mut draft = sink
        .find(&CHECK, subject_of(&**service), title)
        .severity(severity)
        .why(why)
        .see(Evidence::raw(
            label_of(&**service),
            ".spec.externalTrafficPolicy",
            "Local",
        ));
    // The nodes in question first.
    let mut order: Vec<&Arc<Node>> = nodes.iter().collect();
    let asked = |n: &Node| {
        lb.at_resolved
            .iter()
            .any(|k| node_addresses(n).contains(&k.to.ip()))
    };
    order.sort_by_key(|n| (!asked(n), has(n), name_of(&***n).to_owned()));
    for node in order.into_iter().take(MOST_NODES) {
        let ips: Vec<String> = node_addresses(node)
            .iter()
            .map(ToString::to_string)
            .collect();
        let value = format!("{}; ready controller pods: {}", ips.join(", "), has(node));
        draft = draft.see(Evidence::raw(label_of(&**node), ".status.addresses", value));
    }
    draft = draft.see_all(lb.at_resolved.iter().map(|a| a.tcp_line(case)));
    let (kubectl, name) = (
        case.settings.kubectl_in(namespace_of(&**service)),
        name_of(&**service),
    );
    draft
        .fix("run the controller on every node that gets traffic, or let every node pass it on (this loses the client's address)")
        .run(format!("{kubectl} get endpointslices -l kubernetes.io/service-name={} -o yaml | grep nodeName", quote(name)))
        .run(patch::merge(
            &kubectl,
            Kind::Service,
            name,
            &serde_json::json!({"spec": {"externalTrafficPolicy": "Cluster"}}),
        ))
        .done();
}

/// Whether requests come by this Service: it is the one before the controller, or a failing address is its own.
fn is_on_the_way(lb: &LoadBalancer, service: &Arc<Service>, dead: &[&Attempt]) -> bool {
    let own = addresses(service, lb);
    lb.service
        .as_ref()
        .is_some_and(|s| label_of(&**s) == label_of(&**service))
        || dead.iter().any(|k| own.contains(&k.to.ip()))
}

/// The failing address is the Service's own, no node's, some nodes could be the reason, and nothing speaks against it.
fn is_suspect(
    case: &Case,
    lb: &LoadBalancer,
    service: &Service,
    dead: &[&Attempt],
    bare: usize,
    is_node: impl Fn(&Attempt) -> bool,
) -> bool {
    let own = addresses(service, lb);
    let timed_out = |k: &Attempt| k.tcp.as_ref().is_ok_and(|t| t.connect == Connect::TimedOut);
    let may = |k: &Attempt| own.contains(&k.to.ip()) && timed_out(k) && !is_node(k);
    bare > 0
        && super::answers_inside(case) != Err(Unknown::Waiting)
        && super::answers_inside(case) != Ok(false)
        && dead.iter().all(|k| may(k))
}
