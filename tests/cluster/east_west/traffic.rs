//! Which node's packets kube-proxy takes where: a second node, and a kube-proxy that is gone.

use serde_json::json;

use super::broken;
use crate::bench::{Bench, roots};
use crate::clients::Library;

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn only_endpoints_of_its_own_node() {
    let bench = Bench::healthy();
    bench.second_node();
    bench.shop_service(
        "local",
        &json!({
            "internalTrafficPolicy": "Local", "selector": {"app": "frontend"},
            "ports": [{"port": 80, "targetPort": 8080}],
        }),
    );
    let near = bench.client_with(Library::Glibc, "shop", &json!({"nodeName": "node1"}));
    let far = bench.client_with(Library::Go, "shop", &json!({"nodeName": "node2"}));
    bench.call_works(&near, "local", 80);
    // Packets fall: nobody refuses.
    bench.call_fails(
        &far,
        "local",
        80,
        "timeout",
        &broken("service", &["service-internal-policy-local"]),
    );
    // The same pods through a Service without the policy.
    bench.call_works(&far, "frontend", 80);
}

/// What kube-proxy wrote before stays; what comes after has no rules.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn kube_proxy_is_gone() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let again = bench.kill("kube-proxy");
    bench.later(move |_| again());
    bench.shop_service(
        "late",
        &json!({"selector": {"app": "frontend"}, "ports": [{"port": 80, "targetPort": 8080}]}),
    );
    // Cilium or kube-router in its place would look the same from outside.
    bench.call_is_warned_of(
        &client,
        ("late", 80),
        "timeout",
        "kube-proxy-missing-on-node",
    );
    bench.meets(&client, "frontend", 80, "ok");
    let hops = bench.hops(&["--from", &client.pod(), "frontend:80"]);
    let report = hops.json();
    assert!(roots(&report).is_empty(), "{report:#}");
    assert_ne!(report["verdict"], "broken", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn sticky_clients() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "sticky",
        &json!({
            "sessionAffinity": "ClientIP", "selector": {"app": "frontend"},
            "ports": [{"port": 80, "targetPort": 8080}],
        }),
    );
    let report = bench.call_works(&client, "sticky", 80);
    assert!(roots(&report).is_empty(), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn service_of_another_proxy() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let spec =
        json!({"selector": {"app": "frontend"}, "ports": [{"port": 80, "targetPort": 8080}]});
    let object = |name: &str, key: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": "shop", "labels": {key: "other"}}, "spec": spec,
        })
    };
    bench.add(object(
        "foreign",
        "service.kubernetes.io/service-proxy-name",
    ));
    bench.call_is_warned_of(
        &client,
        ("foreign", 80),
        "timeout",
        "service-proxy-name-foreign",
    );
    // A label that is only called alike.
    bench.add(object("own", "example.com/service-proxy-name"));
    bench.call_works(&client, "own", 80);
}
