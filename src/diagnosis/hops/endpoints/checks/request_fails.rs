//! The request fails, and nothing that hops can read explains it.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::dialect::author::who_answered;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::Policies;
use crate::diagnosis::hops::tls::Tls;
use crate::diagnosis::hops::tls::checks::is_not_taken_up;
use crate::diagnosis::hops::user::checks::by_itself;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::request::author::tell::own_words;
use crate::diagnosis::request::bisect::Break;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::words::connect_words;
use crate::diagnosis::shell::quote;
use crate::facts::{Connect, Exchange, HttpAnswer};
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "request-fails",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the request fails, and no object explains it",
    explain: include_str!("request_fails.md"),
    // As errors these keep it silent; as warnings they are what it points to.
    symptom_of: &[&[
        "ctl-not-installed",
        "ingress-path-no-match",
        "ingress-externalname-host-header",
    ]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    if !case.all_answered() {
        return;
    }
    // What turns hops away, or wants a password, says nothing of other clients.
    let tls = case.entrance.tls.found();
    if tls.is_some_and(Tls::turns_hops_away) || case.entrance.wants_password() {
        return;
    }
    let attempts = case.attempts();
    let Some((attempt, mut judgement)) = attempts.iter().find_map(|k| Some((k, judge(case, k)?)))
    else {
        return by_itself(case, &CHECK, sink);
    };
    match by_bisect(case, attempt, judgement.severity) {
        Blame::On(better) => judgement = better,
        Blame::Nobody => return,
        Blame::Unclear => {}
    }
    if is_explained(case, judgement.hop) {
        return;
    }
    // While another address answers well, or may, some clients get through.
    if attempts
        .iter()
        .any(|k| k.is_untold() || k.response().is_some() && judge(case, k).is_none())
    {
        judgement.severity = Severity::Warning;
    }
    let https = case.https();
    let mut draft = sink
        .find(&CHECK, host_subject(&case.target.host), judgement.title)
        .severity(judgement.severity)
        .at(judgement.hop)
        .why(judgement.why)
        .see(attempt.http_line(case, https).or(attempt.tcp_line(case)))
        .see_all(case.inside_lines(judgement.hop))
        .fix(judgement.fix);
    if let Some((namespace, name)) = whose_log(case, judgement.hop) {
        let kubectl = case.settings.kubectl_in(&namespace);
        draft = draft.run(format!("{kubectl} logs {} --tail=50", quote(&name)));
    }
    draft.done();
}

/// Namespace and name of whoever wrote the log that tells more: the application where the request reaches it, else the controller.
fn whose_log(case: &Case, hop: Hop) -> Option<(String, String)> {
    let pods = case.backends().filter_map(|b| b.pods.found());
    let pod = pods.into_iter().find_map(|p| p.selected.first());
    let app = pod.map(|p| (namespace_of(&**p).to_owned(), name_of(&**p).to_owned()));
    let controller = case.entrance.controller.found();
    let workload = controller.and_then(|c| c.workloads.first());
    let proxy = workload.map(|w| (w.namespace.clone(), w.kubectl_name()));
    if hop < Hop::Service {
        proxy
    } else {
        app.or(proxy)
    }
}

/// Whether it is known that no NetworkPolicy selects the pods of either end.
fn is_free_of_policies(case: &Case) -> bool {
    let mut backends = case.backends().peekable();
    let free = |b: &Backend| b.policy.found().is_some_and(Policies::is_free);
    backends.peek().is_some() && backends.all(free)
}

/// Whether pods were seen that are ready.
fn has_ready_pods(case: &Case) -> bool {
    let mut pods = case.backends().filter_map(|b| b.pods.found());
    pods.any(|p| p.selected.iter().any(|p| is_ready(p)))
}

/// Whether an error that has a name of its own explains it. The request is made with any certificate, and here past a name that leads
/// nowhere: faults of both explain nothing but themselves.
fn is_explained(case: &Case, hop: Hop) -> bool {
    let lb = case.entrance.load_balancer.found();
    let named = |to| lb.is_some_and(|l| l.at_resolved.iter().any(|k| k.to == to));
    let past_dns = !case.attempts().iter().any(|k| named(k.to));
    case.broken.iter().any(|broken| match broken {
        // A controller that has neither certificate nor route of a host has not taken it up: one cause, told by the certificate.
        Hop::Tls => hop == Hop::Tls || hop == Hop::Route && is_not_taken_up(case),
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

fn by_bisect(case: &Case, attempt: &Attempt, severity: Severity) -> Blame {
    let at = case.outcomes();
    let controller = case.entrance.controller.found();
    let name = controller.map_or("the controller", |c| c.make.title());
    let path = &case.target.path;
    let on = |hop, title: String, why: &str, fix| {
        Blame::On(Judgement {
            hop,
            severity: Severity::Error,
            title,
            why: why.to_owned(),
            fix,
        })
    };
    if case.is_shared() {
        return Blame::Unclear;
    }
    match case.bisect() {
        Break::BeforeController => on(
            Hop::LoadBalancer,
            format!(
                "the request fails at {}, and {name} answers it inside the cluster",
                attempt.to
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
        Break::Routing if at.pod.responds() => on(
            Hop::Route,
            format!("{name} has no route for {path}: it answers 404, and the pods do not"),
            "the rule and its endpoints are there and the pod answers, so the controller has not taken the rule up",
            "look at the controller's log for the Ingress; a change is taken up within seconds",
        ),
        Break::ControllerToPod if at.pod.responds() => on(
            Hop::Endpoints,
            format!("{name} gets no answer from the pods, which answer when asked inside"),
            match (at.pod_address.responds(), is_free_of_policies(case)) {
                (true, false) => {
                    "the pods answer the control plane at their addresses too, so what stands between the controller and them is in the way: a NetworkPolicy \
or firewall, mutual TLS of a mesh, the protocol"
                }
                (true, true) => {
                    "the pods answer the control plane at their addresses too, and no NetworkPolicy selects them, so something else stands between the \
controller and them: a firewall, mutual TLS of a mesh, the protocol"
                }
                (false, false) => {
                    "the way from the controller to the pods is broken: a NetworkPolicy or firewall, mutual TLS of a mesh, the protocol, or an application \
that listens on localhost only"
                }
                (false, true) => {
                    "the way from the controller to the pods is broken, and no NetworkPolicy selects them: a firewall, mutual TLS of a mesh, the protocol, or \
an application that listens on localhost only"
                }
            },
            if is_free_of_policies(case) {
                "look for what stands between the controller's node and theirs"
            } else {
                "look for a policy that selects the pods and does not allow the controller, and for what stands between their nodes"
            },
        ),
        Break::Application if at.pod == Outcome::Silent => on(
            Hop::Pod,
            format!("the application does not answer {path} in time"),
            "the pod takes the connection, also from inside, and no response comes",
            "look at the application's log, and at what it waits for",
        ),
        // The application's own 404 is an answer.
        Break::Application if at.pod.status() == Some(404) && severity < Severity::Error => {
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

fn judge(case: &Case, attempt: &Attempt) -> Option<Judgement> {
    let broken = |hop, title: String, why: &str, fix| {
        Some(Judgement {
            hop,
            severity: Severity::Error,
            title,
            why: why.to_owned(),
            fix,
        })
    };
    if let Ok(tcp) = *attempt.tcp {
        return match &tcp.connect {
            Connect::Connected => judge_http(case, attempt, broken),
            Connect::Reset => broken(
                Hop::LoadBalancer,
                format!("{} resets the connection", attempt.to),
                "something accepts the connection and drops it",
                "look at the load balancer and the firewall in front of the cluster",
            ),
            Connect::NoRoute | Connect::Other(_) | Connect::Refused | Connect::TimedOut => None,
        };
    }
    None
}

fn judge_http(
    case: &Case,
    attempt: &Attempt,
    broken: impl Fn(Hop, String, &str, &'static str) -> Option<Judgement>,
) -> Option<Judgement> {
    let answer = *attempt.http.as_ref().ok()?;
    let path = &case.target.path;
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
                format!("{} does not answer HTTP", attempt.to),
                "the connection stands, but what comes is no HTTP response",
                "look at which of the controller's ports the load balancer goes to, and whether it sends the PROXY protocol",
            );
        }
        Exchange::NoTls(why) => {
            return broken(
                Hop::Tls,
                format!("no TLS connection to {}: {why}", attempt.to),
                "the handshake fails",
                "look at which of the controller's ports the load balancer goes to",
            );
        }
        Exchange::NoConnection(connect) => {
            return broken(
                Hop::LoadBalancer,
                format!(
                    "{} takes one connection and not the next: {}",
                    attempt.to,
                    connect_words(connect, answer.ms)
                ),
                "the load balancer sends connections to several places, and some of them are dead",
                "look at the endpoints of the Service before the controller, and at the nodes that the load balancer goes to",
            );
        }
    }
    let status = answer.status;
    // A page of nobody in particular is most often the application's own.
    let looks_like_one = inside_tells(case) || who_answered(answer).is_some();
    match (status, who(case, answer)) {
        (500..=599, Who::Proxy(title, _)) => broken(
            Hop::Endpoints,
            format!("{title} answers {status}"),
            if has_ready_pods(case) {
                "it could not get an answer from the pods, though they are ready"
            } else {
                "it could not get an answer from the pods; whether any is ready was not seen"
            },
            "see whether the application listens on the Service's targetPort, with the protocol that the controller speaks, and whether a policy stands in between",
        ),
        (500..=599, Who::Application) => broken(
            Hop::Pod,
            format!("the application answers {status}"),
            "the request gets through to the application, which fails",
            "look at the application's log",
        ),
        (500..=599, Who::Unknown) => broken(
            Hop::Endpoints,
            format!("the request is answered {status}"),
            "whether the application fails or the controller gets no answer from it could not be told",
            "ask a pod directly for the same path, and look at the application's log",
        ),
        (404, Who::Proxy(..) | Who::Unknown) if looks_like_one => Some(Judgement {
            hop: Hop::Route,
            severity: Severity::Warning,
            title: format!("{path} is answered 404"),
            why: why_not_found(case).to_owned(),
            fix: "ask a pod directly for the same path, or look at the controller's log",
        }),
        (400..=499, Who::Proxy(title, known)) if known || status != 401 => Some(Judgement {
            hop: Hop::Route,
            severity: if known {
                Severity::Error
            } else {
                Severity::Warning
            },
            title: format!("{title} answers {status} itself"),
            why: "it refuses the request before a pod sees it: an allow list, a firewall of the application, a limit".to_owned(),
            fix: "look at the annotations of the Ingress and at the controller's log",
        }),
        _ => None,
    }
}

/// Whether a comparison tells who answered.
fn inside_tells(case: &Case) -> bool {
    case.entrance.inside.author != Author::Untold
}

/// Who answered.
enum Who {
    /// The application.
    Application,
    /// Somebody before it, as a person calls him; and whether that was found out by comparison.
    Proxy(String, bool),
    /// Could not be told.
    Unknown,
}

fn who(case: &Case, answer: &HttpAnswer) -> Who {
    let inside = &case.entrance.inside;
    let controller = case.entrance.controller.found();
    match &inside.author {
        Author::Backend { .. } => Who::Application,
        _ if case.entrance.ends_in_pods() => Who::Application,
        Author::Rival { id, .. } => Who::Proxy(id.to_string(), true),
        Author::Controller => {
            let title = controller.map_or("the controller", |c| c.make.title());
            Who::Proxy(title.to_owned(), true)
        }
        Author::Nobody => {
            let known = own_words(case.entrance, answer);
            let title = known.map_or("something before the pods", |a| a.title);
            Who::Proxy(title.to_owned(), true)
        }
        Author::Before => Who::Proxy("another program on the node".to_owned(), true),
        Author::Several => Who::Unknown,
        Author::Untold => match who_answered(answer) {
            Some(author) if author.is_sure() => Who::Proxy(author.title.to_owned(), false),
            None if inside.marks_known && answer.status >= 500 => Who::Application,
            _ => Who::Unknown,
        },
    }
}

fn why_not_found(case: &Case) -> &'static str {
    let mut endpoints = case.backends().filter_map(|b| b.endpoints.found());
    if endpoints.any(|e| e.usable().next().is_some()) {
        "the rule and its endpoints are there; either the controller has not taken them up yet, or the application has no such page \
(Traefik's 404 and a Go program's are the same bytes)"
    } else {
        "whether a rule leads to pods could not be seen; either none does, or the application has no such page (Traefik's 404 and a Go \
program's are the same bytes)"
    }
}
