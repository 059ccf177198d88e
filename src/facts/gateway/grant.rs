//! ReferenceGrant, by which one namespace lets objects of another lead to its own; and BackendTLSPolicy, by which TLS is spoken to a Service.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::listener::CertificateRef;
use super::object;

object! {
    /// Lets objects of other namespaces name some of its own.
    ReferenceGrant("referencegrants", "v1", NamespaceResourceScope): ReferenceGrantSpec, NoStatus
}

object! {
    /// Says how TLS is spoken to a Service.
    BackendTLSPolicy("backendtlspolicies", "v1", NamespaceResourceScope): PolicySpec, PolicyStatus
}

/// A kind without status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct NoStatus {}

/// Who may lead to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ReferenceGrantSpec {
    /// Any of these.
    pub from: Vec<GrantFrom>,
    /// To any of these.
    pub to: Vec<GrantTo>,
}

/// Whose objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct GrantFrom {
    /// Their group.
    pub group: String,
    /// Their kind.
    pub kind: String,
    /// Their namespace.
    pub namespace: String,
}

/// To what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct GrantTo {
    /// Its group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name; any where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How TLS is spoken to some Services of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicySpec {
    /// To which.
    pub target_refs: Vec<PolicyTarget>,
    /// How the other side is checked.
    pub validation: Validation,
}

/// A Service, or one port of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyTarget {
    /// Its group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The name of its port; every port where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_name: Option<String>,
}

/// How the other side is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Validation {
    /// The server name that is sent, and that its certificate has to carry.
    pub hostname: String,
    /// Names of which its certificate has to carry one in place of that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<Value>,
    /// The ConfigMaps, or other objects, that hold the CAs which are trusted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ca_certificate_refs: Vec<CertificateRef>,
    /// `System`, where the system's certificates are trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub well_known_ca_certificates: Option<String>,
}

/// What controllers say of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct PolicyStatus {
    /// A row each Gateway and controller.
    pub ancestors: Vec<PolicyAncestor>,
}

/// What a controller says of a policy at one Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyAncestor {
    /// The Gateway.
    pub ancestor_ref: super::ParentRef,
    /// The controller.
    pub controller_name: String,
    /// What it says.
    pub conditions: Vec<super::Condition>,
}
