//! Inside: the user's request put straight into the controller's pods and into the backend's, past DNS, load balancer and policies.
//!
//! Tunnels cost requests and rights, so they are opened only when the request from outside fails, or when who answered it is in
//! doubt. What they prove and what not is in [`crate::diagnosis::request::bisect`].

mod backend;
pub mod called;
pub mod look;
mod replica;

pub use backend::{AtPods, BackendPod};
pub use replica::Replica;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::words::{exchange_words, reply_words};
use crate::facts::{HttpAnswer, PodDnsAnswer, PodPort, Question, TlsAnswer, Unknown};
use crate::report::Evidence;

/// A question that was put from another vantage, with its answer.
#[derive(Clone, Debug)]
pub struct Asked<'a, T> {
    /// What was asked, and from where.
    pub question: Question,
    /// What came of it.
    pub answer: Seen<Result<&'a T, Unknown>>,
}

impl<'a> Asked<'a, HttpAnswer> {
    /// A request, with what came of it.
    pub fn http(cx: &Cx<'a>, question: Question) -> Self {
        Self {
            answer: cx.seen(|| cx.http(question.clone())),
            question,
        }
    }

    /// How it ended.
    pub fn outcome(&self, marks_known: bool) -> Outcome {
        match self.answer.as_ref() {
            Ok(answer) => Outcome::of(answer, marks_known),
            Err(_) => Outcome::Unknown,
        }
    }

    /// How it ended in a backend's pod.
    pub fn at_pod(&self) -> Outcome {
        self.answer
            .as_ref()
            .map_or(Outcome::Unknown, |answer| Outcome::at_pod(answer))
    }

    /// As evidence.
    pub fn evidence(&self, cx: &Cx) -> Option<Evidence> {
        let answer = self.answer.as_ref().ok()?;
        Some(cx.evidence(&self.question, exchange_words(answer, None)))
    }
}

impl<'a> Asked<'a, PodDnsAnswer> {
    /// As evidence.
    pub fn evidence(&self, cx: &Cx) -> Option<Evidence> {
        let answer = self.answer.as_ref().ok()?;
        let words = answer.replies.first().map(reply_words);
        Some(cx.evidence(&self.question, words.unwrap_or_default()))
    }

    /// DNS queries inside a pod, with what came of them.
    pub fn dns(cx: &Cx<'a>, question: Question) -> Self {
        Self {
            answer: cx.seen(|| cx.pod_dns(question.clone())),
            question,
        }
    }
}

impl<'a> Asked<'a, TlsAnswer> {
    fn tls(cx: &Cx<'a>, pod: PodPort, sni: &str) -> Self {
        let question = Question::PodTls {
            pod,
            sni: sni.to_owned(),
        };
        Self {
            answer: cx.seen(|| cx.tls(question.clone())),
            question,
        }
    }
}

impl<T> Asked<'_, T> {
    /// Whether the answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        matches!(self.answer.glance(), Err(Unknown::Waiting))
    }

    /// Whether nobody tried.
    pub fn is_on_purpose(&self) -> bool {
        matches!(self.answer.glance(), Err(Unknown::Gap(gap)) if gap.is_on_purpose())
    }

    /// Whether it was to be asked, and no answer came.
    pub fn is_untold(&self) -> bool {
        matches!(&*self.answer, Err(Unknown::Gap(gap)) if !gap.is_on_purpose())
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
    /// The request for a name that no rule has; asked where whose answer it is matters.
    pub control: Option<Asked<'a, HttpAnswer>>,
    /// Whose answer the user got.
    pub author: Author,
    /// The controller signs the errors that it writes, so that others are the application's.
    pub marks_known: bool,
}

impl Inside<'_> {
    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.replicas.iter().any(Replica::is_waiting)
            || self.control.as_ref().is_some_and(Asked::is_waiting)
    }

    /// Whether some controller pod was to be tried, and it cannot be told what came of it.
    pub fn is_untold(&self) -> bool {
        self.replicas.iter().any(|r| r.best().is_untold())
    }

    /// Takes up whose answers they are: the user's, and those of the controller's pods, one each.
    pub(in crate::diagnosis) fn retell(&mut self, author: Author, inside: &[Author]) {
        self.outside = author.refine(self.outside);
        self.author = author;
        let marks = self.marks_known;
        let replicas = self.replicas.iter().zip(inside);
        self.controller = worst(replicas.map(|(r, author)| author.refine(r.best().outcome(marks))));
    }
}

fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes.max_by_key(|o| o.badness()).unwrap_or_default()
}
