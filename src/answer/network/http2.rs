//! One request over HTTP/2, on a connection that was agreed on for it, or that speaks nothing else. Of a request that is no call only
//! what a response says is of interest: whatever goes wrong, the same is asked over HTTP/1.1.

use std::future::pending;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::Builder;
use http::{HeaderMap, Uri, header};
use tokio::time::{Instant, timeout_at};

use super::line::{HEAD, Ready};
use super::response::{BODY, BODY_TIME, response_with};
use super::tls::Stream;
use super::{between, grpc, ms};
use crate::facts::{Exchange, HttpAnswer, Phases};

/// As ALPN has it.
pub(super) const ALPN: &str = "h2";

/// Headers that HTTP/2 has no place for (RFC 9113 §8.2.2).
const FORBIDDEN: [&str; 4] = [
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// The same request for HTTP/2; none where it cannot be put so.
pub(super) fn translated(request: &Ready, tls: bool) -> Option<http::Request<()>> {
    let headers = request.headers();
    let own = |v: &header::HeaderValue| v == "close";
    let forbidden = headers.keys().any(|n| FORBIDDEN.contains(&n.as_str()));
    let te = headers.get_all(header::TE).iter().all(|v| v == "trailers");
    if forbidden || !te || !headers.get(header::CONNECTION).is_none_or(own) {
        return None;
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, None) = (hosts.next()?, hosts.next()) else {
        return None;
    };
    let uri = Uri::builder()
        .scheme(if tls { "https" } else { "http" })
        .authority(host.to_str().ok()?)
        .path_and_query(request.uri().path_and_query()?.clone())
        .build()
        .ok()?;
    let mut translated = http::Request::new(());
    *translated.method_mut() = request.method().clone();
    *translated.uri_mut() = uri;
    *translated.headers_mut() = headers.clone();
    for name in [header::HOST, header::CONNECTION] {
        translated.headers_mut().remove(name);
    }
    Some(translated)
}

/// The response that comes before the deadline.
pub(super) async fn ask(
    stream: impl Stream,
    request: http::Request<()>,
    (started, phases): (Instant, Phases),
    deadline: Instant,
) -> Result<HttpAnswer, Exchange> {
    let late = |_| Exchange::TimedOut;
    let host = request.uri().host().unwrap_or_default().to_owned();
    let opening = Builder::new()
        .enable_push(false)
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .handshake::<_, Bytes>(stream);
    let (sender, connection) = timeout_at(deadline, opening)
        .await
        .map_err(late)?
        .map_err(|e| failure(&e))?;
    let talk = async {
        let sent = Instant::now();
        let response = timeout_at(deadline, async {
            let mut sender = sender.ready().await?;
            let is_call = grpc::is_call(request.headers());
            let (response, mut body) = sender.send_request(request, !is_call)?;
            if is_call {
                // Servers of Go wait for the end of a call's messages in a frame of its own.
                body.send_data(Bytes::new(), true)?;
            }
            response.await
        });
        let response = response.await.map_err(late)?.map_err(|e| failure(&e))?;
        let ms = ms(started);
        let phases = Phases {
            wait: between(sent, Instant::now()),
            ..phases
        };
        let (mut head, body) = response.into_parts();
        let (body, trailers) = beginning(body, Instant::now() + BODY_TIME).await?;
        // Of what comes after the body only the end of a call is of interest.
        for name in [grpc::STATUS, grpc::MESSAGE] {
            if let Some(value) = trailers.get(&name) {
                head.headers.insert(name, value.clone());
            }
        }
        Ok(response_with(&head, &host, &body, phases, ms))
    };
    let drive = async {
        let _ = connection.await;
        pending().await
    };
    tokio::select! {
        answer = talk => answer,
        never = drive => never,
    }
}

fn failure(e: &h2::Error) -> Exchange {
    if e.is_io() || e.is_remote() {
        return Exchange::Closed;
    }
    Exchange::NotHttp(format!("it speaks no HTTP/2: {e}"))
}

/// The first bytes of a body, as far as they come in time, and what comes after it; an error when it breaks.
async fn beginning(
    mut body: RecvStream,
    deadline: Instant,
) -> Result<(Vec<u8>, HeaderMap), Exchange> {
    let mut bytes = Vec::new();
    while bytes.len() < BODY {
        let Ok(next) = timeout_at(deadline, body.data()).await else {
            return Ok((bytes, HeaderMap::new()));
        };
        let Some(data) = next else { break };
        let data = data.map_err(|e| failure(&e))?;
        let _ = body.flow_control().release_capacity(data.len());
        let room = (BODY - bytes.len()).min(data.len());
        bytes.extend_from_slice(&data[..room]);
    }
    if bytes.len() == BODY && !body.is_end_stream() {
        return Ok((bytes, HeaderMap::new()));
    }
    let after = timeout_at(deadline, body.trailers()).await;
    let after = after.ok().and_then(Result::ok).flatten();
    Ok((bytes, after.unwrap_or_default()))
}
