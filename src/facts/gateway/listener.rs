//! Gateway and ListenerSet: where connections are taken, for which hosts, and from whom routes may attach.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::{Deserialize, Serialize};

use super::{Condition, ListenerStatus, object};

object! {
    /// A Gateway.
    Gateway("gateways", "v1", NamespaceResourceScope): GatewaySpec, GatewayStatus
}

object! {
    /// Listeners that somebody else than a Gateway's owner adds to it.
    ListenerSet("listenersets", "v1", NamespaceResourceScope): ListenerSetSpec, ListenerSetStatus
}

/// What a Gateway says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySpec {
    /// Its class.
    pub gateway_class_name: String,
    /// Its listeners.
    pub listeners: Vec<ListenerSpec>,
    /// Addresses that are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Whose ListenerSets may add to it; nobody's where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_listeners: Option<AllowedListeners>,
}

/// An address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Address {
    /// `IPAddress` unless said, `Hostname`, or another.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The address.
    pub value: String,
}

/// What its controller says of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct GatewayStatus {
    /// Where it is reached.
    pub addresses: Vec<Address>,
    /// What is said of it.
    pub conditions: Vec<Condition>,
    /// What is said of each listener.
    pub listeners: Vec<ListenerStatus>,
}

/// What a ListenerSet says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerSetSpec {
    /// The Gateway that it adds to.
    pub parent_ref: ParentGateway,
    /// Its listeners.
    pub listeners: Vec<ListenerSpec>,
}

/// What its controller says of a ListenerSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ListenerSetStatus {
    /// What is said of it.
    pub conditions: Vec<Condition>,
    /// What is said of each listener.
    pub listeners: Vec<ListenerStatus>,
}

/// The Gateway of a ListenerSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ParentGateway {
    /// Its kind, where it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its namespace, else the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// A listener.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerSpec {
    /// Its name.
    pub name: String,
    /// The host that it takes: exact, `*.` and a suffix, or every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Its port. What that is of varies: for most the Service's, for Traefik the pod's.
    pub port: i32,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a make's own.
    pub protocol: String,
    /// What becomes of TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<ListenerTls>,
    /// Which routes may attach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_routes: Option<AllowedRoutes>,
}

impl ListenerSpec {
    /// Its host; empty for every one.
    pub fn host(&self) -> &str {
        self.hostname.as_deref().unwrap_or_default()
    }

    /// Whether TLS goes on as it comes.
    pub fn passes_tls(&self) -> bool {
        let mode = self.tls.as_ref().and_then(|t| t.mode.as_deref());
        self.protocol == "TLS" && mode == Some("Passthrough")
    }
}

/// What becomes of TLS at a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerTls {
    /// `Terminate` unless said, or `Passthrough`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The Secrets with its certificates.
    pub certificate_refs: Vec<CertificateRef>,
}

/// An object that holds a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct CertificateRef {
    /// Its group; the core one where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its kind; Secret where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its namespace, else the Gateway's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// Which routes may attach to a listener.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct AllowedRoutes {
    /// From which namespaces; the Gateway's own where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<RouteNamespaces>,
    /// Of which kinds; those of the protocol where nothing is said.
    pub kinds: Vec<RouteKind>,
}

/// Whose ListenerSets may add to a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct AllowedListeners {
    /// From which namespaces; none where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<RouteNamespaces>,
}

/// Namespaces.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct RouteNamespaces {
    /// How they are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<From>,
    /// By labels of the Namespace objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// How namespaces are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum From {
    /// Every one.
    All,
    /// The Gateway's own.
    Same,
    /// Those with certain labels.
    Selector,
    /// None.
    None,
    /// A word of a later version.
    #[serde(other)]
    Other,
}

/// A kind of route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct RouteKind {
    /// Its group; Gateway API's where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The kind.
    pub kind: String,
}
