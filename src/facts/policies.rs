//! Policies of other engines than NetworkPolicy of `networking.k8s.io`, as far as it can be told which pods they select and for what. All
//! else of them is kept as it came.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The group under which Calico's own API server has its policies. Where the cluster has their definitions as well, they are read there.
pub const CALICO_SERVER: &str = "projectcalico.org";

/// Makes a type of a kind: its metadata, its spec, and what ties it to the preferred version.
macro_rules! policy {
    ($(#[$doc:meta])* $type:ident($kind:literal, $plural:literal, $group:literal, $version:literal, $scope:ident) {
        $($(#[$field_doc:meta])* $field:ident: $of:ty),+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $type {
            api_version: super::gateway::ApiVersion<$type>,
            kind: super::gateway::KindName<$type>,
            /// Its name, namespace, labels and age.
            pub metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            $($(#[$field_doc])* pub $field: $of),+
        }

        impl k8s_openapi::Resource for $type {
            const API_VERSION: &'static str = concat!($group, "/", $version);
            const GROUP: &'static str = $group;
            const KIND: &'static str = $kind;
            const VERSION: &'static str = $version;
            const URL_PATH_SEGMENT: &'static str = $plural;
            type Scope = k8s_openapi::$scope;
        }

        impl k8s_openapi::Metadata for $type {
            type Ty = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

            fn metadata(&self) -> &Self::Ty {
                &self.metadata
            }

            fn metadata_mut(&mut self) -> &mut Self::Ty {
                &mut self.metadata
            }
        }
    };
}

policy! {
    /// Of the cluster's administrator; comes before every NetworkPolicy.
    AdminNetworkPolicy("AdminNetworkPolicy", "adminnetworkpolicies", "policy.networking.k8s.io", "v1alpha1", ClusterResourceScope) {
        /// What it says.
        spec: AdminSpec
    }
}

policy! {
    /// Of the cluster's administrator; comes after every NetworkPolicy.
    BaselineAdminNetworkPolicy("BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies", "policy.networking.k8s.io", "v1alpha1", ClusterResourceScope) {
        /// What it says.
        spec: AdminSpec
    }
}

policy! {
    /// What took the place of these two: its tier says whether it comes before or after.
    ClusterNetworkPolicy("ClusterNetworkPolicy", "clusternetworkpolicies", "policy.networking.k8s.io", "v1alpha2", ClusterResourceScope) {
        /// What it says.
        spec: AdminSpec
    }
}

policy! {
    /// Cilium's, for pods of its namespace.
    CiliumNetworkPolicy("CiliumNetworkPolicy", "ciliumnetworkpolicies", "cilium.io", "v2", NamespaceResourceScope) {
        /// What it says.
        #[serde(skip_serializing_if = "Option::is_none")]
        spec: Option<CiliumRule>,
        /// The same several times.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        specs: Vec<CiliumRule>
    }
}

policy! {
    /// Cilium's, for pods of every namespace, or for nodes.
    CiliumClusterwideNetworkPolicy("CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", "cilium.io", "v2", ClusterResourceScope) {
        /// What it says.
        #[serde(skip_serializing_if = "Option::is_none")]
        spec: Option<CiliumRule>,
        /// The same several times.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        specs: Vec<CiliumRule>
    }
}

policy! {
    /// Calico's NetworkPolicy, for pods of its namespace.
    CalicoNetworkPolicy("NetworkPolicy", "networkpolicies", "crd.projectcalico.org", "v1", NamespaceResourceScope) {
        /// What it says.
        spec: CalicoSpec
    }
}

policy! {
    /// Calico's, for pods of every namespace, and for nodes.
    GlobalNetworkPolicy("GlobalNetworkPolicy", "globalnetworkpolicies", "crd.projectcalico.org", "v1", ClusterResourceScope) {
        /// What it says.
        spec: CalicoSpec
    }
}

policy! {
    /// Antrea's NetworkPolicy, for pods of its namespace.
    AntreaNetworkPolicy("NetworkPolicy", "networkpolicies", "crd.antrea.io", "v1beta1", NamespaceResourceScope) {
        /// What it says.
        spec: AntreaSpec
    }
}

policy! {
    /// Antrea's ClusterNetworkPolicy, for pods of every namespace.
    AntreaClusterNetworkPolicy("ClusterNetworkPolicy", "clusternetworkpolicies", "crd.antrea.io", "v1beta1", ClusterResourceScope) {
        /// What it says.
        spec: AntreaSpec
    }
}

/// Rules of which it matters only whether there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Rules {
    /// For what the pods get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<Vec<Value>>,
    /// For what the pods send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<Vec<Value>>,
}

/// What a policy of `policy.networking.k8s.io` says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct AdminSpec {
    /// The pods that it is about.
    pub subject: Subject,
    /// Its rules.
    #[serde(flatten)]
    pub rules: Rules,
    /// All else.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// The pods that such a policy is about: one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Subject {
    /// Every pod of these namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<LabelSelector>,
    /// These pods of these namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<NamespacedPods>,
}

/// Pods by their namespace and their own labels.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespacedPods {
    /// In these namespaces.
    pub namespace_selector: LabelSelector,
    /// These.
    pub pod_selector: LabelSelector,
}

/// What a policy of Cilium says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CiliumRule {
    /// The pods that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_selector: Option<LabelSelector>,
    /// In their place the nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_selector: Option<Value>,
    /// What it lets through.
    #[serde(flatten)]
    pub rules: Rules,
    /// What the pods must not get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress_deny: Option<Vec<Value>>,
    /// What the pods must not send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_deny: Option<Vec<Value>>,
    /// Whether what no rule lets through is denied, by direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_default_deny: Option<Value>,
    /// All else.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// What a policy of Calico says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CalicoSpec {
    /// An expression over labels; every pod where it says none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// `Ingress`, `Egress`; Calico fills it in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// All else.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// What a policy of Antrea says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AntreaSpec {
    /// The pods that it is about; where it says nothing each rule does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_to: Option<Value>,
    /// Its rules.
    #[serde(flatten)]
    pub rules: Rules,
    /// All else.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_read_of_a_policy_is_kept() {
        let object = json!({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
            "metadata": {"name": "deny", "namespace": "shop"},
            "spec": {"description": "no calls", "endpointSelector": {"matchLabels": {"app": "web"}},
                "egress": [{}], "egressDeny": [{"toEntities": ["all"]}]}});
        let policy: CiliumNetworkPolicy = serde_json::from_value(object.clone()).expect("a policy");
        assert_eq!(serde_json::to_value(policy).expect("JSON"), object);
    }
}
