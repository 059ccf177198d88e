//! Which rule goes first, by implementation: what two real ones were seen to do where they leave the specification.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Chosen, choose};
use crate::diagnosis::routing::gateway::{Order, Route, Ways};
use crate::target::{Header, Request};

const HOST: &str = "shop.example.com";

/// A route `name` that is `age` seconds old at midnight; each rule leads to the Service of that name.
fn route(name: &str, age: u32, hosts: &[&str], rules: &[(&str, Value)]) -> Route {
    let rules: Vec<Value> = rules
        .iter()
        .map(|(to, matches)| json!({"matches": matches, "backendRefs": [{"name": to, "port": 80}]}))
        .collect();
    let object = json!({
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": format!("2026-11-01T00:00:{:02}Z", 59 - age)},
        "spec": {"hostnames": hosts, "rules": rules},
    });
    Route::Http(Arc::new(serde_json::from_value(object).expect("a route")))
}

fn chosen(order: Order, routes: &[Route], path: &str) -> Chosen {
    let request = Request {
        host: HOST.to_owned(),
        port: 80,
        https: false,
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: vec![
            Header::parse("a: 1").expect("a header"),
            Header::parse("b: 1").expect("a header"),
        ],
    };
    let attached = routes.iter().map(|r| (r, 0, r.hosts()));
    let ways = Ways {
        order,
        decodes_paths: order == Order::Sum,
        ..Ways::SPECIFICATION
    };
    choose(attached, &[0], &|_| Ok(Vec::new()), &request, ways)
}

/// The Services of the rules of which any may be the one.
fn first(order: Order, routes: &[Route], path: &str) -> Vec<String> {
    let chosen = chosen(order, routes, path);
    let tied = chosen.matching.iter().take(chosen.tied);
    let names = tied.filter_map(|r| r.backends.first()?.service());
    names.map(|(_, name)| name.to_owned()).collect()
}

fn prefix(path: &str) -> Value {
    json!([{"path": {"type": "PathPrefix", "value": path}}])
}

#[test]
fn a_method_is_one_header_among_others_for_envoy_gateway() {
    let both = [
        ("method", json!([{"method": "GET"}])),
        (
            "headers",
            json!([{"headers": [{"name": "a", "value": "1"}, {"name": "b", "value": "1"}]}]),
        ),
    ];
    let routes = [route("one", 0, &[HOST], &both)];
    assert_eq!(first(Order::MethodAsHeader, &routes, "/"), ["headers"]);
    assert_eq!(first(Order::Specification, &routes, "/"), ["method"]);
    let one = [
        (
            "headers",
            json!([{"headers": [{"name": "a", "value": "1"}]}]),
        ),
        ("method", json!([{"method": "GET"}])),
    ];
    let routes = [route("one", 0, &[HOST], &one)];
    assert_eq!(first(Order::MethodAsHeader, &routes, "/"), ["headers"]);
    assert_eq!(first(Order::Specification, &routes, "/"), ["method"]);
}

#[test]
fn a_final_slash_counts_for_envoy_gateway() {
    let routes = [
        route("older", 9, &[HOST], &[("short", prefix("/a"))]),
        route("newer", 0, &[HOST], &[("long", prefix("/a/"))]),
    ];
    assert_eq!(first(Order::MethodAsHeader, &routes, "/a/b"), ["long"]);
    assert_eq!(first(Order::Specification, &routes, "/a/b"), ["short"]);
}

#[test]
fn of_rules_that_traefik_writes_alike_the_older_or_the_one_of_the_higher_sum_goes_first() {
    let other = prefix("/other");
    let routes = [
        route("b", 9, &[HOST], &[("older", prefix("/a"))]),
        route("a", 0, &[HOST], &[("newer", prefix("/a/"))]),
    ];
    assert_eq!(first(Order::Sum, &routes, "/a"), ["older", "newer"]);
    let routes = [
        route("b", 9, &[HOST], &[("older", prefix("/a"))]),
        route("a", 0, &[HOST], &[("newer", prefix("/a"))]),
    ];
    assert_eq!(first(Order::Sum, &routes, "/a"), ["older", "newer"]);
    let routes = [
        route(
            "b",
            9,
            &[HOST],
            &[("older", prefix("/a")), ("x", other.clone())],
        ),
        route("a", 0, &[HOST], &[("newer", prefix("/a"))]),
    ];
    assert_eq!(first(Order::Sum, &routes, "/a"), ["older"]);
}

#[test]
fn of_equal_sums_any_goes_first_in_traefik() {
    let hosts = [HOST, "sale.example.com"];
    let routes = [
        route("a", 9, &hosts, &[("two", prefix("/a"))]),
        route("b", 0, &[HOST], &[("one", prefix("/a"))]),
    ];
    assert_eq!(first(Order::Sum, &routes, "/a"), ["two", "one"]);
    assert_eq!(first(Order::Specification, &routes, "/a"), ["two"]);
    // The longest of its hosts counts, be it another one.
    let hosts = [HOST, "a-long-name.example.com"];
    let routes = [
        route("a", 9, &[HOST], &[("one", prefix("/a"))]),
        route("b", 0, &hosts, &[("two", prefix("/a"))]),
    ];
    assert_eq!(first(Order::Sum, &routes, "/a"), ["two"]);
}

#[test]
fn a_rule_with_an_escaped_letter_takes_nothing_in_traefik() {
    let routes = [route("a", 0, &[HOST], &[("it", prefix("/a%20b"))])];
    assert_eq!(first(Order::Sum, &routes, "/a%20b").len(), 0);
    assert_eq!(first(Order::Specification, &routes, "/a%20b"), ["it"]);
}
