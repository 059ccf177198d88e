//! Faults between the address and the controller: load balancers, nodes, firewalls, ports.

use serde_json::{Value, json};

use crate::bench::{Bench, SHOP, SHOP_ADDRESS};
use crate::browser::Seen;
use crate::verdicts::Broken;
use crate::world::{At, NODE, NODE2};

const PLAIN: &str = "http://shop.example.com/hostname";
/// The address of a load balancer in front of the node.
const FRONT: &str = "203.0.113.90";

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

/// Node ports of the first 86 of the range, which the API server gives to nobody who does not name them (KEP-3668).
fn node_ports(bench: &Bench, kind: &str, change: impl FnOnce(&mut Value)) {
    bench.change("Service", "traefik", |service| {
        service["spec"]["type"] = kind.into();
        service["spec"]["ports"][0]["nodePort"] = 30080.into();
        service["spec"]["ports"][1]["nodePort"] = 30043.into();
        change(service);
    });
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn local_traffic_policy_on_a_node_without_controller() {
    let bench = Bench::healthy();
    bench.second_node();
    bench.publish(&[NODE, NODE2]);
    bench.move_to(&[NODE, NODE2]);
    let at = |node: &str| {
        bench.curl_with(
            &["--resolve", &format!("shop.example.com:443:{node}")],
            SHOP,
        )
    };
    bench.until("node2", || at(NODE2), |seen| seen.status() == 200);
    bench.approves(SHOP);
    bench.change("Service", "traefik", |service| {
        service["spec"]["externalTrafficPolicy"] = "Local".into()
    });
    bench.until("node2", || at(NODE2), |seen| *seen == Seen::TimedOut);
    assert_eq!(at(NODE).status(), 200);
    // Clients that try both addresses get through.
    bench.warns(SHOP, "load-balancer", "lb-etp-local-no-endpoint");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn proxy_line_that_the_controller_does_not_expect() {
    let bench = Bench::healthy();
    node_ports(&bench, "LoadBalancer", |service| {
        service["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"] =
            "*".into();
    });
    bench.load_balancer(FRONT, &[(80, 30080), (443, 30043)], &["proxy"]);
    bench.behind(FRONT);
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

/// The page is no controller's, though it looks like one: the port is another program's.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn another_program_has_the_nodes_port() {
    let bench = Bench::healthy();
    node_ports(&bench, "NodePort", |_| ());
    bench.zone(|zone| zone.replace("shop  60 IN A   203.0.113.80", "shop 60 IN A 198.51.100.1"));
    let listen = format!("{NODE}:80");
    bench.on_the_node(&[
        "busybox",
        "httpd",
        "-f",
        "-p",
        &listen,
        "-h",
        "/proc/self/net",
    ]);
    let url = "http://shop.example.com/hostname";
    bench.sees(url, |seen| seen.status() == 404);
    let report = bench.hops(&[url]).json();
    broken(&bench, url, "load-balancer", "nodeport-unreachable");
    // Nobody calls it Traefik's.
    assert_ne!(report["answer"]["answeredBy"], "traefik", "{report:#}");
    // Where the controller does listen all is well.
    bench.approves("http://shop.example.com:30080/hostname");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn controllers_service_selects_nothing() {
    let bench = Bench::healthy();
    bench.change("Service", "traefik", |service| {
        service["spec"]["selector"] = json!({"app.kubernetes.io/name": "traefik-ingress"})
    });
    // kube-proxy rejects with ICMP, which does not always get through: then it is silence.
    bench.sees(SHOP, |seen| matches!(seen, Seen::Refused | Seen::TimedOut));
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

/// The load balancer ends TLS; Traefik sees http and sends everybody to where they are.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn redirect_behind_a_load_balancer_that_ends_tls() {
    let bench = Bench::healthy();
    node_ports(&bench, "LoadBalancer", |service| {
        let annotations = &mut service["metadata"]["annotations"];
        annotations["service.beta.kubernetes.io/aws-load-balancer-ssl-cert"] =
            "arn:aws:acm:eu-central-1:1:certificate/1".into();
        annotations["service.beta.kubernetes.io/aws-load-balancer-backend-protocol"] = "tcp".into();
        service["spec"]["ports"][1]["targetPort"] = "web".into();
    });
    let file = |extension| bench.run.join("shop/shop").with_extension(extension);
    let (certificate, key) = (file("crt"), file("key"));
    let mode = [
        "plain",
        &certificate.to_string_lossy(),
        &key.to_string_lossy(),
    ];
    bench.load_balancer(FRONT, &[(443, 30043)], &mode);
    bench.behind(FRONT);
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
    let redirect = "--entrypoints.web.http.redirections.entrypoint.to=:443";
    bench.traefik_args(&[], &[redirect]);
    bench.sees(SHOP, |seen| (300..309).contains(&seen.status()));
    assert!(
        matches!(bench.curl_with(&["-L"], SHOP), Seen::Other { exit: 47, .. }),
        "too many redirects"
    );
    broken(&bench, SHOP, "route", "ingress-redirect-loop");
}
