//! What is known of the cluster for a name, and what the plugin was told (CoreDNS plugin/kubernetes/setup.go).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::super::selector::Selector;

type Labels = BTreeMap<String, String>;

/// Something that was read, or could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known<T> {
    /// It was not.
    #[default]
    No,
    /// What it is.
    Yes(T),
}

impl<T> From<Option<T>> for Known<T> {
    fn from(read: Option<T>) -> Self {
        read.map_or(Self::No, Self::Yes)
    }
}

/// What is known for one name. What lies in the namespace also shows that there is such a namespace.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// Whether there is the namespace.
    pub namespace: Known<bool>,
    /// Its labels; only needed where the plugin selects by them.
    pub namespace_labels: Known<Labels>,
    /// The Service of that name and namespace.
    pub service: Known<Option<Arc<Service>>>,
    /// EndpointSlices, at least those of the Service.
    pub slices: Known<Vec<Arc<EndpointSlice>>>,
    /// Pods, at least those of the namespace; only needed for names of pods that are verified.
    pub pods: Known<Vec<Arc<Pod>>>,
}

/// What cannot be told without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Whether there is the namespace.
    Namespace,
    /// The namespace's labels.
    NamespaceLabels,
    /// The Service.
    Service,
    /// The Service's EndpointSlices.
    Slices,
    /// The namespace's pods.
    Pods,
    /// The Service's cluster IP: nobody has given it one yet.
    ClusterIp,
    /// The Services in front of the server that is asked.
    Server,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespace => "whether the namespace exists is not known",
            Self::NamespaceLabels => "the labels of the namespace are not known",
            Self::Service => "the Service is not known",
            Self::Slices => "the EndpointSlices of the Service are not known",
            Self::Pods => "the pods of the namespace are not known",
            Self::ClusterIp => "the Service has no cluster IP yet",
            Self::Server => "the Services of the DNS server are not known",
        })
    }
}

/// What is made of names of pods: the option `pods`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodNames {
    /// There are none; where nothing is written.
    #[default]
    Disabled,
    /// Any address in a namespace that is there.
    Insecure,
    /// The address of a pod of the namespace.
    Verified,
}

/// The plugin's options, as far as they change answers.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // the options as the Corefile has them
pub struct Options {
    /// `pods`.
    pub pods: PodNames,
    /// `namespaces`: only these; all where it is empty.
    pub namespaces: Vec<String>,
    /// `labels`: only Services, EndpointSlices and pods that have these.
    pub labels: Option<Selector>,
    /// `namespace_labels`: only namespaces that have these.
    pub namespace_labels: Option<Selector>,
    /// `endpoint_pod_names`: an endpoint without a host name is called as its pod is.
    pub endpoint_pod_names: bool,
    /// `ignore empty_service`: without a ready endpoint there is no such Service.
    pub ignore_empty_service: bool,
    /// `noendpoints`: EndpointSlices are not read.
    pub noendpoints: bool,
    /// `zonal`: names of topology zones.
    pub zonal: bool,
}

impl Options {
    /// Whether the plugin sees an object at all.
    pub(super) fn sees(&self, object: &ObjectMeta) -> bool {
        let none = Labels::new();
        let labels = object.labels.as_ref().unwrap_or(&none);
        self.labels.as_ref().is_none_or(|s| s.matches(labels))
    }

    /// Whether it serves a namespace (namespace.go).
    pub(super) fn serves(&self, ns: &str, objects: &Objects) -> Result<bool, Missing> {
        let named = self.namespaces.is_empty() || self.namespaces.iter().any(|n| n == ns);
        if !named || objects.namespace == Known::Yes(false) {
            return Ok(false);
        }
        if objects.namespace == Known::No && !objects.show(ns) {
            return Err(Missing::Namespace);
        }
        match (&self.namespace_labels, &objects.namespace_labels) {
            (None, _) => Ok(true),
            (Some(selector), Known::Yes(labels)) => Ok(selector.matches(labels)),
            (Some(_), Known::No) => Err(Missing::NamespaceLabels),
        }
    }
}

impl Objects {
    /// Whether anything is known that lies in the namespace.
    fn show(&self, ns: &str) -> bool {
        let inside = |o: &ObjectMeta| o.namespace.as_deref().unwrap_or("default") == ns;
        let service = matches!(&self.service, Known::Yes(Some(s)) if inside(&s.metadata));
        let slices =
            matches!(&self.slices, Known::Yes(all) if all.iter().any(|s| inside(&s.metadata)));
        let pods = matches!(&self.pods, Known::Yes(all) if all.iter().any(|p| inside(&p.metadata)));
        service || slices || pods
    }
}
