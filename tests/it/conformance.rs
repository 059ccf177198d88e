//! Requests and who answers them, as the tables of Gateway API's own conformance suite have it: what a controller that passes it does,
//! hops says by the objects alone. The tables are in `tests/conformance`, and name the test of the suite.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use hops::answer::Answerer;
use hops::diagnosis::Settings;
use hops::diagnosis::predict::{Answer, Predicted, predict};
use hops::facts::{Facts, Question};
use hops::target::{Header, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::fixture::{Answers, Fixture};

const SERVICES: [(&str, &str); 4] = [
    ("shop", "v1"),
    ("shop", "v2"),
    ("shop", "v3"),
    ("backend", "web"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Table {
    of: String,
    #[serde(default)]
    listeners: Vec<Value>,
    allowed_listeners: Option<String>,
    #[serde(default)]
    sets: Vec<Set>,
    #[serde(default)]
    grants: Vec<Value>,
    #[serde(default)]
    routes: Vec<Route>,
    #[serde(default)]
    grpc: Vec<Route>,
    #[serde(default)]
    tls: Vec<Route>,
    requests: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    name: String,
    listeners: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    hostnames: Option<Vec<String>>,
    /// The listeners that it names.
    #[serde(default)]
    sections: Vec<String>,
    /// The ListenerSet that it names, in place of the Gateway.
    set: Option<String>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    matches: Option<Value>,
    filters: Option<Value>,
    /// The one Service.
    to: Option<String>,
    shares: Option<BTreeMap<String, u32>>,
    backend_refs: Option<Value>,
}

impl Rule {
    fn object(&self) -> Value {
        let mut rule = json!({});
        let shares = self.shares.as_ref().map(|shares| {
            let one = |(name, weight): (&String, &u32)| json!({"name": name, "port": 8080, "weight": weight});
            shares.iter().map(one).collect::<Value>()
        });
        let to = self
            .to
            .as_ref()
            .map(|name| json!([{"name": name, "port": 8080}]));
        for (key, value) in [
            ("matches", self.matches.clone()),
            ("filters", self.filters.clone()),
            ("backendRefs", to.or(shares).or(self.backend_refs.clone())),
        ] {
            if let Some(value) = value {
                rule[key] = value;
            }
        }
        rule
    }
}

impl Route {
    fn object(&self, kind: &str, number: usize) -> Value {
        let of_gateway = json!({"name": "eg", "namespace": "infra"});
        let parents = match (&self.set, self.sections.as_slice()) {
            (Some(set), _) => {
                json!([{"group": "gateway.networking.k8s.io", "kind": "ListenerSet", "name": set, "namespace": "infra"}])
            }
            (None, []) => json!([of_gateway]),
            (None, sections) => sections
                .iter()
                .map(|section| {
                    let mut parent = of_gateway.clone();
                    parent["sectionName"] = json!(section);
                    parent
                })
                .collect(),
        };
        let rules: Vec<Value> = self.rules.iter().map(Rule::object).collect();
        let mut object = json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": kind,
            "metadata": {"name": format!("r{number}"), "namespace": "shop",
                "creationTimestamp": format!("2026-11-02T00:00:{number:02}Z")},
            "spec": {"parentRefs": parents, "rules": rules},
        });
        if let Some(hostnames) = &self.hostnames {
            object["spec"]["hostnames"] = json!(hostnames);
        }
        object
    }
}

/// A Service with one endpoint.
fn service((namespace, name): (&str, &str)) -> [Value; 2] {
    [
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": "10.96.7.7", "ports": [{"port": 8080, "targetPort": 3000}]}}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": format!("{name}-1"), "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"port": 3000, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["10.244.7.7"], "conditions": {"ready": true}}]}),
    ]
}

impl Table {
    /// The Gateway of the base fixture, with listeners and routes of this one.
    fn objects(&self, base: &[Value]) -> Vec<Value> {
        let kinds = ["HTTPRoute", "ReferenceGrant"];
        let mut objects: Vec<Value> = base
            .iter()
            .filter(|o| !kinds.contains(&o["kind"].as_str().unwrap_or_default()))
            .cloned()
            .collect();
        let open = |listeners: &[Value]| -> Vec<Value> {
            let each = listeners.iter().cloned().map(|mut listener| {
                listener["allowedRoutes"] = json!({"namespaces": {"from": "All"}});
                listener
            });
            each.collect()
        };
        let gateway = objects.iter_mut().find(|o| o["kind"] == "Gateway");
        let gateway = gateway.expect("the Gateway");
        gateway["spec"]["listeners"] = if self.listeners.is_empty() {
            json!([{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}])
        } else {
            json!(open(&self.listeners))
        };
        if let Some(from) = &self.allowed_listeners {
            gateway["spec"]["allowedListeners"] = json!({"namespaces": {"from": from}});
        }
        gateway.as_object_mut().expect("an object").remove("status");
        for set in &self.sets {
            objects.push(json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "ListenerSet",
                "metadata": {"name": set.name, "namespace": "infra"},
                "spec": {"parentRef": {"name": "eg"}, "listeners": open(&set.listeners)},
            }));
        }
        for (number, spec) in self.grants.iter().enumerate() {
            objects.push(json!({
                "apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant",
                "metadata": {"name": format!("g{number}"), "namespace": "backend"}, "spec": spec,
            }));
        }
        for (kind, routes) in [
            ("HTTPRoute", &self.routes),
            ("GRPCRoute", &self.grpc),
            ("TLSRoute", &self.tls),
        ] {
            let each = routes.iter().enumerate();
            objects.extend(each.map(|(number, route)| route.object(kind, number)));
        }
        objects.extend(SERVICES.into_iter().flat_map(service));
        objects
    }
}

/// `[METHOD ][SCHEME://][HOST]/PATH[ NAME: VALUE, …]`.
fn asked(request: &str) -> (String, Target, Vec<Header>) {
    let (method, rest) = match request.split_once(' ') {
        Some((method, rest)) if method.bytes().all(|b| b.is_ascii_uppercase()) => (method, rest),
        _ => ("GET", request),
    };
    let (url, headers) = rest.split_once(' ').unwrap_or((rest, ""));
    let (scheme, place) = url.split_once("://").unwrap_or(("http", url));
    let host = if place.starts_with('/') {
        "www.example.com"
    } else {
        ""
    };
    let target = Target::parse(&format!("{scheme}://{host}{place}")).expect("a target");
    let headers = headers.split(", ").filter(|h| !h.is_empty());
    let headers = headers.map(|h| Header::parse(h).expect("a header"));
    (method.to_owned(), target, headers.collect())
}

/// What each way in makes of it, by the objects.
async fn predicted(target: &Target, settings: &Settings, answers: &Answers<'_>) -> Vec<Predicted> {
    let mut facts = Facts::new();
    loop {
        let told = predict(target, &facts, settings);
        let predicted = told.predicted;
        let open: Vec<_> = told.open.into_iter().filter(Question::is_api).collect();
        if open.is_empty() {
            return predicted;
        }
        for question in open {
            let answer = answers.answer(&question).await;
            facts.insert(question, answer);
        }
    }
}

fn words(predicted: &[Predicted]) -> String {
    let Some(one) = predicted.first() else {
        return "none".to_owned();
    };
    match &one.answer {
        Answer::Backends(all) => {
            let whole = all.len() == 1;
            let each = all.iter().map(|led| {
                if whole {
                    led.service.clone()
                } else {
                    format!("{} {}", led.service, led.weight)
                }
            });
            each.collect::<Vec<_>>().join(", ")
        }
        Answer::Redirect { status, location } => format!("{status} {location}"),
        Answer::Error(status) => status.to_string(),
        Answer::NoRule => "404".to_owned(),
        Answer::Nobody => "none".to_owned(),
        Answer::Unknown(_) => "unknown".to_owned(),
    }
}

#[test]
fn as_a_conformant_gateway_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut fixture = Fixture::load(&folder.join("pitfalls/gateway.yaml"));
    let base = fixture.objects.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut wrong, mut tried) = (String::new(), 0);
    for file in ["matching", "hosts", "answers"] {
        let path = folder.join(format!("conformance/{file}.yaml"));
        let text = std::fs::read_to_string(&path).expect("the file");
        let tables: Vec<Table> = serde_saphyr::from_str(&text).expect("tables");
        for table in tables {
            fixture.objects = table.objects(&base);
            for line in &table.requests {
                let (request, expected) = line.split_once(" → ").expect("an arrow");
                let (method, target, headers) = asked(request);
                let settings = Settings {
                    method,
                    headers,
                    ..fixture.settings().clone()
                };
                let answers = Answers::of(&fixture);
                let predicted = runtime.block_on(predicted(&target, &settings, &answers));
                let seen = words(&predicted);
                tried += 1;
                if seen != expected {
                    let why = predicted.first().map(|p| &p.answer);
                    writeln!(wrong, "{}: {line}, and hops says {seen} {why:?}", table.of)
                        .expect("a String");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {tried}:\n{wrong}");
    assert!(tried > 150, "only {tried}");
}
