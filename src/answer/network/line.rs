//! A connection over which HTTP/1.1 requests go, one after the other. It is driven by the question that uses it and by nobody else.

use std::error::Error as _;
use std::future::pending;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures::FutureExt;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use super::response::{BODY, BODY_TIME, beginning, response_with};
use super::tcp::{FirstBytes, Tap};
use super::tls::{self, Stream};
use super::{between, ms, words};
use crate::facts::{Exchange, HttpAnswer, Phases};

/// Bytes of a response's head.
pub(super) const HEAD: usize = 64 * 1024;
/// Headers of a response.
const HEADERS: usize = 256;
/// Bytes of a body that are read and thrown away where they have come by then, so that the connection can take another request.
const REST: usize = 64 * 1024;
/// Times that it is looked whether something has come.
const LOOKS: usize = 8;

/// A request that is ready to be sent: probes have no body.
pub(in crate::answer) type Ready = Request<Empty<Bytes>>;

/// The connection. Both halves belong together.
pub(super) struct Line<S: Stream> {
    sender: SendRequest<Empty<Bytes>>,
    connection: Connection<TokioIo<Tap<S>>, Empty<Bytes>>,
    first: FirstBytes,
    /// The connection has come to its end, or a response is not over.
    spent: bool,
}

impl<S: Stream> Line<S> {
    /// Speaks HTTP/1.1 over a stream.
    pub(super) async fn open(stream: S) -> Result<Self, Exchange> {
        let (tap, first) = Tap::new(stream);
        let (sender, connection) = Builder::new()
            .max_buf_size(HEAD)
            .max_headers(HEADERS)
            // As lenient as browsers and curl: the question is who answers, not how tidy.
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(tap))
            .await
            .map_err(|e| failure(&e, &first))?;
        Ok(Self {
            sender,
            connection,
            first,
            spent: false,
        })
    }

    /// Whether it takes another request, as far as is known by now.
    pub(super) fn is_open(&mut self) -> bool {
        if !self.spent {
            let ended = Pin::new(&mut self.connection).now_or_never().is_some();
            self.spent = ended || !self.sender.is_ready();
        }
        !self.spent
    }

    /// Makes a request. The times of the answer begin at `started`, with the phases that were over before it was sent. Its head has
    /// until the one deadline, its body until the other at most.
    pub(super) async fn ask(
        &mut self,
        request: Ready,
        (started, phases): (Instant, Phases),
        (head, deadline): (Instant, Instant),
    ) -> Result<HttpAnswer, Exchange> {
        self.first.forget();
        self.spent = true;
        let Self {
            sender,
            connection,
            first,
            ..
        } = self;
        let host = request.headers().get(header::HOST).cloned();
        let once = request.headers().contains_key(header::CONNECTION);
        let talk = async {
            let sent = Instant::now();
            let response = timeout_at(head, sender.send_request(request))
                .await
                .map_err(|_| Exchange::TimedOut)?
                .map_err(|e| failure(&e, first))?;
            let ms = ms(started);
            let (head, mut body) = response.into_parts();
            let host = host.as_ref().and_then(|h| h.to_str().ok());
            let until = deadline.min(Instant::now() + BODY_TIME);
            let beginning = beginning(&mut body, BODY, until).await;
            let phases = Phases {
                wait: between(sent, first.came().unwrap_or_else(Instant::now)),
                ..phases
            };
            let answer = response_with(&head, host.unwrap_or_default(), &beginning, phases, ms);
            let again = !once && is_over(&mut body).await && gets_ready(sender).await;
            Ok((answer, again))
        };
        // The connection is driven here and not by a task of its own, so it ends with the question. Its errors reach the talk.
        let drive = async {
            let _ = connection.await;
            pending().await
        };
        let (answer, again) = tokio::select! {
            result = talk => result?,
            never = drive => never,
        };
        self.spent = !again;
        Ok(answer)
    }
}

/// Whether a body is over, or its rest has come already. Nothing is waited for.
async fn is_over(body: &mut Incoming) -> bool {
    let (mut looks, mut left) = (LOOKS, REST);
    while looks > 0 {
        match body.frame().now_or_never() {
            Some(None) => return true,
            Some(Some(Ok(frame))) => {
                let more = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(more) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            }
            Some(Some(Err(_))) => return false,
            None => {
                looks -= 1;
                yield_now().await;
            }
        }
    }
    false
}

/// Whether the connection takes another request: it knows as soon as it is driven on.
async fn gets_ready(sender: &SendRequest<Empty<Bytes>>) -> bool {
    for _ in 0..LOOKS {
        if sender.is_ready() {
            return true;
        }
        yield_now().await;
    }
    false
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
