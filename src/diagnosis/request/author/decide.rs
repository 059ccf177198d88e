//! Whose answer is the same: the backend's, another rule's, or the controller's own.

use super::Author;
use super::compare::{Likeness, likeness};
use crate::diagnosis::dialect::author::who_answered;
use crate::diagnosis::hops::journey::{Backend, BackendId};
use crate::diagnosis::routing::Rule;
use crate::facts::HttpAnswer;

/// Whether a rule has a route at the controller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    /// By the objects.
    Known,
    /// It, or another one of the same rank.
    Tied,
    /// None, as far as is known.
    Unserved,
}

/// Pods that could have given an answer, with what they answer when they are asked directly.
pub(super) struct Source<'s> {
    id: &'s BackendId,
    /// The rule, of one that should not have answered.
    rival: Option<&'s Rule>,
    /// How sure it is that its rule has a route.
    route: Route,
    /// Pod and answer.
    answers: Vec<(String, &'s HttpAnswer)>,
    /// That its pods answer otherwise says something: they were asked the very request that the controller would have passed on.
    tells: bool,
    /// There is certainly nobody who could answer.
    dead: bool,
}

impl<'s> Source<'s> {
    pub(super) fn of(backend: &'s Backend, rival: Option<&'s Rule>, tells: bool) -> Self {
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
            route: if backend.share.tied {
                Route::Tied
            } else {
                Route::Known
            },
            dead: !backend.may_have_endpoints(),
        }
    }

    /// The same, of a rule of which this controller makes no route, as far as is known.
    pub(super) fn unserved(self, unserved: bool) -> Self {
        let route = if unserved {
            Route::Unserved
        } else {
            self.route
        };
        Self { route, ..self }
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

/// What another name gets at the address.
pub(super) struct Control<'c> {
    /// The answer, where there is one.
    pub answer: Option<&'c HttpAnswer>,
    /// It is the controller's own page, and no rule's.
    pub own_page: bool,
    /// The rule that takes the request takes that name too.
    pub same_rule: bool,
    /// No rule takes the request, as far as is known: then no pod is behind its answer.
    pub no_rule: bool,
}

/// Whose answer is the same. `elsewhere`: somebody may have answered of whom nothing is known here.
pub(super) fn decide(
    answer: &HttpAnswer,
    sources: &[Source],
    control: &Control,
    elsewhere: bool,
) -> Author {
    let likes: Vec<(Likeness, &Source)> = sources.iter().map(|s| (s.likeness(answer), s)).collect();
    let same = likes.iter().filter(|(like, _)| *like == Likeness::Same);
    let same: Vec<&Source> = same.map(|(_, source)| *source).collect();
    let own_page = control.own_page;
    let alike = control
        .answer
        .is_some_and(|c| likeness(&[c], answer) == Likeness::Same);
    // Of the rule that takes both, the pods are asked: where none of them gives the answer, what is before them does.
    let by_controller = alike && (own_page || control.same_rule);
    let rivals = sources.iter().any(|s| s.rival.is_some());
    // Where another rule may have taken its place, so may the controller's own page.
    let unserved = same.iter().any(|s| s.route == Route::Unserved);
    let ambiguous = alike && (elsewhere || rivals && own_page || unserved)
        || unserved && who_answered(answer).is_some();
    match same.as_slice() {
        [_, ..] if ambiguous => Author::Several,
        [one] => match one.rival {
            None => Author::Backend {
                id: one.id.0.clone(),
                pod: one.pod(answer),
            },
            Some(rule) => Author::Rival {
                rule: rule.display(),
                id: one.id.0.clone(),
                pod: one.pod(answer),
            },
        },
        [first, others @ ..] => {
            let shares = |s: &Source| s.rival.is_none() && s.route == Route::Known;
            if shares(first) && others.iter().all(|o| shares(o)) {
                Author::Backend {
                    id: first.id.0.clone(),
                    pod: first.pod(answer),
                }
            } else {
                Author::Several
            }
        }
        [] => {
            let other = |(like, s): &(Likeness, &Source)| {
                s.dead || s.tells && !s.answers.is_empty() && *like == Likeness::Other
            };
            let asked = (control.no_rule || !sources.is_empty()) && likes.iter().all(other);
            match (by_controller, asked, control.answer.is_some()) {
                (true, true, _) => Author::Controller,
                (false, true, true) if !elsewhere => Author::Nobody,
                _ => Author::Untold,
            }
        }
    }
}
