//! The kubelet gives pods another cluster domain than the DNS server has.

use super::{View, corefile_command};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, NAMESPACE};
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-domain-mismatch",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the kubelet and the DNS server disagree about the cluster's domain",
    explain: include_str!("cluster_dns_domain_mismatch.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Ok(config)) = &*server.corefile else {
        return;
    };
    let Some(kubelet) = view.lookup.kubelet.as_ref() else {
        return;
    };
    let Some(domain) = &kubelet.domain else {
        return;
    };
    if !config.lacks(domain.trim_end_matches('.')) || !view.lookup.conf.is_cluster_dns() {
        return;
    }
    let zone = config.domains().join(", ");
    sink.find(
        &CHECK,
        subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
        format!("pods search {domain}, and the DNS server serves {zone}"),
    )
    .why("the search list of every pod ends in a domain that the DNS server does not serve, so that no short name is found")
    .see(kubelet.line(case))
    .see(Evidence::field(format!("ConfigMap {NAMESPACE}/{}", CONFIG.0), ".data.Corefile kubernetes", &zone))
    .fix("let the kubelets' clusterDomain and the zone of the plugin kubernetes be the same, and make the pods anew")
    .run(corefile_command(case, "edit"))
    .done();
}
