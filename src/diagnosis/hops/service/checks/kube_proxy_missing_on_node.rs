//! kube-proxy on the client's node does not answer, or says that it is not well.

use super::super::kube_proxy::{Health, KubeProxy};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::pod::{is_ready, words};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "kube-proxy-missing-on-node",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "nobody seems to serve the addresses of Services on the client's node",
    explain: include_str!("kube_proxy_missing_on_node.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(called) = &case.journey.called else {
        return;
    };
    let KubeProxy::Asked { node, health, pods } = &*called.proxy else {
        return;
    };
    let state = called.proxy.health();
    let on_node: Vec<_> = pods
        .iter()
        .filter(|p| p.spec.as_ref().and_then(|s| s.node_name.as_deref()) == Some(node.as_str()))
        .collect();
    let runs_here = on_node.iter().any(|p| is_ready(p));
    // Where it runs as pods, and none of them runs here, it is missing; else another program may do its work.
    let missing = !pods.is_empty() && !runs_here;
    let (title, severity) = match state {
        Health::Bad => (
            format!("kube-proxy on node {node} says that it is not up to date"),
            Severity::Error,
        ),
        Health::Nobody | Health::Unknown if missing => (
            format!("no pod of kube-proxy runs on node {node}"),
            Severity::Error,
        ),
        Health::Nobody if !runs_here => (
            format!("nobody answers at kube-proxy's port on node {node}"),
            Severity::Warning,
        ),
        _ => return,
    };
    let mut draft = sink
        .find(&CHECK, subject(Kind::Node, None, node), title)
        .severity(severity)
        .why(match state {
            Health::Bad => "what it does not take up are changes: Services and endpoints that are new are not served on this node",
            _ if missing => "without it nothing turns a Service's address into a pod's on this node: old Services go on working, new ones do not",
            _ => "kube-proxy does not run there, or another program does its work (Cilium, kube-router, a k3s that serves the port for itself alone): from outside it cannot be told",
        })
        .see(health.evidence(case))
        .see(missing.then(|| Evidence::Absent {
            what: format!("a pod of kube-proxy on node {node}"),
            looked: "pods of kube-system with label k8s-app=kube-proxy".to_owned(),
        }));
    for pod in on_node.iter().take(2) {
        draft = draft.see(Evidence::raw(label_of(&***pod), ".status", words(pod)));
    }
    draft
        .look("see whether kube-proxy, or what replaces it, runs on the node")
        .run(format!(
            "{} -n kube-system get pods -o wide --field-selector spec.nodeName={}",
            case.settings.kubectl(),
            quote(node)
        ))
        .done();
}
