//! One request over HTTP/2, on a connection that was agreed on for it. Only what a response says is of interest: whatever goes wrong,
//! the same is asked over HTTP/1.1.

use std::future::pending;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::Builder;
use http::{StatusCode, Uri, header};
use tokio::time::{Instant, timeout_at};

use super::kept::Secure;
use super::line::{HEAD, Ready};
use super::response::{BODY, BODY_TIME, response_with};
use super::{between, ms};
use crate::facts::{HttpAnswer, Phases};

/// As ALPN has it.
pub(super) const ALPN: &str = "h2";

/// Headers that HTTP/2 has no place for (RFC 9113 §8.2.2).
const FORBIDDEN: [&str; 5] = [
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The same request for HTTP/2; none where it cannot be put so.
pub(super) fn translated(request: &Ready) -> Option<http::Request<()>> {
    let headers = request.headers();
    let own = |v: &header::HeaderValue| v == "close";
    let forbidden = headers.keys().any(|n| FORBIDDEN.contains(&n.as_str()));
    if forbidden || !headers.get(header::CONNECTION).is_none_or(own) {
        return None;
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, None) = (hosts.next()?, hosts.next()) else {
        return None;
    };
    let uri = Uri::builder()
        .scheme("https")
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

/// The response that comes before the deadline, if one does. It is not one of those that ask for another connection.
pub(super) async fn ask(
    stream: Secure,
    request: http::Request<()>,
    (started, phases): (Instant, Phases),
    deadline: Instant,
) -> Option<HttpAnswer> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let opening = Builder::new()
        .enable_push(false)
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .handshake::<_, Bytes>(stream);
    let (sender, connection) = timeout_at(deadline, opening).await.ok()?.ok()?;
    let talk = async {
        let sent = Instant::now();
        let response = timeout_at(deadline, async {
            let mut sender = sender.ready().await.ok()?;
            let (response, _) = sender.send_request(request, true).ok()?;
            response.await.ok()
        });
        let response = response.await.ok()??;
        let ms = ms(started);
        let phases = Phases {
            wait: between(sent, Instant::now()),
            ..phases
        };
        let (head, body) = response.into_parts();
        if head.status == StatusCode::MISDIRECTED_REQUEST {
            return None;
        }
        let body = beginning(body, Instant::now() + BODY_TIME).await?;
        Some(response_with(&head, &host, &body, phases, ms))
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

/// The first bytes of a body, as far as they come in time; none when it breaks.
async fn beginning(mut body: RecvStream, deadline: Instant) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while bytes.len() < BODY {
        let Ok(Some(data)) = timeout_at(deadline, body.data()).await else {
            break;
        };
        let data = data.ok()?;
        let _ = body.flow_control().release_capacity(data.len());
        let room = (BODY - bytes.len()).min(data.len());
        bytes.extend_from_slice(&data[..room]);
    }
    Some(bytes)
}
