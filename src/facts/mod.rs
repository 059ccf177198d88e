//! Facts: what is known so far. Reading a fact that is not known records a question, and the walk goes on elsewhere.

mod answer;
pub mod certificate;
mod client;
pub mod config;
mod exchange;
mod gap;
mod kinds;
mod manifest;
pub mod middleware;
mod news;
mod question;
pub mod secret;
mod sent;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

pub use answer::{
    Answer, Authority, AuthorityServer, DnsAnswer, DnsOutcome, DnsRecord, Handshake, HostsLine,
    TcpAnswer, TlsAnswer,
};
pub use certificate::Certificate;
pub use client::{ClientAnswer, ClientEnd, ClientRequest, ProxyUsed, Redirected};
pub use exchange::{Connect, Exchange, HttpAnswer, Phases};
pub use gap::{Gap, Unknown};
pub use kinds::{Kind, SERVED_AS_NOTE, Typed, group_of};
pub use manifest::{Fault, Refused};
pub use news::{News, Seen};
pub use question::{Edge, PodPort, Question};

use serde_json::Value;

type Item = Arc<dyn Any + Send + Sync>;

/// An object that came and did not decode: named, with the reason, and left out of what reads return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// `shop/bad`, as far as the object tells.
    pub name: String,
    /// The decoder's words.
    pub why: String,
}

#[derive(Clone)]
enum Known {
    Gap(Gap),
    Objects {
        items: Vec<Item>,
        malformed: Vec<Malformed>,
    },
    Probe(Answer),
}

/// Everything that was answered so far.
#[derive(Clone, Default)]
pub struct Facts {
    known: HashMap<Question, Known>,
    took: HashMap<Question, u64>,
}

impl Facts {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what an edge said. Objects are decoded here, once; one that does not decode never spoils the others. An answer to
    /// another sort of question is none, and asking again would bring no better one.
    pub fn insert(&mut self, question: Question, answer: Result<Answer, Gap>) {
        let known = match (answer, question.kind()) {
            (Err(gap), _) => Known::Gap(gap),
            (Ok(answer), _) if !answer.answers(&question) => Known::Gap(Gap::misfit()),
            (Ok(Answer::Object { object }), Some(kind)) => decode(kind, object),
            (Ok(Answer::Objects { objects }), Some(kind)) => decode(kind, objects),
            (Ok(answer), _) => Known::Probe(answer),
        };
        self.known.insert(question, known);
    }

    /// Notes how long an answer took to come, in milliseconds.
    pub fn note_time(&mut self, question: Question, ms: u64) {
        self.took.insert(question, ms);
    }

    /// How long an answer took to come, in milliseconds; none where nobody measured.
    pub fn took(&self, question: &Question) -> Option<u64> {
        self.took.get(question).copied()
    }

    /// Whether a question was answered, be it with a gap.
    pub fn knows(&self, question: &Question) -> bool {
        self.known.contains_key(question)
    }

    /// How many objects answer a question, or why none do; none for what is not answered yet and for probes.
    pub(crate) fn count(&self, question: &Question) -> Option<Result<usize, &Gap>> {
        match self.known.get(question)? {
            Known::Objects { items, malformed } => Some(Ok(items.len() + malformed.len())),
            Known::Gap(gap) => Some(Err(gap)),
            Known::Probe(_) => None,
        }
    }

    /// How many questions were answered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing was answered yet.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The objects of an answered list or get, with those that did not decode.
    pub(crate) fn objects<T: Typed>(
        &self,
        question: &Question,
    ) -> Result<(Vec<Arc<T>>, &[Malformed]), Unknown> {
        match self.known.get(question) {
            None | Some(Known::Probe(_)) => Err(Unknown::Waiting),
            Some(Known::Gap(gap)) => Err(Unknown::Gap(gap.clone())),
            Some(Known::Objects { items, malformed }) => Ok((
                items
                    .iter()
                    .filter_map(|item| Arc::clone(item).downcast::<T>().ok())
                    .collect(),
                malformed,
            )),
        }
    }

    /// The answer to a network question.
    pub(crate) fn probe(&self, question: &Question) -> Result<&Answer, Unknown> {
        match self.known.get(question) {
            Some(Known::Probe(answer)) => Ok(answer),
            Some(Known::Gap(gap)) => Err(Unknown::Gap(gap.clone())),
            None | Some(Known::Objects { .. }) => Err(Unknown::Waiting),
        }
    }
}

fn decode(kind: Kind, objects: impl IntoIterator<Item = Value>) -> Known {
    let mut items: Vec<Item> = Vec::new();
    let mut malformed = Vec::new();
    for value in objects {
        let name = display_name(&value);
        match kind.decode(value) {
            Ok(item) => items.push(item),
            Err(why) => malformed.push(Malformed { name, why }),
        }
    }
    Known::Objects { items, malformed }
}

/// `namespace/name`, as far as the object tells.
pub(crate) fn display_name(value: &Value) -> String {
    let meta = |key: &str| value["metadata"][key].as_str();
    match (meta("namespace"), meta("name")) {
        (Some(ns), Some(name)) => format!("{ns}/{name}"),
        (None, Some(name)) => name.to_owned(),
        _ => "an object without a name".to_owned(),
    }
}
