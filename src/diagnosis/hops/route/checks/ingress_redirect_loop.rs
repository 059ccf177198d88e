//! The redirects go in a circle.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject, subject_in};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::shell::quote;
use crate::facts::HttpAnswer;
use crate::report::{Evidence, Hop, Severity};

/// Annotations that redirect or rewrite, without what the makes' keys begin with.
const REDIRECTS: &[&str] = &[
    "ssl-redirect",
    "force-ssl-redirect",
    "app-root",
    "rewrite-target",
    "permanent-redirect",
    "temporal-redirect",
    "from-to-www-redirect",
    "router.middlewares",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-redirect-loop",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the redirects go in a circle",
    explain: include_str!("ingress_redirect_loop.md"),
    symptom_of: &[WRONG_ADDRESS, &["lb-port-map", "route-filter-surprise"]],
    run: Run::Entrance(run),
};

/// Where the circle is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// The controller's pods answer the same request without a redirect.
    Before,
    /// They redirect, and do not when told that the request came over https.
    Scheme,
    /// They redirect in any case.
    Inside,
    Unknown,
}

fn run(case: &Case, sink: &mut Sink) {
    if !case.all_answered() {
        return;
    }
    let circles = |k: &Attempt| k.redirects.is_circle();
    let Some(attempt) = case.attempts().iter().find(|k| circles(k)) else {
        return;
    };
    let ends = |k: &Attempt| k.response().is_some() && !circles(k);
    let severity = if case.attempts().iter().any(ends) {
        Severity::Warning
    } else {
        Severity::Error
    };
    let maker = maker(case);
    let (why, fix) = match maker {
        Maker::Before => (
            "the controller's own pods do not redirect this request: what stands in front of them ends TLS and comes in by plain http, or redirects by itself",
            "where what stands in front ends TLS, let the controller trust its X-Forwarded-Proto (ingress-nginx: use-forwarded-headers; Traefik: forwardedHeaders.trustedIPs of the entry point), or let it go to the controller's port for https; else redirect in one place only",
        ),
        Maker::Scheme => (
            "with X-Forwarded-Proto: https the request is not redirected: TLS ends in front of the controller, and the header is missing or not trusted",
            "let what ends TLS send X-Forwarded-Proto, and let the controller trust it (ingress-nginx: use-forwarded-headers; Traefik: forwardedHeaders.trustedIPs of the entry point)",
        ),
        Maker::Inside => (
            "the controller's pods redirect the request whatever is said of its scheme: a redirect or rewrite of the Ingress or the route, or the application itself",
            "see the annotations of the Ingress or the filters of the route, then the application's own address (base URL, force https)",
        ),
        Maker::Unknown => (
            "browsers give up: TLS may end in front of the controller, which is not told so, or two places redirect against each other",
            "see which of the load balancer, the controller and the application redirects; only one should",
        ),
    };
    let rule = case.entrance.rule();
    let subject = match rule {
        Some(rule) if maker != Maker::Before => subject_in(&rule.place),
        _ => host_subject(&case.target.host),
    };
    let title = format!(
        "the redirects go in a circle: {}",
        way(&attempt.redirects.urls)
    );
    let mut draft = sink
        .find(&CHECK, subject, title)
        .severity(severity)
        .why(why);
    for ((question, status), to) in attempt
        .redirects
        .steps
        .iter()
        .zip(attempt.redirects.urls.iter().skip(1))
        .take(4)
    {
        draft = draft.see(case.evidence(question, format!("{status} to {to}")));
    }
    for replica in case.entrance.inside.replicas.iter().take(1) {
        let forwarded = replica.forwarded.as_ref();
        draft = draft
            .see(line(case, &replica.http))
            .see(forwarded.and_then(|f| line(case, f)));
    }
    if let Some(rule) = rule {
        let controller = case.entrance.controller.found();
        let prefixes = controller.map_or_else(Vec::new, |c| c.make.annotation_prefixes());
        let redirects = |key: &str| {
            let mut names = prefixes.iter().filter_map(|p| key.strip_prefix(p.as_str()));
            names.any(|name| REDIRECTS.contains(&name))
        };
        let annotations = rule.place.declared.metadata().annotations.iter().flatten();
        for (key, value) in annotations.filter(|(key, _)| redirects(key)) {
            let path = format!(".metadata.annotations[{key}]");
            draft = draft.see(Evidence::field(rule.place.declared.label(), path, value));
        }
        let kubectl = case.settings.kubectl_in(rule.place.declared.namespace());
        draft = draft.run(format!(
            "{kubectl} describe {} {}",
            rule.place.declared.kind().name().to_ascii_lowercase(),
            quote(rule.place.declared.name())
        ));
    }
    draft.fix(fix).done();
}

/// A request inside, with where it is led.
fn line(case: &Case, asked: &Asked<HttpAnswer>) -> Option<Evidence> {
    let answer = *asked.answer.as_ref().ok()?;
    match answer.header("location") {
        Some(to) => Some(case.evidence(&asked.question, format!("{} to {to}", answer.status))),
        None => asked.evidence(case),
    }
}

/// `a → b → a`; the middle of a long way is left out.
fn way(urls: &[String]) -> String {
    match urls {
        [first, second, .., last] if urls.len() > 4 => format!("{first} → {second} → … → {last}"),
        _ => urls.join(" → "),
    }
}

fn maker(case: &Case) -> Maker {
    let redirects = |a: &Asked<HttpAnswer>| {
        let answer = a.answer.as_ref().ok()?;
        let responds = a.outcome(true).responds();
        responds.then_some((300..400).contains(&answer.status))
    };
    let seen = case.entrance.inside.replicas.iter().find_map(|r| {
        let forwarded = r.forwarded.as_ref().and_then(redirects);
        Some((redirects(&r.http)?, forwarded))
    });
    match seen {
        None | Some((true, None)) => Maker::Unknown,
        Some((false, _)) => Maker::Before,
        Some((true, Some(false))) => Maker::Scheme,
        Some((true, Some(true))) => Maker::Inside,
    }
}
