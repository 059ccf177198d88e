//! Objects of an older version, brought into the form of the preferred one as the API server does it, so that no other code has to
//! know two forms of a kind. What is not as expected stays, and is malformed later on.

use serde_json::{Map, Value, json};

use crate::facts::{Kind, SERVED_AS_NOTE};

/// Labels by which version v1beta1 of an `EndpointSlice` tells where an endpoint is.
const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

/// The object in the preferred version; a note in it says which one it came in. Applying it twice changes nothing.
pub(super) fn upgrade(kind: Kind, mut object: Value) -> Value {
    let Some(older) = kind.versions()[1..]
        .iter()
        .find(|version| object["apiVersion"] == **version)
    else {
        return object;
    };
    match kind {
        Kind::Ingress => ingress(&mut object),
        Kind::EndpointSlice => endpoint_slice(&mut object),
        // Its fields are the same in all versions.
        _ => {}
    }
    object["apiVersion"] = kind.api_version().into();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let annotations = metadata.entry("annotations").or_insert(Value::Null);
        if annotations.is_null() {
            *annotations = json!({});
        }
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.insert(SERVED_AS_NOTE.to_owned(), (*older).into());
        }
    }
    object
}

/// v1beta1 names a backend's Service and port in two plain fields, calls the default backend otherwise, and fills in the type of a
/// path that says none.
pub(super) fn ingress(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(mut backend) = spec.remove("backend") {
        ingress_backend(&mut backend);
        spec.insert("defaultBackend".to_owned(), backend);
    }
    for rule in items(spec.get_mut("rules")) {
        for path in items(rule.pointer_mut("/http/paths")) {
            let Some(path) = path.as_object_mut() else {
                continue;
            };
            if path.get("pathType").is_none_or(Value::is_null) {
                path.insert("pathType".to_owned(), "ImplementationSpecific".into());
            }
            if let Some(backend) = path.get_mut("backend") {
                ingress_backend(backend);
            }
        }
    }
}

fn ingress_backend(backend: &mut Value) {
    let Some(fields) = backend.as_object_mut() else {
        return;
    };
    let (name, port) = (fields.remove("serviceName"), fields.remove("servicePort"));
    if name.is_none() && port.is_none() {
        return;
    }
    let mut service = Map::new();
    if let Some(name) = name {
        service.insert("name".to_owned(), name);
    }
    if let Some(port) = port {
        let field = if port.is_string() { "name" } else { "number" };
        service.insert("port".to_owned(), json!({ field: port }));
    }
    fields.insert("service".to_owned(), service.into());
}

/// v1beta1 tells an endpoint's node and zone by labels. Kubernetes 1.19 knows no `nodeName`: there the label is the node's name.
fn endpoint_slice(object: &mut Value) {
    for endpoint in items(object.get_mut("endpoints")) {
        let Some(endpoint) = endpoint.as_object_mut() else {
            continue;
        };
        let Some(mut topology) = endpoint.remove("topology") else {
            continue;
        };
        if let Some(labels) = topology.as_object_mut() {
            for (label, field) in [(ZONE, "zone"), (HOSTNAME, "nodeName")] {
                let known = endpoint.get(field).filter(|value| !value.is_null());
                if known.is_none_or(|known| labels.get(label) == Some(known))
                    && let Some(value) = labels.remove(label)
                {
                    endpoint.insert(field.to_owned(), value);
                }
            }
            if labels.is_empty() {
                continue;
            }
        }
        endpoint.insert("deprecatedTopology".to_owned(), topology);
    }
}

fn items(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_array_mut).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgraded(kind: Kind, version: &str, rest: &Value) -> Value {
        let mut object = rest.clone();
        object["apiVersion"] = version.into();
        object["kind"] = kind.name().into();
        let once = upgrade(kind, object);
        assert_eq!(upgrade(kind, once.clone()), once, "twice is once");
        once
    }

    #[test]
    fn an_ingress_names_its_backends_the_new_way() {
        let old = json!({
            "metadata": {"name": "shop", "annotations": {"a": "b"}},
            "spec": {
                "backend": {"serviceName": "fallback", "servicePort": 80},
                "ingressClassName": "nginx",
                "rules": [{"host": "shop.example.com", "http": {"paths": [
                    {"path": "/", "backend": {"serviceName": "web", "servicePort": "http"}},
                    {"path": "/x", "pathType": "Exact", "backend": {"resource": {"kind": "Bucket", "name": "x"}}},
                    {"pathType": null, "backend": {"serviceName": "web"}},
                ]}}],
            },
        });
        let new = json!({
            "defaultBackend": {"service": {"name": "fallback", "port": {"number": 80}}},
            "ingressClassName": "nginx",
            "rules": [{"host": "shop.example.com", "http": {"paths": [
                {"path": "/", "pathType": "ImplementationSpecific",
                    "backend": {"service": {"name": "web", "port": {"name": "http"}}}},
                {"path": "/x", "pathType": "Exact", "backend": {"resource": {"kind": "Bucket", "name": "x"}}},
                {"pathType": "ImplementationSpecific", "backend": {"service": {"name": "web"}}},
            ]}}],
        });
        for version in ["networking.k8s.io/v1beta1", "extensions/v1beta1"] {
            let ingress = upgraded(Kind::Ingress, version, &old);
            assert_eq!(ingress["spec"], new);
            assert_eq!(ingress["apiVersion"], "networking.k8s.io/v1");
            let annotations = json!({"a": "b", SERVED_AS_NOTE: version});
            assert_eq!(ingress["metadata"]["annotations"], annotations);
        }
        let current = upgraded(Kind::Ingress, "networking.k8s.io/v1", &old);
        assert_eq!(current["spec"], old["spec"], "not its form: left alone");
        assert_eq!(current["metadata"], old["metadata"]);
    }

    #[test]
    fn an_endpoint_says_its_node_and_zone_in_fields() {
        let of = |endpoint: Value| {
            let slice = json!({"metadata": {"name": "web"}, "endpoints": [endpoint]});
            let slice = upgraded(Kind::EndpointSlice, "discovery.k8s.io/v1beta1", &slice);
            assert_eq!(slice["apiVersion"], "discovery.k8s.io/v1");
            slice["endpoints"][0].clone()
        };
        assert_eq!(
            of(
                json!({"addresses": ["10.0.0.1"], "conditions": {"ready": true},
                "topology": {HOSTNAME: "n1", ZONE: "a", "topology.kubernetes.io/region": "r"}})
            ),
            json!({"addresses": ["10.0.0.1"], "conditions": {"ready": true}, "nodeName": "n1", "zone": "a",
                "deprecatedTopology": {"topology.kubernetes.io/region": "r"}})
        );
        // Since Kubernetes 1.20 the node has a field of its own.
        assert_eq!(
            of(json!({"nodeName": "n1", "topology": {HOSTNAME: "n1"}})),
            json!({"nodeName": "n1"})
        );
        assert_eq!(
            of(json!({"nodeName": "n1", "topology": {HOSTNAME: "elsewhere"}})),
            json!({"nodeName": "n1", "deprecatedTopology": {HOSTNAME: "elsewhere"}})
        );
        assert_eq!(of(json!({"addresses": []})), json!({"addresses": []}));
    }

    #[test]
    fn a_class_is_the_same_in_both_versions() {
        let class = json!({"metadata": {"name": "nginx", "annotations": null}, "spec": {"controller": "k8s.io/ingress-nginx"}});
        let class = upgraded(Kind::IngressClass, "networking.k8s.io/v1beta1", &class);
        assert_eq!(class["spec"]["controller"], "k8s.io/ingress-nginx");
        assert_eq!(
            class["metadata"]["annotations"][SERVED_AS_NOTE],
            "networking.k8s.io/v1beta1"
        );
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        for odd in [
            json!({"spec": 3}),
            json!({"metadata": 3, "spec": {"rules": [null, {"http": []}, {"http": {"paths": [1, {"backend": "x"}]}}]}}),
            json!({"metadata": {"annotations": []}, "spec": {"backend": null}, "endpoints": [1, {"topology": 2}]}),
        ] {
            for kind in [Kind::Ingress, Kind::EndpointSlice] {
                upgraded(kind, kind.versions()[1], &odd);
            }
        }
        assert_eq!(upgrade(Kind::Ingress, json!("text")), "text");
        assert_eq!(upgrade(Kind::Ingress, Value::Null), Value::Null);
    }
}
