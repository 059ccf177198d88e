//! The user's request at the controller's own pods.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use super::Asked;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::dialect::listen;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::semantics::pod::is_ready;
use crate::facts::{Exchange, HttpAnswer, PodPort, Question, TlsAnswer, Unknown};
use crate::target::Request;

/// Controller pods that are tried.
const MOST: usize = 3;

/// One controller pod.
#[derive(Clone, Debug)]
pub struct Replica<'a> {
    /// The pod.
    pub pod: Arc<Pod>,
    /// The port on which it takes the request's scheme.
    pub port: u16,
    /// The request.
    pub http: Asked<'a, HttpAnswer>,
    /// The request after a PROXY protocol line; asked where it is not understood without.
    pub with_proxy_line: Option<Asked<'a, HttpAnswer>>,
    /// The handshake; asked where the certificate is in question.
    pub tls: Option<Asked<'a, TlsAnswer>>,
    /// The request as a proxy in front that ends TLS would send it; asked where it is redirected in a circle.
    pub forwarded: Option<Asked<'a, HttpAnswer>>,
}

impl<'a> Replica<'a> {
    /// Whether some answer is still on its request.
    pub fn is_waiting(&self) -> bool {
        let further = [&self.with_proxy_line, &self.forwarded];
        self.http.is_waiting()
            || further.into_iter().flatten().any(Asked::is_waiting)
            || self.tls.as_ref().is_some_and(Asked::is_waiting)
    }

    /// The request in the form that this replica understands.
    pub fn best(&self) -> &Asked<'a, HttpAnswer> {
        match &self.with_proxy_line {
            Some(with) if self.wants_proxy_line() => with,
            _ => &self.http,
        }
    }

    /// It answers after a PROXY protocol line, and not without.
    pub fn wants_proxy_line(&self) -> bool {
        let responds = |a: &Asked<HttpAnswer>| a.outcome(true).responds() && !is_bad_request(a);
        !responds(&self.http) && self.with_proxy_line.as_ref().is_some_and(responds)
    }
}

/// Puts the request into the ready pods, else into those that there are.
pub(super) fn all<'a>(
    cx: &Cx<'a>,
    controller: &Controller,
    lb: &LoadBalancer<'a>,
    request: &Request,
    certificate: bool,
) -> Vec<Replica<'a>> {
    let Ok(pods) = controller.pods.as_ref() else {
        return Vec::new();
    };
    let ready: Vec<&Arc<Pod>> = pods.iter().filter(|p| is_ready(p)).collect();
    let args = controller.args();
    ready
        .into_iter()
        .take(MOST)
        .filter_map(|pod| {
            let service = lb.service.as_deref().map(|s| (s, request.port));
            let port = listen::port(&**controller.make, args, pod, request.https, service)?;
            Some(one(cx, pod, port, request, certificate, lb.loops()))
        })
        .collect()
}

fn one<'a>(
    cx: &Cx<'a>,
    pod: &Arc<Pod>,
    port: u16,
    request: &Request,
    certificate: bool,
    circle: bool,
) -> Replica<'a> {
    let at = |proxy_line| PodPort {
        namespace: namespace_of(&**pod).to_owned(),
        name: name_of(&**pod).to_owned(),
        port,
        proxy_line,
    };
    let ask = |proxy_line, forwarded_https| {
        let question = Question::PodHttp {
            pod: at(proxy_line),
            tls: request.https,
            host: cx.host_header(request.port, request.https),
            method: cx.settings.method.clone(),
            path: cx.target.path.clone(),
            forwarded_https,
            again: false,
            headers: cx.settings.headers.clone(),
        };
        Asked::http(cx, question)
    };
    let http = ask(false, false);
    let not_understood = match &*http.answer {
        Ok(a) => {
            matches!(
                a.exchange,
                Exchange::Closed | Exchange::NotHttp(_) | Exchange::NoTls(_)
            ) || is_bad_request(&http)
        }
        Err(_) => false,
    };
    let tls = certificate && request.https;
    let tls = tls.then(|| Asked::tls(cx, at(false), &cx.target.host));
    Replica {
        pod: Arc::clone(pod),
        port,
        with_proxy_line: not_understood.then(|| ask(true, false)),
        forwarded: (circle && !matches!(*http.answer, Err(Unknown::Gap(_))))
            .then(|| ask(false, true)),
        http,
        tls,
    }
}

/// The words of a server that got something else than a request.
pub(super) fn is_bad_request(asked: &Asked<HttpAnswer>) -> bool {
    asked.answer.as_ref().is_ok_and(|a| a.status == 400)
}
