//! What an object loses at the edge, before anything else of hops sees it.

use serde_json::{Value, json};

use crate::answer::objects::{older, secret};
use crate::facts::config::KEYS;
use crate::facts::{Kind, called};

/// Written by `kubectl apply`: a second copy of the whole object, as it was once given.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Brings an object into its kind's preferred version, drops bookkeeping that no verdict needs, and reduces a Secret and a ConfigMap.
/// Applying it twice changes nothing.
pub fn arrive(kind: Kind, object: Value) -> Value {
    let mut object = older::upgrade(kind, object);
    if kind == Kind::Secret {
        return secret::reduce(&object);
    }
    if kind == Kind::ConfigMap {
        return reduce_config(&object);
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.remove(LAST_APPLIED);
        }
    }
    object
}

/// A ConfigMap with its name and the settings that hops reads. What is no object passes, and is malformed later on.
fn reduce_config(object: &Value) -> Value {
    let Some(fields) = object.as_object() else {
        return object.clone();
    };
    let mut reduced = json!({});
    for key in ["apiVersion", "kind"] {
        if let Some(value) = fields.get(key) {
            reduced[key] = value.clone();
        }
    }
    for key in ["name", "namespace", "creationTimestamp", "resourceVersion"] {
        if let Some(value) = object.pointer(&format!("/metadata/{key}")) {
            reduced["metadata"][key] = value.clone();
        }
    }
    match fields.get("data") {
        Some(Value::Object(data)) => {
            reduced["data"] = data
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), kept(key, value)?)))
                .collect();
        }
        // Of the wrong type: without its content, and still malformed.
        Some(other) if !other.is_null() => reduced["data"] = json!(false),
        _ => {}
    }
    reduced
}

/// A setting that hops reads as it is; of all others what they tell a program to call.
fn kept(key: &str, value: &Value) -> Option<Value> {
    if KEYS.contains(&key) {
        return Some(value.clone());
    }
    called::reduced(key, value.as_str()?).map(Value::String)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_map_keeps_its_name_and_the_settings_that_are_read() {
        let object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "web", "annotations": {"note": "secret"}, "labels": {"app": "web"}},
            "data": {"use-proxy-protocol": "true", "password": "secret", "DB_URL": "postgres://u:secret@db:5432/x"},
            "binaryData": {"blob": "c2VjcmV0"},
        });
        let reduced = arrive(Kind::ConfigMap, object);
        let expected = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "web"},
            "data": {"use-proxy-protocol": "true", "DB_URL": "tcp://db:5432"},
        });
        assert_eq!(reduced, expected);
        assert_eq!(arrive(Kind::ConfigMap, reduced), expected);
        let odd = json!({"metadata": {"name": "settings"}, "data": "secret"});
        let reduced = arrive(Kind::ConfigMap, odd);
        assert_eq!(reduced["data"], json!(false));
        assert_eq!(arrive(Kind::ConfigMap, reduced.clone()), reduced);
    }

    #[test]
    fn bookkeeping_goes_and_the_rest_stays() {
        let object = json!({
            "kind": "Service",
            "metadata": {
                "name": "web",
                "managedFields": [{"manager": "kubectl"}],
                "annotations": {LAST_APPLIED: "{}", "example.com/kept": "yes"},
            },
            "spec": {"type": "ClusterIP"},
        });
        let expected = json!({
            "kind": "Service",
            "metadata": {"name": "web", "annotations": {"example.com/kept": "yes"}},
            "spec": {"type": "ClusterIP"},
        });
        assert_eq!(arrive(Kind::Service, object), expected);
        assert_eq!(arrive(Kind::Service, expected.clone()), expected);
    }

    #[test]
    fn malformed_objects_pass() {
        for odd in [
            json!(null),
            json!("text"),
            json!({"metadata": 3}),
            json!({"metadata": {"annotations": []}}),
        ] {
            assert_eq!(arrive(Kind::Pod, odd.clone()), odd);
        }
    }
}
