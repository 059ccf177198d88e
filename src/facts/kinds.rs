//! The object kinds that hops reads: one table, one line a kind. Everything else that is said of a kind comes from its line.

use std::sync::Arc;

use k8s_openapi::Metadata;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Item;
use super::gateway::{
    BackendTLSPolicy, GRPCRoute, Gateway, GatewayClass, HTTPRoute, ListenerSet, ReferenceGrant,
    TCPRoute, TLSRoute,
};
use super::middleware::Middleware;
use super::policies::{
    AdminNetworkPolicy, AntreaClusterNetworkPolicy, AntreaNetworkPolicy,
    BaselineAdminNetworkPolicy, CalicoNetworkPolicy, CiliumClusterwideNetworkPolicy,
    CiliumNetworkPolicy, ClusterNetworkPolicy, GlobalNetworkPolicy,
};
use super::secret::Secret;

/// The annotation in which the edge leaves the `apiVersion` of an object that it brought into the preferred form.
pub const SERVED_AS_NOTE: &str = "hops/served-as";

/// The first of what there is.
macro_rules! first {
    ($first:expr $(, $others:expr)*) => {
        $first
    };
}

/// Makes of each line a [`Kind`], its [`Row`], and what ties the Rust type of the same name to it.
macro_rules! kinds {
    ($($kind:ident $(($maker:literal $name:literal))? $plural:literal $scope:ident [$($version:literal),+];)*) => {
        /// A kind of object that hops may ask the cluster for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[allow(missing_docs)] // each variant is the Kubernetes kind of the same name, or its maker's kind of another one's name
        pub enum Kind { $($kind),* }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: [Self; [$($plural),*].len()] = [$(Self::$kind),*];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$kind => const { &Row {
                        name: first!($($name,)? stringify!($kind)),
                        title: first!($(concat!($maker, " ", $name),)? stringify!($kind)),
                        plural: $plural,
                        scope: Scope::$scope,
                        versions: &[$($version),+],
                        decode: decode::<$kind>,
                        name_of: name_of::<$kind>,
                        json: json::<$kind>,
                    } }),*
                }
            }
        }

        $(impl Typed for $kind { const OF: Kind = Kind::$kind; })*
    };
}

// The kind, which is also the Rust type that its preferred version decodes to; its maker and its own name, where another line has that
// name already; its plural; where its objects live; the versions in
// which it is served, the preferred one first. A version whose fields differ needs a line in `answer::objects::older`, which brings
// objects into the preferred form. Left out are versions that no server since Kubernetes 1.19 has, and `events.k8s.io`, which
// shows the same Events under other names.
kinds! {
    Ingress       "ingresses"       Namespaced ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"];
    IngressClass  "ingressclasses"  Cluster    ["networking.k8s.io/v1", "networking.k8s.io/v1beta1"];
    Service       "services"        Namespaced ["v1"];
    EndpointSlice "endpointslices"  Namespaced ["discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"];
    Pod           "pods"            Namespaced ["v1"];
    Secret        "secrets"         Namespaced ["v1"];
    Deployment    "deployments"     Namespaced ["apps/v1"];
    DaemonSet     "daemonsets"      Namespaced ["apps/v1"];
    ReplicaSet    "replicasets"     Namespaced ["apps/v1"];
    StatefulSet   "statefulsets"    Namespaced ["apps/v1"];
    Job           "jobs"            Namespaced ["batch/v1"];
    NetworkPolicy "networkpolicies" Namespaced ["networking.k8s.io/v1"];
    Event         "events"          Namespaced ["v1"];
    Namespace     "namespaces"      Cluster    ["v1"];
    Node          "nodes"           Cluster    ["v1"];
    ConfigMap     "configmaps"      Namespaced ["v1"];
    Middleware    "middlewares"     Namespaced ["traefik.io/v1alpha1"];
    Gateway       "gateways"        Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"];
    GatewayClass  "gatewayclasses"  Cluster    ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"];
    ListenerSet   "listenersets"    Namespaced ["gateway.networking.k8s.io/v1"];
    HTTPRoute     "httproutes"      Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"];
    GRPCRoute     "grpcroutes"      Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha2"];
    TLSRoute      "tlsroutes"       Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha3", "gateway.networking.k8s.io/v1alpha2"];
    TCPRoute      "tcproutes"       Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha2"];
    ReferenceGrant "referencegrants" Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1", "gateway.networking.k8s.io/v1alpha2"];
    BackendTLSPolicy "backendtlspolicies" Namespaced ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1alpha3"];
    ValidatingWebhookConfiguration "validatingwebhookconfigurations" Cluster ["admissionregistration.k8s.io/v1"];
    AdminNetworkPolicy "adminnetworkpolicies" Cluster ["policy.networking.k8s.io/v1alpha1"];
    BaselineAdminNetworkPolicy "baselineadminnetworkpolicies" Cluster ["policy.networking.k8s.io/v1alpha1"];
    ClusterNetworkPolicy "clusternetworkpolicies" Cluster ["policy.networking.k8s.io/v1alpha2"];
    CiliumNetworkPolicy "ciliumnetworkpolicies" Namespaced ["cilium.io/v2"];
    CiliumClusterwideNetworkPolicy "ciliumclusterwidenetworkpolicies" Cluster ["cilium.io/v2"];
    CalicoNetworkPolicy ("Calico" "NetworkPolicy") "networkpolicies" Namespaced ["crd.projectcalico.org/v1"];
    GlobalNetworkPolicy "globalnetworkpolicies" Cluster ["crd.projectcalico.org/v1"];
    AntreaNetworkPolicy ("Antrea" "NetworkPolicy") "networkpolicies" Namespaced ["crd.antrea.io/v1beta1", "crd.antrea.io/v1alpha1"];
    AntreaClusterNetworkPolicy ("Antrea" "ClusterNetworkPolicy") "clusternetworkpolicies" Cluster ["crd.antrea.io/v1beta1", "crd.antrea.io/v1alpha1"];
}

/// A line of the table.
struct Row {
    name: &'static str,
    title: &'static str,
    plural: &'static str,
    scope: Scope,
    versions: &'static [&'static str],
    decode: fn(Value) -> Result<Item, String>,
    name_of: fn(&Item) -> String,
    json: fn(&Item) -> Option<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Namespaced,
    Cluster,
}

impl Kind {
    /// The kind as written in a manifest.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The kind for people: of several that are called the same only one is called so without its maker.
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// Objects of the kind for people, as `kubectl` takes it: of several with the same plural only one goes without its group.
    pub fn title_of_many(self) -> String {
        if self.title() == self.name() {
            self.plural().to_owned()
        } else {
            self.resource()
        }
    }

    /// The resource name in URLs and RBAC rules.
    pub const fn plural(self) -> &'static str {
        self.row().plural
    }

    /// Whether objects of this kind live in a namespace.
    pub const fn namespaced(self) -> bool {
        matches!(self.row().scope, Scope::Namespaced)
    }

    /// Whether every API server has this kind, without a definition that somebody installs.
    pub fn is_built_in(self) -> bool {
        const GROUPS: [&str; 3] = [
            "networking.k8s.io",
            "discovery.k8s.io",
            "admissionregistration.k8s.io",
        ];
        let group = self.group();
        !group.contains('.') || GROUPS.contains(&group)
    }

    /// Every `apiVersion` in which a server may have it, the preferred one first.
    pub const fn versions(self) -> &'static [&'static str] {
        self.row().versions
    }

    /// The preferred `apiVersion`: that of every object of this kind behind the edges.
    pub const fn api_version(self) -> &'static str {
        self.versions()[0]
    }

    /// API group; empty for the core group.
    pub fn group(self) -> &'static str {
        group_of(self.api_version())
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
            .find(|k| k.name() == kind && k.versions().contains(&api_version))
    }

    /// An object in its Rust type, or the decoder's words.
    pub(super) fn decode(self, object: Value) -> Result<Item, String> {
        (self.row().decode)(object)
    }

    /// The object as it is after it was decoded: without what its type does not have.
    ///
    /// # Errors
    /// The decoder's words.
    pub fn reread(self, object: Value) -> Result<Value, String> {
        let item = self.decode(object)?;
        self.json(&item)
            .ok_or_else(|| "it cannot be written".to_owned())
    }

    /// `namespace/name` of a decoded object.
    pub(super) fn name_of(self, item: &Item) -> String {
        (self.row().name_of)(item)
    }

    /// A decoded object as JSON with `apiVersion` and `kind`.
    pub(super) fn json(self, item: &Item) -> Option<Value> {
        (self.row().json)(item)
    }
}

/// The group of an `apiVersion`; empty for the core group.
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// A Rust type that decodes one [`Kind`].
pub trait Typed:
    Metadata<Ty = ObjectMeta> + DeserializeOwned + Serialize + Send + Sync + 'static
{
    /// The kind that decodes to this type.
    const OF: Kind;
}

fn decode<T: Typed>(object: Value) -> Result<Item, String> {
    serde_json::from_value::<T>(object)
        .map(|typed| Arc::new(typed) as Item)
        .map_err(|e| e.to_string())
}

fn name_of<T: Typed>(item: &Item) -> String {
    let metadata = item.downcast_ref::<T>().map(T::metadata);
    let namespace = metadata.and_then(|m| m.namespace.as_deref());
    match (namespace, metadata.and_then(|m| m.name.as_deref())) {
        (Some(ns), Some(name)) => format!("{ns}/{name}"),
        (None, Some(name)) => name.to_owned(),
        _ => String::new(),
    }
}

fn json<T: Typed>(item: &Item) -> Option<Value> {
    serde_json::to_value(item.downcast_ref::<T>()?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_the_same_as_the_type_that_it_decodes_to() {
        for kind in Kind::ALL {
            let object = json!({"apiVersion": kind.api_version(), "kind": kind.name(),
                "metadata": {"name": "a", "namespace": "b"}});
            let item = kind
                .decode(object)
                .unwrap_or_else(|_| panic!("{}", kind.name()));
            assert_eq!(kind.name_of(&item), "b/a");
            let again = kind
                .json(&item)
                .unwrap_or_else(|| panic!("{}", kind.name()));
            assert_eq!(again["kind"], kind.name());
            assert_eq!(again["apiVersion"], kind.api_version());
        }
    }

    #[test]
    fn every_version_of_a_kind_leads_to_it() {
        let mut seen = BTreeSet::new();
        for kind in Kind::ALL {
            for version in kind.versions() {
                assert_eq!(Kind::of(version, kind.name()), Some(kind));
                assert!(seen.insert((*version, kind.plural())), "twice: {version}");
            }
        }
        assert_eq!(Kind::of("v2", "Service"), None);
        assert_eq!(Kind::of("v1", "Ingress"), None);
    }

    #[test]
    fn no_two_kinds_are_called_the_same() {
        let titles: BTreeSet<_> = Kind::ALL.into_iter().map(Kind::title).collect();
        let plurals: BTreeSet<_> = Kind::ALL.into_iter().map(Kind::title_of_many).collect();
        assert_eq!(titles.len(), Kind::ALL.len());
        assert_eq!(plurals.len(), Kind::ALL.len());
        assert_eq!(Kind::CalicoNetworkPolicy.title(), "Calico NetworkPolicy");
    }

    #[test]
    fn resources_are_spelt_as_rbac_does() {
        assert_eq!(Kind::Ingress.resource(), "ingresses.networking.k8s.io");
        assert_eq!(Kind::Pod.resource(), "pods");
        assert_eq!(Kind::Deployment.group(), "apps");
        assert!(Kind::Pod.namespaced() && !Kind::Node.namespaced());
        assert!(Kind::Pod.is_built_in() && Kind::Ingress.is_built_in() && Kind::Job.is_built_in());
    }
}
