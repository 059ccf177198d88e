//! The user's request as any program on this machine makes it, by reqwest: the system's resolver, the proxies of the environment, this
//! machine's trust, HTTP/2, redirects followed. No credential, no cookie, no header of the user's goes along; a proxy gets the user
//! and password that its variable has, as from every program.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Request, Uri, header};
use http_body_util::Empty;
use hyper_util::client::proxy::matcher::Intercept;
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Proxy, Response, Version};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::NetworkConfig;
use super::line::Ready;
use super::proxies::Proxies;
use super::response::{BODY, BODY_TIME, beginning, kept, location, others};
use super::tls::Tls;
use super::trust::{Seen, Trust};
use super::{http as plain, ms, tcp, words};
use crate::answer::cluster::cause::{chain, deepest};
use crate::facts::{
    Certificate, ClientAnswer, ClientEnd, ClientRequest, Connect, Exchange, Gap, HttpAnswer,
    Redirected,
};

/// Redirects that are followed, as browsers and curl bound them.
const REDIRECTS: usize = 10;
/// For all of it: less than a probe may take, so that it can say itself that time is up.
const PATIENCE: Duration = Duration::from_secs(7);

/// Asks as an ordinary client.
pub(super) struct Ordinary {
    proxies: Arc<Proxies>,
    trust: Trust,
    user_agent: String,
    connect_timeout: Duration,
    patience: Duration,
}

impl Ordinary {
    /// As the configuration says.
    pub(super) fn new(config: &NetworkConfig, tls: &Tls) -> Self {
        Self {
            proxies: Arc::new(config.proxies.clone()),
            trust: Trust::new(tls, config.cacert.as_deref()),
            user_agent: config.user_agent.clone(),
            connect_timeout: config.connect_timeout,
            patience: PATIENCE.min(config.connect_timeout + config.io_timeout),
        }
    }

    /// Answers [`Question::Client`](crate::facts::Question::Client).
    pub(super) async fn answer(&self, request: &ClientRequest) -> Result<ClientAnswer, Gap> {
        let started = Instant::now();
        let malformed = |why: String| Gap::Malformed { why };
        let url = Url::parse(&request.url()).map_err(|e| malformed(e.to_string()))?;
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "HEAD" => Method::HEAD,
            other => {
                return Err(malformed(format!(
                    "{other} is not sent as an ordinary client"
                )));
            }
        };
        let (config, seen) = self
            .trust
            .watched()
            .map_err(|why| Gap::Unreachable { why })?;
        let steps = Arc::new(Mutex::new(Vec::new()));
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(&self.user_agent)
            .referer(false)
            // The direct probes do not offer to unpack a body, and bodies are compared.
            .gzip(false)
            .pool_max_idle_per_host(0)
            .timeout(self.patience)
            .proxy(self.proxy())
            .redirect(self.policy(&steps));
        let client = match self.proxies.taking(&url) {
            None => client.connect_timeout(self.connect_timeout),
            // How long a proxy tries is its own matter.
            Some(_) => client,
        };
        let client = client.build().map_err(|e| malformed(deepest(&e)))?;
        let result = client.request(method, url.clone()).send().await;
        let (urls, redirects): (Vec<Url>, Vec<Redirected>) = take(&steps).into_iter().unzip();
        let last = urls.last().unwrap_or(&url);
        let taken = self.proxies.taking(last);
        let leaf = seen.leaf(url.host_str().unwrap_or_default());
        let mut answer = ClientAnswer {
            end: ClientEnd::Response,
            redirects,
            proxy: taken.as_ref().map(|t| t.used.clone()),
            version: None,
            certificate: leaf.and_then(|der| Certificate::from_der(&der).ok()),
            response: None,
            ms: ms(started),
        };
        match result {
            Ok(response) => {
                answer.version = version(response.version());
                answer.response = Some(read(response, answer.ms).await);
            }
            Err(e) => {
                answer.end = end(&e, &seen);
                if let (ClientEnd::ProxyRefused, Some(taken)) = (&answer.end, taken) {
                    // reqwest does not tell what it said.
                    let deadline = started + self.patience;
                    let said = self.ask_proxy(&taken.intercept, last, deadline);
                    answer.response = said.await;
                }
            }
        }
        Ok(answer)
    }

    fn proxy(&self) -> Proxy {
        let proxies = Arc::clone(&self.proxies);
        Proxy::custom(move |url| proxies.taking(url).map(|taken| taken.url))
    }

    fn policy(&self, steps: &Arc<Steps>) -> Policy {
        let (proxies, steps) = (Arc::clone(&self.proxies), Arc::clone(steps));
        Policy::custom(move |attempt| follow(attempt, &proxies, &steps))
    }

    /// What a proxy says when it is asked for a way to a host.
    async fn ask_proxy(
        &self,
        proxy: &Intercept,
        url: &Url,
        deadline: Instant,
    ) -> Option<HttpAnswer> {
        let uri = proxy.uri();
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let to = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
        let mut request = Ready::new(Empty::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = to.parse::<Uri>().ok()?;
        let mut head = Request::builder()
            .header(header::HOST, to)
            .header(header::USER_AGENT, &self.user_agent);
        if let Some(auth) = proxy.basic_auth() {
            head = head.header(header::PROXY_AUTHORIZATION, auth);
        }
        *request.headers_mut() = head.body(()).ok()?.headers().clone();
        let asking = async {
            let started = Instant::now();
            let host = (uri.host()?, uri.port_u16().unwrap_or(80));
            let to = tokio::net::lookup_host(host).await.ok()?.next()?;
            let stream = tcp::connect(to, self.connect_timeout).await.ok()?;
            plain::over(stream, None, request, started, deadline)
                .await
                .ok()
        };
        timeout_at(deadline, asking).await.ok().flatten()
    }
}

/// The redirects so far, with the whole URLs that they lead to.
type Steps = Mutex<Vec<(Url, Redirected)>>;

/// Notes a redirect, and follows it unless there were enough.
fn follow(attempt: Attempt, proxies: &Proxies, steps: &Steps) -> Action {
    let (Some(first), Some(from)) = (attempt.previous().first(), attempt.previous().last()) else {
        return attempt.stop();
    };
    let host = first.host_str().unwrap_or_default();
    let step = Redirected {
        status: attempt.status().as_u16(),
        to: location(attempt.url().as_str(), host),
        proxy: proxies.taking(from).map(|taken| taken.used),
    };
    let enough = attempt.previous().len() > REDIRECTS;
    let circle = attempt.previous().contains(attempt.url());
    let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
    steps.push((attempt.url().clone(), step));
    if enough || circle {
        return attempt.error(TooMany);
    }
    attempt.follow()
}

/// The redirects do not end.
#[derive(Debug, thiserror::Error)]
#[error("too many redirects")]
struct TooMany;

fn take(steps: &Steps) -> Vec<(Url, Redirected)> {
    std::mem::take(&mut *steps.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The response as the direct probes keep theirs.
async fn read(response: Response, ms: u64) -> HttpAnswer {
    let host = response.url().host_str().unwrap_or_default().to_owned();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body: reqwest::Body = response.into();
    let body = beginning(body, BODY, Instant::now() + BODY_TIME).await;
    HttpAnswer {
        exchange: Exchange::Response,
        status,
        headers: kept(&headers, &host),
        other_headers: others(&headers),
        body: String::from_utf8_lossy(&body).into_owned(),
        tunnel: None,
        phases: None,
        ms,
    }
}

fn version(version: Version) -> Option<String> {
    let name = match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_11 => "HTTP/1.1",
        Version::HTTP_2 => "HTTP/2",
        _ => return None,
    };
    Some(name.to_owned())
}

/// How a request failed: told by the causes that a client library wraps into one another.
fn end(error: &reqwest::Error, seen: &Seen) -> ClientEnd {
    let chain = chain(error);
    let of = |is: &dyn Fn(&(dyn Error + 'static)) -> bool| chain.iter().any(|e| is(*e));
    if of(&|e| e.is::<TooMany>()) {
        return ClientEnd::Redirects;
    }
    if let Some(why) = chain.iter().find_map(|e| e.downcast_ref::<rustls::Error>()) {
        return match (why, seen.refused()) {
            (_, Some(refused)) => ClientEnd::NotTrusted(refused),
            (rustls::Error::AlertReceived(alert), _) => {
                ClientEnd::NoTls(format!("alert {}", words::alert(*alert)))
            }
            (other, _) => ClientEnd::NoTls(words::protocol(other)),
        };
    }
    // The library keeps the type of these errors to itself; their words are all there is.
    let tunnel = chain.iter().map(ToString::to_string).find_map(|words| {
        let why = words.strip_prefix("tunnel error: ")?;
        Some(why.to_owned())
    });
    let refused = ["proxy authorization required", "unsuccessful"];
    if tunnel.as_deref().is_some_and(|why| refused.contains(&why)) {
        return ClientEnd::ProxyRefused;
    }
    if error.is_timeout() {
        return if error.is_connect() {
            ClientEnd::NoConnection(Connect::TimedOut)
        } else {
            ClientEnd::TimedOut
        };
    }
    if error.is_dns() || of(&|e| e.to_string() == "dns error") {
        return ClientEnd::NoName;
    }
    if let Some(why) = chain.iter().find_map(|e| e.downcast_ref::<h2::Error>()) {
        return ClientEnd::Http2(why.to_string());
    }
    let io = chain
        .iter()
        .rev()
        .find_map(|e| e.downcast_ref::<io::Error>());
    if error.is_connect()
        && let Some(io) = io
    {
        return match tcp::why(io, true) {
            Connect::Other(_) if io.kind() == io::ErrorKind::UnexpectedEof => ClientEnd::Closed,
            why => ClientEnd::NoConnection(why),
        };
    }
    let ended = |e: &hyper::Error| e.is_incomplete_message() || e.is_closed() || e.is_canceled();
    if of(&|e| e.downcast_ref().is_some_and(ended))
        || tunnel.as_deref() == Some("unexpected end of file")
        || io.is_some_and(|e| matches!(tcp::why(e, true), Connect::Reset))
    {
        return ClientEnd::Closed;
    }
    ClientEnd::Other(deepest(error))
}
