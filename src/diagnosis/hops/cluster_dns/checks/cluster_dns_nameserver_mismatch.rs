//! The kubelet, or the pod's own dnsConfig, names an address that is not the DNS server's.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::cluster_dns::server::NAMESPACE;
use crate::diagnosis::semantics::meta::name_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-nameserver-mismatch",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the pod asks another address than that of the cluster's DNS server",
    explain: include_str!("cluster_dns_nameserver_mismatch.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let found = view.lookup;
    let (Some(server), Some(meant)) = (view.server(), view.served()) else {
        return;
    };
    let Some(service) = &server.service else {
        return;
    };
    let Some(first) = found.conf.conf.nameservers.first() else {
        return;
    };
    let addresses: Vec<String> = server.addresses().iter().map(ToString::to_string).collect();
    if found.asks_cluster || addresses.is_empty() {
        return;
    }
    let client = view.client;
    // By which rule it got the address is not known without the kubelet's word.
    let Some(kubelet) = found
        .kubelet
        .as_ref()
        .filter(|_| found.conf.is_cluster_dns())
    else {
        return;
    };
    let object = client.label();
    sink.find(
            &CHECK,
            subject_of(&**service),
            format!("{object} asks {first}, and the cluster's DNS server is at {}", addresses.join(", ")),
        )
        .why(format!("nobody there is known to be a DNS server of this cluster, so {} is not found, most often after a long wait", meant.name))
        .see(Evidence::field(server.label(), ".spec.clusterIP", &addresses[0]))
        .see(kubelet.line(case))
        .fix(format!("make the DNS Service with clusterIP {first}, which cannot be changed in one that exists; or set the kubelets' clusterDNS to {} and make the pods anew", addresses[0]))
        .run(format!("{} get service {} -o wide", case.settings.kubectl_in(NAMESPACE), name_of(&**service)))
        .done();
}
