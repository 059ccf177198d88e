//! What a check is, what it may read, and where it leaves its findings. Every check stands in [`table`].
//!
//! To add a pitfall:
//!
//! 1. One file, named after its code, in the `checks` folder of its hop: `src/diagnosis/hops/service/checks/service_targetport_mismatch.rs`.
//!    It holds the check as data and its function, which reads the [`Journey`] and writes findings.
//! 2. Its page beside it: the same name with `.md`, under the headings What it sees, Why traffic breaks, How to fix, Source.
//! 3. One line in [`table::ALL`], and its row in the README: `UPDATE_README=1 cargo test --test it readme` writes it.
//! 4. One folder `tests/pitfalls/<code>/` with a case that fires and a near miss that stays silent.
//!
//! Nothing changes in the views. What a check reads to judge, it may lose, and the gap then names it; what only helps a finding it reads in
//! [`Draft::aside`], which cannot take the finding along.

pub mod causes;
mod dropped;
pub mod elsewhere;
mod subject;
pub mod table;

use std::ops::Deref;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::hops::cluster_dns::Lookup;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::journey::{Backend, Entrance, Journey};
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::bisect::{Break, Outcomes, bisect};
use crate::facts::HttpAnswer;
use crate::report::{Code, Evidence, Finding, Hop, Remedy, Scope, Severity, Subject};
use crate::target::Request;

pub use subject::{host_subject, subject, subject_in, subject_of};

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
    /// Codes of which it may be a mere symptom, in groups, the deepest cause first.
    pub symptom_of: &'static [&'static [Code]],
    /// Reads what was found, writes findings.
    pub run: Run,
}

impl Check {
    /// Codes of which it may be a mere symptom, the deepest cause first.
    pub fn causes(&self) -> impl Iterator<Item = Code> {
        self.symptom_of.iter().copied().flatten().copied()
    }
}

/// How often a check runs, and what it is about: its findings have that scope.
#[derive(Clone, Copy)]
pub enum Run {
    /// Once: about the request as a whole.
    Request(fn(&Case, &mut Sink)),
    /// For each way in: [`Case::entrance`].
    Entrance(fn(&Case, &mut Sink)),
    /// For each backend that gets requests.
    Backend(fn(&Case, &Backend, &mut Sink)),
}

/// What a check may read.
#[derive(Clone, Copy)]
pub struct Case<'c, 'a> {
    cx: Cx<'a>,
    /// What the hops found.
    pub journey: &'c Journey<'a>,
    /// The way in that it is about; of a check about the whole request the one that the request takes.
    pub entrance: &'c Entrance<'a>,
    /// The backend that it is about; none where it is about all of the entrance's.
    backend: Option<&'c Backend<'a>>,
    /// Hops at which the checks before this one found an error.
    pub broken: &'c [Hop],
}

/// A check asks and words things as a hop does.
impl<'a> Deref for Case<'_, 'a> {
    type Target = Cx<'a>;

    fn deref(&self) -> &Cx<'a> {
        &self.cx
    }
}

impl<'c, 'a> Case<'c, 'a> {
    pub(in crate::diagnosis) fn new(cx: Cx<'a>, journey: &'c Journey<'a>) -> Self {
        Self {
            cx,
            journey,
            entrance: journey.entrance(),
            backend: None,
            broken: &[],
        }
    }

    /// The same for a check of this hop, after others found these hops broken.
    pub(in crate::diagnosis) fn of(self, hop: Hop, broken: &'c [Hop]) -> Self {
        Self {
            cx: self.cx.at(hop),
            broken,
            ..self
        }
    }

    /// The same about one way in.
    pub(in crate::diagnosis) const fn through(self, entrance: &'c Entrance<'a>) -> Self {
        Self { entrance, ..self }
    }

    /// The same about one backend.
    pub(in crate::diagnosis) fn behind(self, backend: &'c Backend<'a>) -> Self {
        Self {
            entrance: self.journey.entrance_of(backend),
            backend: Some(backend),
            ..self
        }
    }

    /// The pod that calls and what became of the name, where it is a call.
    pub fn called(&self) -> Option<(&'c Client, &'c Lookup<'a>)> {
        let called = self.journey.called.as_ref()?;
        let (client, lookup) = (called.client.found()?, called.cluster_dns.found()?);
        // Whoever judges the name needs all of it.
        lookup.touch();
        Some((client, lookup))
    }

    /// Who sends the requests to the pods, for words.
    pub fn sender(&self) -> &'static str {
        let called = self.journey.called.as_ref();
        called.map_or("the controller", |_| "the client")
    }

    /// The way in, once it is known whole: what is published, the controller behind, and the request that comes by it.
    pub fn way_in(&self) -> Option<(&'c LoadBalancer<'a>, &'c Controller, &'c Request)> {
        let lb = self.entrance.load_balancer.found()?;
        let controller = self.entrance.controller.found()?;
        Some((lb, controller, self.journey.request.as_ref()?))
    }

    /// The backends that it is about.
    pub fn backends(&self) -> impl Iterator<Item = &'c Backend<'a>> {
        let all = self.journey.weighted(&self.entrance.id);
        all.filter(|b| self.backend.is_none_or(|one| one.id == b.id))
    }

    /// Whether several backends share the requests, so that the same request may end in several ways by chance.
    pub fn is_shared(&self) -> bool {
        self.journey.weighted(&self.entrance.id).count() > 1
    }

    /// Whether the request goes over TLS.
    pub fn https(&self) -> bool {
        self.journey.is_https()
    }

    /// Whether some answer from inside the cluster is still on its way.
    pub fn is_waiting_inside(&self) -> bool {
        let at_pods = |b: &Backend| b.at_pods.glance().is_waiting();
        self.entrance.inside.glance().is_waiting() || self.backends().any(at_pods)
    }

    /// How the request ends at each place: at the worst of the backends.
    pub fn outcomes(&self) -> Outcomes {
        if let Some(one) = self.backend.filter(|b| !b.share.is_all()) {
            return one.at_pods.at;
        }
        let inside = &self.entrance.inside;
        let pods = self.backends().map(|b| b.at_pods.at);
        let worst = pods.max_by_key(|at| (at.pod.badness(), at.pod_address.badness()));
        Outcomes {
            outside: inside.outside,
            controller: inside.controller,
            ..worst.unwrap_or_default()
        }
    }

    /// Where the request dies.
    pub fn bisect(&self) -> Break {
        bisect(&self.outcomes())
    }

    /// The Gateway that it is about, if it is one: what of Gateway API could not be seen may be one.
    pub fn way(&self) -> Option<&'c Way> {
        if self.entrance.way.is_none() {
            self.journey.gateways.touch();
        }
        self.entrance.way.as_ref()
    }

    /// What happened at the addresses that tell how the way goes on.
    pub fn attempts(&self) -> &'c [Attempt<'a>] {
        let lb = self.entrance.load_balancer.found();
        lb.map(|l| l.attempts()).unwrap_or_default()
    }

    /// Whether every attempt is through; before that a status may still come that refutes.
    pub fn settled(&self) -> bool {
        !self.attempts().iter().any(Attempt::is_waiting)
    }

    /// Whether every answer is there: from here, and from inside the cluster.
    pub fn all_answered(&self) -> bool {
        self.settled() && !self.is_waiting_inside()
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
        let ends = |k: &&Attempt| !k.redirects.is_circle();
        let mut responses = self
            .attempts()
            .iter()
            .filter(ends)
            .filter_map(Attempt::response);
        responses.any(|r| match r.status {
            300..=399 => !to_https(r),
            status => status < 300 || status == 401,
        })
    }

    /// Whether anybody answers the request, be it with an error.
    pub fn answered(&self) -> bool {
        let mut attempts = self.attempts().iter();
        attempts.any(|k| k.response().is_some())
    }

    /// Whether requests get to endpoints: by the EndpointSlices, or where these may not be read by the answer.
    pub fn carries_traffic(&self, backend: &Backend) -> bool {
        match backend.endpoints.found() {
            Some(endpoints) => endpoints.usable().next().is_some(),
            None => self.answered_well(),
        }
    }

    /// What the request gets from other vantage points, as far as it says something about a hop.
    pub fn inside_lines(&self, hop: Hop) -> Vec<Evidence> {
        let replicas = self.entrance.inside.replicas.iter().map(|r| r.best());
        let pods: Vec<_> = self.backends().flat_map(|b| &b.at_pods.pods).collect();
        let loopbacks = pods.iter().map(|p| &p.loopback).take(2);
        let addresses = pods.iter().filter_map(|p| p.address.as_ref());
        let asked: Vec<_> = match hop {
            Hop::Dns | Hop::LoadBalancer | Hop::Controller => replicas.collect(),
            Hop::Tls => Vec::new(),
            Hop::Route => replicas.take(1).chain(loopbacks.take(1)).collect(),
            _ => loopbacks.chain(addresses.take(1)).collect(),
        };
        asked.iter().filter_map(|a| a.evidence(&self.cx)).collect()
    }

    /// What happened at addresses, as evidence.
    pub fn attempt_lines<'k>(
        &self,
        attempts: impl IntoIterator<Item = &'k Attempt<'k>>,
    ) -> impl Iterator<Item = Evidence> {
        attempts.into_iter().filter_map(|a| {
            if a.connects() {
                a.http_line(self, self.https())
            } else {
                a.tcp_line(self)
            }
        })
    }

    /// What the request got, as evidence.
    pub fn request_lines(&self) -> impl Iterator<Item = Evidence> {
        self.attempt_lines(self.attempts()).take(3)
    }
}

/// Where checks leave their findings.
pub struct Sink {
    pub(in crate::diagnosis) findings: Vec<Finding>,
    pub(in crate::diagnosis) scope: Scope,
}

impl Sink {
    /// Begins a finding of this check; it counts when the draft is dropped into [`Draft::done`].
    pub fn find(&mut self, check: &Check, subject: Subject, title: impl Into<String>) -> Draft<'_> {
        let scope = self.scope.clone();
        Draft {
            sink: self,
            finding: Finding {
                code: check.code,
                severity: check.severity,
                hop: check.hop,
                scope,
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

    /// Lines of proof.
    pub fn see_all<E: Into<Option<Evidence>>>(
        mut self,
        evidence: impl IntoIterator<Item = E>,
    ) -> Self {
        let lines = evidence.into_iter().filter_map(Into::into);
        self.finding.evidence.extend(lines);
        self
    }

    /// What to do, in words.
    pub fn fix(mut self, text: impl Into<String>) -> Self {
        self.finding.remedy.text = text.into();
        self
    }

    /// Where to look, in words, where nobody can tell yet what to change.
    pub fn look(mut self, text: impl Into<String>) -> Self {
        self.finding.remedy.looks = true;
        self.fix(text)
    }

    /// A command to paste; whether it changes something is told by its words.
    pub fn run(mut self, command: impl Into<String>) -> Self {
        self.finding.remedy.commands.push(command.into());
        self
    }

    /// Commands to paste.
    pub fn run_all(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.finding.remedy.commands.extend(commands);
        self
    }

    /// Adds what further reads bring that only help. They come too late to take the finding back, and how bad it is stays as well: what
    /// they cannot read is not there, and that is all.
    pub fn aside(mut self, case: &Case, add: impl FnOnce(&Cx, Self) -> Self) -> Self {
        let (severity, hop) = (self.finding.severity, self.finding.hop);
        self = add(&case.cx.aside(), self);
        self.severity(severity).at(hop)
    }

    /// Files it.
    pub fn done(self) {
        debug_assert!(
            !self.finding.evidence.is_empty(),
            "{} without evidence",
            self.finding.code
        );
        self.sink.findings.push(self.finding);
    }
}
