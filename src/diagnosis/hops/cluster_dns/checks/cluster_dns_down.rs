//! The Service of the DNS server has no endpoint, or there is no such Service.

use super::{View, pod_lines};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{LABEL, NAMESPACE};
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-down",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "nobody is behind the address of the cluster's DNS server",
    explain: include_str!("cluster_dns_down.md"),
    symptom_of: &[&["cluster-dns-corefile-invalid", "cluster-dns-loop"]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server().filter(|_| view.lookup.asks_cluster) else {
        return;
    };
    if !server.is_down() {
        return;
    }
    let name = server.service.as_deref().map_or("kube-dns", name_of);
    let kubectl = case.settings.kubectl_in(NAMESPACE);
    sink.find(
        &CHECK,
        subject(Kind::Service, Some(NAMESPACE), name),
        format!("{} has no endpoint: no name resolves in the cluster", server.label()),
    )
    .why("queries to an address without endpoints are rejected at once: programs read it as a temporary failure of name resolution")
    .see(Evidence::raw(
        format!("EndpointSlices of {}", server.label()),
        ".endpoints",
        if server.endpoints.is_empty() { "none".to_owned() } else { format!("none of {} ready", server.endpoints.len()) },
    ))
    .see_all(pod_lines(server))
    .look("see whether the DNS server's pods run, and why not")
    .run(format!("{kubectl} get pods -l {LABEL} -o wide"))
    .run(format!("{kubectl} logs -l {LABEL} --tail=20"))
    .done();
}
