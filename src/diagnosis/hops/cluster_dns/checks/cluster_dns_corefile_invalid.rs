//! The Corefile has a fault with which CoreDNS does not start.

use super::{View, corefile_command, corefile_line, pod_lines};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, LABEL, NAMESPACE};
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-corefile-invalid",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the Corefile is none that CoreDNS takes",
    explain: include_str!("cluster_dns_corefile_invalid.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Err(fault)) = &*server.corefile else {
        return;
    };
    let crashing: Vec<_> = super::crashing(server).collect();
    let kubectl = case.settings.kubectl_in(NAMESPACE);
    let runs = crashing.is_empty();
    sink.find(
        &CHECK,
        subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
        format!(
            "line {} of the Corefile: {}",
            fault.at.line,
            fault.what.replace('`', "\"")
        ),
    )
    .severity(if runs {
        Severity::Warning
    } else {
        Severity::Error
    })
    .why(if runs {
        "the pods that run go on with what they have read; the next one that starts ends at once"
    } else {
        "CoreDNS ends at once when it cannot read its configuration"
    })
    .see(corefile_line(&fault.at))
    .see_all(pod_lines(server))
    .fix("correct the line")
    .run(corefile_command(case, "edit"))
    .run(format!("{kubectl} logs -l {LABEL} --tail=20"))
    .done();
}
