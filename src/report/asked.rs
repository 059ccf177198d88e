//! Everything that a walk asked: from where, for which hop, and what came of it.

use super::Hop;

/// From where a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// The API server is asked for objects.
    Objects,
    /// Packets from this machine.
    Here,
    /// Packets inside a pod, through a port-forward.
    Pod,
    /// A request that the API server passes on to a pod or Service.
    ApiServer,
}

impl Vantage {
    /// As a person reads it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Objects => "API server",
            Self::Here => "from here",
            Self::Pod => "inside the pod",
            Self::ApiServer => "through the API server",
        }
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Still open.
    Waiting,
    /// Answered; the answer in a few words.
    Answered(String),
    /// It will not be known; why.
    Gap(String),
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The hop that asked first.
    pub hop: Hop,
    /// From where.
    pub vantage: Vantage,
    /// `GET https://shop.example.com/ via 203.0.113.80`.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took in milliseconds: by the probe's own clock, else until the answer was there.
    pub ms: Option<u64>,
    /// The shell line that asks the same, where there is one.
    pub reproduce: Option<String>,
}
