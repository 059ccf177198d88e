//! Rules for the request's host and path that take it nowhere, as the objects alone tell: the controller makes no route of them, or none for
//! requests that come in this way.

use crate::diagnosis::routing::Rule;

/// A rule that would take the request, had the controller made a route of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The rule.
    pub rule: Rule,
    /// What is wrong.
    pub cause: Cause,
    /// The same in a sentence.
    pub why: String,
    /// The annotation of its object that says so: its key as written.
    pub annotation: Option<String>,
    /// The argument of the controller that says so, or that is missing.
    pub argument: Option<Argument>,
    /// An annotation, and the value with which the rule would take the request.
    pub better: Option<(String, String)>,
}

/// Why a rule is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It goes through a middleware that cannot exist.
    Middleware,
    /// It has no route at the entry point at which the request arrives.
    EntryPoint,
    /// The request comes over TLS, and its route takes none.
    NoTls,
    /// The request comes without TLS, and its route takes nothing else.
    OnlyTls,
    /// It says how its path is to be read, in a word that the controller does not know.
    PathMatcher,
    /// The controller does not look at the object in which it stands.
    Outside,
    /// It holds a part of configuration in an annotation, which the controller's settings forbid.
    Snippet,
    /// It leads to a resource, where the controller knows Services only.
    Resource,
}

/// An argument on the controller's command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// It is there: key and value as they decide.
    Given(String),
    /// It is not there.
    Missing(String),
}

impl Dropped {
    /// A rule with nothing but its reason.
    pub fn new(rule: Rule, cause: Cause, why: impl Into<String>) -> Self {
        Self {
            rule,
            cause,
            why: why.into(),
            annotation: None,
            argument: None,
            better: None,
        }
    }

    /// With the argument.
    #[must_use]
    pub fn by(self, argument: Argument) -> Self {
        Self {
            argument: Some(argument),
            ..self
        }
    }

    /// With the key of the annotation.
    pub(super) fn told_by(self, key: Option<&str>) -> Self {
        Self {
            annotation: key.map(str::to_owned),
            ..self
        }
    }

    /// With what would be right.
    pub(super) fn rather(self, key: &str, value: impl Into<String>) -> Self {
        Self {
            better: Some((key.to_owned(), value.into())),
            ..self
        }
    }
}
