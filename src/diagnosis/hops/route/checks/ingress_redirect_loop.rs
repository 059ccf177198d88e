//! The redirects go in a circle.

use crate::diagnosis::checks::{Check, Ctx, Sink, host_subject, subject_of};
use crate::diagnosis::request::attempt::Knock;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::quote;
use crate::facts::HttpAnswer;
use crate::report::{Evidence, Hop, Severity};

/// Annotations that redirect or rewrite.
const REDIRECTS: &[&str] = &[
    "nginx.ingress.kubernetes.io/ssl-redirect",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "nginx.ingress.kubernetes.io/app-root",
    "nginx.ingress.kubernetes.io/rewrite-target",
    "nginx.ingress.kubernetes.io/permanent-redirect",
    "nginx.ingress.kubernetes.io/temporal-redirect",
    "nginx.ingress.kubernetes.io/from-to-www-redirect",
    "traefik.ingress.kubernetes.io/router.middlewares",
    "haproxy.org/ssl-redirect",
    "haproxy-ingress.github.io/ssl-redirect",
    "alb.ingress.kubernetes.io/ssl-redirect",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-redirect-loop",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the redirects go in a circle",
    explain: include_str!("ingress_redirect_loop.md"),
    symptom_of: &[
        "dns-stale-cache",
        "dns-local-override",
        "dns-partial-stale",
        "dns-points-elsewhere",
        "lb-port-map",
    ],
    run,
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

fn run(ctx: &Ctx, sink: &mut Sink) {
    let j = ctx.journey;
    if !ctx.settled() || j.inside.is_waiting() {
        return;
    }
    let circles = |k: &Knock| k.redirects.is_circle();
    let Some(knock) = ctx.knocks().iter().find(|k| circles(k)) else {
        return;
    };
    let ends = |k: &Knock| k.response().is_some() && !circles(k);
    let severity = if ctx.knocks().iter().any(ends) {
        Severity::Warning
    } else {
        Severity::Error
    };
    let maker = maker(ctx);
    let (why, fix) = match maker {
        Maker::Before => (
            "the controller's own pods do not redirect this request: what stands in front of them ends TLS and comes in by plain http, or redirects by itself",
            "let what ends TLS in front go to the controller's port for https, or redirect in one place only",
        ),
        Maker::Scheme => (
            "with X-Forwarded-Proto: https the request is not redirected: TLS ends in front of the controller, and the header is missing or not trusted",
            "let what ends TLS send X-Forwarded-Proto, and let the controller trust it (ingress-nginx: use-forwarded-headers; Traefik: forwardedHeaders.trustedIPs of the entry point)",
        ),
        Maker::Inside => (
            "the controller's pods redirect the request whatever is said of its scheme: a redirect or rewrite of the Ingress, or the application itself",
            "see the annotations of the Ingress, then the application's own address (base URL, force https)",
        ),
        Maker::Unknown => (
            "browsers give up: TLS may end in front of the controller, which is not told so, or two places redirect against each other",
            "see which of the load balancer, the controller and the application redirects; only one should",
        ),
    };
    let rule = j.rule();
    let subject = match rule {
        Some(rule) if maker != Maker::Before => subject_of(&*rule.ingress),
        _ => host_subject(&ctx.cx.target.host),
    };
    let title = format!(
        "the redirects go in a circle: {}",
        way(&knock.redirects.urls)
    );
    let mut draft = sink
        .find(&CHECK, subject, title)
        .severity(severity)
        .why(why);
    for ((question, status), to) in knock
        .redirects
        .steps
        .iter()
        .zip(knock.redirects.urls.iter().skip(1))
        .take(4)
    {
        draft = draft.see(ctx.cx.evidence(question, format!("{status} to {to}")));
    }
    for replica in j.inside.replicas.iter().take(1) {
        let forwarded = replica.forwarded.as_ref();
        draft = draft
            .see(line(ctx, &replica.http))
            .see(forwarded.and_then(|f| line(ctx, f)));
    }
    if let Some(rule) = rule {
        for (key, value) in REDIRECTS
            .iter()
            .filter_map(|k| Some((k, rule.annotation(k)?)))
        {
            let path = format!(".metadata.annotations[{key}]");
            draft = draft.see(Evidence::field(label_of(&*rule.ingress), path, value));
        }
        let kubectl = ctx.cx.kubectl_in(namespace_of(&*rule.ingress));
        draft = draft.run(format!(
            "{kubectl} describe ingress {}",
            quote(name_of(&*rule.ingress))
        ));
    }
    draft.fix(fix).done();
}

/// A request inside, with where it is led.
fn line(ctx: &Ctx, asked: &Asked<HttpAnswer>) -> Option<Evidence> {
    let answer = *asked.answer.as_ref().ok()?;
    match answer.header("location") {
        Some(to) => Some(
            ctx.cx
                .evidence(&asked.question, format!("{} to {to}", answer.status)),
        ),
        None => asked.evidence(ctx.cx),
    }
}

/// `a → b → a`; the middle of a long way is left out.
fn way(urls: &[String]) -> String {
    match urls {
        [first, second, .., last] if urls.len() > 4 => format!("{first} → {second} → … → {last}"),
        _ => urls.join(" → "),
    }
}

fn maker(ctx: &Ctx) -> Maker {
    let redirects = |a: &Asked<HttpAnswer>| {
        let answer = a.answer.as_ref().ok()?;
        let responds = a.outcome(true).responds();
        responds.then_some((300..400).contains(&answer.status))
    };
    let seen = ctx.journey.inside.replicas.iter().find_map(|r| {
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
