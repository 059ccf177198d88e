//! Listeners of a real Gateway, by Envoy Gateway: which of them takes a route, and which takes a request.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::browser::Seen;
use crate::verdicts::Broken;

const ENVOY: &str = "203.0.113.82";

/// A host of example.com that leads to Envoy, with one listener more on the Gateway and a route to it.
struct Listener<'a> {
    host: &'a str,
    more: Vec<Value>,
    /// The listener that the route names.
    section: Option<&'a str>,
}

fn http(name: &str, host: &str) -> Value {
    json!({"name": name, "port": 80, "protocol": "HTTP", "hostname": host,
        "allowedRoutes": {"namespaces": {"from": "All"}}})
}

fn route(host: &str, section: Option<&str>, service: &str) -> Value {
    let mut parent = json!({"name": "eg", "namespace": "envoy-gateway-system"});
    if let Some(section) = section {
        parent["sectionName"] = section.into();
    }
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "listener", "namespace": "shop"},
        "spec": {"parentRefs": [parent], "hostnames": [host], "rules": [{"backendRefs": [{"name": service, "port": 80}]}]},
    })
}

impl Listener<'_> {
    fn set(&self) -> Bench {
        let bench = Bench::healthy();
        let label = self.host.strip_suffix(".example.com").unwrap();
        bench.zone(|zone| format!("{zone}{label} 60 IN A {ENVOY}\n"));
        bench.change("Gateway", "eg", |gateway| {
            let listeners = gateway["spec"]["listeners"].as_array_mut().unwrap();
            listeners.extend(self.more.iter().cloned());
        });
        bench.add(route(self.host, self.section, "frontend"));
        bench
    }

    fn breaks(&self, url: &str, seen: impl Fn(&Seen) -> bool, at: &str, root: &str) -> Value {
        let bench = self.set();
        // The Gateway takes the route up, or refuses it, within a moment.
        std::thread::sleep(std::time::Duration::from_secs(2));
        bench.sees(url, seen);
        let (roots, folded) = (&[root], &[]);
        bench.diagnoses(url, &Broken { at, roots, folded })
    }

    fn serves(&self, url: &str) -> Value {
        let bench = self.set();
        bench.sees(url, |seen| seen.status() == 200);
        bench.approves(url)
    }
}

fn not_found(seen: &Seen) -> bool {
    seen.status() == 404
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_of_another_hostname() {
    let listener = Listener {
        host: "other.example.com",
        more: vec![http("narrow", "narrow.example.com")],
        section: Some("narrow"),
    };
    listener.breaks(
        "http://other.example.com/",
        not_found,
        "route",
        "route-no-matching-listener-hostname",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_with_a_wildcard_that_covers_the_route() {
    let listener = Listener {
        host: "deep.wide.example.com",
        more: vec![http("wide", "*.wide.example.com")],
        section: Some("wide"),
    };
    listener.serves("http://deep.wide.example.com/");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_for_routes_of_its_own_namespace() {
    let mut shut = http("shut", "shut.example.com");
    shut.as_object_mut().unwrap().remove("allowedRoutes");
    let listener = Listener {
        host: "shut.example.com",
        more: vec![shut],
        section: Some("shut"),
    };
    listener.breaks(
        "http://shut.example.com/",
        not_found,
        "route",
        "route-not-allowed-by-listeners",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_for_namespaces_of_another_label() {
    let mut picky = http("picky", "picky.example.com");
    picky["allowedRoutes"]["namespaces"] =
        json!({"from": "Selector", "selector": {"matchLabels": {"team": "shop"}}});
    let listener = Listener {
        host: "picky.example.com",
        more: vec![picky],
        section: Some("picky"),
    };
    listener.breaks(
        "http://picky.example.com/",
        not_found,
        "route",
        "route-not-allowed-by-listeners",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_for_namespaces_of_this_label() {
    let mut picky = http("picky", "picky.example.com");
    picky["allowedRoutes"]["namespaces"] = json!({"from": "Selector", "selector":
        {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "blog"]}]}});
    let listener = Listener {
        host: "picky.example.com",
        more: vec![picky],
        section: Some("picky"),
    };
    listener.serves("http://picky.example.com/");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_for_routes_of_another_kind() {
    let mut calls = http("calls", "calls.example.com");
    calls["allowedRoutes"]["kinds"] = json!([{"kind": "GRPCRoute"}]);
    let listener = Listener {
        host: "calls.example.com",
        more: vec![calls],
        section: Some("calls"),
    };
    listener.breaks(
        "http://calls.example.com/",
        not_found,
        "route",
        "route-not-allowed-by-listeners",
    );
}

/// The wildcard's listener stands beside it with a certificate, and must not be taken for it.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_without_its_certificate() {
    let listener = Listener {
        host: "bare.example.com",
        more: vec![
            json!({"name": "bare", "port": 443, "protocol": "HTTPS", "hostname": "bare.example.com",
            "tls": {"certificateRefs": [{"name": "gone-tls"}]}, "allowedRoutes": {"namespaces": {"from": "All"}}}),
        ],
        section: Some("bare"),
    };
    let bench = listener.set();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let url = "https://bare.example.com/";
    bench.sees(url, |seen| seen.status() != 200);
    let (roots, folded) = (&["tls-secret-missing"], &[]);
    bench.diagnoses(
        url,
        &Broken {
            at: "tls",
            roots,
            folded,
        },
    );
}

/// One port cannot speak both.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listeners_of_two_protocols_at_one_port() {
    let at = |name: &str, protocol: &str| {
        let mut listener = http(name, "twin.example.com");
        listener["port"] = json!(8080);
        listener["protocol"] = json!(protocol);
        listener
    };
    let mut secure = at("twin-b", "HTTPS");
    secure["tls"] = json!({"certificateRefs": [{"name": "eg-tls"}]});
    let listener = Listener {
        host: "twin.example.com",
        more: vec![at("twin-a", "HTTP"), secure],
        section: Some("twin-b"),
    };
    listener.breaks(
        "https://twin.example.com:8080/",
        |seen| seen.status() != 200,
        "route",
        "listener-conflicted",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_of_http_alone() {
    let listener = Listener {
        host: "plain.example.com",
        more: Vec::new(),
        section: Some("http"),
    };
    listener.breaks(
        "https://plain.example.com/",
        not_found,
        "route",
        "gateway-http-only",
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn listener_of_http_alone_asked_in_http() {
    let listener = Listener {
        host: "plain.example.com",
        more: Vec::new(),
        section: Some("http"),
    };
    listener.serves("http://plain.example.com/");
}
