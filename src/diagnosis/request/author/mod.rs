//! Whose answer it is, by comparison: the same request is put to the pods that could have answered, and another one, for a name that
//! no rule has, to the same address. Whose answer is the same gave it. Bytes alone prove nothing: an application on nginx, or a Go
//! program, writes what a controller writes.

pub mod compare;
mod decide;
pub mod tell;

use std::sync::Arc;

use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::routing::Rule;

/// The name of the control request: no rule has it, for it cannot be registered (RFC 2606).
pub const NOBODY: &str = "no-host.hops.invalid";

/// The same below a domain, for a server that speaks TLS to the names of one domain alone.
pub fn nobody_below(domain: &str) -> String {
    format!("{}{domain}", NOBODY.trim_end_matches("invalid"))
}

/// Whether a name is one of these.
pub fn is_nobody(name: &str) -> bool {
    name.starts_with(NOBODY.trim_end_matches("invalid"))
}

/// Who gave an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Author {
    /// Nobody was asked, or what was answered does not tell.
    #[default]
    Untold,
    /// A backend of the rule that takes the request: this pod gives the same answer.
    Backend {
        /// Its name: `shop/web:80`.
        id: Arc<str>,
        /// `shop/web-1`.
        pod: String,
    },
    /// The backend of another rule: this pod gives the same answer, and no pod of the right one does.
    Rival {
        /// The rule: `Ingress shop/all: / (Prefix)`.
        rule: String,
        /// Its backend's name.
        id: Arc<str>,
        /// `shop/web-1`.
        pod: String,
    },
    /// Several of them give the same answer.
    Several,
    /// The controller: a name that no rule has gets the same answer, and the pods, where there are any, give another one.
    Controller,
    /// Another program, which owns the port of a node: none of the controller's is open there, and its pods answer otherwise.
    Before,
    /// Neither the pods nor, for another name, the controller: all of them give other answers.
    Nobody,
}

impl Author {
    /// Whether a pod of the backend of this name gave it: `shop/web:80`.
    pub fn is_of(&self, name: &str) -> bool {
        match self {
            Self::Backend { id, .. } | Self::Rival { id, .. } => &**id == name,
            _ => false,
        }
    }

    /// Whether a pod behind this rule gave it.
    pub fn is_of_rule(&self, rule: &Rule) -> bool {
        rule.backends.iter().any(|b| self.is_of(&b.id()))
    }

    /// The pod that gives the same answer, where that is an application's: `shop/web-1`.
    pub fn pod(&self) -> Option<&str> {
        match self {
            Self::Backend { pod, .. } | Self::Rival { pod, .. } => Some(pod),
            _ => None,
        }
    }

    /// How the request ended, by who answered; else as it looked.
    pub const fn refine(&self, looked: Outcome) -> Outcome {
        let Some(status) = looked.status() else {
            return looked;
        };
        match self {
            Self::Backend { .. } | Self::Rival { .. } => Outcome::Through(status),
            Self::Controller if status >= 400 => Outcome::ByProxy(status),
            Self::Several if status >= 400 => Outcome::ByEither(status),
            _ => looked,
        }
    }
}
