//! Inside the cluster, by way of the API server: requests put into a pod through a port-forward, and requests that the API
//! server makes itself.
//!
//! The words are those of the network edge, and so are the own headers and roots. What goes wrong inside is an answer; a tunnel that
//! is not to be had is a [`Gap`], for it says nothing about the pod. Nothing is spawned: a question that is dropped takes its
//! tunnel with it. Credentials of the kubeconfig go to the API server and nowhere else.

mod api;
mod dns;
mod forward;
mod pod;
mod proxy;
mod rights;
mod words;

use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{HeaderName, HeaderValue};
use tokio::time::{Instant, timeout};

use super::Answerer;
use super::cluster::connect::kubeconfig::Connection;
use super::network::response::failed;
use super::network::{Network, Voice, echo, http as over_http, ms};
use crate::facts::{
    Answer, DnsQuery, Gap, Handshake, HttpAnswer, PodDnsAnswer, PodPort, Question, TlsAnswer,
};
use api::Api;
use pod::Opened;
use proxy::Backend;
use rights::Rights;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Answers questions about the inside of the cluster.
pub struct Tunnel {
    api: Api,
    rights: Rights,
    voice: Voice,
    opening: Duration,
}

impl Tunnel {
    /// Over a connection to the API server, speaking as the network edge does.
    pub fn new(connection: &Connection, network: &Network) -> Self {
        Self {
            api: Api::new(connection),
            rights: Rights::default(),
            voice: network.voice(),
            // Rights are asked and a tunnel opened: twice the time of one connection.
            opening: network.connect_timeout() * 2,
        }
    }

    /// A tunnel that stands, when it was begun, and until when it may be used.
    async fn open(
        &self,
        question: &Question,
        pod: &PodPort,
    ) -> Result<(Opened, Instant, Instant), Gap> {
        let opening = async {
            if !self.rights.tunnels(&self.api, &pod.namespace).await {
                let denied = || pod::no_tunnel(pod, "forbidden");
                return Err(question.forbidden().unwrap_or_else(denied));
            }
            let started = Instant::now();
            let opened = pod::open(&self.api, question, pod).await?;
            Ok((opened, started))
        };
        let (mut opened, started) = timeout(self.opening, opening).await.unwrap_or_else(|_| {
            let why = format!("it did not open within {:?}", self.opening);
            Err(pod::no_tunnel(pod, &why))
        })?;
        let deadline = Instant::now() + self.voice.io_timeout;
        if pod.proxy_line {
            pod::proxy_line(&mut opened, pod.port, deadline).await;
        }
        Ok((opened, started, deadline))
    }

    async fn pod_tls(
        &self,
        question: &Question,
        pod: &PodPort,
        sni: &str,
    ) -> Result<TlsAnswer, Gap> {
        let (opened, started, deadline) = self.open(question, pod).await?;
        let shaking = self.voice.tls.over(opened.stream, sni, started, deadline);
        let mut answer = shaking.await;
        if answer.handshake != Handshake::Done {
            (answer.handshake, answer.tunnel) =
                pod::ended_handshake(pod, &opened.watch, answer.handshake)?;
        }
        Ok(answer)
    }

    async fn pod_http(
        &self,
        question: &Question,
        pod: &PodPort,
        request: over_http::Ready,
        tls: Option<&str>,
    ) -> Result<HttpAnswer, Gap> {
        let (opened, started, deadline) = self.open(question, pod).await?;
        let tls = tls.map(|host| (&*self.voice.tls, host));
        match over_http::over(opened.stream, tls, request, started, deadline).await {
            Ok(answer) => Ok(answer),
            Err(exchange) => {
                let (exchange, text) = pod::ended(pod, &opened.watch, exchange)?;
                let mut answer = failed(exchange, started);
                answer.tunnel = text;
                Ok(answer)
            }
        }
    }

    async fn pod_dns(
        &self,
        question: &Question,
        pod: &PodPort,
        queries: &[DnsQuery],
    ) -> Result<PodDnsAnswer, Gap> {
        let (mut opened, started, deadline) = self.open(question, pod).await?;
        let mut replies = dns::ask(&mut opened.stream, queries, deadline).await;
        let mut tunnel = None;
        let failed = replies.iter_mut().find(|r| dns::is_no_answer(&r.end));
        if let Some(reply) = failed {
            (reply.end, tunnel) = pod::ended_query(pod, &opened.watch, reply.end.clone())?;
        }
        Ok(PodDnsAnswer {
            replies,
            tunnel,
            ms: ms(started),
        })
    }

    async fn ask(&self, question: &Question) -> Result<Answer, Gap> {
        match question {
            Question::PodTls { pod, sni } => {
                self.pod_tls(question, pod, sni).await.map(Answer::Tls)
            }
            Question::PodHttp {
                pod,
                tls,
                host,
                method,
                path,
                forwarded_https,
                again: _,
                headers,
            } => {
                let mut request = self.voice.http.request(method, host, path, headers)?;
                if *forwarded_https {
                    let https = HeaderValue::from_static("https");
                    request.headers_mut().insert(FORWARDED_PROTO, https);
                }
                let tls = tls.then_some(host.as_str());
                let answer = self.pod_http(question, pod, request, tls).await?;
                Ok(Answer::Http(echo::hide(answer, headers)))
            }
            Question::PodDns { pod, queries } => {
                let answer = self.pod_dns(question, pod, queries).await?;
                Ok(Answer::PodDns(answer))
            }
            Question::Proxy {
                kind,
                namespace,
                name,
                port,
                tls,
                path,
            } => {
                let backend = Backend {
                    kind: *kind,
                    namespace: namespace.as_deref(),
                    name,
                    port,
                    tls: *tls,
                };
                let deadline = Instant::now() + self.opening + self.voice.io_timeout;
                proxy::answer(&self.api, question, &backend, path, deadline)
                    .await
                    .map(Answer::Http)
            }
            _ => Err(Gap::NotAsked {
                why: "tunnels lead into the cluster only".to_owned(),
            }),
        }
    }
}

impl Answerer for Tunnel {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(self.ask(question))
    }

    fn api_requests(&self) -> usize {
        self.api.requests.get()
    }
}
