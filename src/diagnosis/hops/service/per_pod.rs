//! A call to one pod of a StatefulSet by its own name, where that name is not there.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::StatefulSet;

use crate::diagnosis::checks::Case;
use crate::diagnosis::semantics::cluster_names::Name;
use crate::diagnosis::semantics::cluster_names::per_pod::{Place, place};
use crate::report::Evidence;

/// A name of one pod at a Service, which the DNS server does not know, and the StatefulSet whose pod is called so.
pub struct PerPod<'c> {
    /// The Service's namespace.
    pub namespace: &'c str,
    /// The Service's name.
    pub service: &'c str,
    /// The pod's name, with which the name begins.
    pub host: &'c str,
    /// The name that was asked for.
    pub name: &'c str,
    /// The StatefulSet.
    pub set: Arc<StatefulSet>,
    /// Whether it has such a pod by its replicas.
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
