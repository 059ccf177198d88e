//! Generated HTTPRoutes that two real Gateways take, Envoy Gateway's and Traefik's: what hops says of a request by the objects, each of
//! them answers.
//!
//! A seeded fifth is run; HOPS_CLUSTER_WHOLE=1 runs all of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::dice::{self, Dice};
use crate::migrations::{asked, judge};
use crate::prediction::SERVICES;

const CONFIGURATIONS: usize = 100;
/// Requests of a host with the same headers, which are put to both.
const REQUESTS: usize = 6;
const HEADERS: &[&[&str]] = &[&[], &["x-tier: gold"], &["X-Tier: lead", "x-region: eu"]];
const ENVOY: &str = "203.0.113.82";
const TRAEFIK: &str = "203.0.113.80";
const PATHS: [&str; 10] = [
    "/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/pay", "/pay/x", "/A", "/a%20b",
];

fn path(dice: &mut Dice) -> Value {
    let value = dice.one(&PATHS);
    match dice.below(8) {
        0 => json!({"type": "Exact", "value": value}),
        1 => {
            json!({"type": "RegularExpression", "value": dice.one(&["/a.*", "/(pay|ab)", "/a/[a-z]+", "/pay/.+"])})
        }
        _ => {
            json!({"type": "PathPrefix", "value": value.trim_end_matches('/').to_owned() + if value == "/" { "/" } else { "" }})
        }
    }
}

fn matched(dice: &mut Dice) -> Value {
    let mut wanted = json!({"path": path(dice)});
    if dice.below(5) == 0 {
        wanted["method"] = json!(dice.one(&["GET", "POST", "PUT"]));
    }
    if dice.below(5) == 0 {
        let mut headers = vec![json!({"name": "x-tier", "value": dice.one(&["gold", "lead"])})];
        if dice.below(3) == 0 {
            headers.push(json!({"name": "X-Region", "value": "eu"}));
        }
        wanted["headers"] = json!(headers);
    }
    if dice.below(6) == 0 {
        wanted["queryParams"] = json!([{"name": "v", "value": dice.one(&["1", "2"])}]);
    }
    wanted
}

fn rule(dice: &mut Dice) -> Value {
    let mut rule = json!({});
    let matches: Vec<Value> = (0..=dice.below(2)).map(|_| matched(dice)).collect();
    if dice.below(8) != 0 {
        rule["matches"] = json!(matches);
    }
    let service = dice.one(&SERVICES);
    rule["backendRefs"] = json!([{"name": service, "port": 80}]);
    match dice.below(12) {
        0 => rule["backendRefs"] = json!([{"name": "missing", "port": 80}]),
        1 => rule["backendRefs"] = json!([{"name": service, "port": 81}]),
        2 => rule["backendRefs"] = json!([{"name": service, "port": 80, "weight": 0}]),
        3 => {
            let other = dice.one(&SERVICES);
            rule["backendRefs"] = json!([{"name": service, "port": 80, "weight": 3}, {"name": other, "port": 80, "weight": 1}]);
        }
        4 => {
            let redirects = [
                json!({"scheme": "https"}),
                json!({"hostname": "other.example.com", "statusCode": 301}),
                json!({"path": {"type": "ReplaceFullPath", "replaceFullPath": "/new"}}),
                json!({"port": 8443}),
            ];
            let redirect = &redirects[dice.below(redirects.len())];
            rule["filters"] = json!([{"type": "RequestRedirect", "requestRedirect": redirect}]);
            rule.as_object_mut().unwrap().remove("backendRefs");
        }
        5 => {
            rule["filters"] = json!([{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x-seen", "value": "1"}]}}])
        }
        _ => {}
    }
    rule
}

/// A host with one or two routes, which both Gateways take.
fn configuration(dice: &mut Dice, number: usize) -> (String, Vec<Value>) {
    let host = format!("r{number}.routes.example.com");
    let hostnames = [
        vec![host.clone()],
        vec![host.clone()],
        vec![host.clone(), format!("x{number}.routes.example.com")],
    ];
    let mut routes = Vec::new();
    for at in 0..=dice.below(2) {
        let rules: Vec<Value> = (0..=dice.below(3)).map(|_| rule(dice)).collect();
        routes.push(json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": format!("r{number}-{at}"), "namespace": "gw-routes"},
            "spec": {"parentRefs": [
                {"name": "eg", "namespace": "envoy-gateway-system", "sectionName": "http"},
                {"name": "traefik", "namespace": "traefik"}],
                "hostnames": hostnames[dice.below(hostnames.len())], "rules": rules},
        }));
    }
    (host, routes)
}

/// A request that may be at a boundary of some rule.
fn request(dice: &mut Dice, host: &str) -> String {
    let base = dice.one(&PATHS);
    let mut path = match dice.below(6) {
        0 => format!("{base}/"),
        1 => format!("{base}x"),
        2 => format!("{}/deeper", base.trim_end_matches('/')),
        _ => base.to_owned(),
    };
    if dice.below(4) == 0 {
        write!(path, "?v={}", dice.one(&["1", "2", "3"])).unwrap();
    }
    let method = dice.one(&["GET", "GET", "GET", "POST", "PUT"]);
    format!("{method} http://{host}{path}")
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn what_hops_says_of_a_route_is_what_two_gateways_answer() {
    let configurations = dice::share(CONFIGURATIONS);
    let seed = dice::seed(20_261_130);
    let mut dice = Dice(seed);
    let bench = Bench::healthy();
    bench.add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gw-routes"}}));
    for name in SERVICES {
        bench.app("gw-routes", name, 1);
    }
    for name in SERVICES {
        bench.rolled_out("gw-routes", name);
    }
    let mut all = Vec::new();
    for number in 0..configurations {
        let (host, routes) = configuration(&mut dice, number);
        for (at, route) in routes.iter().enumerate() {
            bench.add(route.clone());
            // Which of two is older decides; both in one second, their names.
            if at == 0 && number % 7 == 0 && routes.len() > 1 {
                std::thread::sleep(std::time::Duration::from_millis(1100));
            }
        }
        all.push((host, routes));
    }
    let last = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "last", "namespace": "gw-routes"},
        "spec": {"parentRefs": [{"name": "eg", "namespace": "envoy-gateway-system"}, {"name": "traefik", "namespace": "traefik"}],
            "hostnames": ["last.routes.example.com"], "rules": [{"backendRefs": [{"name": "alpha", "port": 80}]}]},
    });
    bench.add(last);
    let request_of_last = json!({"host": "last.routes.example.com", "scheme": "http", "method": "GET", "path": "/", "headers": []});
    for address in [ENVOY, TRAEFIK] {
        bench.until(
            "the last route",
            || asked(&bench, &request_of_last, address).0,
            |status| *status == 200,
        );
    }
    std::thread::sleep(std::time::Duration::from_secs(3));

    let (mut wrong, mut tried, mut unknown) = (String::new(), 0, 0);
    for (host, routes) in &all {
        for headers in HEADERS {
            let urls: Vec<String> = (0..REQUESTS).map(|_| request(&mut dice, host)).collect();
            let mut args = vec!["compare", host, "-o", "json", "--show-query"];
            for url in &urls {
                args.extend(["--url", url]);
            }
            for header in *headers {
                args.extend(["-H", header]);
            }
            let comparison = bench.hops_raw(&args).json();
            let requests = comparison["requests"].as_array().unwrap();
            assert_eq!(
                comparison["entrances"].as_array().unwrap().len(),
                2,
                "{comparison:#}"
            );
            let answers = requests.iter().flat_map(|one| {
                let each = one["answers"].as_array().unwrap().iter();
                each.map(move |answer| (one, answer))
            });
            for (one, answer) in answers {
                let id = answer["entrance"].as_str().unwrap();
                let address = if id.contains("traefik") {
                    TRAEFIK
                } else {
                    ENVOY
                };
                tried += 1;
                if answer["type"] == "unknown" {
                    unknown += 1;
                    println!("unknown: {} {}", one["request"], answer["why"]);
                    continue;
                }
                let seen = asked(&bench, &one["request"], address);
                if let Some(why) = judge(answer, &seen) {
                    let specs: Vec<&Value> = routes.iter().map(|r| &r["spec"]["rules"]).collect();
                    writeln!(wrong, "{}: {why}\n    {}", one["request"], json!(specs)).unwrap();
                }
            }
        }
    }
    println!(
        "{} configurations, {tried} answers, {unknown} unknown",
        all.len()
    );
    assert!(wrong.is_empty(), "seed {seed}\n{wrong}");
    // Of a part a single host whose routes are tied is more than that.
    let one_host = if dice::whole() {
        0
    } else {
        REQUESTS * HEADERS.len() * 2
    };
    assert!(
        unknown * 100 <= tried * 3 + one_host * 100,
        "{unknown} of {tried} unknown"
    );
}
