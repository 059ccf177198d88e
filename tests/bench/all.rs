//! What a host costs among many: `--check --all` over 1,000 and 10,000 hosts without a network, every read answered at once.
//!
//! `cargo bench --bench all`. The time of a host is to stay what it is: the second of the two lines is at most 1.3 times ten of the first.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hops::answer::recording::{Recording, Replay};
use hops::answer::{NoProbes, Sources};
use hops::diagnosis::{Breadth, Settings};
use hops::engine::{Limits, check};
use hops::facts::Facts;
use hops::report::Verdict;
use hops::target::Target;

#[path = "many_hosts.rs"]
mod many_hosts;

fn bench(c: &mut Criterion) {
    let now = "2026-11-23T12:00:00Z".parse().expect("a moment");
    let settings = Settings {
        now,
        breadth: Breadth::WholeKinds,
        ..Settings::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("all");
    group.sample_size(10).warm_up_time(Duration::from_secs(1));
    for hosts in [1_000, 10_000] {
        let objects = many_hosts::objects(hosts);
        let answerer = Sources {
            objects: Box::new(Replay::new(Recording::whole_cluster(objects, now))),
            network: Box::new(NoProbes("a bench asks no network")),
            tunnel: Box::new(NoProbes("a bench asks no network")),
        };
        let names = (0..hosts).map(|i| Target::parse(&many_hosts::host(i)));
        let targets: Vec<Target> = names.collect::<Result<_, _>>().expect("targets");
        // The lists are read once: what is measured are walks.
        let mut facts = Facts::new();
        let check = |facts: &mut Facts| {
            let limits = Limits::default();
            runtime.block_on(check(&targets, facts, &answerer, &settings, limits))
        };
        let reports = check(&mut facts);
        assert_eq!(reports.len(), hosts);
        let broken = |r: &&hops::report::Report| r.verdict == Verdict::Broken;
        let broken = reports.iter().filter(broken).count();
        assert_eq!(broken, hosts / 100, "as many as have no endpoint");
        group.throughput(Throughput::Elements(hosts as u64));
        group.bench_function(BenchmarkId::from_parameter(hosts), |b| {
            b.iter(|| check(&mut facts));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
