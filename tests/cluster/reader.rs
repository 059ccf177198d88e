//! A user who may read only one namespace, and no Secrets: what hops cannot see is a gap, never a fault.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bench::{Bench, SHOP, findings, predicted_pods};

/// A ServiceAccount with the usual rights of a developer in namespace shop: its kubeconfig.
fn reader(bench: &Bench) -> PathBuf {
    let object = |kind: &str, version: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "reader", "namespace": "shop"}});
    bench.add(object("ServiceAccount", "v1"));
    let mut role = object("Role", "rbac.authorization.k8s.io/v1");
    role["rules"] = json!([
        {"apiGroups": [""], "resources": ["services", "pods", "events"], "verbs": ["get", "list"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses", "networkpolicies"], "verbs": ["get", "list"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["deployments", "replicasets", "statefulsets", "daemonsets"], "verbs": ["get", "list"]},
    ]);
    bench.add(role);
    let mut binding = object("RoleBinding", "rbac.authorization.k8s.io/v1");
    binding["roleRef"] =
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"});
    binding["subjects"] =
        json!([{"kind": "ServiceAccount", "name": "reader", "namespace": "shop"}]);
    bench.add(binding);
    let token = bench.kubectl(&["-n", "shop", "create", "token", "reader"]);
    let mut config: Value =
        serde_json::from_str(&bench.kubectl(&["config", "view", "--raw", "-o", "json"])).unwrap();
    config["users"][0]["user"] = json!({"token": token.trim()});
    config["contexts"][0]["context"]["namespace"] = "shop".into();
    let file = bench.run.join("reader.kubeconfig");
    std::fs::write(&file, config.to_string()).unwrap();
    file
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn reads_one_namespace_of_a_healthy_shop() {
    let bench = Bench::healthy();
    let kubeconfig = reader(&bench);
    let answering = bench.answering(SHOP, 12);
    let hops = bench.hops_as(&kubeconfig, &[SHOP]);
    let report = hops.json();
    assert_eq!(hops.exit, 0, "{report:#}");
    assert!(
        findings(&report).all(|finding| finding["severity"] != "error"),
        "{report:#}"
    );
    assert_eq!(predicted_pods(&report), answering, "{report:#}");
    let allow: Vec<_> = report["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["allow"].as_str().unwrap_or_default())
        .collect();
    assert!(
        allow
            .iter()
            .any(|right| right.contains("ingressclasses.networking.k8s.io")),
        "{report:#}"
    );
    assert!(
        allow
            .iter()
            .any(|right| right.contains("secrets") && right.contains("shop")),
        "{report:#}"
    );
    let strict = bench.hops_as(&kubeconfig, &["--strict", SHOP]);
    assert_eq!(strict.exit, 3, "{}", strict.stdout);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn finds_the_fault_that_is_in_sight() {
    let bench = Bench::healthy();
    let kubeconfig = reader(&bench);
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"]["app"] = "fronted".into()
    });
    bench.sees(SHOP, |seen| seen.status() == 404);
    let hops = bench.hops_as(&kubeconfig, &[SHOP]);
    let report = hops.json();
    assert_eq!(
        crate::bench::roots(&report),
        ["service-selector-no-match".to_owned()].into(),
        "{report:#}"
    );
    assert_eq!(hops.exit, 1, "{report:#}");
}
