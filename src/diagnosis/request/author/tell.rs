//! When it matters whose answer it is, and whom to ask then.

use super::decide::{Control, Source, decide};
use super::{Author, NOBODY, compare, nobody_below};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::dialect::author::{Author as Bytes, who_answered};
use crate::diagnosis::hops::journey::{Backend, Doubt, Entrance};
use crate::diagnosis::hops::load_balancer::service::is_anothers;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::routing::Rule;
use crate::diagnosis::semantics::host::gateway_host_matches;
use crate::facts::{Exchange, HttpAnswer, Question};
use crate::target::Request;

/// Tells who gave the answer where that matters: it is an error, or somebody else could have given it. The pods were asked before.
pub fn tell<'a>(
    cx: &Cx<'a>,
    request: &Request,
    entrance: &mut Entrance<'a>,
    backends: &mut [Backend<'a>],
) {
    let Some(lb) = entrance.load_balancer.found() else {
        return;
    };
    let Some((attempt, answer)) = lb.attempts().iter().find_map(|k| Some((k, k.response()?)))
    else {
        return;
    };
    let doubtful = entrance.is_doubtful(backends);
    if !request.is_repeatable() || answer.status < 400 && !doubtful {
        return;
    }
    let other = another_name(entrance, request);
    let asked = control(cx, request, attempt, &other);
    ask_again(
        cx,
        answer,
        backends.iter_mut().filter(|b| b.entrance == entrance.id),
    );
    ask_again(
        cx,
        answer,
        entrance.rivals.iter_mut().map(|r| &mut r.backend),
    );
    let whole = request.headers.is_empty();
    let make = entrance.controller.found().map(|c| &c.make);
    // What an unknown controller passes on is unknown.
    let passes = |rule: &Rule| make.is_some_and(|m| m.is_known()) && !entrance.rewrites(rule);
    let as_sent = whole && entrance.rule().is_some_and(passes);
    let same_rule = entrance.rule().is_some_and(|r| r.host().0.is_empty());
    let entrance_id = entrance.id.clone();
    let own = backends
        .iter()
        .filter(|b| b.entrance == entrance_id && b.share.weight > 0);
    let own = own.map(|b| Source::of(b, None, as_sent));
    let rivals = entrance.rivals.iter();
    let rivals = rivals.map(|r| {
        let source = Source::of(&r.backend, Some(&r.rule), whole && passes(&r.rule));
        source.unserved(r.why != Doubt::Next)
    });
    let sources: Vec<Source> = own.chain(rivals).collect();
    let elsewhere = entrance.does_not_run();
    // Where a rule takes every host, its backend answers for other names too.
    let route = entrance.route.found();
    let control = Control {
        answer: asked.answer.as_ref().ok().copied(),
        own_page: !takes_host(entrance, request, &other) && !entrance.ends_in_pods(),
        same_rule,
        no_rule: route.is_some_and(|r| r.claimed && r.rule().is_none()),
    };
    let whose = |attempt: &Attempt, answer| {
        let author = decide(answer, &sources, &control, elsewhere);
        let by_no_pod = matches!(author, Author::Controller | Author::Nobody);
        if by_no_pod && is_before(cx, entrance, attempt, answer) {
            Author::Before
        } else {
            author
        }
    };
    let author = whose(attempt, answer);
    let attempts: Vec<Option<String>> = lb
        .attempts()
        .iter()
        .map(|k| {
            let answer = k.response()?;
            words(entrance, &whose(k, answer), answer)
        })
        .collect();
    let inside: Vec<Author> = entrance
        .inside
        .replicas
        .iter()
        .map(|r| match *r.best().answer {
            Ok(answer) => decide(answer, &sources, &control, elsewhere),
            Err(_) => Author::Untold,
        })
        .collect();
    drop(sources);
    entrance.inside.retell(author, &inside);
    entrance.inside.control = Some(asked);
    if let Some(lb) = entrance.load_balancer.found_mut() {
        for (attempt, author) in lb.attempts_mut().iter_mut().zip(attempts) {
            attempt.author = author;
        }
    }
    for backend in backends.iter_mut().filter(|b| b.entrance == entrance_id) {
        if backend.share.is_all() {
            backend.at_pods.at.outside = entrance.inside.outside;
            backend.at_pods.at.controller = entrance.inside.controller;
        }
    }
}

/// Whether an error cannot be the controller's: it has no port open at that address of a node, and its own pods answer otherwise.
fn is_before(cx: &Cx, entrance: &Entrance, attempt: &Attempt, answer: &HttpAnswer) -> bool {
    let lb = entrance.load_balancer.found();
    let Some((controller, lb)) = entrance.controller.found().zip(lb) else {
        return false;
    };
    let replicas = &entrance.inside.replicas;
    let otherwise = |own: &HttpAnswer| {
        own.exchange == Exchange::Response
            && compare::likeness(&[own], answer) == compare::Likeness::Other
    };
    answer.status >= 400
        && !replicas.is_empty()
        && replicas
            .iter()
            .all(|r| r.best().answer.as_ref().is_ok_and(|own| otherwise(own)))
        && is_anothers(cx, controller, lb, attempt.to)
}

/// A name that no rule has, and for which the server speaks TLS as for the host's: one below the domain of the listener's wildcard.
fn another_name(entrance: &Entrance, request: &Request) -> String {
    let route = entrance.route.found();
    let listener = route.and_then(|r| r.listener.as_ref());
    let hostname = listener.and_then(|l| l.spec.hostname.as_deref());
    let domain = hostname.and_then(|h| h.strip_prefix("*."));
    match domain.filter(|_| request.https) {
        Some(domain) => nobody_below(domain),
        None => NOBODY.to_owned(),
    }
}

/// Whether some rule of the controller covers the page on a host that it does not name.
fn takes_host(entrance: &Entrance, request: &Request, host: &str) -> bool {
    let Some(route) = entrance.route.found() else {
        return false;
    };
    let resolution = &route.resolution;
    let passed = resolution.passed.iter().map(|p| &p.rule);
    let mut all = resolution.matching.iter().chain(passed);
    let path = request.path_only();
    let covers = |rule: &Rule| path.starts_with(rule.path().text()) || rule.path().covers(path);
    let takes = |rule: &Rule| {
        let pattern = &rule.host().0;
        pattern.is_empty() || gateway_host_matches(pattern, host)
    };
    all.any(|rule| takes(rule) && (rule.is_default || covers(rule)))
}

/// Who wrote it, as evidence says it; none where that could not be told.
fn words(entrance: &Entrance, author: &Author, answer: &HttpAnswer) -> Option<String> {
    match author {
        Author::Backend { .. } => Some("by the application".to_owned()),
        Author::Rival { id, .. } => Some(format!("by {id}")),
        Author::Controller => {
            let controller = entrance.controller.found();
            let title = controller.map_or("the controller", |c| c.make.title());
            Some(format!("by {title}"))
        }
        Author::Nobody => own_words(entrance, answer).map(|a| format!("by {}", a.title)),
        Author::Before => Some("by another program".to_owned()),
        Author::Several | Author::Untold => None,
    }
}

/// Whose words an answer has that no pod gave: those of the controller that runs here, or of what stands before it. Another controller's
/// words are no sign of it.
pub fn own_words(entrance: &Entrance, answer: &HttpAnswer) -> Option<Bytes> {
    let make = entrance.controller.found().map(|c| &c.make);
    let here = |a: &Bytes| !a.is_controller || make.is_none_or(|m| m.slug() == a.slug);
    who_answered(answer).filter(|a| a.is_sure()).filter(here)
}

/// The same request, for a name that no rule has.
fn control<'a>(
    cx: &Cx<'a>,
    request: &Request,
    attempt: &Attempt,
    host: &str,
) -> Asked<'a, HttpAnswer> {
    let question = Question::Http {
        to: attempt.to,
        tls: request.https,
        host: host.to_owned(),
        method: request.method.clone(),
        path: request.path_only().to_owned(),
        headers: Vec::new(),
    };
    Asked {
        answer: cx.seen(|| cx.http_if_asked(&question)),
        question,
    }
}

/// Asks a pod a second time where the first answer alone does not tell what varies.
fn ask_again<'b, 'a: 'b>(
    cx: &Cx<'a>,
    answer: &HttpAnswer,
    backends: impl Iterator<Item = &'b mut Backend<'a>>,
) {
    for backend in backends {
        let answers = |b: &Backend<'a>| -> Vec<&'a HttpAnswer> {
            b.at_pods.pods.iter().flat_map(|p| p.answers()).collect()
        };
        if compare::likeness(&answers(backend), answer) != compare::Likeness::Unsure {
            continue;
        }
        let Some(pod) = backend.at_pods.pods.first_mut() else {
            continue;
        };
        let mut question = pod.loopback.question.clone();
        if let Question::PodHttp { again, .. } = &mut question {
            *again = true;
        }
        pod.again = Some(Asked {
            answer: Seen::known(cx.aside().http(question.clone())),
            question,
        });
    }
}
