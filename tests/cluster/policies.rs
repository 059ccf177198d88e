//! NetworkPolicies on the real cluster. Its network enforces none: where packets have to die iptables drops them, and the test says so.

use serde_json::{Value, json};

use crate::bench::{Bench, SHOP, findings};
use crate::browser::Seen;
use crate::verdicts::Broken;
use crate::world::At;

/// A policy for all pods of the shop.
fn policy(name: &str, ingress: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress},
    })
}

fn from_traefik(port: u16) -> Value {
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "traefik"}});
    json!([{"from": [{"namespaceSelector": namespace}], "ports": [{"port": port}]}])
}

/// As a network would that enforces a denial.
fn drops(bench: &Bench) {
    let to_pods = "OUTPUT -d 10.244.0.0/16 -p tcp --dport 8080 -j DROP";
    let rule: Vec<&str> = to_pods.split(' ').collect();
    bench.firewall(&At::PodOf("traefik"), &rule);
    bench.sees(SHOP, |seen| *seen == Seen::TimedOut);
}

fn state_of_policies(report: &Value) -> &Value {
    let mut path = report["path"].as_array().unwrap().iter();
    let hop = path.find(|h| h["hop"] == "network-policy");
    &hop.unwrap()["state"]
}

fn diagnoses(bench: &Bench, at: &str, root: &str) -> Value {
    let (roots, folded) = (&[root], &[]);
    bench.diagnoses(SHOP, &Broken { at, roots, folded })
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_that_denies_where_packets_die() {
    let bench = Bench::healthy();
    bench.add(policy("default-deny", &json!([])));
    drops(&bench);
    let code = "netpol-ingress-denied-from-controller";
    let report = diagnoses(&bench, "network-policy", code);
    // The policy that is printed lets the same flow through, as hops and the API server read it.
    let mut all = findings(&report);
    let found = all.find(|f| f["code"] == code).unwrap();
    let command = found["remedy"]["commands"][0].as_str().unwrap();
    let object = &command[command.find('{').unwrap()..=command.rfind('}').unwrap()];
    bench.add(serde_json::from_str(object).unwrap());
    let report = diagnoses(&bench, "endpoints", "request-fails");
    assert_eq!(state_of_policies(&report), "ok", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_that_denies_and_that_nothing_enforces() {
    let bench = Bench::healthy();
    bench.add(policy("default-deny", &json!([])));
    let report = bench.approves(SHOP);
    let mut all = findings(&report);
    let found = all.find(|f| f["code"] == "netpol-ingress-denied-from-controller");
    let found = found.unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!(found["severity"], "info", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_with_the_port_of_the_service_where_packets_die() {
    let bench = Bench::healthy();
    bench.add(policy("from-traefik", &from_traefik(80)));
    drops(&bench);
    diagnoses(
        &bench,
        "network-policy",
        "netpol-service-port-instead-of-pod-port",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_that_allows_where_packets_die_all_the_same() {
    let bench = Bench::healthy();
    bench.add(policy("from-traefik", &from_traefik(8080)));
    drops(&bench);
    let report = diagnoses(&bench, "endpoints", "request-fails");
    assert_eq!(state_of_policies(&report), "ok", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_that_allows() {
    let bench = Bench::healthy();
    bench.add(policy("from-traefik", &from_traefik(8080)));
    let report = bench.approves(SHOP);
    assert_eq!(state_of_policies(&report), "ok", "{report:#}");
}
