//! Whose answer it is, by comparison: the same request is put to the pods that could have answered, and another one, for a name that
//! no rule has, to the same address. Whose answer is the same gave it. Bytes alone prove nothing: an application on nginx, or a Go
//! program, writes what a controller writes.

pub mod compare;
mod tell;

pub use tell::tell;

use self::compare::{Likeness, likeness};
use crate::diagnosis::hops::journey::{Backend, BackendId};
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::routing::Rule;
use crate::facts::HttpAnswer;

/// The name of the control request: no rule has it, for it cannot be registered (RFC 2606).
pub const NOBODY: &str = "no-host.hops.invalid";

/// Who gave an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Author {
    /// Nobody was asked, or what was answered does not tell.
    #[default]
    Untold,
    /// A backend of the rule that takes the request: this pod gives the same answer.
    Backend {
        /// Which.
        id: BackendId,
        /// `shop/web-1`.
        pod: String,
    },
    /// The backend of another rule: this pod gives the same answer, and no pod of the right one does.
    Rival {
        /// The rule: `Ingress shop/all: / (Prefix)`.
        rule: String,
        /// Its backend.
        id: BackendId,
        /// `shop/web-1`.
        pod: String,
    },
    /// Several of them give the same answer.
    Several,
    /// The controller: a name that no rule has gets the same answer, and the pods, where there are any, give another one.
    Controller,
    /// Neither the pods nor, for another name, the controller: all of them give other answers.
    Nobody,
}

impl Author {
    /// Whether a pod of this backend gave it.
    pub fn is_of(&self, backend: &Backend) -> bool {
        match self {
            Self::Backend { id, .. } | Self::Rival { id, .. } => *id == backend.id,
            _ => false,
        }
    }

    /// Whether a pod of the backend of this name gave it: `shop/web:80`.
    pub fn is_backend(&self, name: &str) -> bool {
        match self {
            Self::Backend { id, .. } | Self::Rival { id, .. } => &*id.0 == name,
            _ => false,
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

/// Pods that could have given an answer, with what they answer when they are asked directly.
struct Source<'s> {
    id: &'s BackendId,
    /// The rule, of one that should not have answered.
    rival: Option<&'s Rule>,
    /// Pod and answer.
    answers: Vec<(String, &'s HttpAnswer)>,
    /// That its pods answer otherwise says something: they were asked the very request that the controller would have passed on.
    tells: bool,
    /// There is certainly nobody who could answer.
    dead: bool,
}

impl<'s> Source<'s> {
    fn of(backend: &'s Backend, rival: Option<&'s Rule>, tells: bool) -> Self {
        let pods = backend.at_pods.pods.iter();
        let answers = pods.flat_map(|p| {
            let name = format!("{}/{}", p.namespace, p.name);
            p.answers().map(move |a| (name.clone(), a))
        });
        Self {
            id: &backend.id,
            rival,
            answers: answers.collect(),
            tells,
            dead: !backend.may_have_endpoints(),
        }
    }

    fn likeness(&self, answer: &HttpAnswer) -> Likeness {
        let own: Vec<&HttpAnswer> = self.answers.iter().map(|(_, a)| *a).collect();
        likeness(&own, answer)
    }

    /// A pod that answers with this status.
    fn pod(&self, answer: &HttpAnswer) -> String {
        let same = self.answers.iter().find(|(_, a)| a.status == answer.status);
        same.map(|(pod, _)| pod.clone()).unwrap_or_default()
    }
}

/// Whose answer is the same.
fn decide(answer: &HttpAnswer, sources: &[Source], control: Option<&HttpAnswer>) -> Author {
    let same: Vec<&Source> = sources
        .iter()
        .filter(|s| s.likeness(answer) == Likeness::Same)
        .collect();
    let by_controller = control.is_some_and(|c| likeness(&[c], answer) == Likeness::Same);
    let rivals = sources.iter().any(|s| s.rival.is_some());
    match same.as_slice() {
        // Where another rule may have taken its place, so may the controller's own page.
        [_, ..] if by_controller && rivals => Author::Several,
        [one] => match one.rival {
            None => Author::Backend {
                id: one.id.clone(),
                pod: one.pod(answer),
            },
            Some(rule) => Author::Rival {
                rule: rule.display(),
                id: one.id.clone(),
                pod: one.pod(answer),
            },
        },
        [first, others @ ..] => {
            if first.rival.is_none() && others.iter().all(|o| o.rival.is_none()) {
                Author::Backend {
                    id: first.id.clone(),
                    pod: first.pod(answer),
                }
            } else {
                Author::Several
            }
        }
        [] => {
            let other = |s: &Source| {
                s.dead || s.tells && !s.answers.is_empty() && s.likeness(answer) == Likeness::Other
            };
            let asked = !sources.is_empty() && sources.iter().all(other);
            match (by_controller, asked, control.is_some()) {
                (true, true, _) => Author::Controller,
                (false, true, true) => Author::Nobody,
                _ => Author::Untold,
            }
        }
    }
}
