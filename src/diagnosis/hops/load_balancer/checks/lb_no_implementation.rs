//! Nobody in the cluster gives LoadBalancer Services an address.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{Node, Pod, PodSpec, Service};

use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::load_balancer::service::nodes;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::patch;
use crate::facts::{Kind, Unknown};
use crate::report::{Evidence, Hop, Severity};

/// Where programs run that are no Deployment and no DaemonSet: static pods of the control plane.
const SYSTEM: &str = "kube-system";
/// Parts of the images of programs that give addresses.
const GIVES: &[&str] = &[
    "metallb",
    "kube-vip",
    "cilium",
    "klipper-lb",
    "cloud-controller-manager",
    "aws-load-balancer-controller",
    "openelb",
    "purelb",
    "loxilb",
    "cloud-provider",
    "calico",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-no-implementation",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "nothing in the cluster gives LoadBalancer Services an address",
    explain: include_str!("lb_no_implementation.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((service, severity)) = super::pending(case) else {
        return;
    };
    // While an address may still come nothing is missing; and a class names somebody whom hops may not know.
    let class = service
        .spec
        .as_ref()
        .and_then(|s| s.load_balancer_class.as_ref());
    if severity == Severity::Info || class.is_some() {
        return;
    }
    let Ok(Some(nodes)) = nobody_gives(case, service) else {
        return;
    };
    let label = label_of(service);
    let kubectl = case.settings.kubectl_in(namespace_of(service));
    let change = serde_json::json!({"spec": {"type": "NodePort"}});
    sink.find(
        &CHECK,
        subject_of(service),
        format!("nothing in the cluster gives {label} an address"),
    )
    .severity(severity)
    .why("an address comes from a program of the cloud or of the cluster, and none is there: the Service stays without one for good")
    .see(Evidence::raw(&label, ".status.loadBalancer.ingress", "[]"))
    .see(Evidence::Absent {
        what: format!("an Event about {label}"),
        looked: "whoever tried to make a load balancer would have written one".to_owned(),
    })
    .see(Evidence::Absent {
        what: "a load balancer implementation".to_owned(),
        looked: format!(
            "Deployments and DaemonSets of all namespaces and pods of {SYSTEM}, by image; .spec.providerID of {nodes} nodes names no cloud"
        ),
    })
    .fix("install one (MetalLB, kube-vip, the controller manager of the cloud); until then let the Service be reached on the nodes, at its node ports:")
    .run(patch::merge(&kubectl, Kind::Service, name_of(service), &change))
    .done();
}

/// How many nodes were looked at, where nobody is found who could give the Service an address: none wrote an Event, no node belongs to a
/// cloud, no program is there.
fn nobody_gives(case: &Case, service: &Service) -> Result<Option<usize>, Unknown> {
    let events = super::events(case, service)?;
    let nodes = nodes(case)?;
    if !events.is_empty() || nodes.is_empty() || nodes.iter().any(|n| may_be_of_a_cloud(n)) {
        return Ok(None);
    }
    let deployments = case
        .list::<Deployment>(None, None, None)
        .and_then(Listed::whole);
    let daemon_sets = case
        .list::<DaemonSet>(None, None, None)
        .and_then(Listed::whole);
    let pods = case
        .list::<Pod>(Some(SYSTEM), None, None)
        .and_then(Listed::whole);
    let (deployments, daemon_sets, pods) = (deployments?, daemon_sets?, pods?);
    let templates = deployments
        .iter()
        .map(|d| d.spec.template.spec.as_ref())
        .chain(daemon_sets.iter().map(|d| d.spec.template.spec.as_ref()))
        .chain(pods.iter().map(|p| p.spec.as_ref()));
    let someone = templates.flatten().any(gives);
    Ok((!someone).then_some(nodes.len()))
}

/// Whether a cloud's own program may be at work outside the cluster. kind's nodes have an ID of the form, and no cloud behind it; a k3s
/// server has an implementation inside.
fn may_be_of_a_cloud(node: &Node) -> bool {
    let id = node.spec.as_ref().and_then(|s| s.provider_id.as_deref());
    id.is_some_and(|id| !id.is_empty() && !id.starts_with("kind://"))
}

fn gives(spec: &PodSpec) -> bool {
    let images = spec.containers.iter().filter_map(|c| c.image.as_deref());
    images
        .into_iter()
        .any(|image| GIVES.iter().any(|part| image.contains(part)))
}
