//! A finding: what is wrong, the proof, and what to do.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::SerializeStruct;

use super::command::changes;
use super::{Evidence, Hop, ObjectRef};
use crate::facts::Kind;

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
        self.object().display()
    }

    /// The same as a thing on the path.
    pub fn object(&self) -> ObjectRef {
        let kind = Kind::of(&self.api_version, &self.kind);
        ObjectRef {
            kind: kind.map_or_else(|| self.kind.clone(), |kind| kind.title().to_owned()),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
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

/// What to do about it: what mends it, and where to look first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remedy {
    /// In words.
    pub text: String,
    /// The words do not tell what to change, only where to look.
    pub looks: bool,
    /// Shell lines to paste. hops never runs them.
    pub commands: Vec<String>,
}

impl Remedy {
    /// What to change, in words; empty where they only tell where to look.
    pub fn fix(&self) -> &str {
        if self.looks { "" } else { &self.text }
    }

    /// Where to look, in words.
    pub fn look(&self) -> &str {
        if self.looks { &self.text } else { "" }
    }

    /// The lines that change something.
    pub fn fixes(&self) -> impl Iterator<Item = &str> {
        let all = self.commands.iter().map(String::as_str);
        all.filter(|c| changes(c))
    }

    /// The lines that only look.
    pub fn lookups(&self) -> impl Iterator<Item = &str> {
        let all = self.commands.iter().map(String::as_str);
        all.filter(|c| !changes(c))
    }
}

/// One line, with what it does.
#[derive(Serialize)]
struct Step<'a> {
    command: &'a str,
    changes: bool,
}

impl Serialize for Remedy {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let step = |command| Step {
            command,
            changes: changes(command),
        };
        let steps: Vec<Step> = self.commands.iter().map(|c| step(c.as_str())).collect();
        let mut s = to.serialize_struct("Remedy", 4)?;
        s.serialize_field("text", &self.text)?;
        s.serialize_field("changes", &(!self.looks && !self.text.is_empty()))?;
        s.serialize_field("commands", &self.commands)?;
        s.serialize_field("steps", &steps)?;
        s.end()
    }
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
