//! Objects that a server takes, and such with one fault each.

use serde_json::json;

use super::*;
use crate::answer::objects::place::path_words;

fn found(object: Value) -> Vec<String> {
    let kind = Kind::of(
        object["apiVersion"].as_str().expect("a version"),
        object["kind"].as_str().expect("a kind"),
    );
    let examined = examine(kind.expect("known"), object);
    assert!(examined.read, "{:?}", examined.faults);
    let line = |f: &Found| {
        let doubt = if f.certain { "" } else { "?" };
        format!("{} {}{doubt}", path_words(&f.path), f.why)
    };
    examined.faults.iter().map(line).collect()
}

fn ingress(spec: Value) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}, "spec": spec})
}

fn one_path(path: Value) -> Value {
    ingress(json!({"rules": [{"host": "a.example.com", "http": {"paths": [path]}}]}))
}

fn service(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
}

/// Each says where the one fault is and a part of what is said of it.
fn expect(object: Value, all: &[(&str, &str)]) {
    let found = found(object.clone());
    assert_eq!(found.len(), all.len(), "{object}\n{found:#?}");
    for (line, (field, part)) in found.iter().zip(all) {
        let (path, why) = line.split_once(' ').expect("two parts");
        assert_eq!(path, *field, "{line}");
        assert!(why.contains(part), "{line}");
    }
}

#[test]
fn a_sound_object_has_no_fault() {
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    for object in [
        ingress(
            json!({"ingressClassName": "nginx", "tls": [{"hosts": ["*.example.com"], "secretName": "web"}],
            "rules": [{"host": "*.example.com", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": backend},
                {"pathType": "ImplementationSpecific", "backend": {"service": {"name": "web", "port": {"name": "http"}}}},
                {"path": "/icons", "pathType": "Exact", "backend": {"resource": {"apiGroup": "k8s.example.com", "kind": "StorageBucket", "name": "icons"}}},
            ]}}]}),
        ),
        ingress(json!({"defaultBackend": backend})),
        ingress(json!({"rules": [{"host": "a.example.com"}]})),
        service(
            json!({"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http-8080"}]}),
        ),
        service(
            json!({"ports": [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53}]}),
        ),
        service(json!({"clusterIP": "None"})),
        service(json!({"type": "ExternalName", "externalName": "db.example.net"})),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "creationTimestamp": null},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "strategy": {}, "template": {
                "metadata": {"creationTimestamp": null, "labels": {"app": "web", "tier": "x"}},
                "spec": {"containers": [{"name": "web", "image": "web:1", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}, "requests": {"cpu": 0.5}},
                    "ports": [{"containerPort": 8080, "name": "http"}], "env": [{"name": "A", "value": "1"}]}]}}}, "status": {}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db.prod"}, "stringData": {"password": "x"}}),
    ] {
        let found = found(object.clone());
        assert!(found.is_empty(), "{object}\n{found:#?}");
    }
}

#[test]
fn an_ingress_is_held_to_its_rules() {
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let at = ".spec.rules[0].http.paths[0]";
    let under = |field: &str| format!("{at}{field}");
    for (object, field, part) in [
        (
            json!({"path": "/", "backend": backend}),
            ".pathType",
            "is missing",
        ),
        (
            json!({"path": "/", "pathType": "prefix", "backend": backend}),
            ".pathType",
            "\"prefix\"",
        ),
        (
            json!({"path": "a", "pathType": "Prefix", "backend": backend}),
            ".path",
            "begin with /",
        ),
        (
            json!({"pathType": "Exact", "backend": backend}),
            ".path",
            "begin with /",
        ),
        (
            json!({"path": "/a//b", "pathType": "Prefix", "backend": backend}),
            ".path",
            "//",
        ),
        (
            json!({"path": "/", "pathType": "Prefix", "backend": {"serviceName": "web", "servicePort": 80}}),
            ".backend.serviceName",
            "v1beta1",
        ),
        (
            json!({"path": "/", "pathType": "Prefix"}),
            ".backend",
            "is missing",
        ),
        (
            json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web"}}}),
            ".backend.service.port",
            "is missing",
        ),
        (
            json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80, "name": "http"}}}}),
            ".backend.service.port",
            "both",
        ),
        (
            json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 0}}}}),
            ".backend.service.port",
            "is missing",
        ),
        (
            json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "Web", "port": {"number": 80}}}}),
            ".backend.service.name",
            "\"Web\"",
        ),
    ] {
        expect(one_path(object), &[(&under(field), part)]);
    }
    expect(ingress(json!({})), &[(".spec", "neither")]);
    expect(
        ingress(json!({"backend": {"serviceName": "web", "servicePort": 80}})),
        &[(".spec.backend", "v1beta1")],
    );
    let host = |host: &str| ingress(json!({"rules": [{"host": host}]}));
    for bad in [
        "203.0.113.80",
        "Shop.example.com",
        "a_b.example.com",
        "*",
        "a.*.com",
        "http://a.example.com",
    ] {
        expect(host(bad), &[(".spec.rules[0].host", bad)]);
    }
    let mut both = ingress(json!({"ingressClassName": "a", "rules": [{"host": "a.example.com"}]}));
    both["metadata"]["annotations"] = json!({"kubernetes.io/ingress.class": "b"});
    expect(both, &[(".spec.ingressClassName", "\"b\"")]);
}

#[test]
fn a_service_is_held_to_its_rules() {
    for (spec, field, part) in [
        (
            json!({"selector": {"app": "web"}}),
            ".spec.ports",
            "is missing",
        ),
        (
            json!({"ports": [{"port": 80}, {"name": "b", "port": 81}]}),
            ".spec.ports[0].name",
            "is missing",
        ),
        (
            json!({"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]}),
            ".spec.ports[1].name",
            "twice",
        ),
        (
            json!({"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]}),
            ".spec.ports[1]",
            "twice",
        ),
        (
            json!({"ports": [{"port": 70000}]}),
            ".spec.ports[0].port",
            "65535",
        ),
        (
            json!({"ports": [{"port": 80, "targetPort": "a-much-too-long-name"}]}),
            ".spec.ports[0].targetPort",
            "15",
        ),
        (
            json!({"ports": [{"port": 80, "protocol": "HTTP"}]}),
            ".spec.ports[0].protocol",
            "\"HTTP\"",
        ),
        (
            json!({"ports": [{"port": 80, "nodePort": 30080}]}),
            ".spec.ports[0].nodePort",
            "ClusterIP",
        ),
        (
            json!({"type": "Loadbalancer", "ports": [{"port": 80}]}),
            ".spec.type",
            "\"Loadbalancer\"",
        ),
        (
            json!({"type": "ExternalName"}),
            ".spec.externalName",
            "is missing",
        ),
    ] {
        expect(service(spec), &[(field, part)]);
    }
}

#[test]
fn a_template_has_the_labels_that_its_workload_selects() {
    let deployment = |selector: Value, labels: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
            "selector": selector, "template": {"metadata": {"labels": labels},
            "spec": {"containers": [{"name": "web", "image": "web"}]}}}})
    };
    let web = json!({"app": "web"});
    expect(
        deployment(json!({"matchLabels": {"app": "wbe"}}), web.clone()),
        &[(".spec.selector", "app=wbe")],
    );
    expect(
        deployment(Value::Null, web),
        &[(".spec.selector", "is missing")],
    );
}

#[test]
fn what_is_of_the_wrong_type_is_told_and_mended() {
    let object = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "annotations": {"a": true, "b": 60, "c": "x"}},
        "spec": {"selector": {"app": "web", "version": 1.0}, "ports": [{"name": "a", "port": "80"}, {"name": "b", "port": "81"}]}});
    let examined = examine(Kind::Service, object.clone());
    assert_eq!(
        examined.object["metadata"]["annotations"],
        json!({"a": "true", "b": "60", "c": "x"})
    );
    assert_eq!(examined.object["spec"]["selector"]["version"], "1.0");
    assert_eq!(examined.object["spec"]["ports"][1]["port"], 81);
    expect(
        object,
        &[
            (".metadata.annotations.a", "true or false"),
            (".metadata.annotations.b", "number"),
            (".spec.selector.version", "number"),
            (".spec.ports[0].port", "text where a number"),
            (".spec.ports[1].port", "text where a number"),
        ],
    );
    let list = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": {"port": 80}}});
    let why = found(list);
    assert!(
        why.iter()
            .any(|w| w.starts_with(".spec.ports is a mapping where a list")),
        "{why:?}"
    );
}

#[test]
fn a_field_that_there_is_not_is_a_doubt() {
    expect(
        service(json!({"ports": [{"port": 80, "targetport": 8080}], "selectr": {"app": "web"}})),
        &[
            (".spec.ports[0].targetport", "no field"),
            (".spec.selectr", "no field"),
        ],
    );
}

#[test]
fn names_are_held_to_their_rules() {
    let named = |meta: Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 80}]}});
    for (meta, field) in [
        (json!({"name": "Web"}), ".metadata.name"),
        (json!({"name": "web.a"}), ".metadata.name"),
        (
            json!({"name": "web", "namespace": "a_b"}),
            ".metadata.namespace",
        ),
        (
            json!({"name": "web", "labels": {"app": "a b"}}),
            ".metadata.labels.app",
        ),
        (
            json!({"name": "web", "labels": {"a~b": "x"}}),
            ".metadata.labels[\"a~b\"]",
        ),
    ] {
        expect(named(meta), &[(field, "")]);
    }
}

#[test]
fn nothing_secret_is_quoted() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"pin": 4711}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [
        {"name": "a", "image": "b", "env": [{"name": "PIN", "value": 4711}]}]}});
    for object in [secret, pod] {
        let found = found(object);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].contains("4711"), "{found:?}");
    }
}

#[test]
fn secrets_hold_base64() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"a": "aGVsbG8=", "b": "no base64!"}});
    expect(secret, &[(".data.b", "is no base64")]);
}

#[test]
fn a_kind_in_the_wrong_group_is_told() {
    let why = |version, kind| {
        misplaced(version, kind)
            .map(|(why, _)| why)
            .unwrap_or_default()
    };
    assert!(why("v1", "Ingress").contains("networking.k8s.io/v1"));
    assert!(why("apps/v1", "Service").contains("it is in v1"));
    assert!(why("extensions/v1beta1", "Deployment").contains("1.16"));
    for (version, kind) in [
        ("networking.k8s.io/v2", "Ingress"),
        ("config.openshift.io/v1", "Ingress"),
        ("serving.knative.dev/v1", "Service"),
        ("v1", "LimitRange"),
    ] {
        assert_eq!(misplaced(version, kind), None, "{version} {kind}");
    }
}
