//! A short name means the caller's own namespace, and the Service is in another one.

use super::{View, short};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::semantics::cluster_names::near::Slip;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-short-name-wrong-namespace",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the name is of a Service in another namespace than the pod's",
    explain: include_str!("cluster_dns_short_name_wrong_namespace.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(found) = super::cluster_dns_name_typo::meant(case, &view) else {
        return;
    };
    let there = found
        .near
        .iter()
        .filter(|n| n.slip == Slip::OtherNamespace || n.slip == Slip::NoNamespace);
    let there: Vec<_> = there.take(3).collect();
    let Some(first) = there.first() else { return };
    let wrong = &found.namespace;
    let (name, called) = (&first.name, &view.call.name);
    let places: Vec<&str> = there.iter().map(|n| n.ns.as_str()).collect();
    sink.find(
        &CHECK,
        host_subject(called),
        format!(
            "{called} means namespace {wrong}, and Service {name} is in {}",
            places.join(", ")
        ),
    )
    .why("a name without its namespace is looked for in the caller's own namespace alone")
    .see_all(view.lines(case))
    .see(Evidence::Absent {
        what: format!("Service {wrong}/{name}"),
        looked: format!("Services of namespace {wrong}"),
    })
    .fix(format!(
        "call {}",
        there
            .iter()
            .map(|n| short(&n.ns, &n.name))
            .collect::<Vec<_>>()
            .join(" or ")
    ))
    .run(format!(
        "{} get service {}",
        case.settings.kubectl_in(&first.ns),
        quote(name)
    ))
    .done();
}
