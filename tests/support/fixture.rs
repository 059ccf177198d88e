//! A fixture: a base cluster with what is different in this case, answered by the replay that bug reports also use.
//!
//! ```yaml
//! base: shop                       # tests/pitfalls/shop.yaml; a base may have a base itself
//! target: https://shop.example.com/
//! headers: ["X-Canary: always"]    # of -H
//! patch:                           # JSON merge patches by object; null removes the object, a final * stands for several
//!   Service shop/frontend: {spec: {selector: {app: fronted}}}
//!   Pod shop/frontend-*: null
//! add: [{apiVersion: v1, kind: Service, …}]
//! probes:                          # merged over the base's; null removes, a name is one of the base's answers
//!   tcp 203.0.113.80:443: refused
//!   http 203.0.113.80:443: {status: 404, body: "404 page not found"}
//!   GET https://shop.example.com/ inside pod traefik/traefik-1 port 8443: traefik 404   # other questions by their words
//!   GET http://shop.example.com/ inside pod shop/frontend-* port 8080: {exchange: response, status: 200}   # * is one word
//!   GET https://shop.example.com/login via 203.0.113.80: {exchange: response, status: 200}   # one page; else http ADDRESS has it
//! gaps: {list ingressclasses: {gap: forbidden, …}}   # what may not be read, by the question's words
//! rights: [list pods in namespace shop]  # when given, these alone are allowed
//! roots: [service-selector-no-match]   # every root finding of at least warning, sorted
//! symptoms: [endpoints-empty]      # when given: every finding folded under another, sorted
//! says: [did you mean]             # words that the findings, the path or the gaps have to hold
//! states: {tls: unknown}           # hops and their states
//! verdict: broken                  # ok, degraded, broken or unknown
//! brokenAt: service
//! severity: error                  # of the pitfall's own finding
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::{Recorder, Recording, Replay, Run};
use hops::diagnosis::Settings;
use hops::engine::{Limits, check};
use hops::facts::{Answer, Facts, Gap, Header, Question};
use hops::report::{Finding, Report, Severity};
use hops::target::Target;
use serde_json::{Map, Value, json};

/// The gap that a question gets in place of its answer, if any.
pub type Withhold = Box<dyn Fn(&Question) -> Option<Gap> + Send + Sync>;

/// A cluster, a target, and what hops has to say.
pub struct Fixture {
    target: Target,
    settings: Settings,
    /// What the cluster holds.
    pub objects: Vec<Value>,
    probes: Map<String, Value>,
    gaps: BTreeMap<String, Gap>,
    rights: Option<Vec<String>>,
    /// Further gaps, for tests that take away what a case allows.
    pub withhold: Withhold,
    /// What was asked for the last report, and refused or not.
    pub asked: Mutex<Vec<(Question, bool)>>,
    /// What is expected.
    pub expected: Expected,
}

/// What hops has to say.
pub struct Expected {
    /// Root findings.
    pub roots: Vec<String>,
    /// Findings folded under another.
    pub symptoms: Option<Vec<String>>,
    /// Words.
    pub says: Vec<String>,
    /// States of hops.
    pub states: Map<String, Value>,
    /// Verdict.
    pub verdict: String,
    /// The hop that breaks the request.
    pub broken_at: Option<String>,
    /// Of the pitfall's own finding.
    pub severity: String,
}

impl Fixture {
    /// Reads a fixture and its bases.
    pub fn load(path: &Path) -> Self {
        let case = assemble(path);
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let gaps = map(&case["gaps"])
            .into_iter()
            .map(|(k, v)| (k, serde_json::from_value(v).expect("a gap")))
            .collect();
        Self {
            target: Target::parse(&text("target").expect("a target")).expect("a target"),
            settings: Settings {
                now: text("now").expect("now").parse().expect("a moment"),
                context: Some("prod".to_owned()),
                namespace: text("namespace").unwrap_or_else(|| "default".to_owned()),
                method: "GET".to_owned(),
                headers: words(&case["headers"])
                    .iter()
                    .map(|text| Header::parse(text).expect("a header"))
                    .collect(),
                resolve: Vec::new(),
                dns_server: None,
            },
            objects: list(&case["objects"]),
            probes: map(&case["probes"]),
            gaps,
            rights: case.get("rights").map(words),
            withhold: Box::new(|_| None),
            asked: Mutex::default(),
            expected: Expected {
                roots: words(&case["roots"]),
                symptoms: case.get("symptoms").map(words),
                says: words(&case["says"]),
                states: map(&case["states"]),
                verdict: text("verdict").unwrap_or_else(|| "ok".to_owned()),
                broken_at: text("brokenAt"),
                severity: text("severity").unwrap_or_else(|| "error".to_owned()),
            },
        }
    }

    /// Lets the request from here go well, whatever the case says of the network.
    pub fn answer_well(&mut self) {
        self.probes = map(&assemble(&base("shop"))["probes"]);
        let host = self.target.host.clone();
        let dns = self.probes["dns shop.example.com"].clone();
        self.probes.insert(format!("dns {host}"), dns);
        for kind in ["tcp", "http"] {
            let good = self.probes[&format!("{kind} 203.0.113.80:443")].clone();
            self.probes.insert(format!("{kind} 203.0.113.80:80"), good);
        }
        self.gaps
            .retain(|what, _| what.starts_with("get ") || what.starts_with("list "));
        let tls = &mut self.probes["tls 203.0.113.80:443"];
        tls["chain"][0]["names"] = json!([host]);
    }

    /// What hops says.
    pub fn report(&self) -> Report {
        self.asked.lock().expect("no panic before").clear();
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

    /// The walk, written down.
    pub fn record(&self) -> Recording {
        let recording = Recording::whole_cluster(self.objects.clone(), self.settings.now);
        let recorder = Recorder::new(Answers {
            objects: Replay::new(recording),
            fixture: self,
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut facts = Facts::new();
        let reports = runtime.block_on(check(
            std::slice::from_ref(&self.target),
            &mut facts,
            &recorder,
            &self.settings,
            Limits::default(),
        ));
        let mut run = Run::at(self.settings.now);
        run.targets = reports.iter().map(|r| r.target.url.clone()).collect();
        run.namespace = self.settings.namespace.clone();
        run.context = self.settings.context.clone();
        recorder.finish(run)
    }

    /// Where a report is not what is expected.
    pub fn faults(&self, report: &Report) -> Vec<String> {
        let expected = &self.expected;
        let mut faults = Vec::new();
        let mut same = |what: &str, is: String, should: String| {
            if is != should {
                faults.push(format!("{what} {is}, expected {should}"));
            }
        };
        let strings = |all: Vec<&str>| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let roots = strings(roots(report));
        same(
            "roots",
            format!("{roots:?}"),
            format!("{:?}", expected.roots),
        );
        if let Some(symptoms) = &expected.symptoms {
            let folded = strings(symptoms_of(report));
            same("symptoms", format!("{folded:?}"), format!("{symptoms:?}"));
        }
        let verdict = format!("{:?}", report.verdict).to_lowercase();
        same("verdict", verdict, expected.verdict.clone());
        let broken_at = report.broken_at.map(|h| h.slug().to_owned());
        same(
            "broken at",
            format!("{broken_at:?}"),
            format!("{:?}", expected.broken_at),
        );
        let states = json!(report.path);
        for (name, state) in &expected.states {
            let hop = list(&states).into_iter().find(|h| h["hop"] == **name);
            let is = hop.unwrap_or_default()["state"].clone();
            same(name, is.to_string(), state.to_string());
        }
        let text = json!([report.path, report.findings, report.gaps]).to_string();
        for words in &expected.says {
            let quoted = json!(words).to_string();
            if !text.contains(quoted.trim_matches('"')) {
                faults.push(format!("does not say {words:?}"));
            }
        }
        for finding in &report.findings {
            if finding.evidence.is_empty() || finding.detail.is_empty() {
                faults.push(format!("{} without evidence or detail", finding.code));
            }
        }
        faults
    }

    fn gap(&self, question: &Question) -> Option<Gap> {
        if let Some(gap) = self.gaps.get(&question.to_string()) {
            return Some(gap.clone());
        }
        let refused = self.rights.as_ref().is_some_and(|rights| {
            let right = question.right();
            right.is_some_and(|right| !rights.contains(&right))
        });
        if refused {
            return forbidden(question);
        }
        (self.withhold)(question)
    }

    fn note(&self, question: &Question, refused: bool) {
        let mut asked = self.asked.lock().expect("no panic before");
        asked.push((question.clone(), refused));
    }

    fn probe(&self, question: &Question) -> Option<Answer> {
        let (key, tag) = match question {
            Question::Dns { name, .. } => (format!("dns {name}"), "dns"),
            Question::Tcp { to } => (key("tcp", *to), "tcp"),
            Question::Tls { to, .. } => (key("tls", *to), "tls"),
            // One request may be named by its words, to tell pages apart.
            Question::Http { to, .. } if !self.probes.contains_key(&question.to_string()) => {
                (key("http", *to), "http")
            }
            Question::Http { .. } => (question.to_string(), "http"),
            // Further probes are named by the question's own words.
            Question::DnsAuthority { .. } => (question.to_string(), "authority"),
            Question::DnsText { .. } => (question.to_string(), "text"),
            Question::PodTls { .. } => (question.to_string(), "tls"),
            Question::PodHttp { .. } | Question::Proxy { .. } => (question.to_string(), "http"),
            Question::Get { .. } | Question::List { .. } => return None,
        };
        let known = self.probes.get(&key);
        let glob = || self.probes.iter().find(|(k, _)| fits(k, &key));
        let mut answer = known.or_else(|| glob().map(|(_, a)| a))?.clone();
        answer["answer"] = json!(tag);
        Some(serde_json::from_value(answer).unwrap_or_else(|e| panic!("probe {key}: {e}")))
    }
}

fn key(kind: &str, to: SocketAddr) -> String {
    format!("{kind} {to}")
}

/// Whether a key with one `*` in it fits a question's words.
fn fits(key: &str, words: &str) -> bool {
    key.split_once('*').is_some_and(|(start, end)| {
        let middle = words.strip_prefix(start).and_then(|w| w.strip_suffix(end));
        middle.is_some_and(|m| !m.contains(' '))
    })
}

struct Answers<'f> {
    objects: Replay,
    fixture: &'f Fixture,
}

impl Answerer for Answers<'_> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let gap = self.fixture.gap(question);
            self.fixture.note(question, gap.is_some());
            if let Some(gap) = gap {
                return Err(gap);
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

/// What the API server says to a question without the right to ask it.
pub fn forbidden(question: &Question) -> Option<Gap> {
    question.forbidden()
}

/// The roots of at least warning, sorted.
pub fn roots(report: &Report) -> Vec<&'static str> {
    codes(report, |f| {
        f.caused_by.is_none() && f.severity >= Severity::Warning
    })
}

fn symptoms_of(report: &Report) -> Vec<&'static str> {
    codes(report, |f| f.caused_by.is_some())
}

fn codes(report: &Report, wanted: impl Fn(&Finding) -> bool) -> Vec<&'static str> {
    let findings = report.findings.iter().filter(|f| wanted(f));
    let mut codes: Vec<&str> = findings.map(|f| f.code).collect();
    codes.sort_unstable();
    codes
}

fn words(value: &Value) -> Vec<String> {
    let words = list(value);
    words
        .iter()
        .map(|w| w.as_str().expect("a word").to_owned())
        .collect()
}

/// A case with its bases worked in.
fn assemble(path: &Path) -> Value {
    let case = read(path);
    let mut whole = match case["base"].as_str() {
        Some(name) => assemble(&base(name)),
        None => json!({"objects": [], "probes": {}, "answers": {}}),
    };
    let mut objects = list(&whole["objects"]);
    objects.extend(list(&case["objects"]));
    for (name, patch) in map(&case["patch"]) {
        let hit = |o: &Value| match name.strip_suffix('*') {
            Some(start) => display(o).starts_with(start),
            None => display(o) == name,
        };
        assert!(
            objects.iter().any(hit),
            "{}: no object {name}",
            path.display()
        );
        if patch.is_null() {
            objects.retain(|o| !hit(o));
        }
        for object in objects.iter_mut().filter(|o| hit(o)) {
            merge(object, &patch);
        }
    }
    objects.extend(list(&case["add"]));
    merge(&mut whole["answers"], &json!(map(&case["answers"])));
    let mut probes = map(&whole["probes"]);
    for (key, probe) in map(&case["probes"]) {
        match (&probe, probes.get_mut(&key)) {
            (Value::Null, known) => {
                assert!(known.is_some(), "{}: no probe {key}", path.display());
                probes.remove(&key);
            }
            (Value::String(name), _) => {
                let answer = whole["answers"][name].clone();
                assert!(answer.is_object(), "{}: no answer {name}", path.display());
                probes.insert(key, answer);
            }
            (_, Some(known)) => merge(known, &probe),
            (_, None) => {
                probes.insert(key, probe);
            }
        }
    }
    merge(&mut whole, &case);
    whole["objects"] = json!(objects);
    whole["probes"] = json!(probes);
    whole
}

/// A file of `tests/pitfalls`.
pub fn base(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pitfalls/{name}.yaml"))
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
