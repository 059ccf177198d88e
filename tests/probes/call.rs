//! gRPC calls: over HTTP/2 alone, and what their ends say.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hops::facts::{Exchange, Question};
use hops::target::Header;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::support::servers::{self, Identity, V4};
use crate::{HOST, ask_http, patient, request};

/// How a call ends: in the head, or after a body.
#[derive(Clone, Copy)]
enum End {
    Head(&'static str, &'static str),
    Trailers(&'static str),
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Speaks HTTP/2 and nothing else.
async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    end: End,
    seen: Seen,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let header = |name: &str| request.headers()[name].to_str().expect("text").to_owned();
        let line = format!(
            "{} {} {} {}",
            request.method(),
            request.uri(),
            header("content-type"),
            header("te")
        );
        seen.lock().expect("the log").push(line);
        async move {
            let response = Response::builder().header("content-type", "application/grpc");
            let (response, body, trailers) = match end {
                End::Head(status, message) => {
                    let response = response.header("grpc-status", status);
                    (response.header("grpc-message", message), Bytes::new(), None)
                }
                End::Trailers(status) => {
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", HeaderValue::from_static(status));
                    (response, Bytes::from_static(&[0; 5]), Some(trailers))
                }
            };
            let body =
                Full::new(body).with_trailers(async move { trailers.map(Ok::<_, Infallible>) });
            response.body(body)
        }
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn call(to: std::net::SocketAddr, tls: bool) -> Question {
    let Question::Http {
        to,
        tls,
        host,
        path,
        ..
    } = request(to, tls)
    else {
        unreachable!("a request");
    };
    Question::Http {
        to,
        tls,
        host,
        method: "POST".to_owned(),
        path,
        headers: Header::of_calls(),
    }
}

#[tokio::test]
async fn a_call_in_the_clear_ends_in_its_head() {
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    let server = servers::tcp(V4, move |stream| {
        serve(
            stream,
            End::Head("14", "no healthy%20upstream"),
            Arc::clone(&log),
        )
    })
    .await;
    let answer = ask_http(patient(), call(server.addr, false)).await;
    assert_eq!(answer.exchange, Exchange::Response);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "no healthy upstream")
    );
    assert_eq!(answer.header("grpc-status"), Some("14"));
    let expected = format!("POST http://{HOST}/cart?x=1 application/grpc trailers");
    assert_eq!(*seen.lock().expect("the log"), [expected]);
}

#[tokio::test]
async fn a_call_over_tls_ends_after_its_body() {
    let identity = Identity::self_signed(&[HOST], |_| {});
    let mut config = identity.config();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let server = servers::tls(config, |stream| {
        serve(stream, End::Trailers("0"), Seen::default())
    })
    .await;
    let answer = ask_http(patient(), call(server.addr, true)).await;
    assert_eq!(
        (answer.status, answer.header("grpc-status")),
        (200, Some("0"))
    );
    assert!(answer.phases.expect("phases").tls.is_some());
}

#[tokio::test]
async fn a_call_goes_over_nothing_else() {
    let (server, _) = servers::http("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let answer = ask_http(patient(), call(server.addr, false)).await;
    let Exchange::NotHttp(why) = &answer.exchange else {
        panic!("{answer:?}");
    };
    assert!(why.starts_with("it speaks no HTTP/2"), "{why}");

    let identity = Identity::self_signed(&[HOST], |_| {});
    let server = servers::tls(identity.config(), |stream| {
        servers::respond(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    })
    .await;
    let answer = ask_http(patient(), call(server.addr, true)).await;
    let expected = "TLS agrees on no HTTP/2, which gRPC needs";
    assert_eq!(answer.exchange, Exchange::NotHttp(expected.to_owned()));
}
