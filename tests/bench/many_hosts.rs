//! A cluster of many hosts: an Ingress, a Service, a slice and a pod each, behind the controller of the shop. One in a hundred has no
//! endpoint that is ready.

use serde_json::{Value, json};

/// The name of a host.
pub fn host(i: usize) -> String {
    format!("web-{i}.example.com")
}

/// All objects.
pub fn objects(hosts: usize) -> Vec<Value> {
    let text = include_str!("../pitfalls/shop.yaml");
    let base: Value = serde_saphyr::from_str(text).expect("the base fixture");
    let mut objects = base["objects"].as_array().expect("objects").clone();
    for i in 0..hosts {
        let (name, namespace) = (format!("web-{i}"), format!("team-{}", i % 200));
        let ready = i % 100 != 99;
        let address = format!("10.{}.{}.{}", 100 + i / 65_536, (i / 256) % 256, i % 256);
        objects.push(json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": name, "namespace": namespace, "uid": format!("i{i}")},
            "spec": {"ingressClassName": "traefik", "rules": [{"host": host(i),
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": name, "port": {"number": 80}}}}]}}]}}));
        objects.push(json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": namespace, "uid": format!("s{i}")},
            "spec": {"clusterIP": "10.96.0.9", "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}}));
        objects.push(json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "namespace": namespace, "uid": format!("e{i}"), "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
            "endpoints": [{"addresses": [address], "conditions": {"ready": ready, "serving": ready},
                "targetRef": {"kind": "Pod", "name": name, "namespace": namespace}}]}));
        objects.push(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "uid": format!("p{i}"), "labels": {"app": name},
                "creationTimestamp": "2026-11-01T00:00:00Z"},
            "spec": {"nodeName": "n", "containers": [{"name": "web", "image": "web:1", "ports": [{"containerPort": 8080}]}]},
            "status": {"phase": "Running", "podIP": address,
                "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}}));
    }
    objects
}
