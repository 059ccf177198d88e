//! The plugin kubernetes is limited to some namespaces or labels, and the Service is not among them.

use k8s_openapi::api::core::v1::Service;

use super::{View, corefile_command, corefile_line, label};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, NAMESPACE};
use crate::diagnosis::semantics::cluster_names::Name;
use crate::diagnosis::semantics::service::is_headless;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-namespace-filtered",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the DNS server is told not to see the Service",
    explain: include_str!("cluster_dns_namespace_filtered.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Ok(corefile)) = &*server.corefile else {
        return;
    };
    let Some(filter) = corefile.filter().filter(|_| view.is_missing()) else {
        return;
    };
    for (namespace, name) in view
        .lookup
        .candidates
        .iter()
        .filter_map(|c| match &c.meaning {
            Some(Name::Service { ns, name }) => Some((ns, name)),
            _ => None,
        })
    {
        let Ok(Some(service)) = case.get::<Service>(Some(namespace), name) else {
            continue;
        };
        if is_headless(&service) {
            continue;
        }
        let object = label(&service);
        sink.find(
            &CHECK,
            subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
            format!("{object} exists, and the Corefile keeps the DNS server from seeing it"),
        )
        .why("what the plugin kubernetes is limited to are the only Services that have names")
        .see(corefile_line(filter))
        .see_all(view.lines(case))
        .fix(format!(
            "add namespace {namespace} or the labels of the Service to the line, or take it away"
        ))
        .run(corefile_command(case, "edit"))
        .done();
        return;
    }
}
