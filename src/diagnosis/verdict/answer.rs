//! The answer that a user gets: who wrote it, who should have, and how that is known.
//!
//! A good status proves only what its author proves: some controllers drop the route of a Service without endpoints, and then the next
//! matching rule answers 200 from another Service.

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::checks::Case;
use crate::diagnosis::dialect::author::who_answered;
use crate::diagnosis::hops::dns::checks::is_unplaced;
use crate::diagnosis::hops::journey::{Backend, Doubt, Entrance, Journey};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::request::author::tell::own_words;
use crate::facts::{Exchange, HttpAnswer};
use crate::report::{AnswerInfo, AnswerType, Finding, GapNote, Severity};

/// The attempt that speaks for the request: one that got a response, else the first.
pub(super) fn deciding_attempt<'e, 'a>(entrance: &'e Entrance<'a>) -> Option<&'e Attempt<'a>> {
    let attempts = &entrance.load_balancer.found()?.at_resolved;
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
        location: None,
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
    let (by, known_by) = author(j, response, expected.as_deref());
    let entrance = j.entrance();
    let from_a_pod = entrance.inside.author.pod().is_some() || entrance.ends_in_pods();
    AnswerInfo {
        kind: match response.status {
            300..=399 => AnswerType::Redirect,
            500.. => AnswerType::Error,
            401 => AnswerType::Backend,
            400..=499 if !from_a_pod => AnswerType::Error,
            _ => AnswerType::Backend,
        },
        status: Some(response.status),
        location: response.header("location").map(str::to_owned),
        answered_by: Some(by),
        known_by: Some(known_by),
        expected,
    }
}

/// The Service to which the rule leads; of several any may answer. None where no controller carries out the rule.
fn expected(j: &Journey) -> Option<String> {
    let entrance = j.entrance();
    if entrance.is_only_meant() {
        return None;
    }
    let services = j.weighted(&entrance.id).map(|b| {
        let service = b.service.found()?;
        Some(format!("Service {}/{}", service.namespace, service.name))
    });
    let mut services: Vec<String> = services.collect::<Option<_>>()?;
    services.dedup();
    (!services.is_empty()).then(|| services.join(" or "))
}

/// Who answered, and how that is known.
fn author(j: &Journey, response: &HttpAnswer, expected: Option<&str>) -> (String, String) {
    let entrance = j.entrance();
    let make = entrance.controller.found().map(|c| &c.make);
    if let Some(by) = redirected_by(entrance, response) {
        let slug = make.map_or("controller", |m| m.slug());
        return (slug.to_owned(), format!("{by} leads there"));
    }
    match &entrance.inside.author {
        Author::Backend { pod, .. } => (
            "app".to_owned(),
            format!("Pod {pod} gives the same answer when it is asked directly"),
        ),
        Author::Rival { rule, pod, .. } => (
            "app".to_owned(),
            format!(
                "Pod {pod} gives the same answer when it is asked directly; {rule} leads there"
            ),
        ),
        Author::Controller => (
            make.filter(|m| m.is_known())
                .map_or("controller", |m| m.slug())
                .to_owned(),
            "a name that no rule has gets the same answer at this address".to_owned(),
        ),
        Author::Before => (
            "unknown".to_owned(),
            "no port of the controller is open at this address of a node, and its pods give another answer"
                .to_owned(),
        ),
        Author::Nobody => match own_words(entrance, response) {
            Some(words) => (
                words.slug.to_owned(),
                format!("its words are {}'s, and {}", words.title, not_of_a_pod(j)),
            ),
            None => (
                "unknown".to_owned(),
                format!(
                    "{}, and a name that no rule has gets another answer too",
                    not_of_a_pod(j)
                ),
            ),
        },
        Author::Several => (
            "unknown".to_owned(),
            "several that could have answered give the same answer".to_owned(),
        ),
        Author::Untold => by_its_bytes(j, response, expected),
    }
}

/// What of the controller's own gives this very redirect, where no pod is known to do so.
fn redirected_by(entrance: &Entrance, response: &HttpAnswer) -> Option<String> {
    let open = matches!(
        entrance.inside.author,
        Author::Untold | Author::Nobody | Author::Several
    );
    let route = entrance.route.found().filter(|_| open)?;
    let redirect = route.resolution.redirect.as_ref()?;
    let same = response.status == redirect.status
        && response.header("location") == Some(redirect.to.as_str());
    same.then(|| redirect.by.clone())
}

/// Why it is no pod's answer.
fn not_of_a_pod(j: &Journey) -> &'static str {
    let rivals = j.entrance().rivals.iter().map(|r| &r.backend);
    let pods = j
        .backends
        .iter()
        .chain(rivals)
        .flat_map(|b| &b.at_pods.pods);
    let mut answers = pods.flat_map(|p| p.answers()).peekable();
    if answers.peek().is_none() {
        "there is no pod that could have given it"
    } else if answers.any(|a| a.exchange == Exchange::Response) {
        "the pods give another answer when they are asked directly"
    } else {
        "the pods give none when they are asked directly"
    }
}

/// The same where nothing was compared: by the objects for a good answer, by its bytes for an error.
fn by_its_bytes(j: &Journey, response: &HttpAnswer, expected: Option<&str>) -> (String, String) {
    if j.entrance().ends_in_pods() {
        let known = "by the objects: TLS goes to the pods as it comes, so that nobody before them could write it";
        return ("app".to_owned(), known.to_owned());
    }
    match who_answered(response) {
        Some(author) => {
            let known = match author.alike {
                Some(all) => format!("{all} write this answer alike"),
                None if author.is_controller => format!(
                    "its words are {}'s, and an application may use them too; nothing could be compared",
                    author.title
                ),
                None => format!("its words are {}'s", author.title),
            };
            (author.slug.to_owned(), known)
        }
        None if response.status >= 400 => (
            "unknown".to_owned(),
            "nothing could be compared, and its words are nobody's in particular".to_owned(),
        ),
        None => ("app".to_owned(), by_the_objects(j, expected)),
    }
}

fn by_the_objects(j: &Journey, expected: Option<&str>) -> String {
    let Some(expected) = expected else {
        return "which Service should answer could not be told".to_owned();
    };
    let entrance = j.entrance();
    if j.leads_outside(&entrance.id) {
        return format!(
            "by the objects: the rule leads to {expected}, a name for something outside the cluster"
        );
    }
    let backends = || j.weighted(&entrance.id).map(|b| b.endpoints.found());
    if backends().any(|e| e.is_none()) {
        return format!("whether {expected} has endpoints could not be read");
    }
    if !backends().flatten().any(|e| e.usable().next().is_some()) {
        return format!("{expected} has no usable endpoint, so somebody else answered");
    }
    if entrance.is_doubtful(&j.backends) {
        return format!(
            "by the objects, which lead to {expected}; another rule could have answered"
        );
    }
    "by the objects: the rule leads there and its endpoints are ready".to_owned()
}

/// Whether the answer is known to be of the backend that the objects decide: nobody else could have given it, or a comparison shows it.
pub(super) fn is_proven(cx: &Cx, j: &Journey) -> bool {
    let entrance = j.entrance();
    // A redirect that could not be followed may lead back to where it began.
    if deciding_attempt(entrance).is_some_and(Attempt::is_untold) {
        return false;
    }
    // One answer says nothing of the others that share the requests.
    let mut backends = j.weighted(&entrance.id);
    if j.weighted(&entrance.id).count() > 1 && !backends.all(|b| is_seen(cx, b)) {
        return false;
    }
    match &entrance.inside.author {
        // One that is better for the page, and whose controller could not be seen, is what the objects decide.
        Author::Backend { .. } => {
            let (_, missed) = cx.watch(|| takers(j));
            !missed.has_failed() || entrance.better_elsewhere().next().is_none()
        }
        Author::Untold => {
            let certain = entrance.is_decided() && !j.has_garbled_rules();
            // Another cluster's answer says nothing of this one's backend.
            let ours = !is_unplaced(&Case::new(*cx, j));
            certain && !entrance.is_doubtful(&j.backends) && ours
        }
        _ => false,
    }
}

/// How many controllers take an Ingress of the host, as far as that can be seen.
fn takers(j: &Journey) -> usize {
    let declared = j.declared.as_ref().ok();
    let all = declared.iter().flat_map(|d| &d.all);
    all.filter(|d| d.claim.make().is_some()).count()
}

/// Whether all of a backend could be read and tried.
fn is_seen(cx: &Cx, backend: &Backend) -> bool {
    let (found, missed) = cx.watch(|| {
        let pods = backend.pods.found().map(|p| p.selected.len());
        let ends = (backend.service.found(), backend.endpoints.found());
        (
            pods,
            ends.0.is_some() && ends.1.is_some(),
            backend.at_pods.pods.len(),
        )
    });
    found.1 && !missed.has_failed()
}

/// What stays open where another rule could have given a good answer and nothing could be compared.
pub(super) fn gap(
    cx: &Cx,
    j: &Journey,
    answer: &AnswerInfo,
    findings: &[Finding],
) -> Option<GapNote> {
    let entrance = j.entrance();
    let good = answer.status.is_some_and(|s| s < 400);
    let untold = matches!(entrance.inside.author, Author::Untold | Author::Several);
    if entrance.wants_password() {
        return Some(GapNote {
            what: "what is behind the password".to_owned(),
            why: "asked without the right one".to_owned(),
            allow: None,
            hides: vec!["request-fails", "pod-app-error"],
        });
    }
    let bad = answer.status.is_some_and(|s| s >= 400);
    if bad && untold && findings.iter().all(|f| f.severity < Severity::Warning) {
        return Some(GapNote {
            what: "whose answer it is".to_owned(),
            why: "nothing could be compared".to_owned(),
            allow: None,
            hides: vec!["request-fails", "pod-app-error"],
        });
    }
    // What could not be told of the attempt itself is told with its question.
    let tried = deciding_attempt(entrance).is_none_or(|k| !k.is_untold());
    if !good || !untold || !tried || is_proven(cx, j) {
        return None;
    }
    let rival = entrance.rivals.first();
    let why = match rival.map(|r| (&r.why, r.rule.display())) {
        Some((Doubt::BetterElsewhere, rule)) => format!("{rule} is the better rule for it"),
        Some((Doubt::Dropped(why), rule)) => format!("{rule} would take it, and {why}"),
        Some((Doubt::Next, rule)) => {
            format!("{rule} is next, should the first rule have been dropped")
        }
        None if entrance.doubt().is_some() => entrance.doubt().unwrap_or_default(),
        None if j.has_garbled_rules() => {
            "an Ingress does not decode, and may have the better rule".to_owned()
        }
        None if is_unplaced(&Case::new(*cx, j)) => {
            "it came from an address that the cluster does not publish, as far as that could be seen".to_owned()
        }
        None if entrance.is_decided() => "rules of equal rank lead to several Services".to_owned(),
        None => "which rule takes the request could not be seen".to_owned(),
    };
    let how = match entrance.inside.author {
        Author::Several => "their pods answer alike",
        _ => "nothing could be compared",
    };
    Some(GapNote {
        what: "whose answer it is".to_owned(),
        why: format!("{why}; {how}"),
        allow: None,
        hides: vec!["ingress-path-shadowed", "ingress-host-claimed-elsewhere"],
    })
}
