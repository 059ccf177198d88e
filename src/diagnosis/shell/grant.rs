//! Lines that create objects: of Gateway API one that lets objects of one namespace lead to an object of another, and one that has TLS spoken
//! to a Service; and one that applies any object.

use serde_json::{Value, json};

use super::quote;
use crate::facts::Kind;
use crate::facts::gateway::GROUP;

/// Applies a ReferenceGrant in the namespace of `kubectl`: from a kind and namespace, to a kind of the core group and a name. v1beta1 is
/// served by every version of Gateway API.
pub fn grant(kubectl: &str, (kind, namespace): (Kind, &str), (to, name): (Kind, &str)) -> String {
    let grant = json!({
        "apiVersion": format!("{GROUP}/v1beta1"),
        "kind": Kind::ReferenceGrant.name(),
        "metadata": {"name": format!("{namespace}-to-{name}")},
        "spec": {
            "from": [{"group": GROUP, "kind": kind.name(), "namespace": namespace}],
            "to": [{"group": to.group(), "kind": to.name(), "name": name}],
        },
    });
    apply(kubectl, &grant)
}

/// Applies an object that is written out.
pub fn apply(kubectl: &str, object: &Value) -> String {
    format!("echo {} | {kubectl} apply -f -", quote(&object.to_string()))
}

/// Applies a BackendTLSPolicy for a Service, or a port of it by name, in the namespace of `kubectl`. CA stands for the ConfigMap of the CA.
pub fn tls_policy(kubectl: &str, (namespace, name): (&str, &str), port: Option<&str>) -> String {
    let mut target = json!({"group": "", "kind": Kind::Service.name(), "name": name});
    if let Some(port) = port.filter(|p| !p.is_empty()) {
        target["sectionName"] = json!(port);
    }
    let policy = json!({
        "apiVersion": Kind::BackendTLSPolicy.api_version(),
        "kind": Kind::BackendTLSPolicy.name(),
        "metadata": {"name": name},
        "spec": {
            "targetRefs": [target],
            "validation": {
                "hostname": format!("{name}.{namespace}.svc"),
                "caCertificateRefs": [{"group": "", "kind": Kind::ConfigMap.name(), "name": "CA"}],
            },
        },
    });
    apply(kubectl, &policy)
}
