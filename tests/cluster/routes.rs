//! Routes of a real Gateway, by Envoy Gateway and by Traefik: what their rules and status rows say, against what users get.

use serde_json::{Value, json};

use crate::bench::{Bench, findings};
use crate::browser::Seen;
use crate::verdicts::Broken;

const HOST: &str = "gw.example.com";
const URL: &str = "http://gw.example.com/hostname";
const ENVOY: &str = "203.0.113.82";

fn backend(service: &str) -> Value {
    json!({"name": service, "port": 80})
}

/// Prepares the host at this Gateway, with a route of these rules.
fn routed(address: &str, gateway: &Value, rules: &Value) -> Bench {
    let bench = Bench::healthy();
    bench.zone(|zone| format!("{zone}gw 60 IN A {address}\n"));
    bench.add(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "gw", "namespace": "shop"},
        "spec": {"parentRefs": [gateway], "hostnames": [HOST], "rules": rules},
    }));
    bench
}

fn by_envoy(rules: &Value) -> Bench {
    routed(
        ENVOY,
        &json!({"name": "eg", "namespace": "envoy-gateway-system"}),
        rules,
    )
}

fn by_traefik(rules: &Value) -> Bench {
    routed(
        "203.0.113.80",
        &json!({"name": "traefik", "namespace": "traefik"}),
        rules,
    )
}

/// Whoever carries it takes it up within a moment; before that it answers as if there were none.
fn settle() {
    std::thread::sleep(std::time::Duration::from_secs(2));
}

const fn is(status: u16) -> impl Fn(&Seen) -> bool {
    move |seen| seen.status() == status
}

fn of(service: &'static str) -> impl Fn(&Seen) -> bool {
    move |seen| matches!(seen, Seen::Answer { status: 200, body } if body.starts_with(service))
}

fn breaks(bench: &Bench, status: u16, at: &str, root: &str) -> Value {
    settle();
    bench.sees(URL, is(status));
    let (roots, folded) = (&[root], &[]);
    bench.diagnoses(URL, &Broken { at, roots, folded })
}

fn serves(bench: &Bench) -> Value {
    bench.sees(URL, of("frontend-"));
    bench.approves(URL)
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_that_wants_a_header() {
    let gold = json!([{"matches": [{"headers": [{"name": "X-Tier", "value": "gold"}]}], "backendRefs": [backend("frontend")]}]);
    let bench = by_envoy(&gold);
    breaks(&bench, 404, "route", "route-no-match");
    let hops = bench.hops(&[URL, "-H", "x-tier: gold"]);
    let report = hops.json();
    assert_eq!(
        (hops.exit, &report["verdict"]),
        (0, &json!("ok")),
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_that_wants_another_method() {
    let posted = json!([{"matches": [{"method": "POST"}], "backendRefs": [backend("frontend")]}]);
    breaks(&by_envoy(&posted), 404, "route", "route-no-match");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_that_wants_a_query() {
    let asked = json!([{"matches": [{"queryParams": [{"name": "v", "value": "2"}]}], "backendRefs": [backend("frontend")]}]);
    let bench = by_envoy(&asked);
    breaks(&bench, 404, "route", "route-no-match");
    bench.approves("http://gw.example.com/hostname?v=2");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_by_traefik_to_a_service_that_there_is_not() {
    let bench = by_traefik(&json!([{"backendRefs": [backend("frontends")]}]));
    breaks(&bench, 500, "route", "route-backend-not-found");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_by_traefik_into_a_namespace_that_grants_nothing() {
    let bench = by_traefik(
        &json!([{"backendRefs": [{"name": "product-service", "namespace": "default", "port": 80}]}]),
    );
    breaks(&bench, 500, "route", "route-ref-not-permitted");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_by_traefik_for_another_path() {
    let bench = by_traefik(
        &json!([{"matches": [{"path": {"type": "Exact", "value": "/host"}}], "backendRefs": [backend("frontend")]}]),
    );
    breaks(&bench, 404, "route", "route-no-match");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_by_traefik_with_a_listener_that_there_is_not() {
    let gateway = json!({"name": "traefik", "namespace": "traefik", "sectionName": "wbe"});
    let bench = routed(
        "203.0.113.80",
        &gateway,
        &json!([{"backendRefs": [backend("frontend")]}]),
    );
    breaks(&bench, 404, "route", "route-no-matching-parent");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_to_a_service_without_pods() {
    let bench = by_envoy(&json!([{"backendRefs": [backend("idle")]}]));
    bench.app("shop", "idle", 0);
    settle();
    bench.sees(URL, is(503));
    let report = bench.hops(&[URL]).json();
    assert_eq!(report["verdict"], "broken", "{report:#}");
    assert_eq!(report["brokenAt"], "endpoints", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_to_a_port_where_nothing_listens() {
    let bench = by_envoy(&json!([{"backendRefs": [{"name": "deaf", "port": 80}]}]));
    bench.add(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "deaf", "namespace": "shop"},
        "spec": {"selector": {"app": "frontend"}, "ports": [{"port": 80, "targetPort": 9999}]},
    }));
    settle();
    bench.sees(URL, is(503));
    let report = bench.hops(&[URL]).json();
    assert_eq!(report["verdict"], "broken", "{report:#}");
    let codes: Vec<&str> = findings(&report)
        .filter_map(|f| f["code"].as_str())
        .collect();
    assert!(
        codes.contains(&"service-targetport-mismatch"),
        "{codes:?} {report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn half_of_the_requests_lead_to_nothing() {
    let bench = by_envoy(&json!([{"backendRefs": [backend("frontend"), backend("gone")]}]));
    settle();
    let statuses = || {
        (0..12)
            .map(|_| bench.curl(URL).status())
            .collect::<std::collections::BTreeSet<_>>()
    };
    bench.until("both answers", statuses, |all| {
        *all == [200, 500].into_iter().collect()
    });
    let report = bench.hops(&[URL]).json();
    assert_ne!(report["verdict"], "ok", "{report:#}");
    let found = findings(&report).find(|f| f["code"] == "route-backend-not-found");
    let found = found.unwrap_or_else(|| panic!("{report:#}"));
    assert!(found.to_string().contains("50 %"), "{found:#}");
}

/// Sent to itself for ever.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn redirect_to_itself() {
    let around =
        json!([{"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "http"}}]}]);
    let bench = by_envoy(&around);
    settle();
    bench.sees(URL, is(302));
    let hops = bench.hops(&[URL]);
    let report = hops.json();
    assert_eq!(
        (hops.exit, &report["verdict"]),
        (1, &json!("broken")),
        "{report:#}"
    );
    assert!(
        crate::bench::roots(&report).contains("route-filter-surprise"),
        "{report:#}"
    );
}

// -- what only looks broken

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn backend_without_weight_beside_one_with_all_of_it() {
    let rules =
        json!([{"backendRefs": [{"name": "gone", "port": 80, "weight": 0}, backend("frontend")]}]);
    let bench = by_envoy(&rules);
    serves(&bench);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn younger_route_for_a_narrower_path() {
    let bench = by_envoy(&json!([{"backendRefs": [backend("frontend")]}]));
    bench.app("shop", "cart", 1);
    bench.rolled_out("shop", "cart");
    bench.add(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "aa", "namespace": "shop"},
        "spec": {"parentRefs": [{"name": "eg", "namespace": "envoy-gateway-system"}], "hostnames": [HOST],
            "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/cart"}}], "backendRefs": [backend("cart")]}]},
    }));
    let cart = "http://gw.example.com/cart";
    bench.sees(cart, |seen| seen.status() != 404);
    settle();
    let report = serves(&bench);
    assert_eq!(report["backends"][0]["service"], "frontend", "{report:#}");
    let report = bench.hops(&[cart]).json();
    assert_eq!(report["backends"][0]["service"], "cart", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn path_that_is_written_anew() {
    let rules = json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/old"}}],
        "filters": [{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}],
        "backendRefs": [backend("frontend")]}]);
    let bench = by_envoy(&rules);
    let url = "http://gw.example.com/old/hostname";
    bench.sees(url, of("frontend-"));
    bench.approves(url);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn http_that_is_sent_to_https() {
    let bench = routed(
        ENVOY,
        &json!({"name": "eg", "namespace": "envoy-gateway-system", "sectionName": "https"}),
        &json!([{"backendRefs": [backend("frontend")]}]),
    );
    bench.add(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "upgrade", "namespace": "shop"},
        "spec": {"parentRefs": [{"name": "eg", "namespace": "envoy-gateway-system", "sectionName": "http"}], "hostnames": [HOST],
            "rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]}]},
    }));
    bench.sees("https://gw.example.com/hostname", of("frontend-"));
    bench.sees(URL, is(301));
    bench.approves("https://gw.example.com/hostname");
    bench.approves(URL);
}

/// A row of somebody who is not the Gateway's controller says nothing of it.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn status_row_of_somebody_else() {
    let bench = by_envoy(&json!([{"backendRefs": [backend("frontend")]}]));
    bench.sees(URL, of("frontend-"));
    let row = json!({
        "parentRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "eg", "namespace": "envoy-gateway-system"},
        "controllerName": "example.com/somebody",
        "conditions": [{"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners", "message": "no",
            "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}],
    });
    let patch = json!([{"op": "add", "path": "/status/parents/-", "value": row}]).to_string();
    bench.kubectl(&[
        "-n",
        "shop",
        "patch",
        "httproute",
        "gw",
        "--subresource=status",
        "--type=json",
        "-p",
        &patch,
    ]);
    serves(&bench);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_by_traefik() {
    let bench = by_traefik(&json!([{"backendRefs": [backend("frontend")]}]));
    serves(&bench);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_without_hostnames() {
    let bench = by_envoy(&json!([{"backendRefs": [backend("frontend")]}]));
    bench.add(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "gw", "namespace": "shop"},
        "spec": {"parentRefs": [{"name": "eg", "namespace": "envoy-gateway-system"}],
            "rules": [{"backendRefs": [backend("frontend")]}]},
    }));
    settle();
    serves(&bench);
}

/// A host of gRPC calls alone, behind Envoy Gateway: `grpc` is a server that knows health checks and no other service.
fn called(replicas: usize) -> Bench {
    let bench = Bench::healthy();
    bench.zone(|zone| format!("{zone}gw 60 IN A {ENVOY}\n"));
    let labels = json!({"app": "grpc"});
    bench.add(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "grpc", "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{
                "name": "grpc", "image": "hops.test/agnhost:1", "imagePullPolicy": "Never",
                "args": ["grpc-health-checking", "--port=5000"],
                "ports": [{"containerPort": 5000}],
                "readinessProbe": {"grpc": {"port": 5000}, "periodSeconds": 1},
            }]},
        }},
    }));
    bench.add(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "grpc", "namespace": "shop"},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 5000}]},
    }));
    bench.rolled_out("shop", "grpc");
    bench.add(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GRPCRoute",
        "metadata": {"name": "gw", "namespace": "shop"},
        "spec": {"parentRefs": [{"name": "eg", "namespace": "envoy-gateway-system"}], "hostnames": [HOST],
            "rules": [{"backendRefs": [backend("grpc")]}]},
    }));
    settle();
    bench
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_of_calls() {
    let report = called(1).approves("http://gw.example.com/grpc.health.v1.Health/Check");
    assert_eq!(report["answer"]["status"], 200, "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_of_calls_to_a_service_without_pods() {
    let (roots, folded) = (&["endpoints-scaled-to-zero"], &["endpoints-empty"]);
    let expected = Broken {
        at: "endpoints",
        roots,
        folded,
    };
    called(0).diagnoses("http://gw.example.com/", &expected);
}
