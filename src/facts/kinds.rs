//! The object kinds that hops reads: where the API serves each, and the Rust type it decodes to.

use k8s_openapi::Metadata;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Node, Pod, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A kind of object that hops may ask the cluster for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // each variant is the Kubernetes kind of the same name
pub enum Kind {
    Ingress,
    IngressClass,
    Service,
    EndpointSlice,
    Pod,
    Secret,
    Deployment,
    DaemonSet,
    ReplicaSet,
    StatefulSet,
    NetworkPolicy,
    Event,
    Namespace,
    Node,
    ConfigMap,
}

impl Kind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 15] = [
        Self::Ingress,
        Self::IngressClass,
        Self::Service,
        Self::EndpointSlice,
        Self::Pod,
        Self::Secret,
        Self::Deployment,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::NetworkPolicy,
        Self::Event,
        Self::Namespace,
        Self::Node,
        Self::ConfigMap,
    ];

    /// API group; empty for the core group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Ingress | Self::IngressClass | Self::NetworkPolicy => "networking.k8s.io",
            Self::EndpointSlice => "discovery.k8s.io",
            Self::Deployment | Self::DaemonSet | Self::ReplicaSet | Self::StatefulSet => "apps",
            Self::Service
            | Self::Pod
            | Self::Secret
            | Self::Event
            | Self::Namespace
            | Self::Node
            | Self::ConfigMap => "",
        }
    }

    /// `apiVersion` as an object of this kind spells it.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Ingress | Self::IngressClass | Self::NetworkPolicy => "networking.k8s.io/v1",
            Self::EndpointSlice => "discovery.k8s.io/v1",
            Self::Deployment | Self::DaemonSet | Self::ReplicaSet | Self::StatefulSet => "apps/v1",
            Self::Service
            | Self::Pod
            | Self::Secret
            | Self::Event
            | Self::Namespace
            | Self::Node
            | Self::ConfigMap => "v1",
        }
    }

    /// The kind as written in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::IngressClass => "IngressClass",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Pod => "Pod",
            Self::Secret => "Secret",
            Self::Deployment => "Deployment",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::Event => "Event",
            Self::Namespace => "Namespace",
            Self::Node => "Node",
            Self::ConfigMap => "ConfigMap",
        }
    }

    /// The resource name in URLs and RBAC rules.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Ingress => "ingresses",
            Self::IngressClass => "ingressclasses",
            Self::Service => "services",
            Self::EndpointSlice => "endpointslices",
            Self::Pod => "pods",
            Self::Secret => "secrets",
            Self::Deployment => "deployments",
            Self::DaemonSet => "daemonsets",
            Self::ReplicaSet => "replicasets",
            Self::StatefulSet => "statefulsets",
            Self::NetworkPolicy => "networkpolicies",
            Self::Event => "events",
            Self::Namespace => "namespaces",
            Self::Node => "nodes",
            Self::ConfigMap => "configmaps",
        }
    }

    /// Whether objects of this kind live in a namespace.
    pub const fn namespaced(self) -> bool {
        !matches!(self, Self::IngressClass | Self::Namespace | Self::Node)
    }

    /// The resource as RBAC and `kubectl` spell it: `ingresses.networking.k8s.io`, `pods`.
    pub fn resource(self) -> String {
        if self.group().is_empty() {
            self.plural().to_owned()
        } else {
            format!("{}.{}", self.plural(), self.group())
        }
    }

    /// The kind of an object from its `apiVersion` and `kind`, if hops reads it.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|k| k.name() == kind && k.api_version() == api_version)
    }
}

/// A Rust type that decodes one [`Kind`].
pub trait Typed:
    Metadata<Ty = ObjectMeta> + DeserializeOwned + Serialize + Send + Sync + 'static
{
    /// The kind that decodes to this type.
    const OF: Kind;
}

macro_rules! typed {
    ($($ty:ident),*) => { $(impl Typed for $ty { const OF: Kind = Kind::$ty; })* };
}
typed!(
    Ingress,
    IngressClass,
    Service,
    EndpointSlice,
    Pod,
    Secret,
    Deployment,
    DaemonSet,
    ReplicaSet,
    StatefulSet,
    NetworkPolicy,
    Event,
    Namespace,
    Node,
    ConfigMap
);
