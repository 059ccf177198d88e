//! Whose answer it is, on real controllers: curl tells which pod answers, and hops has to know it.

use serde_json::{Value, json};

use crate::bench::{Bench, findings, roots};
use crate::browser::Seen;

const HOST: &str = "who.gen.example.com";
const NGINX: &str = "nginx.example.com";

fn ingress(
    name: &str,
    class: Option<&str>,
    host: &str,
    path: &str,
    kind: &str,
    service: &str,
) -> Value {
    let mut ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"rules": [{"host": host, "http": {"paths": [
            {"path": path, "pathType": kind, "backend": {"service": {"name": service, "port": {"number": 80}}}}]}}]},
    });
    if let Some(class) = class {
        ingress["spec"]["ingressClassName"] = class.into();
    }
    ingress
}

/// Two applications, whose pages are the names of their pods.
fn applications() -> Bench {
    let bench = Bench::healthy();
    for name in ["blog", "cart"] {
        bench.app("shop", name, 1);
        bench.rolled_out("shop", name);
    }
    bench
}

fn answers(bench: &Bench, url: &str, app: &str) {
    let of = |seen: &Seen| matches!(seen, Seen::Answer { status: 200, body } if body.starts_with(&format!("{app}-")));
    bench.sees(url, of);
}

fn known_by(report: &Value) -> &str {
    report["answer"]["knownBy"].as_str().unwrap_or_default()
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn better_rule_of_a_class_that_nobody_serves() {
    let bench = applications();
    bench.add(ingress("all", Some("traefik"), HOST, "/", "Prefix", "blog"));
    bench.add(ingress(
        "cart",
        Some("nobodys"),
        HOST,
        "/cart",
        "Prefix",
        "cart",
    ));
    let url = format!("http://{HOST}/cart");
    answers(&bench, &url, "blog");
    let hops = bench.hops(&[&url]);
    let report = hops.json();
    assert_eq!(hops.exit, 1, "{report:#}");
    assert!(
        roots(&report).contains("ingress-class-not-found"),
        "{report:#}"
    );
    assert!(known_by(&report).contains("Pod shop/blog-"), "{report:#}");
    let root = format!("http://{HOST}/");
    let sound = bench.hops(&[&root]);
    assert_eq!(sound.json()["verdict"], "ok", "{}", sound.stdout);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn dropped_router_whose_page_another_rule_gives() {
    let bench = applications();
    bench.add(ingress("all", Some("traefik"), HOST, "/", "Prefix", "blog"));
    let mut cart = ingress("cart", Some("traefik"), HOST, "/cart", "Prefix", "cart");
    cart["metadata"]["annotations"] =
        json!({"traefik.ingress.kubernetes.io/router.middlewares": "shop-strip@kubernetescrd"});
    bench.add(cart);
    let url = format!("http://{HOST}/cart");
    answers(&bench, &url, "blog");
    let hops = bench.hops(&[&url]);
    let report = hops.json();
    assert_eq!(hops.exit, 1, "{report:#}");
    assert!(
        roots(&report).contains("traefik-middleware-missing"),
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn equal_rules_of_two_namespaces() {
    let bench = applications();
    bench.add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gen"}}));
    bench.app("gen", "other", 1);
    bench.rolled_out("gen", "other");
    bench.add(ingress("all", Some("traefik"), HOST, "/", "Prefix", "blog"));
    let mut second = ingress("all", Some("traefik"), HOST, "/", "Prefix", "other");
    second["metadata"]["namespace"] = "gen".into();
    bench.add(second);
    let url = format!("http://{HOST}/");
    // Traefik gives an address to what it serves.
    let path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    let address = || bench.kubectl(&["-n", "gen", "get", "ingress", "all", "-o", path]);
    bench.until("the second Ingress", address, |ip| !ip.is_empty());
    // It serves it a moment after it said so.
    std::thread::sleep(std::time::Duration::from_secs(1));
    bench.sees(&url, |seen| seen.status() == 200);
    let Seen::Answer { body, .. } = bench.curl(&url) else {
        panic!("no answer");
    };
    let hops = bench.hops(&[&url]);
    let report = hops.json();
    assert_eq!(report["verdict"], "degraded", "{report:#}");
    let code = |f: &Value| f["code"] == "ingress-host-claimed-elsewhere";
    assert!(findings(&report).any(code), "{report:#}");
    assert_eq!(
        report["backends"].as_array().unwrap().len(),
        2,
        "{report:#}"
    );
    // Which of the two it is, the pods tell.
    let same = known_by(&report).contains(body.trim());
    assert!(same, "{body} {:?}: {report:#}", bench.curl(&url));
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn page_of_the_application_and_page_of_the_controller() {
    let bench = applications();
    bench.add(ingress(
        "all",
        Some("nginx"),
        NGINX,
        "/here",
        "Prefix",
        "blog",
    ));
    let url = format!("http://{NGINX}/elsewhere");
    bench.sees(&url, |seen| seen.status() == 404);
    let hops = bench.hops(&[&url]);
    let report = hops.json();
    assert_eq!(
        report["answer"]["answeredBy"], "ingress-nginx",
        "{report:#}"
    );
    assert!(
        known_by(&report).contains("a name that no rule has"),
        "{report:#}"
    );
    assert_eq!(report["brokenAt"], "route", "{report:#}");
    let good = format!("http://{NGINX}/here");
    answers(&bench, &good, "blog");
    let hops = bench.hops(&[&good]);
    let report = hops.json();
    assert_eq!(report["verdict"], "ok", "{report:#}");
    assert_eq!(findings(&report).count(), 0, "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn service_of_the_same_name_in_another_namespace() {
    let bench = applications();
    bench.add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gen"}}));
    bench.app("gen", "far", 1);
    bench.rolled_out("gen", "far");
    bench.add(ingress("far", Some("nginx"), NGINX, "/", "Prefix", "far"));
    let url = format!("http://{NGINX}/");
    bench.sees(&url, |seen| seen.status() == 503);
    let hops = bench.hops(&[&url]);
    let report = hops.json();
    assert!(
        roots(&report).contains("ingress-backend-cross-namespace"),
        "{report:#}"
    );
    assert!(hops.stdout.contains("gen/far"), "{report:#}");
}
