//! The window on the facts: typed reads that ask when they do not know, and note what they could not read.

use std::cell::RefCell;
use std::net::SocketAddr;

use crate::diagnosis::ask::asked::{asked, hop_of};
pub use crate::diagnosis::ask::listed::Listed;
use crate::diagnosis::ask::missed::{Cause, Missed, Notes, Seen};
use crate::diagnosis::shell::reproduce;
use crate::diagnosis::{Breadth, Settings};
use crate::facts::{
    Answer, Authority, ClientAnswer, DnsAnswer, Edge, Facts, Gap, HttpAnswer, PodDnsAnswer,
    Question, TcpAnswer, TlsAnswer, Unknown,
};
use crate::report::{Asked, Evidence, GapNote, Hop, Severity};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// What the reads of one walk leave behind.
#[derive(Default)]
pub struct Log {
    open: RefCell<Vec<Question>>,
    notes: Notes,
    read: RefCell<Vec<(Hop, Question)>>,
}

/// What may be read, whatever the target. What is read through it counts for one hop; [`Reads::at`] gives the same for another.
#[derive(Clone, Copy)]
pub struct Reads<'a> {
    /// What the user set.
    pub settings: &'a Settings,
    pub(super) facts: &'a Facts,
    log: &'a Log,
    hop: Hop,
    is_aside: bool,
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
            is_aside: false,
        }
    }

    /// The same, for reads of this hop.
    #[must_use]
    pub const fn at(self, hop: Hop) -> Self {
        Self { hop, ..self }
    }

    /// The same, for reads that only help: what cannot be read so leaves nothing unjudged, and nobody is told of it.
    #[must_use]
    pub const fn aside(self) -> Self {
        Self {
            is_aside: true,
            ..self
        }
    }

    /// Everything that was read, with what came of it. Where there are many targets nobody looks at what was read of objects, and to put that
    /// into words is a good part of a walk: of each only its packets are told.
    pub(in crate::diagnosis) fn asked(&self) -> Vec<Asked> {
        let kubectl = self.settings.kubectl_to_look();
        let all = self.settings.breadth == Breadth::Single;
        let read = self.log.read.borrow();
        read.iter()
            .filter(|(_, question)| all || question.edge() == Edge::Network)
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
        (self.log.open.take(), self.log.notes.take())
    }

    pub(super) fn note_read(&self, question: &Question) {
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

    /// The API groups that the API server serves, without the core group.
    pub fn api_groups(&self) -> Result<&'a [String], Unknown> {
        match self.probe(Question::ApiGroups)? {
            Answer::ApiGroups { groups } => Ok(groups),
            _ => Err(unfit()),
        }
    }

    /// A name's addresses, as this machine sees them.
    pub fn dns(&self, name: &str) -> Result<&'a DnsAnswer, Unknown> {
        match self.probe(self.dns_question(name))? {
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
    pub fn authority(&self, name: &str) -> Result<&'a Authority, Unknown> {
        match self.probe(self.authority_question(name))? {
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
    pub fn texts(&self, name: &str) -> Result<&'a [String], Unknown> {
        match self.probe(self.text_question(name))? {
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
    pub fn tcp(&self, to: SocketAddr) -> Result<&'a TcpAnswer, Unknown> {
        match self.probe(Question::Tcp { to })? {
            Answer::Tcp(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A TLS handshake: from here, or inside a pod.
    pub fn tls(&self, question: Question) -> Result<&'a TlsAnswer, Unknown> {
        match self.probe(question)? {
            Answer::Tls(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A request, from whatever vantage.
    pub fn http(&self, question: Question) -> Result<&'a HttpAnswer, Unknown> {
        match self.probe(question)? {
            Answer::Http(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// What a DNS server inside a pod answers: one reply for each query of the question, in their order.
    pub fn pod_dns(&self, question: Question) -> Result<&'a PodDnsAnswer, Unknown> {
        match self.probe(question)? {
            Answer::PodDns(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// A request that tells whose answer another one got: where nobody tried, that leaves nothing unchecked.
    pub fn http_if_asked(&self, question: &Question) -> Result<&'a HttpAnswer, Unknown> {
        match self.facts.probe(question) {
            Err(Unknown::Gap(gap)) if gap.is_on_purpose() => self.aside().http(question.clone()),
            _ => self.http(question.clone()),
        }
    }

    /// A handshake that tells whose certificate another one showed: where nobody tried, that leaves nothing unchecked.
    pub fn tls_if_asked(&self, question: &Question) -> Result<&'a TlsAnswer, Unknown> {
        let answer = match self.facts.probe(question) {
            Err(Unknown::Gap(gap)) if gap.is_on_purpose() => {
                self.aside().probe(question.clone())?
            }
            _ => self.probe(question.clone())?,
        };
        match answer {
            Answer::Tls(answer) => Ok(answer),
            _ => Err(unfit()),
        }
    }

    /// What an ordinary client gets; none where nobody asked, which leaves nothing unchecked.
    pub fn client(&self, question: Question) -> Result<Option<&'a ClientAnswer>, Unknown> {
        if let Err(Unknown::Gap(Gap::NotRecorded | Gap::NotAsked { .. })) =
            self.facts.probe(&question)
        {
            return Ok(None);
        }
        match self.probe(question)? {
            Answer::Client(answer) => Ok(Some(answer)),
            _ => Ok(None),
        }
    }

    pub(super) fn probe(&self, question: Question) -> Result<&'a Answer, Unknown> {
        self.note_read(&question);
        let answer = self.facts.probe(&question);
        answer.map_err(|unknown| self.missing(question, unknown))
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

    pub(super) fn missing(&self, question: Question, unknown: Unknown) -> Unknown {
        match &unknown {
            Unknown::Waiting => {
                let mut open = self.log.open.borrow_mut();
                if !open.contains(&question) {
                    open.push(question);
                }
            }
            Unknown::Gap(gap) => {
                let told = GapNote {
                    what: question.to_string(),
                    why: gap.to_string(),
                    // That of a wider question, where it is that one's gap.
                    allow: gap.right(),
                    hides: Vec::new(),
                };
                let cause = match question.edge() {
                    _ if gap.is_on_purpose() => Cause::OnPurpose,
                    Edge::Network => Cause::Probe,
                    Edge::Objects | Edge::Tunnel => Cause::Read,
                };
                self.note(told, cause);
            }
        }
        unknown
    }

    pub(super) fn note(&self, told: GapNote, cause: Cause) {
        if !self.is_aside {
            self.log.notes.add(told, cause);
        }
    }

    /// Does something, and says which gaps it came upon.
    pub(in crate::diagnosis) fn watch<T>(&self, act: impl FnOnce() -> T) -> (T, Missed) {
        self.log.notes.watch(act)
    }

    /// What is read, or made of reads, with the gaps that it came upon.
    pub fn seen<T>(&self, read: impl FnOnce() -> T) -> Seen<T> {
        let (value, missed) = self.watch(read);
        Seen::new(value, missed)
    }

    /// Whole seconds since a moment; 0 when it is unknown or in the future.
    pub fn age(&self, since: Option<&Time>) -> Option<i64> {
        since.map(|t| (self.settings.now.as_second() - t.0.as_second()).max(0))
    }
}

/// What stands in the place of an answer to another sort of question: the facts take up none.
pub(super) fn unfit() -> Unknown {
    Unknown::Gap(Gap::misfit())
}

/// Grace: how severe a fault is that may only be an object's first moments.
pub const fn after_grace(age: Option<i64>, grace: i64) -> Severity {
    match age {
        Some(seconds) if seconds < grace => Severity::Info,
        _ => Severity::Error,
    }
}
