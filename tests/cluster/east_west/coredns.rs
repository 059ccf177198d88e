//! The cluster's DNS itself: gone, told the wrong thing, or told to say something else.

use super::{DEAD, broken, has, state};
use crate::bench::Bench;

const OUTSIDE: &str = "shop.example.com";
const FORWARD: &str = "forward . /etc/resolv.conf";
const KUBERNETES: &str = "kubernetes cluster.local";

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn scaled_to_zero() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Deployment", "coredns", |coredns| {
        coredns["spec"]["replicas"] = 0.into();
    });
    let expected = broken("cluster-dns", &["cluster-dns-down"]);
    bench.meets(&client, "frontend", 80, "EAI_AGAIN");
    // kube-proxy refuses, so glibc knows at once: as often as the kernel says so, which is once a second and six times in a row.
    std::thread::sleep(std::time::Duration::from_secs(8));
    let began = std::time::Instant::now();
    bench.connects(&client, "frontend", 80);
    assert!(began.elapsed().as_secs() < 3, "{:?}", began.elapsed());
    bench.call_fails(&client, "frontend", 80, "EAI_AGAIN", &expected);
    // An address needs no DNS.
    let frontend = bench.read("shop", "service", "frontend");
    let address = frontend["spec"]["clusterIP"].as_str().unwrap();
    bench.call_works(&client, address, 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn service_selects_nothing() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Service", "kube-dns", |service| {
        service["spec"]["selector"] = serde_json::json!({"k8s-app": "coredns"});
    });
    bench.call_fails(
        &client,
        "frontend",
        80,
        "EAI_AGAIN",
        &broken("cluster-dns", &["cluster-dns-down"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn upstream_is_dead() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.dns_runs_with(FORWARD, &format!("forward . {DEAD}"));
    bench.call_fails(
        &client,
        OUTSIDE,
        443,
        "EAI_AGAIN",
        &broken("cluster-dns", &["cluster-dns-upstream-broken"]),
    );
    // Names of the cluster do not pass it.
    bench.call_works(&client, "frontend", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn no_upstream() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.dns_runs_with(FORWARD, "");
    bench.call_fails(
        &client,
        OUTSIDE,
        443,
        "EAI_AGAIN",
        &broken("cluster-dns", &["cluster-dns-no-forward"]),
    );
    bench.call_works(&client, "frontend", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn misspelt_plugin() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.corefile(|text| text.replacen("forward", "foward", 1));
    // Harmless until CoreDNS is started again.
    bench.meets(&client, "frontend", 80, "ok");
    let hops = bench.hops(&["--from", &client.pod(), "frontend:80"]);
    let report = hops.json();
    assert_ne!(report["verdict"], "broken", "{report:#}");
    assert!(has(&report, "cluster-dns-corefile-invalid"), "{report:#}");
    assert_eq!(hops.exit, 0, "{report:#}");

    bench.dns_restarts();
    bench.dns_crashes();
    bench.call_fails(
        &client,
        "frontend",
        80,
        "EAI_AGAIN",
        &broken("cluster-dns", &["cluster-dns-corefile-invalid"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn forwards_to_itself() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.corefile(|text| {
        assert!(text.contains(FORWARD), "{text}");
        text.replacen(FORWARD, "loop\n        forward . 127.0.0.1", 1)
    });
    bench.dns_restarts();
    bench.dns_crashes();
    bench.call_fails(
        &client,
        "frontend",
        80,
        "EAI_AGAIN",
        &broken("cluster-dns", &["cluster-dns-loop"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn has_a_loop_plugin_and_no_loop() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.dns_runs_with(FORWARD, &format!("loop\n        {FORWARD}"));
    bench.call_works(&client, "frontend", 80);
    bench.call_leads_outside(&client, OUTSIDE, 443);
}

/// A hosts block that ends in itself: its name is answered by it, and any other one with SERVFAIL.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn hosts_without_fallthrough() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let hosts = format!(
        "hosts {{\n          {DEAD} frontend.shop.svc.cluster.local\n        }}\n        {KUBERNETES}"
    );
    bench.dns_runs_with(KUBERNETES, &hosts);
    let expected = broken("cluster-dns", &["cluster-dns-override"]);
    bench.call_fails(
        &client,
        "product-service.default",
        80,
        "EAI_AGAIN",
        &expected,
    );
    bench.call_fails(&client, "frontend", 80, "timeout", &expected);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn hosts_that_fall_through() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let hosts = format!(
        "hosts {{\n          {DEAD} other.shop.svc.cluster.local\n          fallthrough\n        }}\n        {KUBERNETES}"
    );
    bench.dns_runs_with(KUBERNETES, &hosts);
    bench.call_works(&client, "frontend", 80);
    bench.call_works(&client, "product-service.default", 80);
}

/// No object has the name, and it is answered all the same.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn rewritten_name() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let rewrite = format!(
        "rewrite name exact api.shop.svc.cluster.local product-service.default.svc.cluster.local\n        {KUBERNETES}"
    );
    bench.dns_runs_with(KUBERNETES, &rewrite);
    bench.meets(&client, "api", 80, "ok");
    let hops = bench.hops(&["--from", &client.pod(), "api:80"]);
    let report = hops.json();
    assert_ne!(report["verdict"], "broken", "{report:#}");
    assert_ne!(state(&report, "cluster-dns"), "broken", "{report:#}");
    assert_eq!(hops.exit, 0, "{report:#}");
}
