//! What a check is, what it may read, and where it leaves its findings. Every check stands in [`table`].
//!
//! To add a pitfall:
//!
//! 1. One file, named after its code, in the `checks` folder of its hop: `src/diagnosis/hops/service/checks/service_targetport_mismatch.rs`.
//!    It holds the check as data and its function, which reads the [`Journey`] and writes findings.
//! 2. Its page beside it: the same name with `.md`, under the headings What it sees, Why traffic breaks, How to fix, Source.
//! 3. One line in [`table::ALL`], and its row in the README: `UPDATE_README=1 cargo test --test tidy readme` writes it.
//! 4. One folder `tests/pitfalls/<code>/` with a case that fires and a near miss that stays silent.
//!
//! Nothing changes in the views.

pub mod table;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::hops::journey::Journey;
use crate::diagnosis::request::attempt::Knock;
use crate::facts::HttpAnswer;
use crate::report::{Code, Evidence, Finding, Hop, Remedy, Severity, Subject};

/// One pitfall: how to tell it, and what there is to say of it.
pub struct Check {
    /// Its slug.
    pub code: Code,
    /// Where it breaks the path.
    pub hop: Hop,
    /// How bad it is unless something speaks for less.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// Its page, in Markdown: what it sees, why traffic breaks, how to fix it, and the source of all that.
    pub explain: &'static str,
    /// Codes of which it may be a mere symptom, the deepest cause first.
    pub symptom_of: &'static [Code],
    /// Reads the journey, writes findings.
    pub run: fn(&Ctx, &mut Sink),
}

/// What a check may read.
pub struct Ctx<'c, 'a> {
    /// Target, settings, and further questions.
    pub cx: &'c Cx<'a>,
    /// What the hops found.
    pub journey: &'c Journey<'a>,
    /// Hops at which the checks before this one found an error.
    pub broken: std::cell::RefCell<Vec<Hop>>,
}

impl<'c, 'a> Ctx<'c, 'a> {
    pub(crate) fn new(cx: &'c Cx<'a>, journey: &'c Journey<'a>) -> Self {
        Self {
            cx,
            journey,
            broken: std::cell::RefCell::default(),
        }
    }

    /// Whether the request goes over TLS.
    pub fn https(&self) -> bool {
        self.journey.way.is_some_and(|w| w.https)
    }

    /// What happened at the addresses that tell how the way goes on.
    pub fn knocks(&self) -> &'c [Knock<'a>] {
        let lb = self.journey.load_balancer.found.as_ref();
        lb.map(|l| l.knocks()).unwrap_or_default()
    }

    /// Whether every knock is through; before that a status may still come that refutes.
    pub fn settled(&self) -> bool {
        !self.knocks().iter().any(Knock::is_waiting)
    }

    /// Whether somebody answers the request with something else than an error. A redirect to https is no answer yet: many proxies
    /// send it for every host, known or not.
    pub fn answered_well(&self) -> bool {
        let upgrade = format!("https://{}", self.cx.target.host);
        let to_https = |r: &HttpAnswer| {
            r.header("location")
                .is_some_and(|l| l.starts_with(&upgrade))
        };
        // Nor is one that comes back to where it began.
        let ends = |k: &&Knock| !k.redirects.is_circle();
        let mut responses = self
            .knocks()
            .iter()
            .filter(ends)
            .filter_map(Knock::response);
        responses.any(|r| match r.status {
            300..=399 => !to_https(r),
            status => status < 300 || status == 401,
        })
    }

    /// Whether requests get to endpoints: by the EndpointSlices, or where these may not be read by the answer.
    pub fn carries_traffic(&self) -> bool {
        match &self.journey.endpoints.found {
            Some(endpoints) => endpoints.usable().next().is_some(),
            None => self.answered_well(),
        }
    }

    /// What the request gets from other vantage points, as far as it says something about a hop.
    pub fn inside_lines(&self, hop: Hop) -> Vec<Evidence> {
        let inside = &self.journey.inside;
        let replicas = inside.replicas.iter().map(|r| r.best());
        let loopbacks = inside.pods.iter().map(|p| &p.loopback).take(2);
        let addresses = inside.pods.iter().filter_map(|p| p.address.as_ref());
        let asked: Vec<_> = match hop {
            Hop::Dns | Hop::LoadBalancer | Hop::Controller => replicas.collect(),
            Hop::Tls => Vec::new(),
            Hop::Route => replicas.take(1).chain(loopbacks.take(1)).collect(),
            _ => loopbacks.chain(addresses.take(1)).collect(),
        };
        asked.iter().filter_map(|a| a.evidence(self.cx)).collect()
    }

    /// What the request got, as evidence.
    pub fn request_lines(&self) -> Vec<Evidence> {
        let line = |k: &Knock| {
            if k.connects() {
                k.http_line(self.cx, self.https())
            } else {
                k.tcp_line(self.cx)
            }
        };
        let knocks = self.knocks().iter();
        knocks.filter_map(line).take(3).collect()
    }
}

/// Where checks leave their findings.
#[derive(Default)]
pub struct Sink(pub(in crate::diagnosis) Vec<Finding>);

impl Sink {
    /// Begins a finding of this check; it counts when the draft is dropped into [`Draft::done`].
    pub fn find(&mut self, check: &Check, subject: Subject, title: impl Into<String>) -> Draft<'_> {
        Draft {
            sink: self,
            finding: Finding {
                code: check.code,
                severity: check.severity,
                hop: check.hop,
                subject,
                title: title.into(),
                detail: String::new(),
                evidence: Vec::new(),
                remedy: Remedy::default(),
                caused_by: None,
            },
        }
    }
}

/// A finding being written.
#[must_use = "call done()"]
pub struct Draft<'s> {
    sink: &'s mut Sink,
    finding: Finding,
}

impl Draft<'_> {
    /// Another severity than the check's own.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Another hop than the check's own.
    pub fn at(mut self, hop: Hop) -> Self {
        self.finding.hop = hop;
        self
    }

    /// Why it breaks the request.
    pub fn why(mut self, detail: impl Into<String>) -> Self {
        self.finding.detail = detail.into();
        self
    }

    /// A line of proof.
    pub fn see(mut self, evidence: impl Into<Option<Evidence>>) -> Self {
        self.finding.evidence.extend(evidence.into());
        self
    }

    /// What to do, in words.
    pub fn fix(mut self, text: impl Into<String>) -> Self {
        self.finding.remedy.text = text.into();
        self
    }

    /// A command to paste.
    pub fn run(mut self, command: impl Into<String>) -> Self {
        self.finding.remedy.commands.push(command.into());
        self
    }

    /// Files it.
    pub fn done(self) {
        debug_assert!(
            !self.finding.evidence.is_empty(),
            "{} without evidence",
            self.finding.code
        );
        self.sink.0.push(self.finding);
    }
}

/// A host as the subject of a finding.
pub fn host_subject(host: &str) -> Subject {
    Subject {
        api_version: String::new(),
        kind: "Host".to_owned(),
        namespace: None,
        name: host.to_owned(),
    }
}

/// An object as the subject of a finding.
pub fn subject(kind: crate::facts::Kind, namespace: Option<&str>, name: &str) -> Subject {
    Subject {
        api_version: kind.api_version().to_owned(),
        kind: kind.name().to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

/// The same, from the object itself.
pub fn subject_of<T: crate::facts::Typed>(object: &T) -> Subject {
    let meta = object.metadata();
    let name = meta.name.as_deref().unwrap_or_default();
    subject(T::OF, meta.namespace.as_deref(), name)
}
