//! NetworkPolicies between two pods. This cluster's network enforces none: where packets have to die iptables lets them fall in the
//! client's own network, as one would that does. Without a look from inside the client hops cannot know that they do.

use serde_json::{Value, json};

use super::state;
use crate::bench::{Bench, findings};
use crate::clients::Client;
use crate::world::At;

/// A policy for these pods.
fn policy(namespace: &str, pods: &str, kind: &str, rules: &Value) -> Value {
    let rules_of = kind.to_lowercase();
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "live", "namespace": namespace},
        "spec": {"podSelector": {"matchLabels": {"app": pods}}, "policyTypes": [kind], rules_of: rules},
    })
}

fn dns() -> Value {
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}});
    json!({
        "to": [{"namespaceSelector": namespace, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    })
}

fn frontend(port: u16) -> Value {
    json!({"to": [{"podSelector": {"matchLabels": {"app": "frontend"}}}], "ports": [{"port": port}]})
}

/// Packets of the client fall.
fn drops(bench: &Bench, rule: &str) {
    let rule: Vec<&str> = ["OUTPUT"]
        .into_iter()
        .chain(rule.split(' '))
        .chain(["-j", "DROP"])
        .collect();
    bench.firewall(&At::PodOf("client-glibc"), &rule);
}

/// hops says that this policy would deny the call, and finds nothing else.
fn denied(bench: &Bench, client: &Client, target: &str, code: &str) {
    let hops = bench.hops(&["--from", &client.pod(), target]);
    let report = hops.json();
    let found = format!("{report:#}\nexit {}", hops.exit);
    let roots: Vec<&Value> = findings(&report)
        .filter(|f| f["causedBy"].is_null() && f["severity"] != "info")
        .collect();
    assert_eq!(roots.len(), 1, "{found}");
    assert_eq!(roots[0]["code"], code, "{found}");
    assert_eq!(roots[0]["hop"], "network-policy", "{found}");
    let verdict = report["verdict"].as_str().unwrap();
    assert!(["degraded", "broken"].contains(&verdict), "{found}");
    assert_eq!(state(&report, "network-policy"), verdict, "{found}");
    assert_eq!(hops.exit, i32::from(verdict == "broken"), "{found}");
}

fn allowed(bench: &Bench, client: &Client, host: &str, port: u16) {
    let report = bench.call_works(client, host, port);
    assert_eq!(state(&report, "network-policy"), "ok", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn client_may_not_send() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.add(policy("shop", "client", "Egress", &json!([dns()])));
    drops(&bench, "-p tcp --dport 80");
    bench.meets(&client, "frontend", 80, "timeout");
    denied(
        &bench,
        &client,
        "frontend:80",
        "netpol-egress-denied-client",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn client_may_send_to_the_port_of_the_pods() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let rules = json!([dns(), frontend(8080)]);
    bench.add(policy("shop", "client", "Egress", &rules));
    allowed(&bench, &client, "frontend", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn client_may_send_to_the_port_of_the_service() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let rules = json!([dns(), frontend(80)]);
    bench.add(policy("shop", "client", "Egress", &rules));
    drops(&bench, "-p tcp --dport 80");
    bench.meets(&client, "frontend", 80, "timeout");
    denied(
        &bench,
        &client,
        "frontend:80",
        "netpol-service-port-instead-of-pod-port",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn client_may_not_ask_for_names() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.add(policy("shop", "client", "Egress", &json!([frontend(8080)])));
    drops(&bench, "-p udp --dport 53");
    drops(&bench, "-p tcp --dport 53");
    let name = "frontend.shop.svc.cluster.local.";
    bench.meets(&client, name, 80, "EAI_AGAIN");
    denied(
        &bench,
        &client,
        &format!("{name}:80"),
        "netpol-egress-dns-denied",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pods_do_not_take_the_client() {
    let bench = Bench::healthy();
    let client = bench.client("default");
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "traefik"}});
    let rules = json!([{"from": [{"namespaceSelector": namespace}], "ports": [{"port": 8080}]}]);
    bench.add(policy("shop", "frontend", "Ingress", &rules));
    drops(&bench, "-p tcp --dport 80");
    bench.meets(&client, "frontend.shop", 80, "timeout");
    let code = "netpol-ingress-denied-from-client";
    denied(&bench, &client, "frontend.shop:80", code);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pods_take_the_client() {
    let bench = Bench::healthy();
    let client = bench.client("default");
    let peer = json!({
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}},
        "podSelector": {"matchLabels": {"app": "client"}},
    });
    let rules = json!([{"from": [peer], "ports": [{"port": 8080}]}]);
    bench.add(policy("shop", "frontend", "Ingress", &rules));
    allowed(&bench, &client, "frontend.shop", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_of_other_pods() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.add(policy("shop", "somebody-else", "Egress", &json!([])));
    let report = bench.call_works(&client, "frontend", 80);
    assert_ne!(state(&report, "network-policy"), "degraded", "{report:#}");
}

/// Nobody carries it out here: iptables lets the packets fall, as Cilium would.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn policy_of_another_engine() {
    const DEFINITION: &str = "ciliumnetworkpolicies.cilium.io";
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.later(|bench| {
        bench.kubectl(&["delete", "crd", DEFINITION, "--wait=true"]);
    });
    bench.add(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": DEFINITION},
        "spec": {
            "group": "cilium.io", "scope": "Namespaced",
            "names": {"kind": "CiliumNetworkPolicy", "plural": "ciliumnetworkpolicies", "singular": "ciliumnetworkpolicy"},
            "versions": [{
                "name": "v2", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
    }));
    let established = format!("crd/{DEFINITION}");
    bench.kubectl(&[
        "wait",
        "--for=condition=Established",
        &established,
        "--timeout=30s",
    ]);
    // The group alone, and a policy for others, say nothing.
    bench.call_works(&client, "frontend", 80);
    let cilium = |app: &str| {
        json!({
            "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "live", "namespace": "shop"},
            "spec": {"endpointSelector": {"matchLabels": {"app": app}}, "ingress": [{"fromEndpoints": [{"matchLabels": {"app": "nobody"}}]}]},
        })
    };
    bench.add(cilium("others"));
    bench.call_works(&client, "frontend", 80);

    bench.add(cilium("frontend"));
    drops(&bench, "-p tcp --dport 80");
    bench.meets(&client, "frontend", 80, "timeout");
    let hops = bench.hops(&["--from", &client.pod(), "frontend:80"]);
    let report = hops.json();
    assert_eq!(report["verdict"], "unknown", "{report:#}");
    assert_eq!(state(&report, "network-policy"), "unknown", "{report:#}");
    assert!(super::has(&report, "netpol-other-engine"), "{report:#}");
    assert_eq!(hops.exit, 0, "{report:#}");
}
