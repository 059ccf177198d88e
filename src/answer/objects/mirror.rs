//! Endpoints in the form of EndpointSlices, as the control plane mirrors those that people make by hand.

use serde_json::{Map, Value, json};

use crate::answer::objects::told::place_of;
use crate::facts::SERVED_AS_NOTE;

const SERVICE: &str = "kubernetes.io/service-name";

/// The slices of an Endpoints object, one for each of its subsets and families; none for what is no Endpoints object. One without a
/// namespace gets the given one.
pub(super) fn slices(object: &Value, namespace: &str) -> Option<Vec<Value>> {
    if object["apiVersion"] != "v1" || object["kind"] != "Endpoints" {
        return None;
    }
    let own = place_of(object, "namespace");
    let namespace = if own.is_empty() { namespace } else { own };
    let name = place_of(object, "name");
    let subsets = object.get("subsets").and_then(Value::as_array);
    let mut slices = Vec::new();
    for subset in subsets.into_iter().flatten() {
        for (family, colon) in [("IPv4", false), ("IPv6", true)] {
            let endpoints = endpoints(subset, colon);
            if endpoints.is_empty() {
                continue;
            }
            let number = slices.len() + 1;
            slices.push(json!({
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": format!("{name}-{number}"),
                    "namespace": namespace,
                    "labels": {SERVICE: name},
                    "annotations": {SERVED_AS_NOTE: "v1 Endpoints"},
                },
                "addressType": family,
                "endpoints": endpoints,
                "ports": subset.get("ports").cloned().unwrap_or_else(|| json!([])),
            }));
        }
    }
    Some(slices)
}

/// The Service of a slice.
pub(super) fn service(slice: &Value) -> Option<&str> {
    slice.pointer("/metadata/labels")?.get(SERVICE)?.as_str()
}

fn endpoints(subset: &Value, colon: bool) -> Vec<Value> {
    let mut all = Vec::new();
    for (field, ready) in [("addresses", true), ("notReadyAddresses", false)] {
        let addresses = subset.get(field).and_then(Value::as_array);
        for address in addresses.into_iter().flatten() {
            let Some(ip) = address["ip"]
                .as_str()
                .filter(|ip| ip.contains(':') == colon)
            else {
                continue;
            };
            let mut endpoint = Map::new();
            endpoint.insert("addresses".to_owned(), json!([ip]));
            endpoint.insert("conditions".to_owned(), json!({"ready": ready}));
            for field in ["nodeName", "targetRef", "hostname"] {
                if let Some(value) = address.get(field) {
                    endpoint.insert(field.to_owned(), value.clone());
                }
            }
            all.push(endpoint.into());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subset_is_a_slice() {
        let object = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"}, "subsets": [
            {"addresses": [{"ip": "10.0.0.1", "targetRef": {"kind": "Pod", "name": "a"}}, {"ip": "fd00::1"}],
             "notReadyAddresses": [{"ip": "10.0.0.2", "nodeName": "n"}], "ports": [{"name": "http", "port": 8080}]},
            {"addresses": [{"ip": "10.0.0.3"}], "ports": [{"port": 1}]},
        ]});
        let slices = slices(&object, "shop").expect("Endpoints");
        let families: Vec<&str> = slices
            .iter()
            .filter_map(|s| s["addressType"].as_str())
            .collect();
        assert_eq!(families, ["IPv4", "IPv6", "IPv4"]);
        assert_eq!(slices[0]["metadata"]["namespace"], "shop");
        assert_eq!(service(&slices[0]), Some("web"));
        assert_eq!(
            slices[0]["endpoints"],
            json!([
                {"addresses": ["10.0.0.1"], "conditions": {"ready": true}, "targetRef": {"kind": "Pod", "name": "a"}},
                {"addresses": ["10.0.0.2"], "conditions": {"ready": false}, "nodeName": "n"},
            ])
        );
        assert_eq!(slices[2]["ports"], json!([{"port": 1}]));
    }

    #[test]
    fn what_is_no_endpoints_object_has_no_slices() {
        assert_eq!(
            slices(&json!({"apiVersion": "v1", "kind": "Service"}), "a"),
            None
        );
        let none = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"}, "subsets": null});
        assert_eq!(slices(&none, "a"), Some(Vec::new()));
    }
}
