//! The hops in path order, and the walk over them.

use std::net::SocketAddr;

use jiff::Timestamp;

use crate::facts::{Facts, Question};
use crate::report::Report;
use crate::target::{ResolveOverride, Target};

/// What the user set, as far as the walk needs it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The moment of judgement: wall clock when live, the recording's when replayed.
    pub now: Timestamp,
    /// The kubeconfig context, spelled out in every command that is printed.
    pub context: Option<String>,
    /// The namespace of `-n` or of the context: read alone where the whole cluster may not be.
    pub namespace: String,
    /// HTTP method of the request.
    pub method: String,
    /// `--resolve`.
    pub resolve: Vec<ResolveOverride>,
    /// `--dns-server`.
    pub dns_server: Option<SocketAddr>,
}

/// One walk: what is known by now, and what it would like to know.
pub struct Walk {
    /// Whole at every step; open parts say "waiting".
    pub report: Report,
    /// What it read and did not find among the facts.
    pub questions: Vec<Question>,
}

/// Walks one request over the facts.
pub fn walk(_target: &Target, _facts: &Facts, _settings: &Settings) -> Walk {
    unimplemented!("the walk is being written")
}
