//! Who reaches whom under which policies, as the tables of Kubernetes' own end-to-end tests have it. The tables are in
//! `tests/conformance/policies.yaml`, and name the test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use hops::diagnosis::semantics::policy::{
    End, Flow, Member, NamedPort, Namespaces, Protocol, Verdict, judge,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::Deserialize;
use serde_json::{Value, json};

/// Three namespaces with three pods each, which serve two ports over three protocols.
const SPACES: [&str; 3] = ["x", "y", "z"];
const PODS: [&str; 3] = ["a", "b", "c"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Table {
    of: String,
    /// Policies by `namespace/name`: their specs.
    #[serde(default)]
    policies: BTreeMap<String, Value>,
    /// Labels that pods have besides `pod: a`.
    #[serde(default)]
    pods: BTreeMap<String, BTreeMap<String, String>>,
    /// Labels that namespaces have besides their name.
    #[serde(default)]
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// What does not come through, by port: `x/a → y/*`. Everything else does.
    denied: BTreeMap<String, Vec<String>>,
    /// What comes through all the same.
    #[serde(default)]
    but: Vec<String>,
}

impl Table {
    fn policies(&self) -> Vec<Arc<NetworkPolicy>> {
        let each = self.policies.iter().map(|(id, spec)| {
            let (namespace, name) = id.split_once('/').expect("a slash");
            let policy = json!({"metadata": {"name": name, "namespace": namespace}, "spec": spec});
            Arc::new(serde_json::from_value(policy).expect("a policy"))
        });
        each.collect()
    }

    fn pod(&self, space: usize, pod: usize) -> Member {
        let (namespace, name) = (SPACES[space], PODS[pod]);
        let more = self.pods.get(&format!("{namespace}/{name}"));
        let mut labels: BTreeMap<_, _> = more.cloned().unwrap_or_default();
        labels.insert("pod".to_owned(), name.to_owned());
        let mut ports = Vec::new();
        for number in [80, 81] {
            for protocol in ["TCP", "UDP", "SCTP"] {
                ports.push(NamedPort {
                    name: format!("serve-{number}-{}", protocol.to_lowercase()),
                    protocol: protocol.to_owned(),
                    number,
                });
            }
        }
        Member {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            labels,
            node: Some(format!("n{pod}")),
            addresses: vec![format!("10.0.{space}.{pod}").parse().expect("an address")],
            node_addresses: vec![format!("192.0.2.{pod}").parse().expect("an address")],
            ports,
            ..Member::default()
        }
    }
}

/// Whether `x/*` has `x/a`.
fn has(pattern: &str, pod: &Member) -> bool {
    let (namespace, name) = pattern.split_once('/').expect("a slash");
    (namespace == "*" || namespace == pod.namespace) && (name == "*" || name == pod.name)
}

fn says(lines: &[String], from: &Member, to: &Member) -> bool {
    lines.iter().any(|line| {
        let (source, destination) = line.split_once(" → ").expect("an arrow");
        has(source, from) && has(destination, to)
    })
}

#[test]
fn as_kubernetes_own_tests_have_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/policies.yaml");
    let text = std::fs::read_to_string(path).expect("the file");
    let tables: Vec<Table> = serde_saphyr::from_str(&text).expect("tables");
    let (mut wrong, mut tried) = (String::new(), 0);
    for table in &tables {
        let policies = table.policies();
        let mut namespaces = Namespaces::default();
        for space in SPACES {
            let more = table.namespaces.get(space).cloned();
            namespaces.add(space, more.unwrap_or_default());
        }
        let pods: Vec<Member> = (0..9).map(|at| table.pod(at / 3, at % 3)).collect();
        for (at, denied) in &table.denied {
            let (protocol, port) = at.split_once(' ').expect("a protocol and a port");
            let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
            let protocol = protocols.into_iter().find(|p| p.as_str() == protocol);
            for from in &pods {
                for to in &pods {
                    // The tests look away where a pod speaks to itself, for plugins differ.
                    let itself = (&from.namespace, &from.name) == (&to.namespace, &to.name);
                    if itself {
                        continue;
                    }
                    let flow = Flow {
                        source: End::Pod(from.clone()),
                        destination: End::Pod(to.clone()),
                        port: port.parse().expect("a port"),
                        protocol: protocol.expect("a protocol"),
                    };
                    let expected = !says(denied, from, to) || says(&table.but, from, to);
                    let verdict = judge(&flow, &policies, &namespaces);
                    let seen = match verdict {
                        Verdict::NotIsolated | Verdict::Allowed(_) => Some(true),
                        Verdict::Denied(_) => Some(false),
                        Verdict::Unknown(_) => None,
                    };
                    tried += 1;
                    if seen != Some(expected) {
                        let (a, b) = (&from.namespace, &to.namespace);
                        let line = format!("{a}/{} → {b}/{} {at}", from.name, to.name);
                        writeln!(
                            wrong,
                            "{}: {line} is {expected}, and hops says {seen:?}",
                            table.of
                        )
                        .expect("a String");
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {tried}:\n{wrong}");
    assert!(tables.len() > 35 && tried > 2_500, "only {tried}");
}
