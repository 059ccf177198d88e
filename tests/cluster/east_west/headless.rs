//! Headless Services and the pods of StatefulSets by name: what is there without a Service address. Each test has names of its own, for
//! the DNS server remembers those of the one before for seconds.

use serde_json::json;

use super::broken;
use crate::bench::{Bench, findings};

/// A headless Service of the StatefulSet of this name.
fn headless(bench: &Bench, name: &str) {
    bench.shop_service(
        name,
        &json!({"clusterIP": "None", "selector": {"app": name}, "ports": [{"port": 8080}]}),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn headless_service() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    headless(&bench, "db");
    bench.stateful("db", "db", 2);
    bench.until(
        "both records",
        || bench.looks_up(&client, &["db"]),
        |found| matches!(&found[0], crate::clients::Answer::Addresses(all) if all.len() == 2),
    );
    bench.call_works(&client, "db", 8080);
    bench.call_works(&client, "db.shop.svc.cluster.local.", 8080);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn headless_service_without_a_ready_pod() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let client = bench.client("shop");
    headless(&bench, "idle");
    bench.stateful("idle", "idle", 0);
    let report = bench.call_fails(
        &client,
        "idle",
        8080,
        "EAI_NONAME",
        &broken("endpoints", &["endpoints-scaled-to-zero"]),
    );
    // No such name, though the Service is there: that is what has to be explained.
    let mut all = findings(&report);
    let nxdomain = all.find(|f| f["code"] == "cluster-dns-headless-nxdomain");
    assert!(!nxdomain.unwrap()["causedBy"].is_null(), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn headless_service_called_at_its_port() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "pods",
        &json!({"clusterIP": "None", "selector": {"app": "frontend"}, "ports": [{"port": 80, "targetPort": 8080}]}),
    );
    // No port is translated: the call goes to port 80 of the pods.
    bench.call_fails(
        &client,
        "pods",
        80,
        "refused",
        &broken("service", &["service-headless-misuse"]),
    );
    // The port where the pods listen, which is no port of the Service.
    bench.call_works(&client, "pods", 8080);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn headless_service_whose_pods_are_published_unready() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "pods",
        &json!({
            "clusterIP": "None", "publishNotReadyAddresses": true,
            "selector": {"app": "frontend"}, "ports": [{"port": 8080}],
        }),
    );
    bench.change("Deployment", "frontend", |frontend| {
        frontend["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] =
            json!({"exec": {"command": ["/bin/busybox", "false"]}, "periodSeconds": 1});
    });
    let ready = || bench.read("shop", "deployment", "frontend")["status"]["readyReplicas"].clone();
    bench.until("no ready pod", ready, |count| count.is_null());
    bench.meets(&client, "pods", 8080, "ok");
    let hops = bench.hops(&["--from", &client.pod(), "pods:8080"]);
    let report = hops.json();
    assert_ne!(report["verdict"], "broken", "{report:#}");
    assert_eq!(hops.exit, 0, "{report:#}");
    assert_eq!(super::state(&report, "cluster-dns"), "ok", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pod_of_a_stateful_set() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    headless(&bench, "duo");
    bench.stateful("duo", "duo", 2);
    bench.call_works(&client, "duo-1.duo", 8080);
    let report = bench.call_works(&client, "duo-0.duo.shop.svc", 8080);
    assert_eq!(
        crate::bench::predicted_pods(&report),
        ["duo-0".to_owned()].into(),
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pod_of_a_stateful_set_behind_a_service_with_an_address() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    // Its own pods have names all the same, and the Service's port plays no part.
    bench.shop_service(
        "addressed",
        &json!({"selector": {"app": "addressed"}, "ports": [{"port": 80, "targetPort": 8080}]}),
    );
    bench.stateful("addressed", "addressed", 1);
    bench.call_works(&client, "addressed-0.addressed", 8080);
    bench.call_works(&client, "addressed", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pod_of_a_stateful_set_whose_service_name_is_another() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let client = bench.client("shop");
    headless(&bench, "renamed");
    bench.stateful("renamed", "renamed-headless", 2);
    let expected = broken("service", &["service-statefulset-name-mismatch"]);
    bench.call_fails(&client, "renamed-0.renamed", 8080, "EAI_NONAME", &expected);
    bench.call_fails(
        &client,
        "renamed-0.renamed-headless",
        8080,
        "EAI_NONAME",
        &expected,
    );
    // The Service itself is right.
    bench.call_works(&client, "renamed", 8080);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pod_beyond_the_replicas() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let client = bench.client("shop");
    headless(&bench, "few");
    bench.stateful("few", "few", 2);
    bench.call_fails(
        &client,
        "few-2.few",
        8080,
        "EAI_NONAME",
        &broken("service", &["service-statefulset-ordinal-missing"]),
    );
    bench.call_works(&client, "few-1.few", 8080);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pod_of_a_stateful_set_that_is_not_ready() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let client = bench.client("shop");
    headless(&bench, "late");
    let labels = json!({"app": "late"});
    bench.add(json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "late", "namespace": "shop"},
        "spec": {
            "serviceName": "late", "replicas": 2, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
                "name": "db", "image": "hops.test/agnhost:1", "imagePullPolicy": "Never",
                "args": ["serve-hostname", "--port=8080"], "ports": [{"containerPort": 8080}],
                "readinessProbe": {"exec": {"command": ["/bin/busybox", "false"]}, "periodSeconds": 1},
            }]}},
        },
    }));
    let made = || bench.pods("shop", "app=late");
    bench.until("the first pod", made, |all| !all.is_empty());
    let phase = || bench.read("shop", "pod", "late-0")["status"]["phase"].clone();
    bench.until("its process", phase, |phase| phase == "Running");
    let expected = broken("cluster-dns", &["cluster-dns-headless-nxdomain"]);
    bench.call_fails(&client, "late-0.late", 8080, "EAI_NONAME", &expected);
    // The second one is made when the first is ready.
    bench.call_fails(&client, "late-1.late", 8080, "EAI_NONAME", &expected);
    bench.add(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "late", "namespace": "shop"},
        "spec": {"clusterIP": "None", "publishNotReadyAddresses": true, "selector": labels, "ports": [{"port": 8080}]},
    }));
    bench.meets(&client, "late-0.late", 8080, "ok");
    let report = bench
        .hops(&["--from", &client.pod(), "late-0.late:8080"])
        .json();
    assert!(
        !super::has(&report, "cluster-dns-headless-nxdomain"),
        "{report:#}"
    );
}
