//! `kubectl patch` lines: the least change that mends an object, safe to paste whatever it is called.

use k8s_openapi::api::core::v1::{Service, ServicePort};
use serde_json::{Value, json};

use super::quote;
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::Kind;

/// Lays a part of an object over it; a null takes a field away. `kubectl` has context and namespace.
pub fn merge(kubectl: &str, kind: Kind, name: &str, part: &Value) -> String {
    patch(kubectl, kind, name, "merge", part)
}

/// Puts a value in the place of one field, which is named by a JSON pointer.
pub fn replace(kubectl: &str, kind: Kind, name: &str, pointer: &str, value: &Value) -> String {
    let change = json!([{"op": "replace", "path": pointer, "value": value}]);
    patch(kubectl, kind, name, "json", &change)
}

/// Puts a value at a place, which is named by a JSON pointer; one that ends in `-` is the end of a list.
pub fn add(kubectl: &str, kind: Kind, name: &str, pointer: &str, value: &Value) -> String {
    let change = json!([{"op": "add", "path": pointer, "value": value}]);
    patch(kubectl, kind, name, "json", &change)
}

/// Names the first port of an EndpointSlice, or of the Endpoints object that it is a copy of.
pub fn port_name(kubectl: &str, (resource, pointer): (&str, &str), name: &str, to: &str) -> String {
    let change = json!([{"op": "add", "path": format!("{pointer}/name"), "value": to}]);
    patch_of(kubectl, resource, name, "json", &change)
}

/// Lets a port of a Service lead to another port of the pods.
pub fn target_port(kubectl: &str, service: &Service, port: &ServicePort, number: i32) -> String {
    let mut ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let index = ports.position(|p| p == port).unwrap_or_default();
    let pointer = format!("/spec/ports/{index}/targetPort");
    let name = name_of(service);
    replace(kubectl, Kind::Service, name, &pointer, &json!(number))
}

fn patch(kubectl: &str, kind: Kind, name: &str, how: &str, body: &Value) -> String {
    let resource = kind.name().to_ascii_lowercase();
    patch_of(kubectl, &resource, name, how, body)
}

fn patch_of(kubectl: &str, resource: &str, name: &str, how: &str, body: &Value) -> String {
    let (name, body) = (quote(name), quote(&body.to_string()));
    format!("{kubectl} patch {resource} {name} --type {how} -p {body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECTL: &str = "kubectl --context prod -n shop";

    #[test]
    fn a_merge_may_take_a_field_away() {
        let part = json!({"spec": {"selector": {"app": "web", "tier": null}}});
        assert_eq!(
            merge(KUBECTL, Kind::Service, "web", &part),
            r#"kubectl --context prod -n shop patch service web --type merge -p '{"spec":{"selector":{"app":"web","tier":null}}}'"#
        );
    }

    #[test]
    fn a_port_gets_a_name_whether_it_has_one_or_not() {
        assert_eq!(
            port_name(KUBECTL, ("endpoints", "/subsets/0/ports/0"), "web", "http"),
            r#"kubectl --context prod -n shop patch endpoints web --type json -p '[{"op":"add","path":"/subsets/0/ports/0/name","value":"http"}]'"#
        );
    }

    #[test]
    fn a_replacement_names_one_field_and_quotes_what_it_must() {
        assert_eq!(
            replace(
                KUBECTL,
                Kind::Ingress,
                "it's",
                "/spec/rules/0",
                &json!("a'b")
            ),
            r#"kubectl --context prod -n shop patch ingress 'it'\''s' --type json -p '[{"op":"replace","path":"/spec/rules/0","value":"a'\''b"}]'"#
        );
    }

    #[test]
    fn an_argument_is_added_at_the_end() {
        assert_eq!(
            add(
                KUBECTL,
                Kind::Deployment,
                "web",
                "/spec/args/-",
                &json!("--on")
            ),
            r#"kubectl --context prod -n shop patch deployment web --type json -p '[{"op":"add","path":"/spec/args/-","value":"--on"}]'"#
        );
    }

    #[test]
    fn the_port_is_found_by_where_it_stands() {
        let service: Service = serde_json::from_value(json!({
            "metadata": {"name": "web"},
            "spec": {"ports": [{"port": 80}, {"port": 443, "targetPort": "http"}]},
        }))
        .expect("a Service");
        let port = &service
            .spec
            .as_ref()
            .expect("a spec")
            .ports
            .as_ref()
            .expect("ports")[1];
        assert_eq!(
            target_port("kubectl", &service, port, 8443),
            r#"kubectl patch service web --type json -p '[{"op":"replace","path":"/spec/ports/1/targetPort","value":8443}]'"#
        );
    }
}
