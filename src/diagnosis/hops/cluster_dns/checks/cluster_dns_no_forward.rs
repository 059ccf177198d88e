//! The Corefile has nobody who answers for the name.

use super::{View, corefile_command};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::lookup::AtPod;
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, NAMESPACE};
use crate::diagnosis::semantics::resolver::Reply;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-no-forward",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the DNS server knows no names outside the cluster",
    explain: include_str!("cluster_dns_no_forward.md"),
    symptom_of: &[&["cluster-dns-short-name-wrong-namespace"]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Ok(corefile)) = &*server.corefile else {
        return;
    };
    let Some((name, pod)) = failed_outside(&view, &[Reply::ServFail, Reply::Refused]) else {
        return;
    };
    if !corefile.has_nobody_for(name) {
        return;
    }
    sink.find(
        &CHECK,
        subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
        format!("the Corefile has nobody who answers for {name}"),
    )
    .why("names outside the cluster's domain are answered by the plugin forward, and there is none for this one")
    .see(pod.line(case, name))
    .see(Evidence::Absent {
        what: format!("a forward for {name}"),
        looked: format!("ConfigMap {NAMESPACE}/{} .data.{}", CONFIG.0, CONFIG.1),
    })
    .fix("add forward . /etc/resolv.conf to the block of all names")
    .run(corefile_command(case, "edit"))
    .done();
}

/// The name outside the cluster that was called and ends like this, and a pod that says so.
pub(super) fn failed_outside<'v>(
    view: &View<'v, '_>,
    ends: &[Reply],
) -> Option<(&'v str, &'v AtPod<'v>)> {
    let called = view.call.name.trim_end_matches('.');
    // A short name fails outside as well, after all others did.
    let mut own = view.lookup.candidates.iter();
    let own = own.find(|c| c.name == called && c.meaning.is_none() && called.contains('.'))?;
    let mut pods = view.lookup.at_pods.iter();
    let pod = pods.find(|p| p.said(called).is_some_and(|s| ends.contains(&s.reply)))?;
    Some((&own.name, pod))
}
