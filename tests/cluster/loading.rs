//! A real ingress-nginx that cannot load what an Ingress says, and so nothing else either.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::verdicts::Broken;

fn ingress(name: &str, host: &str, paths: &[&str]) -> Value {
    let path = |path: &&str| {
        json!({"path": path, "pathType": "Prefix",
            "backend": {"service": {"name": "frontend", "port": {"number": 80}}}})
    };
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"ingressClassName": "nginx",
            "rules": [{"host": host, "http": {"paths": paths.iter().map(path).collect::<Value>()}}]},
    })
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn two_paths_that_are_one_location_stop_every_host() {
    let bench = Bench::healthy();
    bench.zone(|zone| format!("{zone}late 60 IN A 203.0.113.81\nearly 60 IN A 203.0.113.81\n"));
    let (early, late) = ("http://early.example.com/", "http://late.example.com/");
    bench.add(ingress("early", "early.example.com", &["/"]));
    bench.sees(early, |seen| seen.status() == 200);
    bench.add(ingress("twice", "twice.example.com", &["/cart", "/cart/"]));
    std::thread::sleep(std::time::Duration::from_secs(2));
    bench.add(ingress("late", "late.example.com", &["/"]));
    std::thread::sleep(std::time::Duration::from_secs(6));
    bench.sees(late, |seen| seen.status() == 404);
    let (roots, folded) = (&["ctl-config-reload-failed"], &[]);
    let report = bench.diagnoses(
        late,
        &Broken {
            at: "controller",
            roots,
            folded,
        },
    );
    let said = report.to_string();
    for words in [
        "/cart (Prefix) of Ingress shop/twice",
        "/cart/ (Prefix) of Ingress shop/twice",
    ] {
        assert!(said.contains(words), "{words}: {report:#}");
    }
    // What was there before goes on.
    bench.sees(early, |seen| seen.status() == 200);
    bench.approves(early);
}
