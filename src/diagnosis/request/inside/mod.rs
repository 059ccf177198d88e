//! Inside: the user's request put straight into the controller's pods and into the backend's, past DNS, load balancer and policies.
//!
//! Tunnels cost requests and rights, so they are opened only when the request from outside fails, or when who answered it is in
//! doubt. What they prove and what not is in [`crate::diagnosis::request::bisect`].

mod backend;
pub mod look;
mod replica;

pub use backend::{AtPods, BackendPod};
pub use replica::Replica;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::reads::Hides;
use crate::diagnosis::dialect::author::answer_words;
use crate::diagnosis::request::bisect::Outcome;
use crate::facts::{HttpAnswer, Question, Unknown};
use crate::report::Evidence;

pub(in crate::diagnosis) const HIDES: Hides = &["request-fails"];

/// A question that was put from another vantage, with its answer.
#[derive(Clone, Debug)]
pub struct Asked<'a, T> {
    /// What was asked, and from where.
    pub question: Question,
    /// What came of it.
    pub answer: Result<&'a T, Unknown>,
}

impl<'a> Asked<'a, HttpAnswer> {
    fn http(cx: &Cx<'a>, question: Question) -> Self {
        Self {
            answer: cx.http(question.clone(), HIDES),
            question,
        }
    }

    /// How it ended.
    pub fn outcome(&self, marks_known: bool) -> Outcome {
        match &self.answer {
            Ok(answer) => Outcome::of(answer, marks_known),
            Err(_) => Outcome::Unknown,
        }
    }

    /// As evidence.
    pub fn evidence(&self, cx: &Cx) -> Option<Evidence> {
        let answer = self.answer.as_ref().ok()?;
        Some(cx.evidence(&self.question, answer_words(answer)))
    }
}

impl<T> Asked<'_, T> {
    /// Whether the answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        matches!(self.answer, Err(Unknown::Waiting))
    }
}

/// The request at the controller's pods.
#[derive(Clone, Debug, Default)]
pub struct Inside<'a> {
    /// The request at controller pods.
    pub replicas: Vec<Replica<'a>>,
    /// How the request ends from here; the worst of several addresses.
    pub outside: Outcome,
    /// How it ends in the controller's pods; the worst of several.
    pub controller: Outcome,
    /// The controller signs the errors that it writes, so that others are the application's.
    pub marks_known: bool,
}

impl Inside<'_> {
    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.replicas.iter().any(Replica::is_waiting)
    }
}

fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes.max_by_key(|o| o.badness()).unwrap_or_default()
}
