//! Gateway API, with real Envoy Gateway and with Traefik's provider: what breaks a route, and what only looks like it.

use serde_json::{Value, json};

use crate::bench::{Bench, SHOP};
use crate::browser::Seen;
use crate::verdicts::Broken;

const HOST: &str = "gw.example.com";
const URL: &str = "https://gw.example.com/hostname";
const ENVOY: &str = "203.0.113.82";

fn route(name: &str, parent: &Value, rules: &Value) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"parentRefs": [parent], "hostnames": [HOST], "rules": rules},
    })
}

fn parent() -> Value {
    json!({"name": "eg", "namespace": "envoy-gateway-system"})
}

fn to(service: &str, port: u16) -> Value {
    json!([{"backendRefs": [{"name": service, "port": port}]}])
}

/// A host that Envoy Gateway serves, as it should.
fn served() -> Bench {
    let bench = Bench::healthy();
    bench.zone(|zone| format!("{zone}gw 60 IN A {ENVOY}\n"));
    bench.add(route("gw", &parent(), &to("frontend", 80)));
    bench.sees(URL, |seen| seen.status() == 200);
    bench.approves(URL);
    bench
}

/// The route is changed, a browser sees this, and hops names the cause.
fn breaks(changed: &Value, seen: impl Fn(&Seen) -> bool, at: &str, root: &str) -> Value {
    let bench = served();
    bench.add(changed.clone());
    bench.sees(URL, seen);
    let (roots, folded) = (&[root], &[]);
    bench.diagnoses(URL, &Broken { at, roots, folded })
}

const fn is(status: u16) -> impl Fn(&Seen) -> bool {
    move |seen| seen.status() == status
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_to_a_service_that_there_is_not() {
    let report = breaks(
        &route("gw", &parent(), &to("frontends", 80)),
        is(500),
        "route",
        "route-backend-not-found",
    );
    assert!(
        report.to_string().contains("did you mean frontend?"),
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_to_the_port_of_the_pod() {
    breaks(
        &route("gw", &parent(), &to("frontend", 8080)),
        is(500),
        "route",
        "route-backend-not-found",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_into_a_namespace_that_grants_nothing() {
    let rules =
        json!([{"backendRefs": [{"name": "product-service", "namespace": "default", "port": 80}]}]);
    breaks(
        &route("gw", &parent(), &rules),
        is(500),
        "route",
        "route-ref-not-permitted",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_into_a_namespace_that_grants_it() {
    let bench = served();
    let rules =
        json!([{"backendRefs": [{"name": "product-service", "namespace": "default", "port": 80}]}]);
    bench.add(route("gw", &parent(), &rules));
    bench.add(json!({
        "apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant",
        "metadata": {"name": "gw", "namespace": "default"},
        "spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}],
                 "to": [{"group": "", "kind": "Service", "name": "product-service"}]},
    }));
    let of = |seen: &Seen| matches!(seen, Seen::Answer { status: 200, body } if body.starts_with("product-backend-"));
    bench.sees(URL, of);
    bench.approves(URL);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_with_a_listener_that_there_is_not() {
    let parent = json!({"name": "eg", "namespace": "envoy-gateway-system", "sectionName": "htps"});
    let report = breaks(
        &route("gw", &parent, &to("frontend", 80)),
        is(404),
        "route",
        "route-no-matching-parent",
    );
    assert!(
        report.to_string().contains("NoMatchingParent"),
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_without_the_namespace_of_its_gateway() {
    breaks(
        &route("gw", &json!({"name": "eg"}), &to("frontend", 80)),
        is(404),
        "route",
        "route-parent-not-found",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_for_another_path() {
    let rules = json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/shop"}}], "backendRefs": [{"name": "frontend", "port": 80}]}]);
    breaks(
        &route("gw", &parent(), &rules),
        is(404),
        "route",
        "route-no-match",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn route_with_no_weight_left() {
    let rules = json!([{"backendRefs": [{"name": "frontend", "port": 80, "weight": 0}]}]);
    breaks(
        &route("gw", &parent(), &rules),
        is(500),
        "route",
        "route-no-usable-weight",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn older_route_for_the_same_page() {
    let bench = served();
    bench.app("shop", "younger", 1);
    bench.rolled_out("shop", "younger");
    std::thread::sleep(std::time::Duration::from_secs(2));
    // Its name comes first, and its age decides.
    bench.add(route("aa", &parent(), &to("younger", 80)));
    std::thread::sleep(std::time::Duration::from_secs(3));
    let of = |seen: &Seen| matches!(seen, Seen::Answer { status: 200, body } if body.starts_with("frontend-"));
    bench.sees(URL, of);
    bench.warns(URL, "route", "route-conflict-loser");
    let hops = bench.hops(&[URL]).json();
    assert_eq!(hops["backends"][0]["service"], "frontend", "{hops:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn ingress_of_the_same_traefik_goes_first() {
    let bench = Bench::healthy();
    bench.app("shop", "newer", 1);
    bench.rolled_out("shop", "newer");
    let mut route = route(
        "gw",
        &json!({"name": "traefik", "namespace": "traefik"}),
        &to("newer", 80),
    );
    route["spec"]["hostnames"] = json!(["shop.example.com"]);
    bench.add(route);
    std::thread::sleep(std::time::Duration::from_secs(4));
    let url = "http://shop.example.com/hostname";
    let of = |seen: &Seen| matches!(seen, Seen::Answer { status: 200, body } if body.starts_with("frontend-"));
    bench.sees(url, of);
    bench.warns(url, "route", "gateway-ingress-shadows-route");
}

/// The name leads to Traefik; Envoy Gateway serves the host as well, and would not.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn gateway_that_is_to_take_over_is_told_beside() {
    let bench = Bench::healthy();
    let mut route = route("gw", &parent(), &to("gone", 80));
    route["spec"]["hostnames"] = json!(["shop.example.com"]);
    bench.add(route);
    bench.until(
        "Envoy",
        || {
            bench.curl_with(
                &["--resolve", &format!("shop.example.com:443:{ENVOY}"), "-k"],
                SHOP,
            )
        },
        is(500),
    );
    let report = bench.approves(SHOP);
    let entrances = report["entrances"].as_array().unwrap();
    assert_eq!(entrances.len(), 2, "{report:#}");
    assert_eq!(
        (
            &entrances[0]["id"],
            &entrances[0]["judged"],
            &entrances[0]["reached"]
        ),
        (&json!("traefik"), &json!(true), &json!(true))
    );
    let beside = &entrances[1];
    assert_eq!(beside["id"], "Gateway envoy-gateway-system/eg");
    assert_eq!(
        (&beside["status"], &beside["reached"]),
        (&json!(500), &json!(false))
    );
    let hops = bench.hops(&[SHOP, "--entrance", "eg"]);
    let report = hops.json();
    assert_eq!(
        (hops.exit, &report["verdict"]),
        (1, &json!("broken")),
        "{report:#}"
    );
    assert_eq!(report["brokenAt"], "route");
}

/// As with curl: the name in a header, the address as the target.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_in_a_header_at_the_address_of_the_gateway() {
    let bench = served();
    let header = format!("Host: {HOST}");
    let hops = bench.hops(&[&format!("https://{ENVOY}/hostname"), "-H", &header]);
    let report = hops.json();
    assert_eq!(
        (hops.exit, &report["verdict"]),
        (0, &json!("ok")),
        "{report:#}"
    );
    assert_eq!(
        report["entrances"][0]["id"],
        "Gateway envoy-gateway-system/eg"
    );
    assert_eq!(report["target"]["url"], URL, "{report:#}");
}
