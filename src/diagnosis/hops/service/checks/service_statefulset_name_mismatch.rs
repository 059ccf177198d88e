//! The StatefulSet gives its pods names at another Service.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::semantics::cluster_names::Name;
use crate::diagnosis::semantics::cluster_names::per_pod::{Place, place, service_name};
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

/// A name of one pod at a Service, which the DNS server does not know, and the StatefulSet whose pod is called so.
pub(in crate::diagnosis::hops) struct PerPod<'c> {
    pub namespace: &'c str,
    pub service: &'c str,
    pub host: &'c str,
    /// The name that was asked for.
    pub name: &'c str,
    pub set: Arc<StatefulSet>,
    pub place: Place,
}

impl<'c> PerPod<'c> {
    /// None where the name is there, or no StatefulSet has such a pod.
    pub fn of(case: &Case<'c, '_>) -> Option<Self> {
        let (_, lookup) = case.called()?;
        let open = lookup.ends.iter().any(|e| e.resolution.is_none());
        if lookup.is_found() || open {
            return None;
        }
        let mut asked = lookup.candidates.iter().filter_map(|c| match &c.meaning {
            Some(Name::Endpoint { ns, service, host }) => Some((c, ns, service, host)),
            _ => None,
        });
        asked.find_map(|(candidate, namespace, service, host)| {
            let sets = case.list::<StatefulSet>(Some(namespace), None, None).ok()?;
            let mut own = sets.items.into_iter();
            let (set, place) = own.find_map(|s| Some((Arc::clone(&s), place(host, &s)?)))?;
            Some(Self {
                namespace,
                service,
                host,
                name: &candidate.name,
                set,
                place,
            })
        })
    }

    /// What the DNS server says of the name, as evidence.
    pub fn line(&self, case: &Case) -> Option<Evidence> {
        let (_, lookup) = case.called()?;
        lookup.at_pods.iter().find_map(|p| p.line(case, self.name))
    }
}
