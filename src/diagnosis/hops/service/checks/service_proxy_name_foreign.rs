//! The Service is left to another program than kube-proxy.

use super::super::kube_proxy::{KubeProxy, PROXY_NAME};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::backend::Backend;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-proxy-name-foreign",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "kube-proxy leaves the Service to another program",
    explain: include_str!("service_proxy_name_foreign.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(called) = &case.journey.called else {
        return;
    };
    let KubeProxy::Other(name) = &*called.proxy else {
        return;
    };
    let object = |b: &'_ Backend| b.service.found().and_then(|s| s.service.clone());
    let Some(service) = case.journey.backends.iter().find_map(object) else {
        return;
    };
    let label = label_of(&*service);
    let kubectl = case.settings.kubectl_in(namespace_of(&*service));
    let own = quote(name_of(&*service));
    sink.find(
        &CHECK,
        subject_of(&*service),
        format!("{label} is not served by kube-proxy: its label leaves it to {name:?}"),
    )
    .why("kube-proxy passes over every Service that has this label; where no program of that name runs on the node, packets to the Service's address are lost")
    .see(Evidence::field(
        &label,
        format!(".metadata.labels[\"{PROXY_NAME}\"]"),
        name,
    ))
    .fix("where kube-proxy is to serve it, take the label away; else look at the program of that name")
    .run(format!("{kubectl} label service {own} {PROXY_NAME}-"))
    .done();
}
