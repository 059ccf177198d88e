//! The window on the facts: typed reads that ask when they do not know, and note what they could not read.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::diagnosis::Settings;
use crate::diagnosis::ask::asked::{asked, hop_of};
pub use crate::diagnosis::ask::listed::Listed;
use crate::diagnosis::shell::reproduce;
use crate::facts::{
    Answer, Authority, ClientAnswer, DnsAnswer, Facts, Gap, HttpAnswer, Question, TcpAnswer,
    TlsAnswer, Typed, Unknown,
};
use crate::report::{Asked, Code, Evidence, GapNote, Hop, Severity};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The codes that a read which fails leaves unjudged.
pub type Hides = &'static [Code];

/// What the reads of one walk leave behind.
#[derive(Default)]
pub struct Log {
    open: RefCell<Vec<Question>>,
    gaps: RefCell<Vec<GapNote>>,
    read: RefCell<Vec<(Hop, Question)>>,
}

/// What may be read, whatever the target. What is read through it counts for one hop; [`Reads::at`] gives the same for another.
#[derive(Clone, Copy)]
pub struct Reads<'a> {
    /// What the user set.
    pub settings: &'a Settings,
    facts: &'a Facts,
    log: &'a Log,
    hop: Hop,
}

impl<'a> Reads<'a> {
    pub(in crate::diagnosis) fn new(
        facts: &'a Facts,
        settings: &'a Settings,
        log: &'a Log,
    ) -> Self {
        Self {
            settings,
            facts,
            log,
            hop: Hop::User,
        }
    }

    /// The same, for reads of this hop.
    #[must_use]
    pub const fn at(self, hop: Hop) -> Self {
        Self { hop, ..self }
    }

    /// Everything that was read, with what came of it.
    pub(in crate::diagnosis) fn asked(&self) -> Vec<Asked> {
        let kubectl = self.settings.kubectl_to_look();
        let read = self.log.read.borrow();
        read.iter()
            .map(|(hop, question)| asked(self.facts, *hop, question, &kubectl))
            .collect()
    }

    /// The questions behind that.
    pub(in crate::diagnosis) fn questions(&self) -> Vec<Question> {
        let read = self.log.read.borrow();
        read.iter().map(|(_, q)| q.clone()).collect()
    }

    /// Open questions, and what could not be read.
    pub(in crate::diagnosis) fn take_open(&self) -> (Vec<Question>, Vec<GapNote>) {
        (self.log.open.take(), self.log.gaps.take())
    }

    fn note_read(&self, question: &Question) {
        let mut read = self.log.read.borrow_mut();
        if !read.iter().any(|(_, q)| q == question) {
            read.push((hop_of(question, self.hop), question.clone()));
        }
    }

    /// Whether some read so far still waits for its answer.
    pub fn is_waiting(&self) -> bool {
        !self.log.open.borrow().is_empty()
    }

    /// Whether some read so far waits for an answer of this sort.
    pub fn is_waiting_for(&self, sort: impl Fn(&Question) -> bool) -> bool {
        self.log.open.borrow().iter().any(sort)
    }

    /// One object by name; none when the API server said that there is none.
    pub fn get<T: Typed>(
        &self,
        namespace: Option<&str>,
        name: &str,
        hides: Hides,
    ) -> Result<Option<Arc<T>>, Unknown> {
        let question = Question::Get {
            kind: T::OF,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        // An object that does not decode is there all the same.
        Ok(self
            .objects::<T>(question, hides)?
            .whole()?
            .into_iter()
            .next())
    }

    /// The same where it only helps: what may not be read leaves nothing unjudged, so that nobody is told of it.
    pub fn peek<T: Typed>(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Arc<T>>, Unknown> {
        let question = Question::Get {
            kind: T::OF,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        self.note_read(&question);
        match self.facts.objects::<T>(&question) {
            Ok((items, malformed)) => match malformed.first() {
                Some(bad) => Err(Unknown::Gap(Gap::Malformed {
                    why: bad.why.clone(),
                })),
                None => Ok(items.into_iter().next()),
            },
            Err(Unknown::Waiting) => Err(self.missing(question, Unknown::Waiting, &[])),
            Err(gap) => Err(gap),
        }
    }

    /// The objects of a kind in one namespace, or in all.
    pub fn list<T: Typed>(
        &self,
        namespace: Option<&str>,
        labels: Option<String>,
        fields: Option<String>,
        hides: Hides,
    ) -> Result<Listed<T>, Unknown> {
        let question = Question::List {
            kind: T::OF,
            namespace: namespace.map(str::to_owned),
            labels,
            fields,
        };
        self.objects(question, hides)
    }

    /// The objects of a kind in the whole cluster where that is allowed, else those of the user's namespace.
    pub fn list_widely<T: Typed>(
        &self,
        labels: Option<&str>,
        hides: Hides,
    ) -> Result<Listed<T>, Unknown> {
        let labels = labels.map(str::to_owned);
        match self.list::<T>(None, labels.clone(), None, hides) {
            Err(Unknown::Gap(Gap::Forbidden { .. })) => {
                let namespace = self.settings.namespace.as_str();
                let mut listed = self.list::<T>(Some(namespace), labels, None, hides)?;
                listed.missing.get_or_insert(Gap::NotAsked {
                    why: format!("only namespace {namespace} was seen"),
                });
                Ok(listed)
            }
            other => other,
        }
    }

    /// The namespaces that have an object of a name.
    pub fn find<T: Typed>(&self, name: &str, hides: Hides) -> Result<&'a [String], Unknown> {
        let question = Question::Find {
            kind: T::OF,
            name: name.to_owned(),
        };
        match self.probe(question, hides)? {
            Answer::Namespaces { namespaces } => Ok(namespaces),
            _ => Err(unfit()),
        }
    }

    fn objects<T: Typed>(&self, question: Question, hides: Hides) -> Result<Listed<T>, Unknown> {
        self.note_read(&question);
        match self.facts.objects::<T>(&question) {
            Ok((items, malformed)) => {
                for bad in malformed {
                    self.note(GapNote {
                        what: format!("{} {}", T::OF.name(), bad.name),
                        why: format!("malformed: {}", bad.why),
                        allow: None,
                        hides: hides.to_vec(),
                    });
                }
                let missing = malformed.first().map(|bad| Gap::Malformed {
                    why: format!("{} {}: {}", T::OF.name(), bad.name, bad.why),
                });
                Ok(Listed { items, missing })
            }
            Err(unknown) => Err(self.missing(question, unknown, hides)),
        }
    }

    /// A name's addresses, as this machine sees them.
    pub fn dns(&self, name: &str, hides: Hides) -> Result<&'a DnsAnswer, Unknown> {
        match self.probe(self.dns_question(name), hides)? {
            Answer::Dns(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// The lookup of a name, as a question.
    pub fn dns_question(&self, name: &str) -> Question {
        Question::Dns {
            name: name.to_owned(),
            via: self.settings.dns_server,
        }
    }

    /// What a name's authoritative servers say.
    pub fn authority(&self, name: &str, hides: Hides) -> Result<&'a Authority, Unknown> {
        match self.probe(self.authority_question(name), hides)? {
            Answer::Authority(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// The same as a question.
    pub fn authority_question(&self, name: &str) -> Question {
        Question::DnsAuthority {
            name: name.to_owned(),
            via: self.settings.dns_server,
        }
    }

    /// The TXT records of a name.
    pub fn texts(&self, name: &str, hides: Hides) -> Result<&'a [String], Unknown> {
        match self.probe(self.text_question(name), hides)? {
            Answer::Text { texts } => Ok(texts),
            _ => Err(unfit()),
        }
    }

    /// The same as a question.
    pub fn text_question(&self, name: &str) -> Question {
        Question::DnsText {
            name: name.to_owned(),
            via: self.settings.dns_server,
        }
    }

    /// A TCP connection from here.
    pub fn tcp(&self, to: SocketAddr, hides: Hides) -> Result<&'a TcpAnswer, Unknown> {
        match self.probe(Question::Tcp { to }, hides)? {
            Answer::Tcp(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A TLS handshake: from here, or inside a pod.
    pub fn tls(&self, question: Question, hides: Hides) -> Result<&'a TlsAnswer, Unknown> {
        match self.probe(question, hides)? {
            Answer::Tls(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A request, from whatever vantage.
    pub fn http(&self, question: Question, hides: Hides) -> Result<&'a HttpAnswer, Unknown> {
        match self.probe(question, hides)? {
            Answer::Http(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A request that only helps to tell whose answer another one got: that it cannot be made leaves nothing unchecked.
    pub fn http_aside(&self, question: &Question) -> Result<&'a HttpAnswer, Unknown> {
        match self.aside(question)? {
            Answer::Http(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A handshake that only helps to tell whose certificate another one showed.
    pub fn tls_aside(&self, question: &Question) -> Result<&'a TlsAnswer, Unknown> {
        match self.aside(question)? {
            Answer::Tls(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    fn aside(&self, question: &Question) -> Result<&'a Answer, Unknown> {
        self.note_read(question);
        match self.facts.probe(question) {
            Err(Unknown::Waiting) => Err(self.missing(question.clone(), Unknown::Waiting, &[])),
            known => known,
        }
    }

    /// What an ordinary client gets; none where nobody asked, which leaves nothing unchecked.
    pub fn client(
        &self,
        question: Question,
        hides: Hides,
    ) -> Result<Option<&'a ClientAnswer>, Unknown> {
        if let Err(Unknown::Gap(Gap::NotRecorded | Gap::NotAsked { .. })) =
            self.facts.probe(&question)
        {
            return Ok(None);
        }
        match self.probe(question, hides)? {
            Answer::Client(answer) => Ok(Some(answer)),
            _ => Ok(None),
        }
    }

    fn probe(&self, question: Question, hides: Hides) -> Result<&'a Answer, Unknown> {
        self.note_read(&question);
        let answer = self.facts.probe(&question);
        answer.map_err(|unknown| self.missing(question, unknown, hides))
    }

    /// A probe as evidence: what was asked, from where, what came of it, and the shell line that asks the same.
    pub fn evidence(&self, question: &Question, outcome: impl std::fmt::Display) -> Evidence {
        let vantage = match question {
            Question::Dns { .. }
            | Question::Tcp { .. }
            | Question::Tls { .. }
            | Question::Http { .. }
            | Question::Client(_)
            | Question::DnsAuthority { .. }
            | Question::DnsText { .. } => " from here",
            // These say it themselves.
            _ => "",
        };
        let reproduce = reproduce::command(question, &self.settings.kubectl_to_look());
        Evidence::probe(format!("{question}{vantage}: {outcome}"), reproduce)
    }

    fn missing(&self, question: Question, unknown: Unknown, hides: Hides) -> Unknown {
        match &unknown {
            Unknown::Waiting => {
                let mut open = self.log.open.borrow_mut();
                if !open.contains(&question) {
                    open.push(question);
                }
            }
            Unknown::Gap(gap) => self.note(GapNote {
                what: question.to_string(),
                why: gap.to_string(),
                // That of a wider question, where it is that one's gap.
                allow: gap.right(),
                hides: hides.to_vec(),
            }),
        }
        unknown
    }

    fn note(&self, note: GapNote) {
        let mut gaps = self.log.gaps.borrow_mut();
        // One missing right is one line, however many questions it leaves open.
        let same =
            |g: &GapNote| g.what == note.what || (g.allow.is_some() && g.allow == note.allow);
        match gaps.iter_mut().find(|g| same(g)) {
            Some(known) => {
                for code in note.hides {
                    if !known.hides.contains(&code) {
                        known.hides.push(code);
                    }
                }
            }
            None => gaps.push(note),
        }
    }

    /// Whole seconds since a moment; 0 when it is unknown or in the future.
    pub fn age(&self, since: Option<&Time>) -> Option<i64> {
        since.map(|t| (self.settings.now.as_second() - t.0.as_second()).max(0))
    }
}

/// What stands in the place of an answer to another sort of question: the facts take up none.
fn unfit() -> Unknown {
    Unknown::Gap(Gap::misfit())
}

/// Grace: how severe a fault is that may only be an object's first moments.
pub const fn after_grace(age: Option<i64>, grace: i64) -> Severity {
    match age {
        Some(seconds) if seconds < grace => Severity::Info,
        _ => Severity::Error,
    }
}
