//! The user's request at the pods behind the Service.

use k8s_openapi::api::core::v1::Pod;

use super::Asked;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::dialect::upstream::Upstream;
use crate::diagnosis::request::bisect::{Break, Outcomes, bisect};
use crate::diagnosis::request::outcome::{Outcome, wants_other_scheme};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::declared;
use crate::facts::{Connect, Exchange, HttpAnswer, Kind, PodPort, Question, TlsAnswer, Unknown};
use crate::target::Request;

/// Backend pods that are tried.
pub(super) const MOST: usize = 5;
/// Further ports of a pod that are tried when it refuses the one that it should have.
const MOST_PORTS: usize = 4;
/// Pods whose address the API server is asked to try.
const MOST_ADDRESSES: usize = 2;
/// A pod that every cluster has and that answers on a known port: CoreDNS, with its `ready` plugin.
const GOOD_LABELS: &str = "k8s-app=kube-dns";
const GOOD_NAMESPACE: &str = "kube-system";
const GOOD_PORT: &str = "8181";

/// One pod behind the Service.
#[derive(Clone, Debug)]
pub struct BackendPod<'a> {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The port to which the Service leads.
    pub port: u16,
    /// What the controller speaks to it.
    pub upstream: Upstream,
    /// The request at its loopback, in the protocol that the controller speaks.
    pub loopback: Asked<'a, HttpAnswer>,
    /// The same in the other protocol; asked where the first is not understood.
    pub other_protocol: Option<Asked<'a, HttpAnswer>>,
    /// The request at its own address, from the control plane; asked where its loopback answers.
    pub address: Option<Asked<'a, HttpAnswer>>,
    /// The request at its loopback once more; asked where the first answer does not tell what of it varies.
    pub again: Option<Asked<'a, HttpAnswer>>,
    /// Other ports that it declares; asked where it refuses this one.
    pub other_ports: Vec<(u16, Asked<'a, HttpAnswer>)>,
}

impl<'a> BackendPod<'a> {
    /// One that answers at its own address: there is no need to ask at its loopback.
    pub(super) fn at_its_address(
        (namespace, name): (&str, &str),
        (port, upstream): (u16, Upstream),
        address: Asked<'a, HttpAnswer>,
    ) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            port,
            upstream,
            loopback: address.clone(),
            other_protocol: None,
            address: Some(address),
            again: None,
            other_ports: Vec::new(),
        }
    }

    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        let further = [&self.other_protocol, &self.address, &self.again];
        self.loopback.is_waiting()
            || further.into_iter().flatten().any(Asked::is_waiting)
            || self.other_ports.iter().any(|(_, a)| a.is_waiting())
    }

    /// What it answered to the request as the controller passes it on.
    pub fn answers(&self) -> impl Iterator<Item = &'a HttpAnswer> {
        let asked = std::iter::once(&self.loopback).chain(&self.again);
        asked.filter_map(|a| a.answer.as_ref().ok().copied())
    }

    /// How the request ends in the pod. What listens on the pod's address alone answers there.
    pub fn outcome(&self) -> Outcome {
        let loopback = self.loopback.at_pod();
        let address = self.address.as_ref().map(Asked::at_pod);
        match (loopback, address) {
            (Outcome::Refused, Some(address)) if address.responds() => address,
            _ => loopback,
        }
    }

    /// Whether the port speaks the other protocol than the controller: only there it gives a response.
    pub fn speaks_other_protocol(&self) -> bool {
        not_understood(&self.loopback)
            && self
                .other_protocol
                .as_ref()
                .is_some_and(|a| a.at_pod().responds() && !asked_for_other_scheme(a))
    }
}

/// The request at the pods behind one backend.
#[derive(Clone, Debug, Default)]
pub struct AtPods<'a> {
    /// The request at each pod.
    pub pods: Vec<BackendPod<'a>>,
    /// The Service through the API server; asked when its EndpointSlices may not be read.
    pub service: Option<Asked<'a, HttpAnswer>>,
    /// The API server reaches a pod that is known to answer: its timeouts then mean something.
    pub calibrated: bool,
    /// A pod refuses at its loopback and answers at its address: the application listens there alone.
    pub loopback_misleads: bool,
    /// What is spoken to the pods is not known yet, so that they are not asked yet.
    pub is_held: bool,
    /// The certificate of a pod, as a BackendTLSPolicy has it asked for; asked where there is one.
    pub certificate: Option<Asked<'a, TlsAnswer>>,
    /// How the request ends at each place; the worst where there are several.
    pub at: Outcomes,
}

impl AtPods<'_> {
    /// Where the request dies.
    pub fn verdict(&self) -> Break {
        bisect(&self.at)
    }

    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.is_held
            || self.pods.iter().any(BackendPod::is_waiting)
            || self.certificate.as_ref().is_some_and(Asked::is_waiting)
            || self.service.as_ref().is_some_and(Asked::is_waiting)
    }
}

pub(super) fn one<'a>(
    cx: &Cx<'a>,
    request: &Request,
    pod: &Pod,
    (namespace, port): (&str, u16),
    upstream: Upstream,
) -> BackendPod<'a> {
    let host = cx.host_header(request.port, request.https);
    // What the user's request does is done once, by the user's way, and its credentials go no other one.
    let method = if request.is_repeatable() {
        &request.method
    } else {
        "GET"
    };
    let ask = |port, tls| {
        let question = Question::PodHttp {
            pod: PodPort {
                namespace: namespace.to_owned(),
                name: name_of(pod).to_owned(),
                port,
                proxy_line: false,
            },
            tls,
            host: host.clone(),
            method: method.to_owned(),
            path: cx.target.path.clone(),
            forwarded_https: false,
            again: false,
            headers: Vec::new(),
        };
        Asked::http(cx, question)
    };
    let tls = upstream == Upstream::Https;
    let loopback = ask(port, tls);
    let other_protocol = not_understood(&loopback).then(|| ask(port, !tls));
    let mut other_ports = Vec::new();
    if loopback.at_pod() == Outcome::Refused {
        let mut others: Vec<u16> = declared(pod)
            .filter(|p| p.protocol.as_deref().unwrap_or("TCP") == "TCP")
            .filter_map(|p| u16::try_from(p.container_port).ok())
            .filter(|p| *p != port)
            .collect();
        others.dedup();
        other_ports = others
            .into_iter()
            .take(MOST_PORTS)
            .map(|p| (p, ask(p, tls)))
            .collect();
    }
    BackendPod {
        namespace: namespace.to_owned(),
        name: name_of(pod).to_owned(),
        port,
        upstream,
        loopback,
        other_protocol,
        address: None,
        again: None,
        other_ports,
    }
}

/// The request at a pod's own address, made by the control plane.
pub(super) fn at_address<'a>(
    cx: &Cx<'a>,
    (namespace, name): (&str, &str),
    port: u16,
    upstream: Upstream,
) -> Asked<'a, HttpAnswer> {
    let question = Question::Proxy {
        kind: Kind::Pod,
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        port: port.to_string(),
        tls: upstream == Upstream::Https,
        path: cx.target.path.clone(),
    };
    Asked::http(cx, question)
}

/// Whether an answer means that packets do not come back, if the control plane has a way to pods at all.
pub(super) fn is_silent(asked: &Asked<HttpAnswer>) -> bool {
    asked.answer.as_ref().is_ok_and(|a| {
        matches!(
            a.exchange,
            Exchange::TimedOut | Exchange::NoConnection(Connect::TimedOut | Connect::NoRoute)
        )
    })
}

/// Where loopbacks answer and the controller gets nothing, the API server tries the pods' own addresses. Whether its silence means
/// something is found out at a pod that is known to answer.
pub(super) fn second_opinions<'a>(cx: &Cx<'a>, tried: &mut AtPods<'a>, shared: bool) {
    let at_controller = [tried.at.outside, tried.at.controller];
    let no_answer = |o: &Outcome| {
        matches!(
            o,
            Outcome::Silent | Outcome::ByProxy(502..=504) | Outcome::ByEither(502..=504)
        )
    };
    if !shared && !at_controller.iter().any(no_answer) {
        return;
    }
    let mut silent = false;
    // One that listens on the pod's address alone refuses at its loopback.
    let worth_it = |p: &&mut BackendPod| {
        let outcome = p.loopback.at_pod();
        outcome.responds() || outcome == Outcome::Refused
    };
    for pod in tried.pods.iter_mut().filter(worth_it).take(MOST_ADDRESSES) {
        let place = (pod.namespace.as_str(), pod.name.as_str());
        let asked = at_address(cx, place, pod.port, pod.upstream);
        silent |= is_silent(&asked);
        pod.address = Some(asked);
    }
    tried.calibrated = silent && control_plane_reaches_pods(cx);
}

pub(super) fn control_plane_reaches_pods(cx: &Cx) -> bool {
    let labels = Some(GOOD_LABELS.to_owned());
    let Ok(pods) = cx.list::<Pod>(Some(GOOD_NAMESPACE), labels, None) else {
        return false;
    };
    let Some(pod) = pods.items.iter().find(|p| is_ready(p)) else {
        return false;
    };
    let question = Question::Proxy {
        kind: Kind::Pod,
        namespace: Some(GOOD_NAMESPACE.to_owned()),
        name: name_of(&**pod).to_owned(),
        port: GOOD_PORT.to_owned(),
        tls: false,
        path: "/ready".to_owned(),
    };
    matches!(cx.http(question), Ok(a) if a.exchange == Exchange::Response)
}

/// The exchange did not come about because the other side speaks another protocol.
fn not_understood(asked: &Asked<HttpAnswer>) -> bool {
    match &*asked.answer {
        Ok(answer) => {
            matches!(
                answer.exchange,
                Exchange::NotHttp(_) | Exchange::NoTls(_) | Exchange::Closed
            ) || asked_for_other_scheme(asked)
        }
        Err(Unknown::Waiting | Unknown::Gap(_)) => false,
    }
}

fn asked_for_other_scheme(asked: &Asked<HttpAnswer>) -> bool {
    asked.answer.as_ref().is_ok_and(|a| wants_other_scheme(a))
}
