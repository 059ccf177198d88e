//! The server answers SERVFAIL for a name of its own zone.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{LABEL, NAMESPACE};
use crate::diagnosis::semantics::resolver::Reply;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-servfail-not-synced",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the DNS server fails for names of the cluster",
    explain: include_str!("cluster_dns_servfail_not_synced.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let lookup = view.lookup;
    let touched = |name: &str| match view.server().and_then(|s| s.corefile.as_ref()) {
        Some(Ok(config)) => config.touched(name).is_some(),
        _ => false,
    };
    let fails = lookup
        .candidates
        .iter()
        .filter(|c| c.meaning.is_some() && !touched(&c.name))
        .find_map(|c| {
            let pod = lookup
                .at_pods
                .iter()
                .find(|p| p.said(&c.name).is_some_and(|s| s.reply == Reply::ServFail))?;
            Some((c, pod))
        });
    let Some((candidate, pod)) = fails else {
        return;
    };
    let kubectl = case.settings.kubectl();
    sink.find(
        &CHECK,
        subject(Kind::Pod, Some(NAMESPACE), &pod.pod),
        format!("the DNS server fails for {}, a name of its own zone", candidate.name),
    )
    .why("CoreDNS answers SERVFAIL for names of the cluster as long as it has not read Services, EndpointSlices and namespaces: it does not reach the API server, or may not list them")
    .see(pod.line(case, &candidate.name))
    .look("see in its log what it cannot read, and whether its account may list EndpointSlices")
    .run(format!("{} logs -l {LABEL} --tail=20", case.settings.kubectl_in(NAMESPACE)))
    .run(format!("{kubectl} auth can-i list endpointslices.discovery.k8s.io --as=system:serviceaccount:{NAMESPACE}:coredns"))
    .done();
}
