//! How long a walk takes once everything is known: on the shop, and on a cluster of 5,000 Ingresses and 5,000 Services.
//!
//! `cargo bench --bench walk`. A walk runs again after every answer, so it has to cost microseconds on the shop; on the large
//! cluster it must not grow with the Services, and only as far as reading every Ingress's hosts with the Ingresses.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hops::answer::recording::{Recording, Replay};
use hops::answer::{NoProbes, Sources};
use hops::diagnosis::{Settings, walk};
use hops::engine::{Limits, check};
use hops::facts::Facts;
use hops::target::Target;
use serde_json::{Value, json};

fn shop() -> Vec<Value> {
    let text = include_str!("../pitfalls/shop.yaml");
    let base: Value = serde_saphyr::from_str(text).expect("the base fixture");
    base["objects"].as_array().expect("objects").clone()
}

/// The shop among many others that have nothing to do with it.
fn large(count: usize) -> Vec<Value> {
    let mut objects = shop();
    for i in 0..count {
        let namespace = format!("team-{}", i % 200);
        objects.push(json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": format!("web-{i}"), "namespace": namespace, "uid": format!("i{i}")},
            "spec": {"ingressClassName": "traefik", "rules": [{"host": format!("web-{i}.example.com"),
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": format!("web-{i}"), "port": {"number": 80}}}}]}}]}}));
        objects.push(json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": format!("web-{i}"), "namespace": namespace, "uid": format!("s{i}")},
            "spec": {"selector": {"app": format!("web-{i}")}, "ports": [{"port": 80}]}}));
    }
    objects
}

fn settled(objects: Vec<Value>) -> (Target, Facts, Settings) {
    let now = "2026-11-23T12:00:00Z".parse().expect("a moment");
    let settings = Settings {
        now,
        context: None,
        namespace: "default".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        resolve: Vec::new(),
        dns_server: None,
        ..Settings::default()
    };
    let answerer = Sources {
        objects: Box::new(Replay::new(Recording::whole_cluster(objects, now))),
        network: Box::new(NoProbes("a bench asks no network")),
        tunnel: Box::new(NoProbes("a bench asks no network")),
    };
    let target = Target::parse("https://shop.example.com/").expect("a target");
    let mut facts = Facts::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let targets = [target.clone()];
    runtime.block_on(check(
        &targets,
        &mut facts,
        &answerer,
        &settings,
        Limits::default(),
    ));
    (target, facts, settings)
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("walk");
    for (name, objects) in [
        ("shop", shop()),
        ("5,000 Ingresses x 5,000 Services", large(5_000)),
    ] {
        let (target, facts, settings) = settled(objects);
        let report = walk(&target, &facts, &settings).report;
        assert_eq!(report.backends.len(), 1, "the walk arrives at its backend");
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| walk(&target, &facts, &settings));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
