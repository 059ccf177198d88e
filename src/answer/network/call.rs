//! A gRPC call: HTTP/2 alone, from the connection on.

use tokio::time::Instant;

use super::line::Ready;
use super::response::without_port;
use super::tls::{Stream, Tls};
use super::{http2, ms, words};
use crate::facts::{Exchange, HttpAnswer, Phases};

/// Makes a call over a stream that was begun at `started` and stands now, over TLS for a host or in the clear.
pub(super) async fn over(
    stream: impl Stream,
    tls: Option<(&Tls, &str)>,
    request: &Ready,
    (started, connect): (Instant, u64),
    deadline: Instant,
) -> Result<HttpAnswer, Exchange> {
    let cannot = || Exchange::NotHttp("its headers have no place in HTTP/2".to_owned());
    let translated = http2::translated(request, tls.is_some()).ok_or_else(cannot)?;
    let Some((tls, host)) = tls else {
        let phases = Phases {
            connect,
            tls: None,
            wait: 0,
        };
        return http2::ask(stream, translated, (started, phases), deadline).await;
    };
    let shaking = Instant::now();
    let stream = tls
        .open(stream, without_port(host), http2::ALPN, deadline)
        .await
        .map_err(|e| Exchange::NoTls(words::handshake(&e)))?;
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(http2::ALPN.as_bytes()) {
        let why = "TLS agrees on no HTTP/2, which gRPC needs";
        return Err(Exchange::NotHttp(why.to_owned()));
    }
    let phases = Phases {
        connect,
        tls: Some(ms(shaking)),
        wait: 0,
    };
    http2::ask(stream, translated, (started, phases), deadline).await
}
