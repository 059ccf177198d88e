//! What hops says, as data. Views render it and add nothing. Its JSON form is a public contract (`schemaVersion`).

mod asked;
mod command;
pub mod comparison;
mod evidence;
mod finding;
mod path;
mod roots;
mod update;

pub use asked::{Asked, Outcome, Vantage};
pub use command::changes;
pub use evidence::Evidence;
pub use finding::{Code, Finding, Remedy, Scope, Severity, Subject};
pub use path::{EAST_WEST, Hop, HopLine, HopReport, NORTH_SOUTH, Node, ObjectRef, State};
pub use roots::Root;
pub use update::{Change, Unseen, Update};

use std::net::IpAddr;

use jiff::Timestamp;
use serde::Serialize;

/// Grows only by additions; a removal or a changed meaning raises it.
pub const SCHEMA_VERSION: u32 = 1;

/// The judgement on a whole request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Ok,
    /// It works, and something on the path is wrong.
    Degraded,
    /// It does not work.
    Broken,
    /// Too little could be seen to say.
    Unknown,
    /// Questions are still open; never in a finished report.
    Waiting,
}

/// What was asked.
#[derive(Clone, Debug, Serialize)]
pub struct TargetInfo {
    /// The URL that was walked.
    pub url: String,
    /// Host, in ASCII form.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// Nobody gave the URL's scheme, and no Ingress that can be read tells it.
    #[serde(rename = "schemeGuessed")]
    pub scheme_guessed: bool,
    /// The client pod of an east-west walk.
    pub from: Option<String>,
    /// The kubeconfig context, if one was used.
    pub context: Option<String>,
    /// The word that leads to a call from inside the cluster again.
    #[serde(skip)]
    pub word: Option<String>,
}

/// What a user gets in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerType {
    /// An answer from behind the controller, as far as can be told.
    Backend,
    /// A redirect.
    Redirect,
    /// An error status, or none at all because the connection fails.
    Error,
    /// Nothing was asked, or nothing came.
    None,
}

/// The end-to-end answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerInfo {
    /// What kind of answer.
    #[serde(rename = "type")]
    pub kind: AnswerType,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// Where a redirect leads; without its query when that is another host's.
    pub location: Option<String>,
    /// Who wrote it: `app`, `ingress-nginx`, `traefik`, `unknown`.
    pub answered_by: Option<String>,
    /// Who should have: `Service shop/frontend`, where the objects tell.
    pub expected: Option<String>,
    /// How it is known who answered, in a sentence.
    pub known_by: Option<String>,
}

/// How many endpoints a backend has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointCount {
    /// Usable by the controller.
    pub ready: usize,
    /// Not ready.
    pub not_ready: usize,
    /// Terminating.
    pub terminating: usize,
    /// Ready, and without the port that is asked for.
    pub without_port: usize,
}

/// Where the request should end up.
#[derive(Clone, Debug, Serialize)]
pub struct Backend {
    /// The object that sends it there: `Ingress shop/web`.
    pub via: String,
    /// Namespace of the Service.
    pub namespace: String,
    /// The Service.
    pub service: String,
    /// The Service's port, when it resolves.
    pub port: Option<i32>,
    /// Share of requests, relative to the others.
    pub weight: u32,
    /// Its endpoints.
    pub endpoints: EndpointCount,
    /// The pods that can answer.
    pub pods: Vec<String>,
}

/// A way in to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entrance {
    /// Names it: `Gateway infra/web`, or the class of its Ingresses.
    pub id: String,
    /// The objects that declare it.
    pub via: Vec<String>,
    /// Who serves it.
    pub controller: Option<String>,
    /// Addresses that it publishes.
    pub addresses: Vec<IpAddr>,
    /// The name leads there; none where that is not known.
    pub reached: Option<bool>,
    /// It is the one that the report is about.
    pub judged: bool,
    /// The status of the answer that its address gives.
    pub status: Option<u16>,
    /// Where its rule leads: `shop/web:80`.
    pub backends: Vec<String>,
    /// Its own hops, from the load balancer on; empty for the one that the report is about, whose hops are the report's path.
    pub hops: Vec<HopLine>,
    /// The hop from which on it is the report's path: both lead to the same ports of the same Services.
    pub joins: Option<Hop>,
}

impl Entrance {
    /// Orders the ways in so that they keep their places whatever the name leads to: first those of Ingresses, then by name.
    pub fn place(&self) -> (bool, &str) {
        (self.id.starts_with(GATEWAY), &self.id)
    }

    /// The first hop that breaks what comes by it.
    pub fn broken_at(&self) -> Option<Hop> {
        let broken = self.hops.iter().find(|h| h.state == State::Broken);
        broken.map(|h| h.hop)
    }
}

/// What the name of a Gateway's entrance begins with.
pub const GATEWAY: &str = "Gateway ";

/// Something that could not be read, and what it hides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GapNote {
    /// `get Secret shop/shop-tls`.
    pub what: String,
    /// `forbidden`, `timed out` or a sentence.
    pub why: String,
    /// The right to ask for, when a right is missing.
    pub allow: Option<String>,
    /// Codes that could not be judged without it.
    pub hides: Vec<&'static str>,
}

/// What the run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Questions asked.
    pub questions: usize,
    /// Requests sent to the API server, pages and retries included.
    pub api_requests: usize,
    /// Wall time in milliseconds.
    pub elapsed_ms: u64,
}

/// Everything hops says about one target.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of hops.
    pub hops: &'static str,
    /// What was asked.
    pub target: TargetInfo,
    /// The judgement.
    pub verdict: Verdict,
    /// The first hop whose own root cause breaks the request.
    pub broken_at: Option<Hop>,
    /// What a user gets.
    pub answer: AnswerInfo,
    /// The hops in order.
    pub path: Vec<HopReport>,
    /// Where the request should end up.
    pub backends: Vec<Backend>,
    /// The ways in, the one that the report is about first.
    pub entrances: Vec<Entrance>,
    /// Findings, root causes first.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<GapNote>,
    /// Everything that was asked, in the order of asking.
    #[serde(skip)]
    pub asked: Vec<Asked>,
    /// When the facts were recorded, if they were: what is said of ages and times left is of that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Timestamp>,
    /// Everything was answered or given up in its own time; not so where the end of the whole run left questions open.
    pub finished: bool,
    /// What the run cost.
    pub stats: Stats,
}

impl Report {
    /// The way in that it is about; none where no object declares one.
    pub fn judged(&self) -> Option<&Entrance> {
        self.entrances.iter().find(|e| e.judged)
    }

    /// Findings at or above a severity that count: root causes and independent faults, and symptoms too.
    pub fn has_at_least(&self, severity: Severity) -> bool {
        self.findings.iter().any(|f| f.severity >= severity)
    }

    /// Whether a hop on the path is unknown.
    pub fn has_unknown_hop(&self) -> bool {
        self.path.iter().any(|h| h.state == State::Unknown)
    }
}
