//! The server forwards the name, and whom it forwards to fails.

use super::cluster_dns_no_forward::failed_outside;
use super::{View, corefile_command, corefile_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, NAMESPACE};
use crate::diagnosis::semantics::resolver::Reply;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-upstream-broken",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the DNS servers behind the cluster's do not answer",
    explain: include_str!("cluster_dns_upstream_broken.md"),
    symptom_of: &[&["cluster-dns-short-name-wrong-namespace"]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Ok(corefile)) = &*server.corefile else {
        return;
    };
    let Some((name, pod)) = failed_outside(&view, &[Reply::ServFail]) else {
        return;
    };
    let Some((at, to)) = corefile.forward_of(name) else {
        return;
    };
    let kubectl = case.settings.kubectl_in(NAMESPACE);
    sink.find(
        &CHECK,
        subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
        format!("the DNS server forwards {name} to {to}, which fails"),
    )
    .why("names of the cluster are answered by the server itself; for all others it asks these servers, and none of them gave an answer")
    .see(pod.line(case, name))
    .see(corefile_line(at))
    .look("see in the log which server does not answer: a firewall for UDP and TCP 53 on the nodes, a policy on the DNS pods, a wrong address")
    .run(format!("{kubectl} logs {} --tail=20", quote(&pod.pod)))
    .run(corefile_command(case, "edit"))
    .done();
}
