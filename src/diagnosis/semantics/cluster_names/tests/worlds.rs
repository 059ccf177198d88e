//! Random objects and names.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::super::selector::Selector;
use super::super::{Options, PodNames};
use super::samples::{endpoint, external, of_pod, pod, service, slice};
use super::zone::{ADDRESSES, World, ZONES, dashed, is_in};

pub(super) const NAMESPACES: [&str; 2] = ["shop", "pay"];
pub(super) const SERVICES: [&str; 2] = ["web", "db"];
pub(super) const HOSTS: [&str; 3] = ["db-0", "db-1", "p-1"];
pub(super) const PORTS: [&str; 4] = ["http/TCP/80", "http/UDP/80", "dns/UDP/53", "/TCP/81"];

fn a_service() -> impl Strategy<Value = Service> {
    let ips: [&[&str]; 4] = [
        &["10.0.0.1"],
        &["10.0.0.1", "fd00::9"],
        &["None"],
        &["None"],
    ];
    let targets = [
        "web.shop.svc.cluster.local",
        "db.pay.svc.cluster.local.",
        "x.example.com",
        "192.0.2.1",
    ];
    let ports = subsequence(PORTS.to_vec(), 0..3);
    let kind = (
        any::<bool>(),
        select(ips.to_vec()),
        select(targets.to_vec()),
    );
    (
        select(SERVICES.to_vec()),
        select(NAMESPACES.to_vec()),
        kind,
        ports,
        any::<bool>(),
    )
        .prop_map(|(name, ns, (inside, ips, target), ports, seen)| {
            let mut made = if inside {
                service(name, ips, &ports)
            } else {
                external(name, target)
            };
            made.metadata.namespace = Some(ns.to_owned());
            made.metadata.labels = seen.then(|| [("seen".to_owned(), String::new())].into());
            made
        })
}

fn an_endpoint() -> impl Strategy<Value = Endpoint> {
    let hosts = select(vec!["", "", "db-0", "db-1"]);
    let ready = proptest::option::of(any::<bool>());
    let zone = proptest::option::of(select(ZONES.to_vec()));
    (
        subsequence(ADDRESSES.to_vec(), 1..3),
        hosts,
        ready,
        zone,
        any::<bool>(),
    )
        .prop_map(|(addresses, host, ready, zone, has_pod)| {
            let mut made = endpoint(&addresses, host, ready);
            made.zone = zone.map(str::to_owned);
            if has_pod { of_pod(made, "p-1") } else { made }
        })
}

fn a_slice() -> impl Strategy<Value = EndpointSlice> {
    let ports = subsequence(PORTS.to_vec(), 0..3);
    let endpoints = proptest::collection::vec(an_endpoint(), 0..3);
    (
        select(SERVICES.to_vec()),
        select(NAMESPACES.to_vec()),
        ports,
        endpoints,
        any::<bool>(),
    )
        .prop_map(|(service, ns, ports, endpoints, seen)| {
            let mut made = slice(service, &ports, endpoints);
            made.metadata.namespace = Some(ns.to_owned());
            let labels = made.metadata.labels.get_or_insert_default();
            labels.extend(seen.then(|| ("seen".to_owned(), String::new())));
            made
        })
}

fn a_pod() -> impl Strategy<Value = Pod> {
    let phases = select(vec!["Running", "Failed"]);
    (
        subsequence(ADDRESSES[..3].to_vec(), 0..3),
        select(NAMESPACES.to_vec()),
        phases,
    )
        .prop_map(|(addresses, ns, phase)| {
            let mut made = pod("p-1", &addresses, phase);
            made.metadata.namespace = Some(ns.to_owned());
            made.metadata.labels = Some([("seen".to_owned(), String::new())].into());
            made
        })
}

fn some_options() -> impl Strategy<Value = Options> {
    let pods = select(vec![
        PodNames::Disabled,
        PodNames::Insecure,
        PodNames::Verified,
    ]);
    (pods, any::<[bool; 6]>()).prop_map(|(pods, [only, seen, by_pod, full, none, zonal])| Options {
        pods,
        namespaces: if only {
            vec!["shop".to_owned()]
        } else {
            Vec::new()
        },
        labels: seen.then(|| Selector::parse("seen").expect("a selector")),
        namespace_labels: None,
        endpoint_pod_names: by_pod,
        ignore_empty_service: full,
        noendpoints: none && !zonal,
        zonal,
    })
}

pub(super) fn a_world() -> impl Strategy<Value = World> {
    let services = proptest::collection::vec(a_service(), 0..5).prop_map(|mut all| {
        let mut seen = BTreeSet::new();
        all.retain(|s| seen.insert((s.metadata.namespace.clone(), s.metadata.name.clone())));
        all
    });
    let slices = proptest::collection::vec(a_slice(), 0..4);
    let pods = proptest::collection::vec(a_pod(), 0..3);
    (
        subsequence(NAMESPACES.to_vec(), 0..3),
        services,
        slices,
        pods,
        some_options(),
    )
        .prop_map(|(namespaces, services, slices, pods, options)| World {
            // What lies in a namespace is gone with it.
            services: services
                .into_iter()
                .filter(|s| inside(s.metadata.namespace.as_ref(), &namespaces))
                .collect(),
            slices: slices
                .into_iter()
                .filter(|s| inside(s.metadata.namespace.as_ref(), &namespaces))
                .collect(),
            pods: pods
                .into_iter()
                .filter(|p| inside(p.metadata.namespace.as_ref(), &namespaces))
                .collect(),
            namespaces,
            options,
        })
}

fn inside(namespace: Option<&String>, all: &[&str]) -> bool {
    all.iter().any(|ns| is_in(namespace, ns))
}

/// Names without the domain, more of them there than not.
pub(super) fn a_name() -> impl Strategy<Value = String> {
    let mut words: Vec<String> = ["http", "_http", "_", "dns", "tcp", "_tcp", "_udp", "x"]
        .map(str::to_owned)
        .into();
    words.extend(HOSTS.map(str::to_owned));
    words.extend(ADDRESSES.map(dashed));
    let before = proptest::collection::vec(select(words), 0..3).prop_map(|w| w.join("."));
    let zone = (
        select(ZONES.to_vec()),
        select(vec!["pin", "prefer", "else"]),
    )
        .prop_map(|(z, w)| format!("{z}.{w}._zone"));
    let before = prop_oneof![4 => before, 1 => zone];
    let service = select(vec!["web", "db", "10-1-0-1", "fd00--1"]);
    let tail = (
        select(vec!["shop", "pay", "no"]),
        select(vec!["svc", "svc", "svc", "pod", "dns"]),
    );
    let whole = (before, service, tail).prop_map(|(b, s, (ns, t))| format!("{b}.{s}.{ns}.{t}"));
    let short = select(vec![
        "", "svc", "pod", "shop.svc", "shop.pod", "no.svc", "web.shop", "x",
    ]);
    prop_oneof![9 => whole, 1 => short.prop_map(str::to_owned)]
        .prop_map(|n| n.trim_start_matches('.').to_owned())
}
