//! Generated migrations: a host that ingress-nginx serves by an Ingress and Envoy Gateway by an HTTPRoute. `compare` says what either
//! answers to the requests at the boundaries of their rules; each is then put to both, and answers so.
//!
//! A seeded fifth is run; HOPS_CLUSTER_WHOLE=1 runs all of it.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::bench::{Bench, text};
use crate::dice::{self, Dice};
use crate::prediction::SERVICES;

const CONFIGURATIONS: usize = 100;
/// Requests of a host that are put to both.
const REQUESTS: usize = 14;
const NGINX: &str = "203.0.113.81";
const ENVOY: &str = "203.0.113.82";
const PATHS: [&str; 9] = ["/", "/", "/a", "/a/", "/a/b", "/ab", "/pay", "/pay/x", "/A"];

fn path_of(dice: &mut Dice, kind: &str) -> (Value, Value, String) {
    let path = dice.one(&PATHS).to_owned();
    let by_ingress = json!(kind);
    let by_route = if kind == "Exact" {
        json!("Exact")
    } else {
        json!("PathPrefix")
    };
    (by_ingress, by_route, path)
}

/// An Ingress and the HTTPRoute that somebody wrote for it, not always with care.
fn migration(dice: &mut Dice, number: usize) -> (String, Vec<Value>) {
    let host = format!("m{number}.mig.example.com");
    let (mut paths, mut rules) = (Vec::new(), Vec::new());
    for _ in 0..=dice.below(3) {
        let kind = dice.one(&["Prefix", "Prefix", "Exact", "ImplementationSpecific"]);
        let (by_ingress, by_route, path) = path_of(dice, kind);
        // Two such that differ by a final slash are one location, and nginx would load nothing more for anybody.
        let is_open = |kind: &Value| kind != "Exact";
        let same = |p: &Value| {
            let bare = |path: &str| path.trim_end_matches('/').to_owned();
            let twice = is_open(&p["pathType"]) && is_open(&by_ingress);
            p["path"] == path.as_str() || twice && bare(p["path"].as_str().unwrap()) == bare(&path)
        };
        if paths.iter().any(same) {
            continue;
        }
        let service = dice.one(&SERVICES);
        paths.push(json!({"path": path, "pathType": by_ingress, "backend": {"service": {"name": service, "port": {"number": 80}}}}));
        if dice.below(6) == 0 {
            continue;
        }
        let mut rule = json!({"matches": [{"path": {"type": by_route, "value": path}}], "backendRefs": [{"name": service, "port": 80}]});
        match dice.below(9) {
            0 => rule["backendRefs"] = json!([{"name": dice.one(&SERVICES), "port": 80}]),
            1 => rule["backendRefs"] = json!([{"name": "missing", "port": 80}]),
            2 => rule["backendRefs"] = json!([{"name": service, "port": 81}]),
            3 => rule["backendRefs"] = json!([{"name": service, "port": 80, "weight": 0}]),
            4 => {
                rule["filters"] = json!([{"type": "RequestRedirect",
                    "requestRedirect": {"scheme": "https", "statusCode": 301}}]);
                rule.as_object_mut().unwrap().remove("backendRefs");
            }
            5 => rule["matches"][0]["method"] = json!(dice.one(&["GET", "POST"])),
            6 => rule["matches"][0]["headers"] = json!([{"name": "x-tier", "value": "gold"}]),
            _ => {}
        }
        rules.push(rule);
    }
    let mut notes = json!({});
    match dice.below(6) {
        0 => notes["nginx.ingress.kubernetes.io/use-regex"] = "true".into(),
        1 => notes["nginx.ingress.kubernetes.io/force-ssl-redirect"] = "true".into(),
        2 => notes["nginx.ingress.kubernetes.io/app-root"] = "/pay".into(),
        _ => {}
    }
    if rules.is_empty() {
        rules.push(json!({"backendRefs": [{"name": dice.one(&SERVICES), "port": 80}]}));
    }
    let name = format!("m{number}");
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "mig", "annotations": notes},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": paths}}]},
    });
    let route = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "mig"},
        "spec": {"parentRefs": [{"name": "eg", "namespace": "envoy-gateway-system"}], "hostnames": [host], "rules": rules},
    });
    (host, vec![ingress, route])
}

/// What somebody at this address answers: status, where a redirect leads, and the body.
pub fn asked(bench: &Bench, request: &Value, address: &str) -> (u16, String, String) {
    let host = request["host"].as_str().unwrap();
    let mut command = bench.laptop(Path::new("curl"));
    command.args([
        "-sk",
        "--path-as-is",
        "--max-time",
        "4",
        "-w",
        "\n%{http_code} %{redirect_url}",
    ]);
    for port in [80, 443] {
        command.args(["--resolve", &format!("{host}:{port}:{address}")]);
    }
    command.args(["-X", request["method"].as_str().unwrap()]);
    for header in request["headers"].as_array().unwrap() {
        command.args(["-H", header.as_str().unwrap()]);
    }
    let path = request["path"].as_str().unwrap();
    let url = format!("{}://{host}{path}", request["scheme"].as_str().unwrap());
    let output = text(&command.arg(url).output().unwrap().stdout);
    let (body, last) = output.rsplit_once('\n').unwrap();
    let (status, location) = last.split_once(' ').unwrap();
    (
        status.parse().unwrap(),
        location.to_owned(),
        body.trim().to_owned(),
    )
}

/// What is wrong with a prediction; none where there is none.
pub fn judge(answer: &Value, (status, location, body): &(u16, String, String)) -> Option<String> {
    let right = match answer["type"].as_str().unwrap() {
        "backend" => {
            let mut services = answer["backends"].as_array().unwrap().iter();
            let of = |s: &Value| body.starts_with(&format!("{}-", s["service"].as_str().unwrap()));
            // The application's own, of a path that it cleans first; no rule here says 307.
            let cleaned = *status == 307;
            cleaned || *status == 200 && services.any(of)
        }
        "redirect" => answer["status"] == *status && answer["location"] == location.as_str(),
        "error" => answer["status"] == *status,
        "none" => u64::from(*status) == answer["status"].as_u64().unwrap_or(0),
        _ => return None,
    };
    (!right).then(|| format!("{answer} and in truth {status} {location} {body:?}"))
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn what_compare_says_is_what_both_answer() {
    let configurations = dice::share(CONFIGURATIONS);
    let seed = dice::seed(20_261_129);
    let mut dice = Dice(seed);
    let bench = Bench::healthy();
    bench.add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mig"}}));
    for name in SERVICES {
        bench.app("mig", name, 1);
    }
    let available = [
        "-n",
        "mig",
        "wait",
        "--for=condition=Available",
        "deployment",
        "--all",
        "--timeout=60s",
    ];
    bench.kubectl(&available);
    let mut all: Vec<(String, Vec<Value>)> = Vec::new();
    for number in 0..configurations {
        all.push(migration(&mut dice, number));
    }
    let ready = json!({"matches": [], "backendRefs": [{"name": "alpha", "port": 80}]});
    let mut last = migration(&mut dice, configurations);
    last.1[0]["spec"]["rules"][0]["http"]["paths"] = json!([{"path": "/", "pathType": "Prefix",
        "backend": {"service": {"name": "alpha", "port": {"number": 80}}}}]);
    last.1[0]["metadata"]["annotations"] = json!({});
    last.1[1]["spec"]["rules"] = json!([ready]);
    let objects: Vec<Value> = all
        .iter()
        .chain([&last])
        .flat_map(|(_, objects)| objects.clone())
        .collect();
    for object in objects {
        bench.add(object);
    }
    let request =
        json!({"host": last.0, "scheme": "http", "method": "GET", "path": "/", "headers": []});
    for address in [NGINX, ENVOY] {
        bench.until(
            "the last migration",
            || asked(&bench, &request, address).0,
            |status| *status == 200,
        );
    }
    // The balancer of ingress-nginx takes up its backends once a second.
    std::thread::sleep(std::time::Duration::from_secs(3));

    let (mut wrong, mut tried, mut unknown) = (String::new(), 0, 0);
    for (host, objects) in &all {
        let hops = bench.hops_raw(&["compare", host, "-o", "json"]);
        let comparison = hops.json();
        assert_eq!(
            comparison["entrances"].as_array().unwrap().len(),
            2,
            "{comparison:#}"
        );
        let requests = comparison["requests"].as_array().unwrap();
        let step = requests.len().div_ceil(REQUESTS).max(1);
        for one in requests.iter().skip(dice.below(step)).step_by(step) {
            for answer in one["answers"].as_array().unwrap() {
                let by_nginx = answer["entrance"] == "nginx";
                let address = if by_nginx { NGINX } else { ENVOY };
                tried += 1;
                if answer["type"] == "unknown" {
                    unknown += 1;
                    continue;
                }
                let seen = asked(&bench, &one["request"], address);
                if let Some(why) = judge(answer, &seen) {
                    let object = &objects[usize::from(!by_nginx)];
                    writeln!(
                        wrong,
                        "{}: {why}\n    {} {}",
                        one["request"], object["metadata"]["annotations"], object["spec"]
                    )
                    .unwrap();
                }
            }
        }
    }
    println!(
        "{} migrations, {tried} answers, {unknown} unknown",
        all.len()
    );
    assert!(wrong.is_empty(), "seed {seed}\n{wrong}");
    assert!(unknown * 100 <= tried * 3, "{unknown} of {tried} unknown");
}
