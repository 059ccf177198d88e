//! A recording: what was asked and what came back, with the moment, as one YAML file that a person can read and send.
//!
//! Its first document is a header; the others are the objects as kubectl prints them. Reading it back answers the same questions
//! the same way, and everything else with "not recorded".
//!
//! ```yaml
//! kind: Recording
//! version: 1                       # a reader refuses another one
//! hops: 0.1.0                      # who wrote it
//! now: 2026-11-23T16:00:00Z        # the moment of judgement
//! targets: [https://shop.example.com/]
//! context: prod                    # and namespace, method, headers, resolve, dnsServer: as the flags were given
//! covers: asked                    # or everything: an object that is not there does not exist
//! asked:                           # gets and lists that were answered; their objects are the further documents, as they were last
//! - {ask: list, kind: Service, namespace: shop}
//! probes:                          # what the network answered, in which namespaces a name was found, which API groups there are
//! - {ask: tcp, to: '203.0.113.80:443', answer: tcp, connect: connected, ms: 3,
//!    then: [{answer: tcp, connect: refused}, {gap: timed-out}]}    # asked again: these in order, and the last one from then on
//! gaps:                            # what was not answered, and why
//! - {ask: list, kind: Pod, gap: forbidden}
//! ```
//!
//! Files outlive versions: an entry, a field or an object that this hops does not know is left out and noted (`not_read`), and what
//! was not read is "not recorded". So a later hops may add what an earlier one can do without; it raises `version` when not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

mod entries;
mod header;
mod private;
mod recorder;
pub mod redact;
mod replay;

pub use recorder::Recorder;
pub use replay::Replay;

use super::objects::set::{Manifest, ObjectSet, manifest};
use super::objects::yaml;
use crate::facts::{Answer, Gap, Kind, Question, Refused};
use crate::target::Header;

/// The form of the file. A reader refuses a newer one.
const VERSION: u32 = 1;
/// Far more than a walk asks about.
const MOST_DOCUMENTS: usize = 1_000_000;

/// Why a text is no recording.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name}:{line}: {why}")]
pub struct RecordingError {
    /// The file.
    pub name: String,
    /// Where in it, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

/// Something in a file that this hops does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// Where in the file, from 1.
    pub line: u64,
    /// What it is.
    pub what: String,
}

/// How far the objects of a recording reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// What was asked, and what follows from it.
    #[default]
    Asked,
    /// The whole cluster: an object that is not there does not exist.
    Everything,
}

/// The run that was recorded: what a replay needs in order to ask the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The moment of judgement.
    pub now: Timestamp,
    /// What was checked, as given: URLs or host names.
    pub targets: Vec<String>,
    /// HTTP method of the request.
    pub method: String,
    /// `-H`.
    pub headers: Vec<Header>,
    /// `--resolve`, in curl's form.
    pub resolve: Vec<String>,
    /// `--dns-server`.
    pub dns_server: Option<SocketAddr>,
    /// The kubeconfig context.
    pub context: Option<String>,
    /// The namespace of `-n` or of the context.
    pub namespace: String,
    /// What of the files an API server would refuse.
    pub refused: Vec<Refused>,
}

impl Run {
    /// A plain GET of no target yet, at a moment.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            targets: Vec::new(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            resolve: Vec::new(),
            dns_server: None,
            context: None,
            namespace: "default".to_owned(),
            refused: Vec::new(),
        }
    }
}

/// Questions with their answers, and the run they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The version of hops that wrote it.
    pub hops: String,
    /// The run.
    pub run: Run,
    /// Names and addresses were replaced.
    pub redacted: bool,
    /// How far the objects reach.
    pub covers: Covers,
    /// The gets and lists that were answered.
    pub asked: BTreeSet<Question>,
    /// What the network answered first.
    pub probes: BTreeMap<Question, Answer>,
    /// What was not answered, and why.
    pub gaps: BTreeMap<Question, Gap>,
    /// What came of probes when they were asked again, in order.
    pub later: BTreeMap<Question, Vec<Result<Answer, Gap>>>,
    /// Every object that came in an answer, as it was last.
    pub objects: ObjectSet,
    /// What of its file was not read.
    pub not_read: Vec<NotRead>,
}

impl Recording {
    /// An empty one of this version of hops.
    pub fn new(run: Run) -> Self {
        Self {
            hops: env!("CARGO_PKG_VERSION").to_owned(),
            run,
            redacted: false,
            covers: Covers::default(),
            asked: BTreeSet::new(),
            probes: BTreeMap::new(),
            gaps: BTreeMap::new(),
            later: BTreeMap::new(),
            objects: ObjectSet::default(),
            not_read: Vec::new(),
        }
    }

    /// Objects that are all there is: what is not among them does not exist. Objects of kinds that hops does not read are left out.
    pub fn whole_cluster(objects: Vec<Value>, now: Timestamp) -> Self {
        let mut recording = Self::new(Run::at(now));
        recording.covers = Covers::Everything;
        for object in objects {
            let text = |key: &str| object[key].as_str().unwrap_or_default();
            if let Some(kind) = Kind::of(text("apiVersion"), text("kind")) {
                recording.objects.insert(kind, private::strip(object));
            }
        }
        recording
    }

    /// Takes in one question with what came back. Of objects the last word counts; of a probe that is asked again, all.
    pub fn add(&mut self, question: Question, answer: Result<Answer, Gap>) {
        let Some(kind) = question.kind().filter(|_| question.brings_objects()) else {
            if self.probes.contains_key(&question) || self.gaps.contains_key(&question) {
                self.later.entry(question).or_default().push(answer);
                return;
            }
            match answer {
                Ok(answer) => {
                    self.probes.insert(question, answer);
                }
                Err(gap) => {
                    self.gaps.insert(question, gap);
                }
            }
            return;
        };
        let objects = match answer {
            Ok(Answer::Object { object }) => object.into_iter().collect(),
            Ok(Answer::Objects { objects }) => objects,
            Ok(_) => return, // no edge answers so
            Err(gap) => {
                self.asked.remove(&question);
                self.gaps.insert(question, gap);
                return;
            }
        };
        for object in objects {
            self.objects.insert(kind, private::strip(object));
        }
        self.gaps.remove(&question);
        self.asked.insert(question);
    }

    /// The file. The same recording always gives the same text.
    ///
    /// # Errors
    /// The writer's words; it has no reason to fail.
    pub fn to_yaml(&self) -> Result<String, String> {
        let mut text = "# What a cluster and the network answered. To read it back: kubectl hops --replay FILE\n"
            .to_owned();
        text.push_str(&yaml::write(&header::Header::of(self))?);
        for (_, object) in self.objects.iter() {
            text.push_str("---\n");
            text.push_str(&yaml::write(object)?);
        }
        Ok(text)
    }

    /// Reads a file back; `name` stands in errors.
    ///
    /// # Errors
    /// File, line and reason.
    pub fn from_yaml(text: &str, name: &str) -> Result<Self, RecordingError> {
        let failed = |line, why: String| RecordingError {
            name: name.to_owned(),
            line,
            why,
        };
        let documents = yaml::documents(text, MOST_DOCUMENTS + 1);
        if documents.len() > MOST_DOCUMENTS {
            let why =
                format!("it has more than {MOST_DOCUMENTS} documents, the most for a recording");
            return Err(failed(1, why));
        }
        let Some((first, others)) = documents.split_first() else {
            return Err(failed(1, "no recording: it is empty".to_owned()));
        };
        let header: header::RawHeader = first
            .read()
            .map_err(|e| failed(e.line, format!("no recording: {}", e.why)))?;
        let mut recording = header
            .read()
            .map_err(|(line, why)| failed(first.line - 1 + line.max(1), why))?;
        for note in &mut recording.not_read {
            note.line += first.line - 1;
        }
        let namespace = recording.run.namespace.clone();
        for document in others {
            let value = document.read().map_err(|e| failed(e.line, e.why))?;
            let Manifest { objects, unknown } =
                manifest(value, &namespace).map_err(|why| failed(document.line, why))?;
            for (kind, object) in objects {
                recording.objects.insert(kind, object);
            }
            for what in unknown {
                recording.note(document.line, &what);
            }
        }
        Ok(recording)
    }
}
