//! `--from` alone: the names that a pod is configured to call, held against the environment that its container really has.

use serde_json::json;

use crate::bench::{Bench, findings};
use crate::clients::Library;

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn every_name_that_a_pod_is_configured_to_call() {
    let bench = Bench::healthy();
    bench.add(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"},
        "data": {"STOCK_HOST": "product-service.default", "STOCK_PORT": "80"},
    }));
    let client = bench.client_with(
        Library::Glibc,
        "shop",
        &json!({"containers": [{
            "name": "client", "image": "hops.test/client-glibc:1", "imagePullPolicy": "Never", "args": ["pause"],
            "envFrom": [{"configMapRef": {"name": "settings"}}],
            "env": [
                {"name": "FRONTEND_URL", "value": "http://frontend:80"},
                {"name": "STOCK_URL", "value": "http://$(STOCK_HOST):$(STOCK_PORT)/"},
                {"name": "LITERAL", "value": "$$(STOCK_HOST)"},
                {"name": "CART_ADDR", "value": "cart:80"},
            ],
        }]}),
    );
    let environment = environment_with("LITERAL=$(STOCK_HOST)");
    let stock = environment.iter().find(|v| v.starts_with("STOCK_URL="));
    assert_eq!(
        stock.unwrap(),
        "STOCK_URL=http://product-service.default:80/"
    );
    let hops = bench.hops(&["--from", &client.pod()]);
    let document = hops.json();
    let reports = document["reports"].as_array().unwrap();
    let mut said: Vec<(String, String)> = Vec::new();
    for report in reports {
        let url = report["target"]["url"].as_str().unwrap().to_owned();
        said.push((url, report["verdict"].as_str().unwrap().to_owned()));
    }
    said.sort();
    let expected = [
        ("http://cart/", "broken"),
        ("http://frontend/", "ok"),
        ("http://product-service.default/", "ok"),
    ];
    let said: Vec<(&str, &str)> = said.iter().map(|(u, v)| (u.as_str(), v.as_str())).collect();
    assert_eq!(said, expected, "{document:#}");
    let broken = reports
        .iter()
        .find(|r| r["target"]["host"] == "cart")
        .unwrap();
    let codes: Vec<_> = findings(broken).map(|f| f["code"].clone()).collect();
    assert_eq!(codes, ["cluster-dns-name-typo"], "{broken:#}");
    assert_eq!(hops.exit, 1, "{}", hops.stderr);
}

/// The environment of the process that has this variable, as its kubelet made it.
fn environment_with(variable: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut all = processes.filter_map(|p| std::fs::read(p.path().join("environ")).ok());
    let own = |environ: &Vec<u8>| {
        let variables = environ.split(|b| *b == 0);
        variables
            .map(|v| String::from_utf8_lossy(v).into_owned())
            .collect::<Vec<_>>()
    };
    all.find_map(|e| Some(own(&e)).filter(|all| all.iter().any(|v| v == variable)))
        .expect("a process with this variable")
}
