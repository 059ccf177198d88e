//! This machine's network: answers DNS, TCP, TLS and HTTP questions with real packets.
//!
//! Everything is bounded in time and bytes, and a question that is dropped takes its sockets with it: nothing is spawned on
//! the runtime. What goes wrong on the wire is an answer; a [`Gap`] means that the question itself could not be put.
//!
//! Thousands of hosts are to cost little, so what one question opened serves the next one: the connection of a TCP question, the
//! stream of a handshake (`handshakes`), the connection of a plain request (`requests`). No answer is another one for that:
//! where a connection that was kept fails, the question is put once more over one of its own. What is kept is the edge's own: few
//! connections, for seconds (`kept`).

mod authority;
mod call;
mod client;
mod dial;
mod dns;
pub(super) mod echo;
mod gates;
mod grpc;
mod handshakes;
mod hosts_file;
pub(super) mod http;
mod http2;
mod kept;
mod line;
pub(super) mod lookup;
mod memo;
pub(super) mod nameserver;
mod proxies;
mod requests;
pub(super) mod response;
mod roots;
mod side_by_side;
mod tcp;
pub(super) mod tls;
mod trust;
pub(super) mod words;
mod zone;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
pub use proxies::Proxies;
use tokio::time::Instant;

use super::Answerer;
use crate::facts::{Answer, Gap, Question};

/// How to probe.
#[derive(Clone)]
pub struct NetworkConfig {
    /// For a TCP connection to come about.
    pub connect_timeout: Duration,
    /// For everything after that: the handshake, the response with its body; and for all servers of one DNS lookup.
    pub io_timeout: Duration,
    /// PEM file whose certificates replace this machine's roots; for an ordinary client they stand beside them.
    pub cacert: Option<PathBuf>,
    /// `User-Agent` of HTTP probes.
    pub user_agent: String,
    /// DNS servers to ask in place of those that this machine is configured with.
    pub nameservers: Option<Vec<SocketAddr>>,
    /// The file in which this machine's programs look names up before DNS.
    pub hosts_file: PathBuf,
    /// The proxies of the environment, for the question what an ordinary client gets. The direct probes use none.
    pub proxies: Proxies,
    /// The port at which authoritative DNS servers are asked. It is 53 everywhere but in tests.
    pub authority_port: u16,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            io_timeout: Duration::from_secs(5),
            cacert: None,
            user_agent: concat!("kubectl-hops/", env!("CARGO_PKG_VERSION")).to_owned(),
            nameservers: None,
            hosts_file: hosts_file::path(),
            proxies: Proxies::default(),
            authority_port: 53,
        }
    }
}

/// Answers questions about the network.
pub struct Network {
    connect_timeout: Duration,
    resolver: dns::Resolver,
    voice: Voice,
    dial: Arc<dial::Dial>,
    handshakes: Arc<handshakes::Handshakes>,
    ordinary: client::Ordinary,
}

/// How probes speak once connected: with which headers of their own, and by which roots they judge certificates. Cheap to copy.
#[derive(Clone)]
pub(super) struct Voice {
    pub tls: Arc<tls::Tls>,
    pub http: Arc<http::Http>,
    /// For everything after the connection.
    pub io_timeout: Duration,
}

impl Network {
    /// Checks the configuration and reads the root certificates.
    ///
    /// # Errors
    /// A sentence for the user: a `user_agent` that cannot be sent, a `cacert` that cannot be read.
    pub fn new(config: NetworkConfig) -> Result<Self, String> {
        let tls = Arc::new(tls::Tls::new(config.cacert.as_deref())?);
        let dial = Arc::new(dial::Dial::new(config.connect_timeout));
        let handshakes = handshakes::Handshakes::new(&tls, &dial, config.io_timeout);
        Ok(Self {
            connect_timeout: config.connect_timeout,
            handshakes: Arc::new(handshakes),
            dial,
            resolver: dns::Resolver::new(&config),
            ordinary: client::Ordinary::new(&config, &tls),
            voice: Voice {
                tls,
                http: Arc::new(http::Http::new(&config.user_agent)?),
                io_timeout: config.io_timeout,
            },
        })
    }

    /// How it speaks, for another edge that is to speak the same.
    pub(super) fn voice(&self) -> Voice {
        self.voice.clone()
    }

    /// For a connection to come about.
    pub(super) const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    fn requests(&self, to: SocketAddr) -> requests::Requests<'_> {
        requests::Requests {
            to,
            dial: &self.dial,
            handshakes: &self.handshakes,
            voice: &self.voice,
        }
    }

    async fn ask(&self, question: &Question) -> Result<Answer, Gap> {
        match question {
            Question::Dns { name, via } => self.resolver.answer(name, *via).await.map(Answer::Dns),
            Question::DnsAuthority { name, via } => {
                let authority = self.resolver.authority(name, *via).await?;
                Ok(Answer::Authority(authority))
            }
            Question::DnsText { name, via } => {
                let texts = self.resolver.texts(name, *via).await?;
                Ok(Answer::Text { texts })
            }
            Question::Tcp { to } => Ok(Answer::Tcp(self.dial.answer(*to).await)),
            Question::Tls { to, sni } => Ok(Answer::Tls(self.handshakes.answer(*to, sni).await)),
            Question::Http {
                to,
                tls,
                host,
                method,
                path,
                headers,
            } => {
                let request = self.voice.http.request(method, host, path, headers)?;
                let requests = self.requests(*to);
                let answer = if *tls {
                    requests.over_tls(host, request).await
                } else {
                    let own = !headers.iter().any(|h| h.is("connection"));
                    requests.plain(request, own).await
                };
                Ok(Answer::Http(echo::hide(answer, headers)))
            }
            Question::Client(request) => {
                let answer = self.ordinary.answer(request).await?;
                Ok(Answer::Client(Box::new(answer)))
            }
            _ => Err(Gap::NotAsked {
                why: "this machine's network cannot tell".to_owned(),
            }),
        }
    }
}

/// TLS as a client of this machine speaks it, for what is fetched and not probed.
///
/// # Errors
/// Why the roots cannot be used.
pub(super) fn tls_config(cacert: Option<&std::path::Path>) -> Result<rustls::ClientConfig, String> {
    let mut config = tls::Tls::new(cacert)?.strict()?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

impl Answerer for Network {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(self.ask(question))
    }
}

pub(super) fn ms(since: Instant) -> u64 {
    between(since, Instant::now())
}

fn between(since: Instant, until: Instant) -> u64 {
    u64::try_from(until.saturating_duration_since(since).as_millis()).unwrap_or(u64::MAX)
}
