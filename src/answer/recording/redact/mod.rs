//! Replaces names and addresses in a recording, the same everywhere, so that it can be shown to strangers and still replays to
//! the same verdict.
//!
//! Names are replaced word by word: `shop-7d9-x2` becomes `x04-x02-x09` wherever it stands, in objects, questions, answers and
//! texts. What hangs on names being equal, or on one beginning or ending with another (pods of a ReplicaSet, hosts below a
//! domain, selectors), goes on hanging together. Words that everybody uses (`http`, `traefik`, `kube-system`) stay. Addresses keep
//! their networks: two that share a prefix share one afterwards, private ones stay private. Certificates are written anew, unsigned.
//!
//! Times, ports, versions, URL structure and the remaining words of messages stay; so do annotations of known controllers, while
//! all others go.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

mod addresses;
mod certificates;
mod fields;
mod prefixes;
mod public_words;
mod scan;
mod words;

use addresses::Addresses;
use words::Words;

use crate::answer::objects::pem;
use crate::answer::recording::{Recording, Run};
use crate::facts::config::COREFILE;
use crate::facts::policies::CALICO_SERVER;
use crate::facts::{Answer, Certificate, Gap, HttpAnswer, Kind};

/// Replaces what identifies a cluster. Two calls give different results: the addresses are mixed by chance.
pub fn redact(recording: &Recording) -> Recording {
    Redaction::new(recording, RandomState::new().build_hasher().finish()).apply(recording)
}

/// How the part of a kubelet's configuration begins that is kept.
const KUBELET: &str = "{\"kubeletconfig\":";

/// Letters that a word of an unreadable text has at least: of fewer, different words would often become the same.
const SHORTEST: usize = 4;

/// What is replaced by what.
struct Redaction {
    words: BTreeMap<String, String>,
    addresses: Addresses,
    /// What annotations of controllers begin with that were told so.
    prefixes: Vec<String>,
}

impl Redaction {
    fn new(recording: &Recording, seed: u64) -> Self {
        let mut words = Words::default();
        let run = &recording.run;
        for text in run.targets.iter().chain(&run.resolve).chain(&run.context) {
            words.all_of(text);
        }
        words.all_of(&run.namespace);
        for header in &run.headers {
            words.all_of(&header.to_string());
        }
        words.visit(&json(&run.refused));
        for question in &recording.asked {
            words.visit(&json(question));
        }
        for (question, answer) in &recording.probes {
            words.visit(&json(question));
            words.visit(&json(answer));
        }
        for (question, gap) in &recording.gaps {
            words.visit(&json(question));
            words.visit(&json(gap));
        }
        for answer in recording.later.values().flatten() {
            match answer {
                Ok(answer) => words.visit(&json(answer)),
                Err(gap) => words.visit(&json(gap)),
            }
        }
        let mut told = Vec::new();
        for (kind, object) in recording.objects.iter() {
            words.visit(object);
            told.extend(prefixes::told(object));
            if kind == Kind::Secret {
                for der in chain(object) {
                    if let Ok(certificate) = Certificate::from_der(&der) {
                        words.visit(&json(&certificate));
                    }
                }
            }
        }
        for prefix in &told {
            words.all_of(prefix);
        }
        Self {
            words: words.replacements(),
            addresses: Addresses::new(seed),
            prefixes: told,
        }
    }

    fn apply(&self, recording: &Recording) -> Recording {
        let run = &recording.run;
        let texts = |all: &[String]| all.iter().map(|t| self.text(t)).collect();
        let mut redacted = Recording::new(Run {
            now: run.now,
            targets: texts(&run.targets),
            method: run.method.clone(),
            headers: run.headers.iter().filter_map(|h| self.typed(h)).collect(),
            resolve: texts(&run.resolve),
            dns_server: run.dns_server.map(|to| self.addresses.socket(to)),
            context: run.context.as_ref().map(|_| "redacted".to_owned()),
            namespace: self.text(&run.namespace),
            refused: run.refused.iter().filter_map(|r| self.typed(r)).collect(),
        });
        redacted.hops.clone_from(&recording.hops);
        redacted.redacted = true;
        redacted.covers = recording.covers;
        redacted.asked = recording
            .asked
            .iter()
            .filter_map(|q| self.typed(q))
            .collect();
        redacted.probes = recording
            .probes
            .iter()
            .filter_map(|(q, answer)| Some((self.typed(q)?, self.answer(answer)?)))
            .collect();
        redacted.gaps = recording
            .gaps
            .iter()
            .filter_map(|(q, gap)| Some((self.typed(q)?, self.typed(gap)?)))
            .collect();
        redacted.later = recording
            .later
            .iter()
            .filter_map(|(q, later)| Some((self.typed(q)?, self.later(later)?)))
            .collect();
        for (kind, object) in recording.objects.iter() {
            let mut object = self.value("", object);
            if kind == Kind::Secret {
                self.forge_chain(&mut object);
            }
            redacted.objects.insert(kind, object);
        }
        redacted
    }

    /// An answer; the body of a response that succeeded is the application's own, and tells a verdict only whose it is.
    fn answer(&self, answer: &Answer) -> Option<Answer> {
        let mut redacted = self.typed(answer)?;
        if let Answer::ApiGroups { groups } = &mut redacted {
            // What else a cluster has tells whose it is.
            let known = |group: &String| Kind::ALL.into_iter().any(|kind| kind.group() == group);
            groups.retain(|group| known(group) || group == CALICO_SERVER);
        }
        if let (Some(redacted), Some(http)) = (response_mut(&mut redacted), response(answer))
            && http.status < 300
        {
            // What a kubelet tells its pods of DNS is read again.
            redacted.body = if http.body.starts_with(KUBELET) {
                self.text(&http.body)
            } else {
                self.unreadable(&http.body)
            };
        }
        Some(redacted)
    }

    /// A text of which nothing is left but where it is the same as another one.
    fn unreadable(&self, text: &str) -> String {
        let word = |word: &str| {
            let mut hash = self.addresses.hash(word);
            let length = word.chars().count().max(SHORTEST);
            let digits = (0..length).map(|_| {
                let digit = u32::try_from(hash % 36).unwrap_or_default();
                hash = hash.rotate_right(7) ^ (hash / 36);
                char::from_digit(digit, 36).unwrap_or('0')
            });
            digits.collect::<String>()
        };
        scan::words_replaced(text, word)
    }

    fn later(&self, later: &[Result<Answer, Gap>]) -> Option<Vec<Result<Answer, Gap>>> {
        let one = |answer: &Result<Answer, Gap>| match answer {
            Ok(answer) => self.answer(answer).map(Ok),
            Err(gap) => self.typed(gap).map(Err),
        };
        later.iter().map(one).collect()
    }

    /// Through JSON: every address and name is text there.
    fn typed<T: Serialize + DeserializeOwned>(&self, value: &T) -> Option<T> {
        serde_json::from_value(self.value("", &json(value))).ok()
    }

    /// A value that stands under a field.
    fn value(&self, field: &str, value: &Value) -> Value {
        match value {
            Value::String(_) if fields::is_emptied(field) => Value::from(""),
            Value::String(text) => Value::String(self.field(field, text)),
            Value::Array(items) => items.iter().map(|item| self.value(field, item)).collect(),
            Value::Object(fields) if fields::is_dictionary(field) => {
                Value::Object(self.dictionary(field, fields))
            }
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.value(name, value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// Labels, annotations and their like: their keys are names too.
    fn dictionary(&self, field: &str, entries: &Map<String, Value>) -> Map<String, Value> {
        entries
            .iter()
            .filter(|(key, _)| {
                let told = || prefixes::split(key, &self.prefixes).is_some();
                field != "annotations" || public_words::is_known_key(key) || told()
            })
            .map(|(key, value)| {
                let new_key = if public_words::is_known_key(key) {
                    key.clone()
                } else if let Some((prefix, name)) = prefixes::split(key, &self.prefixes) {
                    format!("{}/{name}", self.text(prefix))
                } else {
                    self.text(key)
                };
                let value = if field == "data" && key == COREFILE {
                    Value::from(self.corefile(value.as_str().unwrap_or_default()))
                } else if field == "data" {
                    value.clone() // a reduced Secret or ConfigMap: certificates, or a switch
                } else if key.ends_with("-snippet") {
                    Value::from("(hidden)")
                } else {
                    self.value("", value)
                };
                (new_key, value)
            })
            .collect()
    }

    fn field(&self, field: &str, text: &str) -> String {
        if fields::is_structural(field) || text.parse::<jiff::Timestamp>().is_ok() {
            text.to_owned()
        } else if field == "serial" && !text.is_empty() {
            certificates::serial_text(self.serial(text))
        } else {
            self.text(text)
        }
    }

    /// Any text: addresses and words in it are replaced, the rest stays.
    fn text(&self, text: &str) -> String {
        scan::rewrite(text, |part| match part {
            scan::Part::Address(ip) => self.addresses.address(ip).to_string(),
            scan::Part::Network(net) => self.addresses.network(net).to_string(),
            scan::Part::Word(word) => self
                .words
                .get(word)
                .cloned()
                .unwrap_or_else(|| word.to_owned()),
        })
    }

    /// A Corefile: names, addresses and what selects are replaced, plugins and their options stay, and comments go.
    fn corefile(&self, text: &str) -> String {
        const SELECTING: [&str; 3] = ["namespaces", "labels", "namespace_labels"];
        let line = |line: &str| {
            let code = line.split(" #").next().unwrap_or(line);
            let bare = code.trim_start();
            let indent = &code[..code.len() - bare.len()];
            let mut words = bare.split_whitespace().peekable();
            let selects = words.peek().is_some_and(|w| SELECTING.contains(w));
            let all = words.enumerate().map(|(at, word)| {
                let named = word.contains('.') || word.contains(':') || selects && at > 0;
                if named && !word.starts_with('/') {
                    self.text(word)
                } else {
                    word.to_owned()
                }
            });
            format!("{indent}{}", all.collect::<Vec<_>>().join(" "))
        };
        let lines = text.lines().filter(|l| !l.trim_start().starts_with('#'));
        lines.map(|l| line(l) + "\n").collect()
    }

    fn serial(&self, text: &str) -> [u8; 8] {
        let mut bytes = self.addresses.hash(text).to_be_bytes();
        bytes[0] = bytes[0] & 0x7f | 0x40; // positive, and without a leading zero
        bytes
    }

    fn forge_chain(&self, secret: &mut Value) {
        let forged: Vec<Vec<u8>> = chain(secret)
            .iter()
            .map(|der| {
                let certificate = Certificate::from_der(der).ok();
                let new = certificate.and_then(|c| self.typed(&c).map(|new| (c, new)));
                new.map_or_else(Vec::new, |(old, new)| {
                    certificates::certificate(&new, self.serial(&old.serial))
                })
            })
            .collect();
        if let Some(slot) = secret.pointer_mut("/data/tls.crt") {
            *slot = STANDARD.encode(pem::pem(&forged)).into();
        }
    }
}

/// The response in an answer.
fn response(answer: &Answer) -> Option<&HttpAnswer> {
    match answer {
        Answer::Http(http) => Some(http),
        Answer::Client(client) => client.response.as_ref(),
        _ => None,
    }
}

fn response_mut(answer: &mut Answer) -> Option<&mut HttpAnswer> {
    match answer {
        Answer::Http(http) => Some(http),
        Answer::Client(client) => client.response.as_mut(),
        _ => None,
    }
}

/// The certificates of a reduced Secret, one empty for each that is broken.
fn chain(secret: &Value) -> Vec<Vec<u8>> {
    let text = secret
        .pointer("/data/tls.crt")
        .and_then(Value::as_str)
        .and_then(|text| STANDARD.decode(text).ok())
        .unwrap_or_default();
    pem::certificates(&text)
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
