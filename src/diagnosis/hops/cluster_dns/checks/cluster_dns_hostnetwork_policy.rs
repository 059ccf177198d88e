//! The pod uses its node's network, and then ClusterFirst means the node's resolv.conf.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::client::checks::fix;
use crate::diagnosis::semantics::resolver::Fallback;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-hostnetwork-policy",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "a pod on its node's network does not ask the cluster's DNS",
    explain: include_str!("cluster_dns_hostnetwork_policy.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let found = view.lookup;
    if found.conf.fallback != Some(Fallback::HostNetwork) {
        return;
    }
    let Some(meant) = view.served() else { return };
    let client = view.client;
    let object = client.label();
    let field = client.field();
    let (kind, name) = client.object();
    let draft = sink
        .find(
            &CHECK,
            subject(kind, Some(&client.namespace), name),
            format!("{object} uses its node's network, so it does not know {}", meant.name),
        )
        .why("with hostNetwork the dnsPolicy ClusterFirst means the node's own resolv.conf, and the node's DNS server does not know the cluster's names")
        .see(Evidence::raw(&object, format!("{field}.hostNetwork"), true))
        .see(match &client.spec.dns_policy {
            Some(policy) => Evidence::field(&object, format!("{field}.dnsPolicy"), policy),
            None => Evidence::raw(&object, format!("{field}.dnsPolicy"), "unset, which is ClusterFirst"),
        })
        .fix("set dnsPolicy: ClusterFirstWithHostNet in the pod's template");
    fix(case, client, draft).done();
}
