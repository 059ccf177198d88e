//! The StatefulSet gives its pods names at another Service.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::service::per_pod::PerPod;
use crate::diagnosis::semantics::cluster_names::per_pod::{Place, service_name};
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-statefulset-name-mismatch",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the pods of a StatefulSet have no names at this Service",
    explain: include_str!("service_statefulset_name_mismatch.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(asked) = PerPod::of(case) else {
        return;
    };
    let (set, place) = (&asked.set, asked.place);
    let named = service_name(set);
    if place != Place::Within {
        return;
    }
    if named == Some(asked.service) {
        return without_service(case, sink, &asked);
    }
    let object = label_of(&**set);
    let service = format!("Service {}/{}", asked.namespace, asked.service);
    let other = named
        .map(|n| format!("call {}.{n}.{}, ", asked.host, asked.namespace))
        .unwrap_or_default();
    sink.find(
        &CHECK,
        subject_of(&**set),
        match named {
            Some(named) => format!("{object} names its pods at Service {named}, not at {}", asked.service),
            None => format!("{object} has no serviceName, so its pods have no names at {}", asked.service),
        },
    )
    .why("a pod has a name at a Service only where its subdomain, which is the StatefulSet's serviceName, is called as the Service is")
    .see(match named {
        Some(named) => Evidence::field(&object, ".spec.serviceName", named),
        None => Evidence::raw(&object, ".spec.serviceName", "unset"),
    })
    .see_all(asked.line(case))
    .fix(format!("{other}or delete the StatefulSet with --cascade=orphan and create it with serviceName {}, which cannot be changed: {service} then names its pods", asked.service))
    .run(format!("{} get statefulset {} -o yaml", case.settings.kubectl_in(asked.namespace), quote(name_of(&**set))))
    .done();
}

/// The Service that the StatefulSet names its pods at is not there.
fn without_service(case: &Case, sink: &mut Sink, asked: &PerPod) {
    let Ok(None) = case.get::<Service>(Some(asked.namespace), asked.service) else {
        return;
    };
    let object = label_of(&*asked.set);
    let service = format!("{}/{}", asked.namespace, asked.service);
    let kubectl = case.settings.kubectl_in(asked.namespace);
    sink.find(
        &CHECK,
        subject_of(&*asked.set),
        format!("{object} names its pods at Service {}, which does not exist", asked.service),
    )
    .why("the names of a StatefulSet's pods come from a headless Service that is called as its serviceName, and nothing makes that Service by itself")
    .see(Evidence::field(&object, ".spec.serviceName", asked.service))
    .see(Evidence::Absent {
        what: format!("Service {service}"),
        looked: format!("Services of namespace {}", asked.namespace),
    })
    .see_all(asked.line(case))
    .fix(format!("create Service {service} with clusterIP None and the selector of {object}"))
    .run(format!("{kubectl} get services"))
    .done();
}
