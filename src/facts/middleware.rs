//! Traefik's Middleware (traefik.io/v1alpha1), as far as it decides what becomes of a request. Of the rest of its settings, which may hold
//! secrets, only the names are kept.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, NamespaceResourceScope, Resource};
use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};

/// A Middleware.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Middleware {
    /// Its version, as written.
    #[serde(default = "version")]
    api_version: String,
    /// Its kind, as written.
    #[serde(default = "kind")]
    kind: String,
    /// Its name and namespace.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What it does.
    #[serde(default)]
    pub spec: Spec,
}

fn version() -> String {
    Middleware::API_VERSION.to_owned()
}

fn kind() -> String {
    Middleware::KIND.to_owned()
}

/// What it does; one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// Goes through others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
    /// Sends to another scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_scheme: Option<RedirectScheme>,
    /// Sends elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_regex: Option<RedirectRegex>,
    /// Lets some addresses pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_allow_list: Option<Addresses>,
    /// The same by its old name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_white_list: Option<Addresses>,
    /// Asks somebody whether the request may pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_auth: Option<ForwardAuth>,
    /// The names of all else.
    #[serde(flatten)]
    pub others: BTreeMap<String, Set>,
}

/// Other Middlewares, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Chain {
    /// Each.
    #[serde(default)]
    pub middlewares: Vec<Link>,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Link {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its namespace, else the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// To another scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RedirectScheme {
    /// The scheme.
    #[serde(default)]
    pub scheme: String,
    /// The port, where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// For good.
    #[serde(default)]
    pub permanent: bool,
}

/// To what an expression makes of the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RedirectRegex {
    /// The expression.
    #[serde(default)]
    pub regex: String,
    /// What takes the place of what matches.
    #[serde(default)]
    pub replacement: String,
    /// For good.
    #[serde(default)]
    pub permanent: bool,
}

/// Addresses that may pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Addresses {
    /// Each address or network.
    #[serde(default)]
    pub source_range: Vec<String>,
}

/// Whom it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ForwardAuth {
    /// The URL.
    #[serde(default)]
    pub address: String,
}

/// Whether something is set, whatever it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(bool);

impl Set {
    /// Whether it is.
    pub const fn is_set(self) -> bool {
        self.0
    }
}

impl<'de> Deserialize<'de> for Set {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let any = Option::<IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(any.is_some()))
    }
}

impl Serialize for Set {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = self.0.then(BTreeMap::<String, String>::new);
        set.serialize(serializer)
    }
}

impl Resource for Middleware {
    const API_VERSION: &'static str = "traefik.io/v1alpha1";
    const GROUP: &'static str = "traefik.io";
    const KIND: &'static str = "Middleware";
    const VERSION: &'static str = "v1alpha1";
    const URL_PATH_SEGMENT: &'static str = "middlewares";
    type Scope = NamespaceResourceScope;
}

impl Metadata for Middleware {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_decides_is_kept_and_of_the_rest_the_names() {
        let object = json!({"metadata": {"name": "lock", "namespace": "shop"}, "spec": {
            "ipAllowList": {"sourceRange": ["10.0.0.0/8"], "ipStrategy": {"depth": 1}},
            "headers": {"customRequestHeaders": {"Authorization": "Bearer secret"}}}});
        let middleware: Middleware = serde_json::from_value(object).expect("a Middleware");
        let again = serde_json::to_value(&middleware).expect("JSON");
        let spec = json!({"ipAllowList": {"sourceRange": ["10.0.0.0/8"]}, "headers": {}});
        assert_eq!(again["spec"], spec);
    }
}
