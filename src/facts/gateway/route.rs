//! HTTPRoute, GRPCRoute, TLSRoute and TCPRoute: to which parents they attach, which requests they take, and where these go.

use serde::{Deserialize, Serialize};

use super::{RouteStatus, object};

object! {
    /// Rules for HTTP requests.
    HTTPRoute("httproutes", "v1", NamespaceResourceScope): RouteSpec<HTTPRouteMatch>, RouteStatus
}

object! {
    /// Rules for gRPC calls.
    GRPCRoute("grpcroutes", "v1", NamespaceResourceScope): RouteSpec<GRPCRouteMatch>, RouteStatus
}

object! {
    /// Where TLS connections go, by server name.
    TLSRoute("tlsroutes", "v1", NamespaceResourceScope): RouteSpec<NoMatch>, RouteStatus
}

object! {
    /// Where TCP connections go.
    TCPRoute("tcproutes", "v1", NamespaceResourceScope): RouteSpec<NoMatch>, RouteStatus
}

/// What a route says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "M: Deserialize<'de>"))]
pub struct RouteSpec<M> {
    /// To what it attaches.
    #[serde(default)]
    pub parent_refs: Vec<ParentRef>,
    /// Its hosts; those of the listeners where there are none.
    #[serde(default)]
    pub hostnames: Vec<String>,
    /// Its rules.
    #[serde(default)]
    pub rules: Vec<RouteRule<M>>,
}

/// To what a route attaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ParentRef {
    /// Its group; Gateway API's where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its kind; Gateway where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its namespace, else the route's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// One listener of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_name: Option<String>,
    /// Its listeners at one port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
}

impl ParentRef {
    /// Its kind.
    pub fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("Gateway")
    }
}

/// A rule: any of its matches, all of its filters, one of its backends.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "M: Deserialize<'de>"))]
pub struct RouteRule<M> {
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What a request has to look like; anything where there is none.
    #[serde(default = "Vec::new")]
    pub matches: Vec<M>,
    /// What is done to it.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Where it goes.
    #[serde(default)]
    pub backend_refs: Vec<Backend>,
}

/// A rule of connections looks at nothing but their server name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct NoMatch {}

/// What an HTTP request has to look like, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HTTPRouteMatch {
    /// Its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathValue>,
    /// Its headers.
    pub headers: Vec<Value>,
    /// Its query.
    pub query_params: Vec<Value>,
    /// Its method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// A path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct PathValue {
    /// `PathPrefix`, `Exact` or `RegularExpression`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub value: String,
}

impl Default for PathValue {
    fn default() -> Self {
        Self {
            kind: "PathPrefix".to_owned(),
            value: "/".to_owned(),
        }
    }
}

/// A header or a parameter of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Value {
    /// `Exact` where nothing is said, or `RegularExpression`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
    /// What it has to be.
    pub value: String,
}

/// What a gRPC call has to look like, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct GRPCRouteMatch {
    /// Its service and method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<GRPCMethod>,
    /// Its headers.
    pub headers: Vec<Value>,
}

/// A gRPC service and a method of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct GRPCMethod {
    /// `Exact` where nothing is said, or `RegularExpression`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The service; any where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The method; any where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// What is done to a request or its answer. Of the sorts that hops knows, their settings.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// `RequestRedirect`, `URLRewrite`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Sends elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_redirect: Option<Redirect>,
    /// Changes host or path before the backend gets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_rewrite: Option<Rewrite>,
    /// An object of the controller's make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension_ref: Option<ExtensionRef>,
}

/// An object of a make's own that says what is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ExtensionRef {
    /// Its group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A redirect: what it does not say stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Redirect {
    /// The scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
    /// The port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The status; 302 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
}

/// Another host or path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Rewrite {
    /// The host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
}

/// Another path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PathModifier {
    /// `ReplaceFullPath` or `ReplacePrefixMatch`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_full_path: Option<String>,
    /// What takes the place of the prefix that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replace_prefix_match: Option<String>,
}

/// Where requests go.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Backend {
    /// Its group; the core one where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its kind; Service where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its namespace, else the route's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
    /// Its share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// What is done to its requests alone.
    pub filters: Vec<Filter>,
}

impl Backend {
    /// Its share: 1 where nothing is said.
    pub fn weight(&self) -> u32 {
        self.weight.unwrap_or(1)
    }

    /// Whether it is a Service.
    pub fn is_service(&self) -> bool {
        self.kind.as_deref().unwrap_or("Service") == "Service"
            && self.group.as_deref().unwrap_or_default().is_empty()
    }
}
