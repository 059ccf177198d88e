//! The request goes to a node's own port, and does not get in there.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Service, ServicePort};

use crate::diagnosis::checks::causes::{NO_CONTROLLER, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::load_balancer::service::{
    addresses, by_node_port, node_addresses, nodes, port as port_of,
};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::service::service_type;
use crate::facts::Unknown;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "nodeport-unreachable",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the node does not take the request on the port that was asked for",
    explain: include_str!("nodeport_unreachable.md"),
    symptom_of: &[&["lb-etp-local-no-endpoint"], WRONG_ADDRESS, NO_CONTROLLER],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((lb, controller, way)) = case.way_in() else {
        return;
    };
    let anothers = case.entrance.inside.author == Author::Before;
    let turned_away = lb.at_resolved.iter().all(super::turns_away);
    if lb.at_resolved.is_empty() || !anothers && !turned_away {
        return;
    }
    let severity = match super::answers_inside(case) {
        Ok(true) => Severity::Error,
        Err(Unknown::Gap(_)) => Severity::Warning,
        Ok(false) | Err(Unknown::Waiting) => return,
    };
    let services = || controller.services.iter().flatten();
    let typed = services().find_map(|s| Some((s, by_node_port(s, way.port)?)));
    let on_nodes = controller.is_on_nodes();
    // Ports below that range are the node's own, or a load balancer's.
    let wanted = || {
        let own = services()
            .flat_map(|s| addresses(s, lb))
            .collect::<Vec<_>>();
        let of_a_service = lb.at_resolved.iter().any(|k| own.contains(&k.to.ip()));
        let mut found = services().filter_map(|s| Some((s, open_port(s, way.port)?)));
        found.next().filter(|_| !on_nodes && !of_a_service)
    };
    let (found, asked) = match typed {
        Some(found) => (found, true),
        None => match wanted() {
            Some(found) => (found, false),
            None => return,
        },
    };
    let (service, port): (&Arc<Service>, &ServicePort) = found;
    let nodes = nodes(case);
    let node = |k: &Attempt| -> Option<Arc<Node>> {
        let mut all = nodes.iter().flatten();
        all.find(|n| node_addresses(n).contains(&k.to.ip()))
            .cloned()
    };
    let hit: Vec<Arc<Node>> = lb.at_resolved.iter().filter_map(node).collect();
    if nodes == Err(Unknown::Waiting) || !asked && hit.len() != lb.at_resolved.len() {
        return;
    }
    let node_port = port.node_port.unwrap_or_default();
    let where_ = match hit.first() {
        Some(node) => label_of(&**node),
        None => lb.at_resolved[0].to.ip().to_string(),
    };
    let (title, why, fix) = if asked {
        (
            format!("node port {node_port} of {} cannot be reached at {where_}", label_of(&**service)),
            "the controller answers inside the cluster, so the node or a firewall before it does not let the request in".to_owned(),
            "open the port in the firewall or security group of the nodes; in kube-proxy's nftables mode see nodePortAddresses".to_owned(),
        )
    } else {
        let taken = if anothers {
            "another program takes requests"
        } else {
            "nothing takes requests"
        };
        (
            format!(
                "{taken} on port {} of {where_}: {} is reached on node port {node_port}",
                way.port,
                label_of(&**service)
            ),
            format!(
                "a Service of type {} opens no other port on the nodes than its node port{}",
                service_type(service),
                if anothers {
                    "; the controller's pods answer the request otherwise than this address does"
                } else {
                    ""
                }
            ),
            format!("ask for port {node_port}, or put a load balancer in front of the nodes"),
        )
    };
    let mut draft = sink
        .find(&CHECK, subject_of(&**service), title)
        .severity(severity)
        .why(why)
        .see(Evidence::raw(
            label_of(&**service),
            format!(".spec.ports[port={}].nodePort", port.port),
            node_port,
        ));
    for node in &hit {
        let ips: Vec<String> = node_addresses(node)
            .iter()
            .map(ToString::to_string)
            .collect();
        draft = draft.see(Evidence::raw(
            label_of(&**node),
            ".status.addresses",
            ips.join(", "),
        ));
    }
    draft = draft
        .see_all(lb.at_resolved.iter().map(|a| a.tcp_line(case)))
        .see_all(
            lb.at_resolved
                .iter()
                .map(|a| a.http_line(case, way.https).filter(|_| anothers)),
        )
        .fix(fix)
        .run(format!("{} get nodes -o wide", case.settings.kubectl()));
    if asked {
        let kubectl = case.settings.kubectl_in("kube-system");
        draft = draft.run(format!(
            "{kubectl} get configmap kube-proxy -o yaml | grep -A3 -e mode: -e nodePortAddresses"
        ));
    }
    draft.done();
}

/// The port of a NodePort Service that the request's port stands for.
fn open_port(service: &Service, port: u16) -> Option<&ServicePort> {
    let open = matches!(service_type(service), "NodePort" | "LoadBalancer");
    port_of(service, port).filter(|p| open && p.node_port.is_some_and(|n| n > 0))
}
