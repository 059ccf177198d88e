//! When it is worth to look inside, and whom to ask then.

use std::sync::Arc;

use super::backend::{BackendPod, MOST, one, second_opinions};
use super::replica::{self, Replica};
use super::{Asked, Inside, worst};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::{Progress, Stage};
use crate::diagnosis::dialect::upstream::Upstream;
use crate::diagnosis::hops::journey::{Backend, Entrance, Journey};
use crate::diagnosis::hops::service::{BackendService, tls_policies};
use crate::diagnosis::hops::tls::Tls;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::tell::tell;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::routing::Rule;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::target_port;
use crate::facts::gateway::BackendTLSPolicy;
use crate::facts::{Connect, Gap, Handshake, Kind, PodPort, Question, Unknown};
use crate::report::Hop;
use crate::target::Request;

/// Looks inside where the outside gives a reason to.
pub fn look<'a>(cx: &Cx<'a>, journey: &mut Journey<'a>) {
    let mut entrances = std::mem::take(&mut journey.entrances);
    // What is beside the request's way is told by its answer alone.
    for entrance in entrances.iter_mut().take(1) {
        let ((), missed) = cx.watch(|| look_through(cx, journey, entrance));
        entrance.inside.add(&missed);
        for backend in &mut journey.backends {
            backend.at_pods.add(&missed);
        }
    }
    journey.entrances = entrances;
}

/// The same for one way in.
fn look_through<'a>(cx: &Cx<'a>, journey: &mut Journey<'a>, entrance: &mut Entrance<'a>) {
    let failing = at_controller(cx, journey, entrance);
    // One answer says nothing of the other backends that share the requests.
    let shared = journey.weighted(&entrance.id).count() > 1;
    let answered = entrance.inside.outside != Outcome::Unknown;
    let doubtful = entrance.is_doubtful(&journey.backends);
    let reaches = reaches_pods(&entrance.inside) || entrance.passes_tls();
    let worth_it = failing && reaches || (shared || doubtful) && answered;
    let rule = entrance.rule().cloned();
    for backend in &mut journey.backends {
        if backend.entrance != entrance.id {
            continue;
        }
        backend.at_pods.at.outside = entrance.inside.outside;
        backend.at_pods.at.controller = entrance.inside.controller;
        if let (true, Some(request)) = (worth_it, &journey.request) {
            // Of two pods it is seen what of their answers varies.
            let most = if failing { MOST } else { 2 };
            let way = (&*entrance, rule.as_ref());
            at_pods(&cx.at(Hop::Pod), request, way, backend, (shared, most));
            if shared {
                // What its own requests get is told by its own pods.
                backend.at_pods.at.outside = backend.at_pods.at.pod.behind_a_proxy();
                backend.at_pods.at.controller = Outcome::Unknown;
            }
        }
    }
    let Some(request) = &journey.request else {
        return;
    };
    if answered {
        let mut rivals = std::mem::take(&mut entrance.rivals);
        for rival in &mut rivals {
            let way = (&*entrance, Some(&rival.rule));
            let backend = &mut rival.backend;
            at_pods(&cx.at(Hop::Pod), request, way, backend, (false, 2));
        }
        entrance.rivals = rivals;
    }
    tell(&cx.at(Hop::Pod), request, entrance, &mut journey.backends);
}

/// Puts the request into the controller's pods where there is a reason to. Whether it fails from outside.
fn at_controller<'a>(cx: &Cx<'a>, journey: &Journey<'a>, entrance: &mut Entrance<'a>) -> bool {
    let controller = entrance.controller.found();
    let marks_known = controller.is_none_or(|c| c.make.signs());
    entrance.inside.marks_known = marks_known;
    let (Some(request), Some(lb)) = (&journey.request, entrance.load_balancer.found()) else {
        return false;
    };
    let attempts = lb.attempts();
    let Some(dns) = journey.dns.found() else {
        return false;
    };
    if attempts.iter().any(Attempt::is_waiting) {
        return false;
    }
    let theirs = entrance.ends_in_pods();
    let by_pods = |o: Outcome| if theirs { o.by_pods() } else { o };
    let outside = by_pods(outside(attempts, marks_known));
    entrance.inside.outside = outside;
    let nothing_tried = attempts.is_empty() && dns.addresses.is_empty();
    let failing = !outside.is_good() && (outside != Outcome::Unknown || nothing_tried);
    let odd_tls = request.https && odd_certificate(&entrance.tls);
    if !failing && !odd_tls && !lb.loops() {
        return false;
    }
    let replicas = controller.map(|c| replica::all(cx, c, lb, request, odd_tls));
    let replicas = replicas.unwrap_or_default();
    let passes_tls = entrance.passes_tls();
    let at_replica = |r: &Replica| match by_pods(r.best().outcome(marks_known)) {
        // What a controller passes on ends as the pods end it.
        Outcome::Garbled | Outcome::Silent if passes_tls => Outcome::Unknown,
        other => other,
    };
    entrance.inside.controller = worst(replicas.iter().map(at_replica));
    entrance.inside.replicas = replicas;
    failing
}

/// Whether it is worth asking the backend's pods: an error that the controller wrote is about them, whatever its own pods say; else
/// these are asked first.
fn reaches_pods(inside: &Inside) -> bool {
    let at_pods = matches!(
        inside.outside,
        Outcome::ByProxy(_) | Outcome::ByEither(_) | Outcome::Silent | Outcome::Through(_)
    );
    let reached = inside.controller;
    at_pods || !inside.is_waiting() && !reached.is_good() && reached.responds()
}

/// Asks the pods of a backend, and what may give a second opinion on them.
fn at_pods<'a>(
    cx: &Cx<'a>,
    request: &Request,
    (entrance, rule): (&Entrance<'a>, Option<&Rule>),
    backend: &mut Backend<'a>,
    (shared, most): (bool, usize),
) {
    let Some(service) = backend.service.found() else {
        return;
    };
    let (Some(object), Some(port)) = (&service.service, &service.port) else {
        return;
    };
    let mut tried = std::mem::take(&mut *backend.at_pods);
    let policy = match policy(cx, entrance, service) {
        Ok(policy) => policy,
        Err(unknown) => {
            // What cannot be known is taken to be as it is without one.
            tried.is_held = unknown == Unknown::Waiting;
            None
        }
    };
    if tried.is_held {
        *backend.at_pods = tried;
        return;
    }
    let upstream = match policy {
        Some(_) => Upstream::Https,
        None => rule.map_or(Upstream::Http, |r| entrance.upstream(r, object, port)),
    };
    if backend.endpoints.found().is_none()
        && matches!(
            *backend.endpoints.progress(),
            Progress::Unknown(Gap::Forbidden { .. })
        )
    {
        let question = Question::Proxy {
            kind: Kind::Service,
            namespace: Some(service.namespace.clone()),
            name: service.name.clone(),
            port: port
                .name
                .clone()
                .filter(|n| !n.is_empty())
                .unwrap_or_else(|| port.port.to_string()),
            tls: upstream == Upstream::Https,
            path: cx.target.path.clone(),
        };
        tried.service = Some(Asked::http(cx, question));
    }
    let ready = || {
        let pods = backend.pods.found();
        pods.into_iter()
            .flat_map(|p| &p.selected)
            .filter(|p| is_ready(p))
    };
    for pod in ready().take(most) {
        let Some(number) = target_port(port, pod).and_then(|p| u16::try_from(p).ok()) else {
            continue;
        };
        if upstream == Upstream::Other {
            continue;
        }
        let one = one(cx, request, pod, (&service.namespace, number), upstream);
        tried.pods.push(one);
    }
    if let (Some(policy), Some(first)) = (policy, tried.pods.first()) {
        let pod = PodPort {
            namespace: first.namespace.clone(),
            name: first.name.clone(),
            port: first.port,
            proxy_line: false,
        };
        let sni = &policy.spec.validation.hostname;
        tried.certificate = Some(Asked::tls(cx, pod, sni));
    }
    second_opinions(cx, &mut tried, shared);
    let at = &mut tried.at;
    let misleads =
        |p: &&BackendPod| p.loopback.at_pod() == Outcome::Refused && p.outcome().responds();
    tried.loopback_misleads = tried.pods.iter().any(|p| misleads(&p));
    let telling = |p: &&BackendPod| !tried.loopback_misleads || p.address.is_some();
    at.pod = worst(tried.pods.iter().filter(telling).map(|p| p.outcome()));
    at.pod_address = worst(
        tried
            .pods
            .iter()
            .filter_map(|p| p.address.as_ref())
            .map(Asked::at_pod),
    );
    // A control plane without a way to pods says nothing by its silence.
    if !tried.calibrated && matches!(at.pod_address, Outcome::Unreachable | Outcome::Silent) {
        at.pod_address = Outcome::Unknown;
    }
    *backend.at_pods = tried;
}

/// The policy by which a Gateway speaks TLS to a Service.
fn policy(
    cx: &Cx,
    entrance: &Entrance,
    service: &BackendService,
) -> Result<Option<Arc<BackendTLSPolicy>>, Unknown> {
    if entrance.way.is_none() || entrance.passes_tls() {
        return Ok(None);
    }
    let policies = tls_policies(&cx.at(Hop::Route), service)?;
    Ok(policies.holding.map(|(policy, _)| policy))
}

/// How the request ends from here: the worst over all addresses.
fn outside(attempts: &[Attempt], marks_known: bool) -> Outcome {
    worst(
        attempts
            .iter()
            .map(|attempt| match (&*attempt.tcp, &*attempt.http) {
                // That this machine has no way there says nothing about the other side.
                _ if attempt.has_no_way() => Outcome::Unknown,
                (_, Ok(answer)) => Outcome::of(answer, marks_known),
                (Ok(tcp), _) => match tcp.connect {
                    Connect::Refused => Outcome::Refused,
                    Connect::TimedOut => Outcome::Unreachable,
                    Connect::Reset => Outcome::Garbled,
                    _ => Outcome::Unknown,
                },
                _ => Outcome::Unknown,
            }),
    )
}

/// Whether the certificate that is served is not the one that the Secret holds, or the handshake fails.
fn odd_certificate(tls: &Stage<Tls>) -> bool {
    let Some(found) = tls.found() else {
        return false;
    };
    let failed = |h: &Handshake| !matches!(h, Handshake::Done | Handshake::NoConnection(_));
    if found.handshakes.iter().any(|(_, t)| failed(&t.handshake)) {
        return true;
    }
    let Some(leaf) = found.leaf() else {
        return false;
    };
    found.fallback(leaf).is_some() || found.stored().next().is_some() && !found.is_stored(leaf)
}
