//! How long it takes to judge one flow among 5,000 policies and 5,000 pods of one namespace.
//!
//! `cargo bench --bench policies`. A walk judges a flow for each endpoint after every answer; one may cost 50 ms at the very most.

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hops::diagnosis::semantics::policy::{End, Flow, Member, Namespaces, Protocol, Verdict, judge};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde_json::json;

/// Policies of a hundred applications, each of which lets its own pods and the proxy through.
fn policies(count: usize) -> Vec<Arc<NetworkPolicy>> {
    let one = |i: usize| {
        let app = format!("app-{}", i % 100);
        let policy = json!({"metadata": {"name": format!("p{i}"), "namespace": "shop"}, "spec": {
        "podSelector": {"matchLabels": {"app": app}, "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["cache"]}]},
        "ingress": [
            {"from": [{"podSelector": {"matchLabels": {"app": app}}}, {"ipBlock": {"cidr": "10.9.0.0/16", "except": ["10.9.1.0/24"]}}]},
            {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": format!("edge-{i}")}}}],
                "ports": [{"port": 8080}, {"port": "http"}, {"port": 9000, "endPort": 9100}]},
        ]}});
        Arc::new(serde_json::from_value(policy).expect("a policy"))
    };
    (0..count).map(one).collect()
}

fn pods(count: usize) -> Vec<Pod> {
    let one = |i: usize| {
        let pod = json!({
            "metadata": {"name": format!("web-{i}"), "namespace": "shop", "labels": {"app": format!("app-{}", i % 100), "tier": "web"}},
            "spec": {"nodeName": format!("n{}", i % 50), "containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 8080}]}]},
            "status": {"podIP": format!("10.0.{}.{}", i / 250, i % 250 + 1), "hostIP": format!("192.0.2.{}", i % 50 + 1)}});
        serde_json::from_value(pod).expect("a Pod")
    };
    (0..count).map(one).collect()
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("policies");
    let (policies, pods) = (policies(5_000), pods(5_000));
    let namespaces = Namespaces::default();
    let source = Member {
        namespace: "edge".to_owned(),
        name: "proxy".to_owned(),
        addresses: vec!["10.0.99.1".parse().expect("an address")],
        ..Member::default()
    };
    group.bench_function(
        BenchmarkId::from_parameter("5,000 policies x 5,000 pods"),
        |b| {
            b.iter(|| {
                let found = pods
                    .iter()
                    .find(|p| p.metadata.name.as_deref() == Some("web-4242"));
                let flow = Flow {
                    source: End::Pod(source.clone()),
                    destination: End::Pod(Member::from(found.expect("the pod"))),
                    port: 8080,
                    protocol: Protocol::Tcp,
                };
                let verdict = judge(&flow, &policies, &namespaces);
                assert!(matches!(verdict, Verdict::Denied(_)), "no rule is for it");
            });
        },
    );
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
