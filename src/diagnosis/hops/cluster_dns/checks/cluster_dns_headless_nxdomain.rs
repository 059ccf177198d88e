//! What is not ready has no name: a headless Service without ready pods, and a pod that is called by its own name.

use k8s_openapi::api::core::v1::{Pod, Service};

use super::{View, label};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::service::per_pod::PerPod;
use crate::diagnosis::semantics::cluster_names::Name;
use crate::diagnosis::semantics::cluster_names::per_pod::{Place, service_name};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{is_ready, words};
use crate::diagnosis::semantics::service::is_headless;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-headless-nxdomain",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "a headless Service, or a pod called by its name, is not ready and so has no name",
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
    pod_without_name(case, &view, sink);
}

/// A pod of a StatefulSet that is called by its own name.
fn pod_without_name(case: &Case, view: &View, sink: &mut Sink) {
    let Some(asked) = PerPod::of(case) else {
        return;
    };
    let (namespace, host) = (asked.namespace, asked.host);
    let names = service_name(&asked.set) == Some(asked.service) && asked.place == Place::Within;
    if !names || !is_there(case, &asked) {
        return;
    }
    let object = format!("Pod {namespace}/{host}");
    let state = match case.get::<Pod>(Some(namespace), host) {
        Ok(Some(pod)) if is_ready(&pod) => return,
        Ok(Some(pod)) => Evidence::raw(&object, ".status", words(&pod)),
        Ok(None) => Evidence::Absent {
            what: object.clone(),
            looked: format!("Pods of namespace {namespace}"),
        },
        Err(_) => return,
    };
    let set = quote(name_of(&*asked.set));
    let (is, look) = match &state {
        Evidence::Absent { .. } => ("does not exist yet", format!("statefulset {set}")),
        _ => ("is not ready", format!("pod {}", quote(host))),
    };
    let kubectl = case.settings.kubectl_in(namespace);
    sink.find(
        &CHECK,
        subject(Kind::Pod, Some(namespace), host),
        format!("{object} {is}, so it has no name at Service {}", asked.service),
    )
    .why("the name of a StatefulSet's pod is made of its ready endpoint; until then the answer is the same as for a name that was never there")
    .see(state)
    .see_all(view.lines(case))
    .look("see why the pod is not ready; peers that have to find each other before they are ready need publishNotReadyAddresses: true")
    .run(format!("{kubectl} describe {look}"))
    .done();
}

/// Whether the Service is there, and wants its pods to be ready.
fn is_there(case: &Case, asked: &PerPod) -> bool {
    let Ok(Some(service)) = case.get::<Service>(Some(asked.namespace), asked.service) else {
        return false;
    };
    let spec = service.spec.as_ref();
    spec.is_none_or(|s| s.publish_not_ready_addresses != Some(true))
}
