//! The Service is headless and none of its pods is ready: then its name does not exist.

use k8s_openapi::api::core::v1::Service;

use super::{View, label};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::semantics::cluster_names::Name;
use crate::diagnosis::semantics::service::is_headless;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-headless-nxdomain",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "a headless Service without ready pods has no name",
    explain: include_str!("cluster_dns_headless_nxdomain.md"),
    symptom_of: &[
        &[
            "service-selector-no-match",
            "endpoints-scaled-to-zero",
            "pod-crashloop",
            "pod-not-starting",
            "pod-readiness-failing",
        ],
        &["endpoints-all-not-ready", "endpoints-empty"],
    ],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    if !view.is_missing() {
        return;
    }
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
        if !is_headless(&service) {
            continue;
        }
        let object = label(&service);
        let kubectl = case.settings.kubectl_in(namespace);
        sink.find(
            &CHECK,
            subject(Kind::Service, Some(namespace), name),
            format!("{object} is headless and none of its pods is ready, so its name does not exist"),
        )
        .why("the name of a headless Service is made of its ready endpoints; without any the answer is the same as for a name that was never there")
        .see(Evidence::field(&object, ".spec.clusterIP", "None"))
        .see_all(view.lines(case))
        .look("see why no pod is ready; peers that have to find each other before they are ready need publishNotReadyAddresses: true")
        .run(format!("{kubectl} get pods,endpointslices"))
        .done();
        return;
    }
}
