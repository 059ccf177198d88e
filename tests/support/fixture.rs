//! A fixture: a base cluster with what is different in this case, answered by the replay that bug reports also use.
//!
//! ```yaml
//! base: shop                       # ../shop.yaml
//! target: https://shop.example.com/
//! patch:                           # JSON merge patches by object; null removes the object
//!   Service shop/frontend: {spec: {selector: {app: fronted}}}
//! add: [{apiVersion: v1, kind: Service, …}]
//! probes:                          # merged over the base's; null removes
//!   http 203.0.113.80:443: {status: 404, body: "404 page not found"}
//! gaps: {list ingressclasses: {gap: forbidden, …}}   # what may not be read, by the question's words
//! roots: [service-selector-no-match]   # every root finding of at least warning, sorted
//! verdict: broken                  # ok, degraded, broken or unknown
//! brokenAt: service
//! severity: error                  # of the pitfall's own finding
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::{Recording, Replay};
use hops::engine::{Limits, check};
use hops::facts::{Answer, Facts, Gap, Question};
use hops::hops::Settings;
use hops::report::Report;
use hops::target::Target;
use serde_json::{Map, Value, json};

/// A cluster, a target, and what hops has to say.
pub struct Fixture {
    target: Target,
    settings: Settings,
    objects: Vec<Value>,
    probes: BTreeMap<String, Value>,
    gaps: BTreeMap<String, Gap>,
    /// Root findings.
    pub roots: Vec<String>,
    /// Verdict.
    pub verdict: String,
    /// The hop that breaks the request.
    pub broken_at: Option<String>,
    /// Of the pitfall's own finding.
    pub severity: Option<String>,
}

impl Fixture {
    /// Reads a fixture and its base.
    pub fn load(path: &Path) -> Self {
        let case = read(path);
        let folder = path.parent().expect("a folder");
        let base = match case["base"].as_str() {
            Some(name) => read(&folder.join(format!("../{name}.yaml"))),
            None => json!({}),
        };
        let mut objects: Vec<Value> = list(&base["objects"]);
        objects.extend(list(&case["objects"]));
        for (name, patch) in map(&case["patch"]) {
            let at = objects
                .iter()
                .position(|o| display(o) == name)
                .unwrap_or_else(|| panic!("{}: no object {name} to patch", path.display()));
            if patch.is_null() {
                objects.remove(at);
            } else {
                merge(&mut objects[at], &patch);
            }
        }
        objects.extend(list(&case["add"]));
        let mut probes = map(&base["probes"]);
        for (key, probe) in map(&case["probes"]) {
            match (probes.get_mut(&key), probe) {
                (_, Value::Null) => {
                    probes
                        .remove(&key)
                        .unwrap_or_else(|| panic!("no probe {key}"));
                }
                (Some(old), new) => merge(old, &new),
                (None, new) => {
                    probes.insert(key, new);
                }
            }
        }
        let text = |key: &str| case[key].as_str().or(base[key].as_str()).map(str::to_owned);
        let target = Target::parse(&text("target").expect("a target")).expect("a target");
        let gaps = map(&case["gaps"])
            .into_iter()
            .map(|(k, v)| (k, serde_json::from_value(v).expect("a gap")))
            .collect();
        Self {
            target,
            settings: Settings {
                now: text("now").expect("now").parse().expect("a moment"),
                context: Some("prod".to_owned()),
                namespace: text("namespace").unwrap_or_else(|| "default".to_owned()),
                method: "GET".to_owned(),
                resolve: Vec::new(),
                dns_server: None,
            },
            objects,
            probes: probes.into_iter().collect(),
            gaps,
            roots: list(&case["roots"])
                .iter()
                .map(|r| r.as_str().expect("a code").to_owned())
                .collect(),
            verdict: text("verdict").unwrap_or_else(|| "ok".to_owned()),
            broken_at: text("brokenAt"),
            severity: text("severity"),
        }
    }

    /// What hops says.
    pub fn report(&self) -> Report {
        let recording = Recording::whole_cluster(self.objects.clone(), self.settings.now);
        let answerer = Answers {
            objects: Replay::new(recording),
            fixture: self,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut facts = Facts::new();
        let targets = [self.target.clone()];
        let run = check(
            &targets,
            &mut facts,
            &answerer,
            &self.settings,
            Limits::default(),
        );
        runtime.block_on(run).remove(0)
    }

    fn probe(&self, question: &Question) -> Option<Answer> {
        let (key, tag) = match question {
            Question::Dns { name, .. } => (format!("dns {name}"), "dns"),
            Question::Tcp { to } => (key("tcp", *to), "tcp"),
            Question::Tls { to, .. } => (key("tls", *to), "tls"),
            Question::Http { to, .. } => (key("http", *to), "http"),
            _ => return None,
        };
        let mut answer = self.probes.get(&key)?.clone();
        answer["answer"] = json!(tag);
        Some(serde_json::from_value(answer).unwrap_or_else(|e| panic!("probe {key}: {e}")))
    }
}

fn key(kind: &str, to: SocketAddr) -> String {
    format!("{kind} {to}")
}

struct Answers<'f> {
    objects: Replay,
    fixture: &'f Fixture,
}

impl Answerer for Answers<'_> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            if let Some(gap) = self.fixture.gaps.get(&question.to_string()) {
                return Err(gap.clone());
            }
            if question.is_api() {
                return self.objects.answer(question).await;
            }
            self.fixture.probe(question).ok_or(Gap::NotRecorded)
        })
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn display(object: &Value) -> String {
    let (kind, meta) = (
        object["kind"].as_str().unwrap_or_default(),
        &object["metadata"],
    );
    let name = meta["name"].as_str().unwrap_or_default();
    match meta["namespace"].as_str() {
        Some(ns) => format!("{kind} {ns}/{name}"),
        None => format!("{kind} {name}"),
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
