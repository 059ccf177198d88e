//! A plugin of the Corefile changes the name or answers for it.

use super::{View, corefile_command, corefile_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, NAMESPACE};
use crate::diagnosis::semantics::resolver::Reply;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-override",
    hop: Hop::ClusterDns,
    severity: Severity::Warning,
    title: "the Corefile answers for the name in the cluster's place",
    explain: include_str!("cluster_dns_override.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Ok(corefile)) = &*server.corefile else {
        return;
    };
    let lookup = view.lookup;
    let differing = lookup.candidates.iter().filter_map(|candidate| {
        let name = candidate.name.as_str();
        let (touched, meant) = (corefile.touched(name)?, candidate.by_objects.as_ref()?);
        let pod = lookup.at_pods.iter().find(|p| p.said(name).is_some())?;
        let said = pod.said(name)?;
        let addresses = meant.alias.is_some() || meant.addresses == said.addresses;
        let same = meant.reply == said.reply && addresses;
        // What takes a name away that the cluster has breaks the call, and so does an answer of its own; another name in its place may be
        // meant.
        let answers_itself = ["hosts", "template"].contains(&touched.plugin);
        let lost = meant.reply == Reply::Found && (said.reply != Reply::Found || answers_itself);
        (!same).then_some((lost, name, touched, meant, pod, said))
    });
    // The name that is lost rather than one that was not there.
    let worst = differing.max_by_key(|(lost, ..)| *lost);
    let Some((lost, name, touched, meant, pod, said)) = worst else {
        return;
    };
    let plugin = touched.plugin;
    sink.find(
        &CHECK,
        subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
        format!("{name} is answered by {plugin} of the Corefile: {}", said.words()),
    )
    .severity(if lost {
        Severity::Error
    } else {
        Severity::Warning
    })
    .why(format!(
        "by the cluster's objects the answer would be {}",
        meant.words()
    ))
    .see(corefile_line(touched.at))
    .see(pod.line(case, name))
    .fix("see whether the line is meant for this name; hosts without fallthrough fails for every name of its zones that it does not have")
    .run(corefile_command(case, "edit"))
    .done();
}
