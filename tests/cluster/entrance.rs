//! Faults between the address and the controller: load balancers, nodes, firewalls, ports.

use serde_json::{Value, json};

use crate::bench::{Bench, Broken, SHOP, SHOP_ADDRESS, Seen};
use crate::world::{At, NODE, NODE2};

const PLAIN: &str = "http://shop.example.com/hostname";
/// The address of a load balancer in front of the node.
const FRONT: &str = "203.0.113.81";

fn broken(bench: &Bench, url: &str, at: &str, root: &str) -> Value {
    let roots = &[root];
    let folded = &[];
    bench.diagnoses(url, &Broken { at, roots, folded })
}

/// The same request, put into Traefik's pod, is answered.
fn traefik_answers(bench: &Bench) {
    let seen = bench.curl_in_pod(&bench.traefik(), 8443, SHOP);
    assert_eq!(seen.status(), 200, "{seen:?}");
}

fn node_ports(bench: &Bench, kind: &str, change: impl FnOnce(&mut Value)) {
    bench.change("Service", "traefik", |service| {
        service["spec"]["type"] = kind.into();
        service["spec"]["ports"][0]["nodePort"] = 30080.into();
        service["spec"]["ports"][1]["nodePort"] = 30443.into();
        change(service);
    });
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn local_traffic_policy_on_a_node_without_controller() {
    let bench = Bench::healthy();
    bench.second_node();
    bench.publish(&[NODE, NODE2]);
    bench.zone(|zone| {
        zone.replace(
            "shop  60 IN A   203.0.113.80",
            "shop 60 IN A 198.51.100.1\nshop 60 IN A 198.51.100.2",
        )
    });
    let at = |node: &str| {
        bench.curl_with(
            &["--resolve", &format!("shop.example.com:443:{node}")],
            SHOP,
        )
    };
    bench.until("node2", || at(NODE2), |seen| seen.status() == 200);
    bench.until(
        "the name",
        || bench.nslookup("shop.example.com", "127.0.0.1"),
        |answer| answer.contains(NODE2),
    );
    bench.approves(SHOP);
    bench.change("Service", "traefik", |service| {
        service["spec"]["externalTrafficPolicy"] = "Local".into()
    });
    bench.until("node2", || at(NODE2), |seen| *seen == Seen::TimedOut);
    assert_eq!(at(NODE).status(), 200);
    broken(&bench, SHOP, "load-balancer", "lb-etp-local-no-endpoint");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn proxy_line_that_the_controller_does_not_expect() {
    let bench = Bench::healthy();
    node_ports(&bench, "LoadBalancer", |service| {
        service["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"] =
            "*".into();
    });
    bench.load_balancer(FRONT, &[(80, 30080), (443, 30443)], &["proxy"]);
    bench.publish_proxy(FRONT);
    bench.zone(|zone| zone.replace("shop  60 IN A   203.0.113.80", "shop 60 IN A 203.0.113.81"));
    bench.sees(SHOP, |seen| matches!(seen, Seen::Other { exit: 35, .. }));
    bench.sees(PLAIN, |seen| seen.status() == 400);
    traefik_answers(&bench);
    broken(&bench, SHOP, "load-balancer", "lb-proxy-protocol-mismatch");
    bench.traefik_args(
        &[],
        &[
            "--entrypoints.web.proxyprotocol.insecure=true",
            "--entrypoints.websecure.proxyprotocol.insecure=true",
        ],
    );
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn firewall_drops() {
    let bench = Bench::healthy();
    bench.firewall(
        &At::Laptop,
        &[
            "OUTPUT",
            "-d",
            SHOP_ADDRESS,
            "-p",
            "tcp",
            "--dport",
            "443",
            "-j",
            "DROP",
        ],
    );
    assert_eq!(bench.curl(SHOP), Seen::TimedOut);
    assert_eq!(bench.curl(PLAIN).status(), 200, "the other port is open");
    traefik_answers(&bench);
    broken(&bench, SHOP, "load-balancer", "lb-timeout");
    bench.approves(PLAIN);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn firewall_rejects() {
    let bench = Bench::healthy();
    let reject = ["-j", "REJECT", "--reject-with", "tcp-reset"];
    let rule = [
        &["OUTPUT", "-d", SHOP_ADDRESS, "-p", "tcp", "--dport", "443"][..],
        &reject,
    ]
    .concat();
    bench.firewall(&At::Laptop, &rule);
    assert_eq!(bench.curl(SHOP), Seen::Refused);
    traefik_answers(&bench);
    broken(&bench, SHOP, "load-balancer", "lb-refused");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn node_port_behind_a_firewall() {
    let bench = Bench::healthy();
    node_ports(&bench, "NodePort", |_| ());
    bench.zone(|zone| zone.replace("shop  60 IN A   203.0.113.80", "shop 60 IN A 198.51.100.1"));
    let url = "http://shop.example.com:30080/hostname";
    bench.sees(url, |seen| seen.status() == 200);
    bench.approves(url);
    bench.firewall(
        &At::Laptop,
        &[
            "OUTPUT", "-d", NODE, "-p", "tcp", "--dport", "30080", "-j", "DROP",
        ],
    );
    assert_eq!(bench.curl(url), Seen::TimedOut);
    broken(&bench, url, "load-balancer", "nodeport-unreachable");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn controllers_service_selects_nothing() {
    let bench = Bench::healthy();
    bench.change("Service", "traefik", |service| {
        service["spec"]["selector"] = json!({"app.kubernetes.io/name": "traefik-ingress"})
    });
    bench.sees(SHOP, |seen| *seen == Seen::Refused);
    traefik_answers(&bench);
    broken(&bench, SHOP, "controller", "ctl-service-mismatch");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn controllers_service_goes_to_a_port_where_nothing_listens() {
    let bench = Bench::healthy();
    bench.change("Service", "traefik", |service| {
        service["spec"]["ports"][1]["targetPort"] = 8444.into()
    });
    bench.sees(SHOP, |seen| *seen == Seen::Refused);
    traefik_answers(&bench);
    broken(&bench, SHOP, "controller", "ctl-service-mismatch");
}

/// From outside it looks like a router without TLS: the certificate is right, and then 404.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn port_443_goes_to_the_plain_entry_point() {
    let bench = Bench::healthy();
    bench.change("Service", "traefik", |service| {
        service["spec"]["ports"][1]["targetPort"] = "web".into()
    });
    bench.sees(SHOP, |seen| seen.status() == 404);
    assert_eq!(bench.curl(PLAIN).status(), 200);
    traefik_answers(&bench);
    broken(&bench, SHOP, "load-balancer", "lb-port-map");
}
