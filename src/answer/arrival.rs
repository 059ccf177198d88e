//! What an object loses at the edge, before anything else of hops sees it.

use serde_json::Value;

use super::secret;
use crate::facts::Kind;

/// Written by `kubectl apply`: a second copy of the whole object, as it was once given.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Drops bookkeeping that no verdict needs, and reduces a Secret. Applying it twice changes nothing.
pub fn arrive(kind: Kind, mut object: Value) -> Value {
    if kind == Kind::Secret {
        return secret::reduce(&object);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
