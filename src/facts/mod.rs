//! Facts: what is known so far. Reading a fact that is not known records a question, and the walk goes on elsewhere.

mod answer;
pub mod called;
pub mod certificate;
mod client;
pub mod config;
mod decoded;
mod derived;
mod exchange;
mod gap;
pub mod gateway;
mod kinds;
mod manifest;
pub mod middleware;
mod news;
mod pod_dns;
mod pod_port;
pub mod policies;
mod question;
mod record;
pub mod secret;
mod sent;
mod words;

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use answer::{
    Answer, Authority, AuthorityServer, DnsAnswer, DnsOutcome, Handshake, HostsLine, TcpAnswer,
    TlsAnswer,
};
pub use certificate::Certificate;
pub use client::{ClientAnswer, ClientEnd, ClientRequest, ProxyUsed, Redirected};
pub use decoded::Decoded;
pub use exchange::{Connect, Exchange, HttpAnswer, Phases};
pub use gap::{Gap, Unknown};
pub use kinds::{Kind, SERVED_AS_NOTE, Typed, group_of};
pub use manifest::{Fault, Refused};
pub use news::{News, Seen};
pub use pod_dns::{DnsEnd, DnsQuery, DnsReply, DnsType, PodDnsAnswer};
pub use pod_port::PodPort;
pub use question::{Edge, Question};
pub use record::DnsRecord;

use derived::Derived;
use news::Places;
use serde_json::Value;

type Item = Arc<dyn Any + Send + Sync>;

/// An object that came and did not decode: named, with the reason, and left out of what reads return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// `shop/bad`, as far as the object tells.
    pub name: String,
    /// The decoder's words.
    pub why: String,
    /// Its labels, as far as it has some.
    pub labels: BTreeMap<String, String>,
}

impl Malformed {
    fn new(name: String, labels: Option<Value>, why: String) -> Self {
        let labels = labels.and_then(|l| serde_json::from_value(l).ok());
        Self {
            name,
            why,
            labels: labels.unwrap_or_default(),
        }
    }

    /// The namespace in which it lies; none where it does not tell.
    pub fn namespace(&self) -> Option<&str> {
        self.name.split_once('/').map(|(namespace, _)| namespace)
    }
}

#[derive(Clone)]
enum Known {
    Gap(Gap),
    /// Shared with copies of the facts, and so is what was made of them.
    Objects(Arc<Objects>),
    Probe(Answer),
}

/// The objects of an answer.
#[derive(Clone, Default)]
struct Objects {
    items: Vec<Item>,
    malformed: Vec<Malformed>,
    derived: Derived,
    places: Places,
}

impl From<Decoded> for Objects {
    fn from(decoded: Decoded) -> Self {
        Self {
            items: decoded.items,
            malformed: decoded.malformed,
            ..Self::default()
        }
    }
}

/// Everything that was answered so far.
#[derive(Clone, Default)]
pub struct Facts {
    known: HashMap<Question, Known>,
    took: HashMap<Question, u64>,
    /// Why nothing else will be known.
    end: Option<Gap>,
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
            (Ok(Answer::Decoded(decoded)), _) => Known::Objects(Arc::new(decoded.into())),
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

    /// Nothing else will be answered: that is why whatever is not known yet is not.
    pub fn end(&mut self, why: Gap) {
        self.end = Some(why);
    }

    /// What is read in the place of an answer that is not there.
    fn not_yet(&self) -> Unknown {
        self.end.clone().map_or(Unknown::Waiting, Unknown::Gap)
    }

    /// Whether a question was answered, be it with a gap.
    pub fn knows(&self, question: &Question) -> bool {
        self.known.contains_key(question)
    }

    /// How many objects answer a question, or why none do; none for what is not answered yet and for probes.
    pub(crate) fn count(&self, question: &Question) -> Option<Result<usize, &Gap>> {
        match self.known.get(question)? {
            Known::Objects(o) => Some(Ok(o.items.len() + o.malformed.len())),
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
            None | Some(Known::Probe(_)) => Err(self.not_yet()),
            Some(Known::Gap(gap)) => Err(Unknown::Gap(gap.clone())),
            Some(Known::Objects(o)) => Ok((
                o.items
                    .iter()
                    .filter_map(|item| Arc::clone(item).downcast::<T>().ok())
                    .collect(),
                &o.malformed,
            )),
        }
    }

    /// What is made of the objects of an answered question, the first time that it is wanted.
    pub(crate) fn derive<T: Typed, D: Any + Send + Sync>(
        &self,
        question: &Question,
        make: impl FnOnce(Vec<Arc<T>>) -> D,
    ) -> Result<(Arc<D>, &[Malformed]), Unknown> {
        match self.known.get(question) {
            None | Some(Known::Probe(_)) => Err(self.not_yet()),
            Some(Known::Gap(gap)) => Err(Unknown::Gap(gap.clone())),
            Some(Known::Objects(o)) => {
                let items = || o.items.iter().cloned();
                let typed = || items().filter_map(|item| item.downcast::<T>().ok());
                Ok((o.derived.get(|| make(typed().collect())), &o.malformed))
            }
        }
    }

    /// The answer to a network question.
    pub(crate) fn probe(&self, question: &Question) -> Result<&Answer, Unknown> {
        match self.known.get(question) {
            Some(Known::Probe(answer)) => Ok(answer),
            Some(Known::Gap(gap)) => Err(Unknown::Gap(gap.clone())),
            None | Some(Known::Objects(_)) => Err(self.not_yet()),
        }
    }
}

fn decode(kind: Kind, objects: impl IntoIterator<Item = Value>) -> Known {
    let mut decoded = Decoded::new(kind);
    decoded.extend(objects);
    Known::Objects(Arc::new(decoded.into()))
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
