//! HTTP: one request over an own connection, and who answered it. Redirects are not followed.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::future;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Body;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::tcp::{FirstBytes, Tap};
use super::tls::Stream;
use super::{between, ms, tcp, tls, words};
use crate::facts::{Exchange, Gap, HttpAnswer, Phases};
use crate::target::Header;

/// Bytes of a response's head.
const HEAD: usize = 64 * 1024;
/// Headers of a response.
const HEADERS: usize = 256;
/// Bytes of a body that are read and kept.
pub(in crate::answer) const BODY: usize = 1024;
/// How long the body may take once the head is there.
pub(in crate::answer) const BODY_TIME: Duration = Duration::from_secs(1);
/// Bytes of a header's value that are kept.
const VALUE: usize = 2048;

/// Response headers that are kept, besides `x-envoy-*`, `x-hops-*` and that there was a cookie. Nothing else leaves this module: cookies and tokens
/// have no place in a report.
const KEPT: &[&str] = &[
    "alt-svc",
    "cf-ray",
    "content-length",
    "content-type",
    "date",
    "location",
    "retry-after",
    "server",
    "via",
    "www-authenticate",
    "x-amz-cf-id",
    "x-content-type-options",
    "x-powered-by",
];

/// A request that is ready to be sent: probes have no body.
pub(in crate::answer) type Ready = Request<Empty<Bytes>>;

/// Makes requests.
pub(in crate::answer) struct Http {
    headers: HeaderMap,
}

impl Http {
    /// Checks the user agent.
    pub(super) fn new(user_agent: &str) -> Result<Self, String> {
        let agent = HeaderValue::from_str(user_agent)
            .map_err(|_| format!("{user_agent:?} cannot be sent as user agent"))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::USER_AGENT, agent);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        Ok(Self { headers })
    }

    /// One request, ready to be sent.
    pub(in crate::answer) fn request(
        &self,
        method: &str,
        host: &str,
        path: &str,
        given: &[Header],
    ) -> Result<Ready, Gap> {
        let malformed = |why: String| Gap::Malformed { why };
        let method = Method::from_bytes(method.as_bytes())
            .ok()
            .filter(|m| *m != Method::CONNECT)
            .ok_or_else(|| malformed(format!("{method:?} is no method of a request")))?;
        let host = HeaderValue::from_str(host)
            .map_err(|_| malformed(format!("{host:?} is no host to ask for")))?;
        let path = Uri::builder()
            .path_and_query(path)
            .build()
            .map_err(|e| malformed(format!("{path:?} is no path to ask for: {e}")))?;
        let mut request = Request::new(Empty::new());
        *request.method_mut() = method;
        *request.uri_mut() = path;
        let headers = request.headers_mut();
        *headers = self.headers.clone();
        headers.insert(header::HOST, host);
        let given: Vec<_> = given.iter().map(typed).collect::<Result<_, _>>()?;
        // What the user gives replaces hops' own, and what is given twice is sent twice.
        for (name, _) in &given {
            headers.remove(name);
        }
        for (name, value) in given {
            if let Some(value) = value {
                headers.append(name, value);
            }
        }
        Ok(request)
    }
}

/// A header for the wire; without a value where it is only taken out. The errors do not name the value.
fn typed(given: &Header) -> Result<(HeaderName, Option<HeaderValue>), Gap> {
    let cannot = || Gap::Malformed {
        why: format!("header {:?} cannot be sent", given.name()),
    };
    let name = HeaderName::from_bytes(given.name().as_bytes()).map_err(|_| cannot())?;
    if given.is_removal() {
        return Ok((name, None));
    }
    // A recording has no value to send.
    let value = given.value().ok_or_else(cannot)?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| cannot())?;
    value.set_sensitive(true);
    Ok((name, Some(value)))
}

/// Answers [`Question::Http`](crate::facts::Question::Http). The limits are for the connection and for all that follows.
pub(super) async fn answer(
    to: SocketAddr,
    tls: Option<(&tls::Tls, &str)>,
    request: Ready,
    (connect, io): (Duration, Duration),
) -> HttpAnswer {
    let started = Instant::now();
    let exchanged = match tcp::connect(to, connect).await {
        Ok(stream) => over(stream, tls, request, started, Instant::now() + io).await,
        Err(why) => Err(Exchange::NoConnection(why)),
    };
    exchanged.unwrap_or_else(|exchange| failed(exchange, started))
}

/// Makes a request over a stream that was begun at `started` and stands now. The host of TLS may have a port.
pub(in crate::answer) async fn over(
    stream: impl Stream,
    tls: Option<(&tls::Tls, &str)>,
    request: Ready,
    started: Instant,
    deadline: Instant,
) -> Result<HttpAnswer, Exchange> {
    let connect = ms(started);
    let Some((tls, host)) = tls else {
        let phases = Phases {
            connect,
            tls: None,
            wait: 0,
        };
        return exchange(stream, request, (started, phases), deadline).await;
    };
    let shaking = Instant::now();
    let stream = tls
        .open(stream, without_port(host), deadline)
        .await
        .map_err(|e| Exchange::NoTls(words::handshake(&e)))?;
    let phases = Phases {
        connect,
        tls: Some(ms(shaking)),
        wait: 0,
    };
    exchange(stream, request, (started, phases), deadline).await
}

/// An answer without a response.
pub(in crate::answer) fn failed(exchange: Exchange, started: Instant) -> HttpAnswer {
    HttpAnswer {
        exchange,
        status: 0,
        headers: Vec::new(),
        other_headers: Vec::new(),
        body: String::new(),
        tunnel: None,
        phases: None,
        ms: ms(started),
    }
}

/// `shop.example.com` of `shop.example.com:8443`; brackets of an IPv6 address go too.
pub(in crate::answer) fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

async fn exchange(
    stream: impl Stream,
    request: Ready,
    (started, phases): (Instant, Phases),
    deadline: Instant,
) -> Result<HttpAnswer, Exchange> {
    let (tap, first) = Tap::new(stream);
    let host = request.headers().get(header::HOST).cloned();
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        // As lenient as browsers and curl: the question is who answers, not how tidy.
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake(TokioIo::new(tap))
        .await
        .map_err(|e| failure(&e, &first))?;
    let talk = async {
        let sent = Instant::now();
        let response = timeout_at(deadline, sender.send_request(request))
            .await
            .map_err(|_| Exchange::TimedOut)?
            .map_err(|e| failure(&e, &first))?;
        let ms = ms(started);
        let (head, body) = response.into_parts();
        let host = host.as_ref().and_then(|h| h.to_str().ok());
        let body = beginning(body, BODY, deadline.min(Instant::now() + BODY_TIME)).await;
        Ok(HttpAnswer {
            exchange: Exchange::Response,
            status: head.status.as_u16(),
            headers: kept(&head.headers, host.unwrap_or_default()),
            other_headers: others(&head.headers),
            body: String::from_utf8_lossy(&body).into_owned(),
            tunnel: None,
            phases: Some(Phases {
                wait: between(sent, first.came().unwrap_or_else(Instant::now)),
                ..phases
            }),
            ms,
        })
    };
    // The connection is driven here and not by a task of its own, so it ends with the question. Its errors reach the talk.
    let drive = async {
        let _ = connection.await;
        future::pending().await
    };
    tokio::select! {
        answer = talk => answer,
        never = drive => never,
    }
}

/// The first bytes of a body, as far as they come in time.
pub(in crate::answer) async fn beginning<B>(mut body: B, most: usize, deadline: Instant) -> Vec<u8>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut bytes = Vec::new();
    while bytes.len() < most {
        match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    let room = (most - bytes.len()).min(data.len());
                    bytes.extend_from_slice(&data[..room]);
                }
            }
            Ok(Some(Err(_)) | None) | Err(_) => break,
        }
    }
    bytes
}

/// The headers that are kept, without their secrets. Of cookies only that some came: it matters for redirects in a circle.
pub(in crate::answer) fn kept(headers: &HeaderMap, host: &str) -> Vec<(String, String)> {
    let cookie = headers.contains_key(header::SET_COOKIE);
    let cookie = cookie.then(|| (header::SET_COOKIE.to_string(), "…".to_owned()));
    headers
        .iter()
        .filter(|(name, _)| is_kept(name))
        .map(|(name, value)| {
            let bytes = value.as_bytes();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(VALUE)]);
            let text = match name.as_str() {
                "www-authenticate" => text.split_whitespace().next().unwrap_or_default(),
                "location" => return (name.to_string(), location(&text, host)),
                _ => &*text,
            };
            (name.to_string(), text.to_owned())
        })
        .chain(cookie)
        .collect()
}

fn is_kept(name: &HeaderName) -> bool {
    let name = name.as_str();
    KEPT.contains(&name) || name.starts_with("x-envoy") || name.starts_with("x-hops-")
}

/// Names of the headers whose values are not kept, sorted.
pub(in crate::answer) fn others(headers: &HeaderMap) -> Vec<String> {
    let names = headers
        .keys()
        .filter(|n| !is_kept(n) && **n != header::SET_COOKIE);
    let mut names: Vec<String> = names.map(ToString::to_string).collect();
    names.sort_unstable();
    names
}

/// A redirect's target without its secrets: user, password and fragment go; so does the query when it leads to another host,
/// for that is where login pages get their one-time tokens.
pub(super) fn location(target: &str, host: &str) -> String {
    let target = target.split('#').next().unwrap_or_default();
    let Some((scheme, rest)) = target.split_once("//") else {
        return target.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, a)| a);
    let path = match path.split_once('?') {
        Some((path, _)) if !same_host(authority, host) => format!("{path}?…"),
        _ => path.to_owned(),
    };
    format!("{scheme}//{authority}{path}")
}

fn same_host(a: &str, b: &str) -> bool {
    without_port(a).eq_ignore_ascii_case(without_port(b))
}

fn failure(e: &hyper::Error, first: &FirstBytes) -> Exchange {
    let mut cause = e.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // A TLS 1.3 server that wants a client certificate says so only now.
            return match tls::tls_error(error) {
                Some(rustls::Error::AlertReceived(alert)) => {
                    Exchange::NoTls(format!("alert {}", words::alert(*alert)))
                }
                Some(other) => Exchange::NoTls(words::protocol(other)),
                None if error.kind() == io::ErrorKind::TimedOut => Exchange::TimedOut,
                None => Exchange::Closed,
            };
        }
        cause = error.source();
    }
    if !e.is_parse() {
        return Exchange::Closed;
    }
    let bytes = first.get();
    // hyper has no other way to tell it in a client; should the words change, they are still printed.
    let why = e.to_string();
    Exchange::NotHttp(if why.contains("too large") {
        format!("its headers are more than {} KiB or {HEADERS}", HEAD / 1024)
    } else if words::is_tls(&bytes) {
        "it speaks TLS".to_owned()
    } else if words::is_http2(&bytes) {
        "it speaks HTTP/2 only".to_owned()
    } else {
        format!("{why}; it answers: {}", words::printable(&bytes))
    })
}
