//! Gateway API (gateway.networking.k8s.io), as far as it decides what becomes of a request. Every version of a kind that a server may have
//! decodes to the same type: fields that a version lacks are empty, and what hops does not know is left out.

mod class;
mod grant;
mod listener;
mod route;
mod status;

pub use class::{ClassSpec, ClassStatus, GatewayClass};
pub use grant::{
    BackendTLSPolicy, GrantFrom, GrantTo, PolicySpec, PolicyStatus, PolicyTarget, ReferenceGrant,
    ReferenceGrantSpec, Validation,
};
pub use listener::{
    Address, AllowedListeners, AllowedRoutes, From, Gateway, GatewaySpec, GatewayStatus,
    ListenerSet, ListenerSetSpec, ListenerSetStatus, ListenerSpec, ListenerTls, ParentGateway,
    RouteKind, RouteNamespaces,
};
pub use route::{
    Backend, Filter, GRPCMethod, GRPCRoute, GRPCRouteMatch, HTTPRoute, HTTPRouteMatch, NoMatch,
    ParentRef, PathModifier, PathValue, Redirect, Rewrite, RouteRule, RouteSpec, TCPRoute,
    TLSRoute, Value,
};
pub use status::{Condition, ListenerStatus, ParentStatus, RouteStatus, condition, current};

/// The group of all these kinds.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// Makes a type of a kind: its metadata, spec and status, and what ties it to the preferred version.
macro_rules! object {
    ($(#[$doc:meta])* $kind:ident($plural:literal, $version:literal, $scope:ident): $spec:ty, $status:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $kind {
            api_version: $crate::facts::gateway::ApiVersion<$kind>,
            kind: $crate::facts::gateway::KindName<$kind>,
            /// Its name, namespace, labels and age.
            pub metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            /// What is wanted.
            pub spec: $spec,
            /// What its controller says of it.
            pub status: $status,
        }

        impl k8s_openapi::Resource for $kind {
            const API_VERSION: &'static str = concat!("gateway.networking.k8s.io/", $version);
            const GROUP: &'static str = $crate::facts::gateway::GROUP;
            const KIND: &'static str = stringify!($kind);
            const VERSION: &'static str = $version;
            const URL_PATH_SEGMENT: &'static str = $plural;
            type Scope = k8s_openapi::$scope;
        }

        impl k8s_openapi::Metadata for $kind {
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
use object;

/// Writes the `apiVersion` of a kind, whatever was read.
#[derive(Debug)]
pub struct ApiVersion<T>(std::marker::PhantomData<T>);

/// Writes the `kind` of a kind, whatever was read.
#[derive(Debug)]
pub struct KindName<T>(std::marker::PhantomData<T>);

macro_rules! constant {
    ($name:ident, $value:ident) => {
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self::default()
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(std::marker::PhantomData)
            }
        }

        impl<T> PartialEq for $name<T> {
            fn eq(&self, _: &Self) -> bool {
                true
            }
        }

        impl<'de, T> serde::Deserialize<'de> for $name<T> {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                serde_json::Value::deserialize(from).map(|_| Self::default())
            }
        }

        impl<T: k8s_openapi::Resource> serde::Serialize for $name<T> {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(T::$value)
            }
        }
    };
}
constant!(ApiVersion, API_VERSION);
constant!(KindName, KIND);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_older_version_lacks_is_empty_and_what_hops_does_not_know_is_left_out() {
        let object = json!({"apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "HTTPRoute",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"parentRefs": [{"name": "gw"}], "rules": [
                {"matches": [{"path": {"value": "/a"}}], "timeouts": {"request": "1s"}, "backendRefs": [{"name": "web", "port": 80}]}]}});
        let route: HTTPRoute = serde_json::from_value(object).expect("a route");
        let rule = &route.spec.rules[0];
        assert_eq!(rule.backend_refs[0].weight(), 1, "what is not said is 1");
        assert_eq!(
            rule.matches[0].path.as_ref().map(|p| p.kind.as_str()),
            Some("PathPrefix")
        );
        let again = serde_json::to_value(&route).expect("JSON");
        assert_eq!(again["apiVersion"], "gateway.networking.k8s.io/v1");
        assert!(again["spec"]["rules"][0].get("timeouts").is_none());
        assert_eq!(again["spec"]["rules"][0]["backendRefs"][0]["port"], 80);
    }
}
