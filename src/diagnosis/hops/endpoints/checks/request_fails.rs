//! The request fails, and nothing that hops can read explains it.

use crate::diagnosis::checks::{Check, Ctx, Sink, host_subject};
use crate::diagnosis::dialect::author::{Author, who_answered};
use crate::diagnosis::hops::tls::Tls;
use crate::diagnosis::request::attempt::Knock;
use crate::diagnosis::request::bisect::{Break, Outcome};
use crate::diagnosis::semantics::words::connect_words;
use crate::facts::{Connect, Exchange};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "request-fails",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the request fails, and no object explains it",
    explain: include_str!("request_fails.md"),
    // As errors these keep it silent; as warnings they are what it points to.
    symptom_of: &["ctl-not-installed", "ingress-path-no-match"],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    if !ctx.settled() || ctx.journey.inside.is_waiting() {
        return;
    }
    // Who has no certificate of its own is meant to be turned away.
    let tls = ctx.journey.tls.found.as_ref();
    if tls.is_some_and(Tls::wants_client_certificate) {
        return;
    }
    let knocks = ctx.knocks();
    let Some((knock, mut judgement)) = knocks.iter().find_map(|k| Some((k, judge(ctx, k)?))) else {
        return;
    };
    match by_bisect(ctx, knock, judgement.severity) {
        Blame::On(better) => judgement = better,
        Blame::Nobody => return,
        Blame::Unclear => {}
    }
    if is_explained(ctx, judgement.hop) {
        return;
    }
    // While another address answers well, some clients get through.
    if knocks
        .iter()
        .any(|k| k.response().is_some() && judge(ctx, k).is_none())
    {
        judgement.severity = Severity::Warning;
    }
    let https = ctx.https();
    let mut draft = sink
        .find(&CHECK, host_subject(&ctx.cx.target.host), judgement.title)
        .severity(judgement.severity)
        .at(judgement.hop)
        .why(judgement.why)
        .see(knock.http_line(ctx.cx, https).or(knock.tcp_line(ctx.cx)));
    for line in ctx.inside_lines(judgement.hop) {
        draft = draft.see(line);
    }
    draft = draft.fix(judgement.fix);
    if let (Some(pods), Some(service)) = (&ctx.journey.pods.found, &ctx.journey.service.found)
        && let Some(pod) = pods.selected.first()
    {
        draft = draft.run(format!(
            "{} logs {} --tail=50",
            ctx.cx.kubectl_in(&service.namespace),
            crate::diagnosis::shell::quote(crate::diagnosis::semantics::meta::name_of(&**pod))
        ));
    }
    draft.done();
}

/// Whether an error that has a name of its own explains it. The request is made with any certificate, and here past a name that leads
/// nowhere: faults of both explain nothing but themselves.
fn is_explained(ctx: &Ctx, hop: Hop) -> bool {
    let lb = ctx.journey.load_balancer.found.as_ref();
    let named = |to| lb.is_some_and(|l| l.resolved.iter().any(|k| k.to == to));
    let past_dns = !ctx.knocks().iter().any(|k| named(k.to));
    ctx.broken.borrow().iter().any(|broken| match broken {
        Hop::Tls => hop == Hop::Tls,
        Hop::Dns | Hop::LoadBalancer => !past_dns,
        _ => true,
    })
}

/// What the request from other vantage points says of a failure.
enum Blame {
    /// It dies here.
    On(Judgement),
    /// It is no fault of the path: the application itself says so.
    Nobody,
    /// It could not be tried there, or does not decide.
    Unclear,
}

fn by_bisect(ctx: &Ctx, knock: &Knock, severity: Severity) -> Blame {
    let inside = &ctx.journey.inside;
    let controller = ctx.journey.controller.found.as_ref();
    let name = controller.map_or("the controller", |c| c.family.title());
    let path = &ctx.cx.target.path;
    let on = |hop, title: String, why: &str, fix| {
        Blame::On(Judgement {
            hop,
            severity: Severity::Error,
            title,
            why: why.to_owned(),
            fix,
        })
    };
    match inside.verdict() {
        Break::BeforeController => on(
            Hop::LoadBalancer,
            format!(
                "the request fails at {}, and {name} answers it inside the cluster",
                knock.to
            ),
            "it is lost or changed between this machine and the controller's pods",
            "look at the load balancer, the Service before the controller, node ports and firewalls; and whether the address is the controller's at all",
        ),
        Break::Controller => on(
            Hop::Controller,
            format!("{name} does not answer in its own pod either"),
            "the request put straight into the controller's pod gets no response",
            "look at the controller's log and at the ports on its command line",
        ),
        // Without a pod that answers it may still be a change that is not taken up yet.
        Break::Routing if inside.outcomes.pod.responds() => on(
            Hop::Route,
            format!("{name} has no route for {path}: it answers 404, and the pods do not"),
            "the rule and its endpoints are there and the pod answers, so the controller has not taken the rule up",
            "look at the controller's log for the Ingress; a change is taken up within seconds",
        ),
        Break::ControllerToPod if inside.outcomes.pod.responds() => on(
            Hop::Endpoints,
            format!("{name} gets no answer from the pods, which answer when asked inside"),
            if inside.outcomes.pod_address.responds() {
                "the pods answer the control plane at their addresses too, so what stands between the controller and them is in the way: a NetworkPolicy \
or firewall, mutual TLS of a mesh, the protocol"
            } else {
                "the way from the controller to the pods is broken: a NetworkPolicy or firewall, mutual TLS of a mesh, the protocol, or an application \
that listens on localhost only"
            },
            "look for a policy that selects the pods and does not allow the controller, and for what stands between their nodes",
        ),
        Break::Application if inside.outcomes.pod == Outcome::Silent => on(
            Hop::Pod,
            format!("the application does not answer {path} in time"),
            "the pod takes the connection, also from inside, and no response comes",
            "look at the application's log, and at what it waits for",
        ),
        // The application's own 404 is an answer.
        Break::Application
            if inside.outcomes.pod.status() == Some(404) && severity < Severity::Error =>
        {
            Blame::Nobody
        }
        _ => Blame::Unclear,
    }
}

struct Judgement {
    hop: Hop,
    severity: Severity,
    title: String,
    why: String,
    fix: &'static str,
}

fn judge(ctx: &Ctx, knock: &Knock) -> Option<Judgement> {
    let broken = |hop, title: String, why: &str, fix| {
        Some(Judgement {
            hop,
            severity: Severity::Error,
            title,
            why: why.to_owned(),
            fix,
        })
    };
    if let Ok(tcp) = knock.tcp {
        return match &tcp.connect {
            Connect::Connected => judge_http(ctx, knock, broken),
            Connect::Reset => broken(
                Hop::LoadBalancer,
                format!("{} resets the connection", knock.to),
                "something accepts the connection and drops it",
                "look at the load balancer and the firewall in front of the cluster",
            ),
            Connect::NoRoute | Connect::Other(_) | Connect::Refused | Connect::TimedOut => None,
        };
    }
    None
}

fn judge_http(
    ctx: &Ctx,
    knock: &Knock,
    broken: impl Fn(Hop, String, &str, &'static str) -> Option<Judgement>,
) -> Option<Judgement> {
    let answer = *knock.http.as_ref().ok()?;
    let path = &ctx.cx.target.path;
    match &answer.exchange {
        Exchange::Response => {}
        Exchange::TimedOut => {
            return broken(
                Hop::Endpoints,
                format!("{path} gets no answer in time"),
                "the connection stands and no response comes: packets between the controller and the pods may be dropped, or the application is slow",
                "look for a NetworkPolicy or firewall between the controller and the pods, and at the application's log",
            );
        }
        Exchange::Closed | Exchange::NotHttp(_) => {
            return broken(
                Hop::Controller,
                format!("{} does not answer HTTP", knock.to),
                "the connection stands, but what comes is no HTTP response",
                "look at which of the controller's ports the load balancer goes to, and whether it sends the PROXY protocol",
            );
        }
        Exchange::NoTls(why) => {
            return broken(
                Hop::Tls,
                format!("no TLS connection to {}: {why}", knock.to),
                "the handshake fails",
                "look at which of the controller's ports the load balancer goes to",
            );
        }
        Exchange::NoConnection(connect) => {
            return broken(
                Hop::LoadBalancer,
                format!(
                    "{} takes one connection and not the next: {}",
                    knock.to,
                    connect_words(connect, answer.ms)
                ),
                "the load balancer sends connections to several places, and some of them are dead",
                "look at the endpoints of the Service before the controller, and at the nodes that the load balancer goes to",
            );
        }
    }
    let status = answer.status;
    match (status, who_answered(answer)) {
        (500..=599, Some(author)) => broken(
            Hop::Endpoints,
            format!("{} answers {status}", author.title()),
            "it could not get an answer from the pods, though they look ready",
            "see whether the application listens on the Service's targetPort, with the protocol that the controller speaks, and whether a policy stands in between",
        ),
        (500..=599, None) => broken(
            Hop::Pod,
            format!("the application answers {status}"),
            "the request gets through to the application, which fails",
            "look at the application's log",
        ),
        (404, Some(Author::TraefikOrGo | Author::Traefik | Author::IngressNginx)) => Some(Judgement {
            hop: Hop::Route,
            severity: Severity::Warning,
            title: format!("{path} is answered 404"),
            why: why_not_found(ctx).to_owned(),
            fix: "ask a pod directly for the same path, or look at the controller's log",
        }),
        // To be asked for a password is how some hosts are meant to be.
        (400..=499, Some(author)) if status != 401 && author != Author::TraefikOrGo => Some(Judgement {
            hop: Hop::Route,
            severity: Severity::Warning,
            title: format!("{} answers {status} itself", author.title()),
            why: "it refuses the request before a pod sees it: an allow list, a firewall of the application, a limit".to_owned(),
            fix: "look at the annotations of the Ingress and at the controller's log",
        }),
        _ => None,
    }
}

fn why_not_found(ctx: &Ctx) -> &'static str {
    let endpoints = ctx.journey.endpoints.found.as_ref();
    if endpoints.is_some_and(|e| e.usable().next().is_some()) {
        "the rule and its endpoints are there; either the controller has not taken them up yet, or the application has no such page \
(Traefik's 404 and a Go program's are the same bytes)"
    } else {
        "whether a rule leads to pods could not be seen; either none does, or the application has no such page (Traefik's 404 and a Go \
program's are the same bytes)"
    }
}
