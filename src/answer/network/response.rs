//! What is kept of a response: its status, what tells who answered, and the beginning of its body.

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::response::Parts;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::time::{Instant, timeout_at};

use super::{grpc, ms};
use crate::facts::{Exchange, HttpAnswer, Phases};

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
    "grpc-status",
    "location",
    "retry-after",
    "server",
    "via",
    "www-authenticate",
    "x-amz-cf-id",
    "x-content-type-options",
    "x-powered-by",
];

/// Headers that speak of the connection and not of the answer (RFC 9110 §7.6.1): who asks over another one gets others.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// An answer with a response.
pub(super) fn response_with(
    head: &Parts,
    host: &str,
    body: &[u8],
    phases: Phases,
    ms: u64,
) -> HttpAnswer {
    let http = head.status.as_u16();
    let mut body = String::from_utf8_lossy(body).into_owned();
    let end = grpc::end(http, &head.headers);
    let (status, words) = end.unwrap_or((http, String::new()));
    if body.is_empty() {
        body = words;
    }
    HttpAnswer {
        exchange: Exchange::Response,
        status,
        headers: kept(&head.headers, host),
        other_headers: others(&head.headers),
        body,
        tunnel: None,
        phases: Some(phases),
        ms,
    }
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
        .filter(|n| !is_kept(n) && **n != header::SET_COOKIE && !HOP_BY_HOP.contains(&n.as_str()));
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
