//! The answer that a user gets: who wrote it, who should have, and how that is known.
//!
//! A good status proves only what its author proves: some controllers drop the route of a Service without endpoints, and then the next
//! matching rule answers 200 from another Service.

use crate::diagnosis::dialect::author::{Author, who_answered};
use crate::diagnosis::hops::journey::{Entrance, Journey};
use crate::diagnosis::hops::route::Route;
use crate::diagnosis::request::attempt::Attempt;
use crate::facts::HttpAnswer;
use crate::report::{AnswerInfo, AnswerType};

/// The attempt that speaks for the request: one that got a response, else the first.
pub(super) fn deciding_attempt<'e, 'a>(entrance: &'e Entrance<'a>) -> Option<&'e Attempt<'a>> {
    let attempts = &entrance.load_balancer.found.as_ref()?.at_resolved;
    attempts
        .iter()
        .find(|k| k.response().is_some())
        .or_else(|| attempts.first())
}

/// The end-to-end answer.
pub(super) fn answer(j: &Journey) -> AnswerInfo {
    let expected = expected(j);
    let none = |kind| AnswerInfo {
        kind,
        status: None,
        answered_by: None,
        expected: expected.clone(),
        known_by: None,
    };
    let Some(attempt) = deciding_attempt(j.entrance()) else {
        return none(AnswerType::None);
    };
    let Some(response) = attempt.response() else {
        return none(if attempt.fails() || attempt.http.is_ok() {
            AnswerType::Error
        } else {
            AnswerType::None
        });
    };
    let mut author = who_answered(response);
    let pod = pod_with_same_answer(j, response);
    if author.is_some_and(|a| !a.is_sure()) && pod.is_some() {
        // The pod gives the same bytes: they are the application's.
        author = None;
    }
    let by_proxy = author.is_some_and(|a| a.is_sure());
    AnswerInfo {
        kind: match response.status {
            300..=399 => AnswerType::Redirect,
            404 if author.is_some() => AnswerType::Error,
            s if s >= 500 => AnswerType::Error,
            400..=499 if by_proxy => AnswerType::Error,
            _ => AnswerType::Backend,
        },
        status: Some(response.status),
        answered_by: Some(author.map_or("app", |a| a.slug).to_owned()),
        known_by: Some(known_by(j, author, pod, expected.as_deref())),
        expected,
    }
}

/// The Service to which the rule leads; of several any may answer.
fn expected(j: &Journey) -> Option<String> {
    let entrance = j.entrance();
    let undecided = |r: &Route| r.resolution.undecided();
    if entrance.route.found.as_ref().is_some_and(undecided) {
        return None;
    }
    let services = j.weighted(&entrance.id).map(|b| {
        let service = b.service.found.as_ref()?;
        Some(format!("Service {}/{}", service.namespace, service.name))
    });
    let mut services: Vec<String> = services.collect::<Option<_>>()?;
    services.dedup();
    (!services.is_empty()).then(|| services.join(" or "))
}

fn known_by(
    j: &Journey,
    author: Option<Author>,
    pod: Option<String>,
    expected: Option<&str>,
) -> String {
    if let Some(author) = author {
        return match author.alike {
            Some(all) => format!("{all} write this answer alike"),
            None => format!("its words are {}'s", author.title),
        };
    }
    if let Some(pod) = pod {
        return format!("Pod {pod} gives the same answer when it is asked directly");
    }
    let Some(expected) = expected else {
        return "which Service should answer could not be told".to_owned();
    };
    let entrance = j.entrance();
    let backends = || j.weighted(&entrance.id).map(|b| b.endpoints.found.as_ref());
    if backends().any(|e| e.is_none()) {
        return format!("whether {expected} has endpoints could not be read");
    }
    if !backends().flatten().any(|e| e.usable().next().is_some()) {
        return format!("{expected} has no usable endpoint, so somebody else answered");
    }
    let controller = entrance.controller.found.as_ref();
    let drops = controller.filter(|c| c.make.drops_empty(c.args()));
    let others = entrance
        .route
        .found
        .as_ref()
        .is_some_and(|r| r.resolution.matching.len() > 1);
    match drops.filter(|_| others) {
        Some(c) => format!(
            "by the objects: another rule would answer if {} had dropped the one of {expected}",
            c.make.title()
        ),
        None => "by the objects: the rule leads there and its endpoints are ready".to_owned(),
    }
}

/// A backend pod that gave the same status and, for errors, the same words through a tunnel.
fn pod_with_same_answer(j: &Journey, response: &HttpAnswer) -> Option<String> {
    let same = |a: &HttpAnswer| {
        a.status == response.status && (a.status < 400 || a.body.trim() == response.body.trim())
    };
    let mut pods = j.backends.iter().flat_map(|b| &b.at_pods.pods);
    let pod = pods.find(|p| p.loopback.answer.as_ref().is_ok_and(|a| same(a)))?;
    Some(format!("{}/{}", pod.namespace, pod.name))
}
