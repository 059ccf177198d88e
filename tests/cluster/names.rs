//! Generated names that real pods look up with glibc, musl and Go, under every kind of DNS policy: what hops says that each library
//! gets, it gets.
//!
//! A seeded fifth is run; HOPS_CLUSTER_WHOLE=1 runs all of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::clients::{Answer, Client, LIBRARIES};
use crate::dice::{self, Dice};
use crate::world::AUTHORITY;

/// Of every client. With `kinds` and three libraries: 300.
const NAMES: usize = 5;
const KUBE_DNS: &str = "10.96.0.10";
/// In the range of Services, and none has it: silence.
const NO_SERVICE: &str = "10.96.0.99";

/// The Services of the generated world; `dead` has no endpoints, `void` no pods and no address, `aliased` and `gone` stand for names
/// outside, `peer` for a Service, `raw` for an address. One has a namespace's name.
const SERVICES: [&str; 12] = [
    "web.nm-a",
    "dead.nm-a",
    "db.nm-a",
    "void.nm-a",
    "aliased.nm-a",
    "gone.nm-a",
    "peer.nm-a",
    "raw.nm-a",
    "web.nm-b",
    "api.nm-b",
    "nm-a.nm-b",
    "product-service.default",
];
const PODS: [&str; 6] = [
    "db-0.db.nm-a",
    "db-1.db.nm-a",
    "db-2.db.nm-a",
    "lone-0.lone.nm-a",
    "lone-0.db.nm-a",
    "db-0.nm-a",
];
const MISSING: [&str; 7] = [
    "nope",
    "wbe",
    "web.nm-x",
    "wbe.nm-a",
    "product-servce.default",
    "nm-b.api",
    "web.nm-a.cluster.local",
];
const NAMESPACES: [&str; 9] = [
    "nm-a",
    "nm-b",
    "default",
    "nm-c.svc",
    "nm-a.svc.cluster.local",
    "svc",
    "svc.cluster.local",
    "cluster.local",
    "nm-x.svc",
];
const OUTSIDE: [&str; 8] = [
    "shop.example.com",
    "nginx.example.com",
    "missing.example.com",
    "example.com",
    "any.gen.example.com",
    "SHOP.example.com",
    "shop",
    "com",
];
const DOTTED: [&str; 5] = [
    "a.b.c.d.e.gen.example.com",
    "a.b.c.d.e.f.example.com",
    "one.two.web.nm-a.svc.cluster.local",
    "a.b.c.d.e.f.g",
    "web.nm-a.svc.cluster.local.nm-b",
];
const ODD: [&str; 5] = [
    "_http._tcp.web.nm-a.svc.cluster.local",
    "_http._udp.web.nm-a.svc.cluster.local",
    "10-96-77-1.nm-a.pod.cluster.local",
    "10-96-77-1.nm-x.pod.cluster.local",
    "web.nm-a.svc.cluster",
];

/// A namespace, and what a pod there is told of names.
fn kinds() -> Vec<(&'static str, Value)> {
    let ndots =
        |value: &str| json!({"dnsConfig": {"options": [{"name": "ndots", "value": value}]}});
    let searches = |domain: &str| json!({"dnsConfig": {"searches": [domain]}});
    let none = |server: &str, searches: &[&str], ndots: Option<&str>| {
        let mut options = vec![
            json!({"name": "timeout", "value": "1"}),
            json!({"name": "attempts", "value": "1"}),
        ];
        options.extend(ndots.map(|value| json!({"name": "ndots", "value": value})));
        json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": [server], "searches": searches, "options": options}})
    };
    let cluster = |namespace: &str| {
        [
            format!("{namespace}.svc.cluster.local"),
            "svc.cluster.local".into(),
            "cluster.local".into(),
        ]
    };
    let (own_a, own_b) = (cluster("nm-a"), cluster("nm-b"));
    let own = |of: &'_ [String; 3]| -> Value {
        none(KUBE_DNS, &of.each_ref().map(String::as_str), Some("5"))
    };
    vec![
        ("nm-a", json!({})),
        ("nm-b", json!({})),
        ("nm-c", json!({})),
        ("nm-a", ndots("0")),
        ("nm-a", ndots("1")),
        ("nm-b", ndots("2")),
        ("nm-a", ndots("15")),
        ("nm-a", searches("nm-b.svc.cluster.local")),
        ("nm-c", searches("gen.example.com")),
        ("nm-a", own(&own_a)),
        ("nm-c", own(&own_b)),
        ("nm-a", none(KUBE_DNS, &[], None)),
        ("nm-b", none(KUBE_DNS, &["svc.cluster.local"], Some("1"))),
        (
            "nm-c",
            none(
                KUBE_DNS,
                &["nm-a.svc.cluster.local", "example.com"],
                Some("0"),
            ),
        ),
        ("nm-a", none(NO_SERVICE, &["svc.cluster.local"], Some("2"))),
        ("nm-b", none(AUTHORITY, &["example.com"], None)),
        ("nm-a", json!({"dnsPolicy": "Default"})),
        ("nm-b", json!({"hostNetwork": true})),
        (
            "nm-a",
            json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"}),
        ),
        (
            "nm-a",
            json!({"hostAliases": [
                {"ip": "203.0.113.7", "hostnames": ["web", "api.nm-b"]},
                {"ip": "203.0.113.8", "hostnames": ["web.nm-b.svc.cluster.local", "shop.example.com"]},
            ]}),
        ),
    ]
}

/// Whether the pod asks the cluster's DNS. What others say is not to be seen from outside of the pod.
fn asks_the_cluster(fields: &Value) -> bool {
    let server = &fields["dnsConfig"]["nameservers"][0];
    match fields["dnsPolicy"].as_str() {
        Some("Default") => false,
        Some("None") => server == KUBE_DNS,
        Some(_) => true,
        None => fields["hostNetwork"] != true,
    }
}

/// A name of the cluster as people write it: with more or less of its end.
fn written(dice: &mut Dice, name: &str, namespace: &str) -> String {
    let short = name
        .strip_suffix(&format!(".{namespace}"))
        .or_else(|| name.rsplit_once('.').map(|(first, _)| first));
    match dice.below(6) {
        0 | 1 => short.unwrap().to_owned(),
        2 => name.to_owned(),
        3 => format!("{name}.svc"),
        4 => format!("{name}.svc.cluster.local"),
        _ => format!("{name}.svc.cluster.local."),
    }
}

fn name(dice: &mut Dice, namespace: &str) -> String {
    let name = match dice.below(20) {
        0..=8 => {
            let service = dice.one(&SERVICES);
            written(dice, service, namespace)
        }
        9..=11 => {
            let pod = dice.one(&PODS);
            written(dice, pod, namespace)
        }
        12 | 13 => dice.one(&MISSING).to_owned(),
        14 | 15 => dice.one(&NAMESPACES).to_owned(),
        16 | 17 => dice.one(&OUTSIDE).to_owned(),
        18 => dice.one(&DOTTED).to_owned(),
        _ => dice.one(&ODD).to_owned(),
    };
    let name = match dice.below(10) {
        0 => name.to_uppercase(),
        _ => name,
    };
    if dice.below(8) == 0 && !name.ends_with('.') {
        return name + ".";
    }
    name
}

fn service(name: &str, namespace: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

/// What there is to be found.
fn world(bench: &Bench) {
    bench.upstream_knows_the_internet();
    for namespace in ["nm-a", "nm-b", "nm-c"] {
        bench
            .add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
    }
    bench.app("nm-a", "web", 1);
    let ports = json!([{"name": "http", "port": 80, "targetPort": 8080}]);
    let headless =
        |name: &str| json!({"clusterIP": "None", "selector": {"app": name}, "ports": ports});
    let outside = |name: &str| json!({"type": "ExternalName", "externalName": name});
    let plain = |name: &str| json!({"selector": {"app": name}, "ports": ports});
    for (name, namespace, spec) in [
        ("web", "nm-a", plain("web")),
        ("dead", "nm-a", plain("dead")),
        ("void", "nm-a", headless("void")),
        ("db", "nm-a", headless("db")),
        ("aliased", "nm-a", outside("shop.example.com")),
        ("gone", "nm-a", outside("missing.example.com")),
        ("peer", "nm-a", outside("web.nm-b.svc.cluster.local")),
        ("raw", "nm-a", outside("203.0.113.80")),
        ("web", "nm-b", plain("web")),
        ("api", "nm-b", plain("api")),
        ("nm-a", "nm-b", plain("api")),
    ] {
        bench.add(service(name, namespace, spec));
    }
    for (name, service) in [("db", "db"), ("lone", "lone-headless")] {
        let labels = json!({"app": name});
        let container = json!({
            "name": "db", "image": "hops.test/agnhost:1", "imagePullPolicy": "Never",
            "args": ["serve-hostname", "--port=8080"], "ports": [{"containerPort": 8080}],
        });
        bench.add(json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "namespace": "nm-a"},
            "spec": {
                "serviceName": service, "replicas": 2, "podManagementPolicy": "Parallel", "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}},
            },
        }));
    }
    bench.rolled_out("nm-a", "web");
    for set in ["statefulset/db", "statefulset/lone"] {
        bench.kubectl(&["-n", "nm-a", "rollout", "status", set, "--timeout=60s"]);
    }
}

/// What is wrong with what hops says, or `Ok(false)` when it says that it does not know.
fn judge(said: Option<&Answer>, got: &Answer, seen: bool) -> Result<bool, String> {
    let Some(said) = said else {
        return Ok(false);
    };
    // Servers that hops cannot ask: that they do not have a name it may say, not in which words.
    let right = said.agrees(got) || !seen && !said.found() && !got.found();
    if right {
        return Ok(true);
    }
    Err(format!("gets {got:?}, hops says {said:?}"))
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn what_hops_says_of_a_name_is_what_three_libraries_get() {
    let seed = dice::seed(20_261_130);
    let mut dice = Dice(seed);
    let bench = Bench::healthy();
    world(&bench);

    let mut all = Vec::new();
    for (number, (namespace, fields)) in kinds().into_iter().enumerate() {
        for library in LIBRARIES {
            let client = Client {
                library,
                namespace: namespace.to_owned(),
                name: format!("client-{number}-{}", library.name()),
            };
            let names: Vec<String> = (0..NAMES).map(|_| name(&mut dice, namespace)).collect();
            all.push((client, fields.clone(), names));
        }
    }
    assert_eq!(all.len() * NAMES, 300);
    if !dice::whole() {
        let first = usize::try_from(seed % 5).unwrap();
        all = all.into_iter().skip(first).step_by(5).collect();
    }
    for (client, fields, _) in &all {
        bench.add(client.object(fields));
    }
    for (client, ..) in &all {
        bench.client_runs(client);
    }

    let (mut wrong, mut asked, mut open) = (String::new(), 0, 0);
    for (client, fields, names) in &all {
        let seen = asks_the_cluster(fields);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let answers = bench.looks_up(client, &names);
        for (name, got) in names.iter().zip(&answers) {
            println!("{} {fields} {name}: {got:?}", client.pod());
            let report = bench.hops(&["--from", &client.pod(), name]).json();
            let said = Answer::predicted(&report, client.library);
            match judge(said.as_ref(), got, seen) {
                Ok(true) => asked += usize::from(seen),
                Ok(false) if seen => {
                    (asked, open) = (asked + 1, open + 1);
                    println!("    hops does not know");
                }
                Ok(false) => {}
                Err(why) => writeln!(wrong, "{} {fields} {name}: {why}", client.pod()).unwrap(),
            }
        }
    }
    println!("{asked} names asked of the cluster's DNS, {open} left open");
    assert!(wrong.is_empty(), "seed {seed}\n{wrong}");
    assert!(open * 50 <= asked, "{open} of {asked} left open");
}
