//! A finding: what is wrong, the proof, and what to do.

use std::sync::Arc;

use serde::Serialize;

use super::{Evidence, Hop};

/// A pitfall's slug, such as `tls-secret-missing`. A promise: never renamed, never reused.
pub type Code = &'static str;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The request works, and not as it should.
    Warning,
    /// The request does not work.
    Error,
}

/// The object that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// `v1`; empty for things that are no objects, such as a host name.
    pub api_version: String,
    /// `Service`, `Host`.
    pub kind: String,
    /// Namespace, if it has one.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl Subject {
    /// `Service shop/frontend`.
    pub fn display(&self) -> String {
        match &self.namespace {
            Some(ns) => format!("{} {ns}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}

/// What of the request a finding is about. In JSON `request`, or the name of an entrance or backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Request,
    /// What comes by this way in.
    Entrance(Arc<str>),
    /// What goes to this backend: `shop/web:80`.
    Backend(Arc<str>),
}

impl Scope {
    /// As JSON spells it.
    pub fn words(&self) -> &str {
        match self {
            Self::Request => "request",
            Self::Entrance(name) | Self::Backend(name) => name,
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.words())
    }
}

/// What to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// In words.
    pub text: String,
    /// Shell lines to paste, with context and namespace spelled out. hops never runs them.
    pub commands: Vec<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which pitfall.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Where on the path.
    pub hop: Hop,
    /// What of the request it is about.
    pub scope: Scope,
    /// What it is about.
    pub subject: Subject,
    /// One line, naming the object.
    pub title: String,
    /// Why it breaks the request.
    pub detail: String,
    /// The proof; never empty.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub remedy: Remedy,
    /// The finding that this one is a symptom of.
    pub caused_by: Option<Code>,
}
