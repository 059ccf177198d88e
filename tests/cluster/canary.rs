//! Canaries on a real ingress-nginx: curl counts who answers, and hops has to know it from the objects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Bench, Hops, findings, roots, text};

const CANARY: &str = "http://canary.example.com/";
/// Another host at ingress-nginx.
const NGINX: &str = "http://nginx.example.com/";
/// Enough to tell 30 % from 40 %: the standard deviation is 2.3 %.
const REQUESTS: usize = 400;

/// The host's primary goes to Service `stable` with two pods, its canary with these annotations to `next` with one.
fn releases(annotations: &[(&str, &str)]) -> Bench {
    let bench = Bench::healthy();
    bench.app("shop", "stable", 2);
    bench.app("shop", "next", 1);
    bench.rolled_out("shop", "stable");
    bench.rolled_out("shop", "next");
    bench.add(ingress("stable", CANARY, "stable"));
    bench.canary(annotations);
    bench
}

fn ingress(name: &str, url: &str, service: &str) -> Value {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": service, "port": {"number": 80}}}}]}}]},
    })
}

fn canary(name: &str, service: &str, annotations: &[(&str, &str)]) -> Value {
    let mut ingress = ingress(name, CANARY, service);
    let of = &mut ingress["metadata"]["annotations"];
    of["nginx.ingress.kubernetes.io/canary"] = "true".into();
    for (name, value) in annotations {
        of[format!("nginx.ingress.kubernetes.io/canary-{name}")] = (*value).into();
    }
    ingress
}

impl Bench {
    fn canary(&self, annotations: &[(&str, &str)]) {
        self.add(canary("next", "next", annotations));
        self.served();
    }

    /// Another selector or target port for a Service of `releases`.
    fn service(&self, name: &str, app: &str, target: u16) {
        self.add(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": target}]},
        }));
        self.served();
    }

    /// Waits until ingress-nginx serves the objects as they are now: as soon as it serves one that came after them.
    fn served(&self) {
        static MARKS: AtomicUsize = AtomicUsize::new(0);
        let mark = format!(
            "mark{}-{}",
            std::process::id(),
            MARKS.fetch_add(1, Ordering::Relaxed)
        );
        let url = format!("http://{mark}.example.com/");
        self.add(ingress(&mark, &url, "frontend"));
        let resolve = format!("{mark}.example.com:80:203.0.113.81");
        let ask = || self.curl_with(&["--resolve", &resolve], &url).status();
        self.until(&mark, ask, |status| *status == 200);
        // Each of nginx's workers reads its backends once a second.
        std::thread::sleep(Duration::from_millis(1500));
    }

    /// How many percent of the requests each application answers, and each status without one.
    fn shares(&self, args: &[&str], url: &str) -> BTreeMap<String, usize> {
        let mut curl = self.laptop(Path::new("curl"));
        curl.args(["-s", "-w", "\n%{http_code}\u{1e}"]).args(args);
        let output = curl.arg(format!("{url}?[1-{REQUESTS}]")).output().unwrap();
        let mut shares = BTreeMap::new();
        for answer in text(&output.stdout).split_terminator('\u{1e}') {
            let (body, status) = answer.rsplit_once('\n').unwrap();
            let who = if status == "200" {
                body.split('-').next().unwrap()
            } else {
                status
            };
            *shares.entry(who.to_owned()).or_default() += 1;
        }
        assert_eq!(shares.values().sum::<usize>(), REQUESTS, "{shares:?}");
        for count in shares.values_mut() {
            *count = *count * 100 / REQUESTS;
        }
        shares
    }

    /// Only these answer, each with about so many percent.
    fn answer(&self, args: &[&str], url: &str, expected: &[(&str, usize)]) {
        let shares = self.shares(args, url);
        let who: BTreeSet<&str> = shares.keys().map(String::as_str).collect();
        assert_eq!(
            who,
            expected.iter().map(|(who, _)| *who).collect(),
            "{shares:?}"
        );
        for (who, percent) in expected {
            assert!(
                shares[*who].abs_diff(*percent) <= 10,
                "{who} {percent} %: {shares:?}"
            );
        }
    }

    /// Only this application answers, and hops knows it: no error, and no other backend is asked.
    fn only(&self, args: &[&str], url: &str, service: &str) -> Value {
        self.answer(args, url, &[(service, 100)]);
        let hops = self.hops(&[args, &[url]].concat());
        let report = hops.json();
        let asked: Vec<_> = weights(&report).into_keys().collect();
        assert_eq!(asked, [service], "{args:?}: {report:#}");
        assert_eq!(
            report["answer"]["answeredBy"], "app",
            "{args:?}: {report:#}"
        );
        assert!(roots(&report).is_empty(), "{args:?}: {report:#}");
        assert_eq!(hops.exit, 0, "{args:?}: {report:#}");
        report
    }

    /// The same, and nothing is to be said of the rest.
    fn goes_to(&self, args: &[&str], service: &str) {
        let report = self.only(args, CANARY, service);
        assert_eq!(report["verdict"], "ok", "{args:?}: {report:#}");
    }
}

/// The Services that hops expects to be asked, and their weights.
fn weights(report: &Value) -> BTreeMap<String, u64> {
    let backends = report["backends"].as_array().into_iter().flatten();
    backends
        .filter(|backend| backend["weight"] != 0)
        .map(|backend| {
            (
                backend["service"].as_str().unwrap().to_owned(),
                backend["weight"].as_u64().unwrap_or(1),
            )
        })
        .collect()
}

fn pods(report: &Value, service: &str) -> BTreeSet<String> {
    let backends = report["backends"].as_array().into_iter().flatten();
    let pods = backends
        .filter(|backend| backend["service"] == service)
        .filter_map(|backend| backend["pods"].as_array());
    pods.flatten()
        .map(|pod| pod.as_str().unwrap().to_owned())
        .collect()
}

/// Two backends in these weights, each with its pods, and nothing wrong.
fn splits(bench: &Bench, stable: u64, next: u64) {
    let report = bench.approves(CANARY);
    let expected = [("next".to_owned(), next), ("stable".to_owned(), stable)];
    assert_eq!(weights(&report), expected.into(), "{report:#}");
    for service in ["stable", "next"] {
        let running = bench.pods("shop", &format!("app={service}"));
        assert_eq!(pods(&report, service), running, "{report:#}");
    }
    assert_eq!(report["answer"]["answeredBy"], "app", "{report:#}");
}

/// One error, of this backend, that says how many requests fail; the rest is answered.
fn degraded(hops: &Hops, percent: u64, scope: &str) {
    let report = hops.json();
    let errors: Vec<_> = findings(&report)
        .filter(|f| f["severity"] == "error" && f["causedBy"].is_null())
        .collect();
    assert_eq!(errors.len(), 1, "{report:#}");
    let share = format!("about {percent} % of requests");
    assert!(errors[0].to_string().contains(&share), "{report:#}");
    assert_eq!(errors[0]["scope"], scope, "{report:#}");
    assert_eq!(report["verdict"], "degraded", "{report:#}");
    assert!(report["brokenAt"].is_null(), "{report:#}");
    assert_eq!(hops.exit, 1, "{report:#}");
}

/// Nobody is answered, because of the primary: hops says at which hop, and nothing of shares.
fn broken(hops: &Hops, at: &str) {
    let report = hops.json();
    assert_eq!(report["verdict"], "broken", "{report:#}");
    assert_eq!(report["brokenAt"], at, "{report:#}");
    assert!(
        !report["findings"].to_string().contains("% of requests"),
        "{report:#}"
    );
    assert_eq!(hops.exit, 1, "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn one_service_through_ingress_nginx() {
    let bench = Bench::healthy();
    bench.app("shop", "stable", 2);
    bench.rolled_out("shop", "stable");
    bench.add(ingress("stable", NGINX, "stable"));
    bench.served();
    let report = bench.only(&[], NGINX, "stable");
    assert_eq!(
        pods(&report, "stable"),
        bench.pods("shop", "app=stable"),
        "{report:#}"
    );
    assert_eq!(report["verdict"], "ok", "{report:#}");
    assert_eq!(findings(&report).count(), 0, "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn thirty_percent() {
    let bench = releases(&[("weight", "30")]);
    bench.answer(&[], CANARY, &[("stable", 70), ("next", 30)]);
    splits(&bench, 70, 30);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn all_and_nothing() {
    let bench = releases(&[("weight", "100")]);
    bench.goes_to(&[], "next");
    bench.canary(&[("weight", "0")]);
    bench.goes_to(&[], "stable");
    bench.canary(&[("weight", "30%")]);
    bench.only(&[], CANARY, "stable");
}

/// A total below 100 is none.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn parts_of_another_total() {
    let bench = releases(&[("weight", "300"), ("weight-total", "1000")]);
    bench.answer(&[], CANARY, &[("stable", 70), ("next", 30)]);
    splits(&bench, 700, 300);
    bench.canary(&[("weight", "3"), ("weight-total", "10")]);
    bench.answer(&[], CANARY, &[("stable", 97), ("next", 3)]);
    splits(&bench, 97, 3);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn canary_where_nothing_listens() {
    let bench = releases(&[("weight", "30")]);
    bench.service("next", "next", 8099);
    bench.answer(&[], CANARY, &[("stable", 70), ("502", 30)]);
    degraded(&bench.hops(&[CANARY]), 30, "shop/next:80");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn primary_where_nothing_listens() {
    let bench = releases(&[("weight", "30")]);
    bench.service("stable", "stable", 8099);
    bench.answer(&[], CANARY, &[("502", 70), ("next", 30)]);
    degraded(&bench.hops(&[CANARY]), 70, "shop/stable:80");
    bench.service("next", "next", 8099);
    bench.answer(&[], CANARY, &[("502", 100)]);
    broken(&bench.hops(&[CANARY]), "service");
}

/// ingress-nginx asks the primary in place of a canary without endpoints: nobody fails, and nobody sees the canary.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn canary_without_pods() {
    let bench = releases(&[("weight", "30"), ("by-header", "X-Canary")]);
    bench.service("next", "nxet", 8080);
    for args in [&[][..], &["-H", "X-Canary: always"]] {
        let report = bench.only(args, CANARY, "stable");
        let told = |finding: &Value| {
            finding["severity"] == "warning" && finding["scope"] == "shop/next:80"
        };
        assert!(findings(&report).any(told), "{report:#}");
    }
}

/// ingress-nginx looks for a canary only beside a primary that has endpoints.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn primary_without_pods() {
    let bench = releases(&[("weight", "100"), ("by-header", "X-Canary")]);
    bench.service("stable", "stabel", 8080);
    for args in [&[][..], &["-H", "X-Canary: always"]] {
        bench.answer(args, CANARY, &[("503", 100)]);
        let hops = bench.hops(&[args, &[CANARY]].concat());
        assert_eq!(
            roots(&hops.json()),
            ["service-selector-no-match".to_owned()].into(),
            "{}",
            hops.stdout
        );
        broken(&hops, "service");
    }
    bench.service("next", "nxet", 8080);
    bench.answer(&[], CANARY, &[("503", 100)]);
    broken(&bench.hops(&[CANARY]), "service");
}

/// A header decides before a cookie, a cookie before the weight.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn header_before_cookie_before_weight() {
    let header = |value: &str| format!("X-Canary: {value}");
    let cookie = |value: &str| format!("Cookie: beta={value}");
    let bench = releases(&[
        ("by-header", "X-Canary"),
        ("by-cookie", "beta"),
        ("weight", "30"),
    ]);
    bench.answer(&[], CANARY, &[("stable", 70), ("next", 30)]);
    splits(&bench, 70, 30);
    bench.goes_to(&["-H", &header("always")], "next");
    bench.goes_to(&["-H", &header("never")], "stable");
    bench.goes_to(&["-H", "x-canary: always", "-H", &cookie("never")], "next");
    bench.goes_to(&["-H", &header("never"), "-H", &cookie("always")], "stable");
    bench.goes_to(&["-H", &header("perhaps"), "-H", &cookie("always")], "next");
    bench.goes_to(
        &["-H", &header("perhaps"), "-H", &cookie("never")],
        "stable",
    );
    bench.goes_to(&["-H", "Cookie: a=1; beta=always"], "next");
    bench.answer(
        &["-H", &header("perhaps"), "-H", &cookie("perhaps")],
        CANARY,
        &[("stable", 70), ("next", 30)],
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn header_with_a_value_or_a_pattern() {
    let header = |value: &str| format!("X-Canary: {value}");
    let bench = releases(&[("by-header", "X-Canary"), ("by-header-value", "blue")]);
    bench.goes_to(&[], "stable");
    bench.goes_to(&["-H", &header("blue")], "next");
    for other in ["Blue", "blues", "always"] {
        bench.goes_to(&["-H", &header(other)], "stable");
    }
    bench.canary(&[
        ("by-header", "X-Canary"),
        ("by-header-value", "blue"),
        ("weight", "100"),
    ]);
    bench.goes_to(&["-H", &header("never")], "next");
    bench.canary(&[("by-header", "X-Canary"), ("by-header-pattern", "v[0-9]+$")]);
    bench.goes_to(&["-H", &header("canary-v12")], "next");
    for other in ["v12-old", "V12", "always"] {
        bench.goes_to(&["-H", &header(other)], "stable");
    }
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn canary_without_primary() {
    let bench = releases(&[("weight", "30")]);
    bench.kubectl(&["-n", "shop", "delete", "ingress", "stable"]);
    bench.served();
    bench.answer(&[], CANARY, &[("404", 100)]);
    let hops = bench.hops(&[CANARY]);
    let report = hops.json();
    assert_eq!(
        roots(&report),
        ["ingress-canary-orphan".to_owned()].into(),
        "{report:#}"
    );
    broken(&hops, "route");
    // A primary whose path is another one is none either.
    let mut elsewhere = ingress("stable", CANARY, "stable");
    elsewhere["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/cart".into();
    bench.add(elsewhere);
    bench.served();
    bench.answer(&[], CANARY, &[("404", 100)]);
    let report = bench.hops(&[CANARY]).json();
    assert_eq!(
        roots(&report),
        ["ingress-canary-orphan".to_owned()].into(),
        "{report:#}"
    );
}

/// Which rules a canary joins: those of its exact path that lead to the primary's Service, whatever their host.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn rules_that_a_canary_joins() {
    let bench = releases(&[("weight", "100")]);
    bench.add(ingress("other", NGINX, "stable"));
    bench.served();
    bench.goes_to(&[], "next");
    bench.only(&[], NGINX, "next");
    // The canary of a path below is none of the primary's.
    let mut below = canary("next", "next", &[("weight", "100")]);
    below["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/cart".into();
    bench.add(below);
    bench.served();
    bench.only(&[], CANARY, "stable");
    bench.only(&[], &format!("{CANARY}cart"), "stable");
}

/// Only the oldest canary of a primary counts.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn second_canary() {
    let bench = releases(&[("weight", "0")]);
    bench.app("shop", "later", 1);
    bench.rolled_out("shop", "later");
    bench.add(canary("later", "later", &[("weight", "100")]));
    bench.served();
    bench.only(&[], CANARY, "stable");
    bench.kubectl(&["-n", "shop", "delete", "ingress", "next"]);
    bench.served();
    bench.goes_to(&[], "later");
}
