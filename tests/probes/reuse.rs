//! What many questions cost: the connections and handshakes that servers count. And that no answer is another one for it.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, join, join_all};
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use hops::answer::Answerer;
use hops::answer::network::{Network, NetworkConfig};
use hops::engine::{Clock, Limits, settle};
use hops::facts::{Answer, Connect, Exchange, Facts, Gap, Handshake, HttpAnswer, Phases, Question};
use hops::target::Header;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::servers::{self, Authority, Says, Server, V4, Zone};
use crate::{HOST, network, patient, quick, request};

const HELLO: &str = "HTTP/1.1 200 OK\r\nServer: shop\r\nContent-Length: 5\r\n\r\nhello";

/// What a server has seen.
#[derive(Clone, Default)]
struct Counts {
    accepted: Arc<AtomicUsize>,
    shaken: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

impl Counts {
    fn get(&self) -> (usize, usize, usize) {
        let get = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (get(&self.accepted), get(&self.shaken), get(&self.asked))
    }

    /// A handshake is over for the client before it is for the server.
    async fn shows(&self, expected: (usize, usize, usize)) {
        for _ in 0..500 {
            if self.get().1 >= expected.1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.get(), expected);
    }
}

fn count(one_more: &AtomicUsize) {
    one_more.fetch_add(1, Ordering::SeqCst);
}

/// Answers one request after the other on a connection, so many at most.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    response: &[u8],
    most: usize,
    counts: &Counts,
) {
    for _ in 0..most {
        if servers::head(&mut stream).await.is_empty() {
            return;
        }
        count(&counts.asked);
        if stream.write_all(response).await.is_err() {
            return;
        }
    }
    let _ = stream.shutdown().await;
}

/// A plain server with one response.
async fn plain(response: &'static [u8], most: usize) -> (Server, Counts) {
    let counts = Counts::default();
    let seen = counts.clone();
    let server = servers::tcp(V4, move |stream| {
        let seen = seen.clone();
        async move {
            count(&seen.accepted);
            serve(stream, response, most, &seen).await;
        }
    })
    .await;
    (server, counts)
}

/// A TLS server; it speaks HTTP/2 where that is agreed on.
async fn secure(config: ServerConfig) -> (Server, Counts) {
    secure_with(config, |stream, seen| async move {
        let alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        if alpn.as_deref() != Some(b"h2") {
            return serve(stream, HELLO.as_bytes(), 9, &seen).await;
        }
        let hello = service_fn(move |_| {
            count(&seen.asked);
            async {
                let response = http::Response::builder().header("server", "shop");
                response.body(Full::new(Bytes::from_static(b"hello")))
            }
        });
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), hello)
            .await;
    })
    .await
}

async fn secure_with<F, Fut>(config: ServerConfig, serve: F) -> (Server, Counts)
where
    F: Fn(TlsStream<TcpStream>, Counts) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let counts = Counts::default();
    let seen = counts.clone();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = servers::tcp(V4, move |stream| {
        let (seen, acceptor, serve) = (seen.clone(), acceptor.clone(), serve.clone());
        async move {
            count(&seen.accepted);
            if let Ok(stream) = acceptor.accept(stream).await {
                count(&seen.shaken);
                serve(stream, seen).await;
            }
        }
    })
    .await;
    (server, counts)
}

fn speaking(alpn: &[&[u8]]) -> ServerConfig {
    let identity = Authority::new("Test CA").issue(&[HOST], |_| {});
    let mut config = identity.config();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}

fn handshake(to: SocketAddr) -> Question {
    let sni = HOST.to_owned();
    Question::Tls { to, sni }
}

/// The request of one of many hosts.
fn of_host(to: SocketAddr, tls: bool, host: &str) -> Question {
    let mut question = request(to, tls);
    if let Question::Http { host: own, .. } = &mut question {
        *own = host.to_owned();
    }
    question
}

fn hosts() -> impl Iterator<Item = String> {
    (0..50).map(|n| format!("shop-{n}.example.com"))
}

/// What an answer says, apart from its clocks.
fn said(answer: Result<Answer, Gap>) -> Answer {
    let mut answer = answer.expect("an answer");
    match &mut answer {
        Answer::Tcp(tcp) => tcp.ms = 0,
        Answer::Tls(tls) => tls.ms = 0,
        Answer::Dns(dns) => dns.ms = 0,
        Answer::Authority(authority) => authority.ms = 0,
        Answer::Http(http) => {
            http.ms = 0;
            if let Some(phases) = &mut http.phases {
                *phases = Phases {
                    connect: 0,
                    tls: phases.tls.map(|_| 0),
                    wait: 0,
                };
            }
        }
        other => panic!("{other:?}"),
    }
    answer
}

fn http(answer: Result<Answer, Gap>) -> HttpAnswer {
    match answer {
        Ok(Answer::Http(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

/// What each question gets from an edge of its own.
async fn apart(config: &NetworkConfig, questions: &[Question]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for question in questions {
        answers.push(said(network(config.clone()).answer(question).await));
    }
    answers
}

async fn at_once(network: &Network, questions: &[Question]) -> Vec<Answer> {
    let answers = join_all(questions.iter().map(|q| network.answer(q))).await;
    answers.into_iter().map(said).collect()
}

/// The edge, and what it answered.
struct Noting<'a> {
    network: &'a Network,
    answers: Mutex<HashMap<Question, Answer>>,
}

impl Answerer for Noting<'_> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let answer = self.network.answer(question).await;
            let mut answers = self.answers.lock().expect("the answers");
            answers.insert(question.clone(), said(answer.clone()));
            answer
        })
    }
}

/// As the engine asks them.
async fn by_engine(network: &Network, limits: Limits, questions: &[Question]) -> Vec<Answer> {
    let answers = Mutex::default();
    let noting = Noting { network, answers };
    let (mut facts, clock) = (Facts::new(), Clock::default());
    settle(&mut facts, &noting, limits, &clock, |_, _| {
        questions.to_vec()
    })
    .await
    .expect("nobody stops it");
    let answers = noting.answers.into_inner().expect("the answers");
    questions.iter().map(|q| answers[q].clone()).collect()
}

#[tokio::test]
async fn a_host_over_tls_costs_one_connection_and_one_handshake() {
    for alpn in [
        [].as_slice(),
        &[b"http/1.1".as_slice()],
        &[b"h2".as_slice(), b"http/1.1"],
    ] {
        let (server, counts) = secure(speaking(alpn)).await;
        let to = server.addr;
        let (tcp, tls, http) = (Question::Tcp { to }, handshake(to), request(to, true));
        let both = [tls.clone(), http.clone()];
        let expected = apart(&patient(), &both).await;
        counts.shows((2, 2, 1)).await;

        // Both at once, each first; and one after the other, with the connection of the question before that.
        let orders = [both.to_vec(), vec![http.clone(), tls.clone()]];
        for (n, order) in (1..).zip(orders) {
            let mut answers = at_once(&network(patient()), &order).await;
            answers.sort_by_key(|answer| matches!(answer, Answer::Http(_)));
            assert_eq!(answers, expected, "{alpn:?}");
            counts.shows((2 + n, 2 + n, 1 + n)).await;
        }
        let network = network(patient());
        said(network.answer(&tcp).await);
        for (question, expected) in both.iter().zip(&expected) {
            assert_eq!(said(network.answer(question).await), *expected);
        }
        counts.shows((5, 5, 4)).await;
    }
}

#[tokio::test]
async fn what_is_asked_again_or_otherwise_gets_a_handshake_of_its_own() {
    let (server, counts) = secure(speaking(&[])).await;
    let to = server.addr;
    let network = network(patient());
    at_once(&network, &[handshake(to), request(to, true)]).await;
    counts.shows((1, 1, 1)).await;
    // The handshake has served both by now.
    at_once(&network, &[request(to, true)]).await;
    counts.shows((2, 2, 2)).await;
    at_once(&network, &[handshake(to)]).await;
    counts.shows((3, 3, 2)).await;
    // It is kept for its own name, and for requests that may be made twice.
    at_once(&network, &[of_host(to, true, "other.example.com")]).await;
    let mut post = request(to, true);
    if let Question::Http { method, .. } = &mut post {
        *method = "POST".to_owned();
    }
    at_once(&network, &[post]).await;
    counts.shows((5, 5, 4)).await;
    at_once(&network, &[request(to, true)]).await;
    counts.shows((5, 5, 5)).await;
}

#[tokio::test]
async fn fifty_hosts_over_tls_cost_fifty_handshakes() {
    let (server, counts) = secure(speaking(&[b"h2", b"http/1.1"])).await;
    let to = server.addr;
    let mut questions = vec![Question::Tcp { to }];
    for host in hosts() {
        let sni = host.clone();
        questions.extend([Question::Tls { to, sni }, of_host(to, true, &host)]);
    }
    let answers = by_engine(&network(patient()), Limits::default(), &questions).await;
    let good = |a: &&Answer| matches!(a, Answer::Http(http) if http.status == 200);
    assert_eq!(answers.iter().filter(good).count(), 50);
    counts.shows((counts.get().0, 50, 50)).await;
    let (accepted, ..) = counts.get();
    // The connection of the TCP question may still be watched when the first handshake begins.
    assert!(accepted <= 51, "{accepted}");
}

#[tokio::test]
async fn a_handshake_that_fails_says_the_same_to_both() {
    // A TLS 1.3 server tells that it misses a client certificate when the handshake is over for the client.
    let authority = Authority::new("Test CA");
    let config = authority
        .issue(&[HOST], |_| {})
        .config_with(Some(&authority));
    let (server, counts) = secure_with(config, |stream, _| servers::silence(stream)).await;
    let both = [handshake(server.addr), request(server.addr, true)];
    let expected = apart(&patient(), &both).await;
    let Answer::Tls(tls) = &expected[0] else {
        panic!("{expected:?}")
    };
    assert_eq!(
        tls.handshake,
        Handshake::Alert("certificate_required".to_owned())
    );
    assert_eq!(at_once(&network(patient()), &both).await, expected);
    let (accepted, shaken, _) = counts.get();
    assert_eq!((accepted, shaken), (3, 0));

    for bytes in [
        b"220 hello\r\n".as_slice(),
        &[0x15, 3, 3, 0, 2, 2, 112],
        b"",
    ] {
        let server = servers::tcp(V4, move |s| servers::answer_any_and_close(s, bytes)).await;
        let both = [handshake(server.addr), request(server.addr, true)];
        let expected = apart(&patient(), &both).await;
        assert_eq!(at_once(&network(patient()), &both).await, expected);
    }
}

/// It agrees to HTTP/2 and does not speak it, in every way; over HTTP/1.1 it answers.
#[tokio::test]
async fn where_http2_breaks_the_request_goes_over_http1() {
    let breaks: [&'static [u8]; 3] = [
        HELLO.as_bytes(),
        b"",
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    ];
    for bytes in breaks {
        let config = speaking(&[b"h2", b"http/1.1"]);
        let (server, counts) = secure_with(config, move |mut stream, seen| async move {
            let alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
            if alpn.as_deref() != Some(b"h2") {
                return serve(stream, HELLO.as_bytes(), 9, &seen).await;
            }
            let _ = stream.write_all(bytes).await;
            if bytes.starts_with(b"HTTP") || bytes.is_empty() {
                let _ = stream.shutdown().await;
            }
            servers::silence(stream).await;
        })
        .await;
        let both = [handshake(server.addr), request(server.addr, true)];
        let expected = apart(&patient(), &both).await;
        assert_eq!(at_once(&network(patient()), &both).await, expected);
        counts.shows((4, 4, 2)).await;
    }
}

/// A server whose response over HTTP/2 asks for another connection.
#[tokio::test]
async fn a_misdirected_request_goes_over_a_connection_of_its_own() {
    let config = speaking(&[b"h2", b"http/1.1"]);
    let (server, _) = secure_with(config, move |stream, seen| async move {
        let alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        if alpn.as_deref() != Some(b"h2") {
            return serve(stream, HELLO.as_bytes(), 9, &seen).await;
        }
        let misdirected = service_fn(|_| async {
            let mut response = http::Response::new(Full::new(Bytes::new()));
            *response.status_mut() = http::StatusCode::MISDIRECTED_REQUEST;
            Ok::<_, Infallible>(response)
        });
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), misdirected)
            .await;
    })
    .await;
    let network = network(patient());
    let (tls, answer) = (handshake(server.addr), request(server.addr, true));
    let (_, answer) = join(network.answer(&tls), network.answer(&answer)).await;
    assert_eq!(http(answer).status, 200);
}

/// A stream that is kept and closed meanwhile is no answer.
#[tokio::test]
async fn a_kept_stream_that_ended_is_replaced() {
    let leave = Arc::new(Notify::new());
    let left = Arc::clone(&leave);
    let (server, counts) = secure_with(speaking(&[]), move |mut stream, seen| {
        let (first, left) = (seen.get().1 == 1, Arc::clone(&left));
        async move {
            if first {
                let _ = stream.shutdown().await;
                left.notify_one();
                return;
            }
            serve(stream, HELLO.as_bytes(), 1, &seen).await;
        }
    })
    .await;
    let network = network(patient());
    said(network.answer(&handshake(server.addr)).await);
    leave.notified().await;
    let answer = http(network.answer(&request(server.addr, true)).await);
    assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
    counts.shows((2, 2, 1)).await;
}

#[tokio::test]
async fn fifty_hosts_in_the_clear_share_few_connections() {
    let (server, counts) = plain(HELLO.as_bytes(), 99).await;
    let questions: Vec<_> = hosts().map(|h| of_host(server.addr, false, &h)).collect();
    let answers = by_engine(&network(patient()), Limits::default(), &questions).await;
    let expected = apart(&patient(), &questions[..1]).await;
    assert!(answers.iter().all(|a| *a == expected[0]), "{answers:?}");
    let (accepted, _, asked) = counts.get();
    assert_eq!(asked, 51);
    assert!(accepted <= 17, "{accepted}");

    // What the user says of the connection is sent, and holds.
    let (server, counts) = plain(HELLO.as_bytes(), 1).await;
    let with = |host: &String| {
        let mut question = of_host(server.addr, false, host);
        if let Question::Http { headers, .. } = &mut question {
            *headers = vec![Header::parse("Connection: close").expect("a header")];
        }
        question
    };
    let questions: Vec<_> = hosts().map(|h| with(&h)).collect();
    let answers = by_engine(&network(patient()), Limits::default(), &questions).await;
    assert!(answers.iter().all(|a| *a == expected[0]), "{answers:?}");
    counts.shows((50, 0, 50)).await;
}

#[tokio::test]
async fn a_server_that_closes_after_each_response_gets_a_connection_for_each() {
    for response in [
        "HTTP/1.1 200 OK\r\nServer: shop\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\nServer: shop\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nServer: shop\r\n\r\nhello",
    ] {
        let (server, counts) = plain(response.as_bytes(), 1).await;
        let questions: Vec<_> = hosts().map(|h| of_host(server.addr, false, &h)).collect();
        let answers = by_engine(&network(patient()), Limits::default(), &questions).await;
        assert_eq!(counts.get(), (50, 0, 50), "{response}");
        let expected = apart(&patient(), &questions[..1]).await;
        assert!(answers.iter().all(|a| *a == expected[0]), "{answers:?}");
    }
}

/// One server of each kind, asked twice by one edge, and by an edge for each.
#[tokio::test]
async fn no_answer_is_another_one_for_a_connection_that_is_kept() {
    let large = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n{}",
        "x".repeat(30_000)
    );
    let responses: [(&str, usize); 14] = [
        (HELLO, 9),
        (HELLO, 1),
        ("HTTP/1.1 204 No Content\r\nServer: shop\r\n\r\n", 9),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 9),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            9,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\nh\r\n0\r\nX-Sum: 1\r\n\r\n",
            9,
        ),
        (
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n",
            9,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", 1),
        (&large, 9),
        // More than was announced.
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", 9),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 1),
        ("220 mail.example.com ESMTP\r\n", 9),
        ("", 1),
        ("HTTP/1.1 200 OK\r\nServer: ng", 1),
    ];
    for (response, most) in responses {
        let response: &'static [u8] = response.to_owned().leak().as_bytes();
        let (server, _) = plain(response, most).await;
        let question = request(server.addr, false);
        let expected = apart(&quick(), std::slice::from_ref(&question)).await;
        let network = network(quick());
        for _ in 0..3 {
            let answer = said(network.answer(&question).await);
            assert_eq!(answer, expected[0]);
        }
        // With the connection of the question before it.
        said(network.answer(&Question::Tcp { to: server.addr }).await);
        assert_eq!(said(network.answer(&question).await), expected[0]);
    }
}

/// It answers the first request of a connection, and leaves at the second, or says nothing, or something else.
#[tokio::test]
async fn a_server_that_fails_the_second_request_of_a_connection_is_asked_once_more() {
    for bytes in [Some(b"".as_slice()), Some(b"220 hello\r\n"), None] {
        let counts = Counts::default();
        let seen = counts.clone();
        let server = servers::tcp(V4, move |mut stream| {
            let seen = seen.clone();
            async move {
                count(&seen.accepted);
                servers::head(&mut stream).await;
                count(&seen.asked);
                let _ = stream.write_all(HELLO.as_bytes()).await;
                if servers::head(&mut stream).await.is_empty() {
                    return;
                }
                count(&seen.asked);
                match bytes {
                    Some(bytes) => {
                        let _ = stream.write_all(bytes).await;
                    }
                    None => servers::silence(stream).await,
                }
            }
        })
        .await;
        let network = network(patient());
        for (accepted, asked) in [(1, 1), (2, 3)] {
            let answer = http(network.answer(&request(server.addr, false)).await);
            assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
            counts.shows((accepted, 0, asked)).await;
        }
    }
}

/// While one connection is open, it accepts no other. What is kept must not stand in the way.
#[tokio::test]
async fn a_server_that_serves_one_connection_after_the_other_answers_all() {
    let listener = tokio::net::TcpListener::bind((V4, 0))
        .await
        .expect("a free port");
    let to = listener.local_addr().expect("its address");
    let serving = async {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, HELLO.as_bytes(), 99, &Counts::default()).await;
        }
    };
    let questions: Vec<_> = hosts().map(|h| of_host(to, false, &h)).collect();
    let (network, limits) = (network(patient()), Limits::default());
    tokio::select! {
        answers = by_engine(&network, limits, &questions) => {
            let good = |a: &Answer| matches!(a, Answer::Http(http) if http.status == 200);
            assert!(answers.iter().all(good), "{answers:?}");
        }
        () = serving => panic!("it serves for good"),
    }
}

#[tokio::test]
async fn a_kept_connection_has_the_phases_with_which_it_was_opened() {
    let late = Duration::from_millis(200);
    let (server, counts) = plain(HELLO.as_bytes(), 9).await;
    let network_of = network(patient());
    let first = http(network_of.answer(&request(server.addr, false)).await);
    let second = http(network_of.answer(&request(server.addr, false)).await);
    let phases = |a: &HttpAnswer| a.phases.expect("phases");
    assert_eq!(phases(&first).connect, phases(&second).connect);
    assert_eq!(counts.get().0, 1);

    // A handshake that takes long is told to the request that uses it.
    let acceptor = TlsAcceptor::from(Arc::new(speaking(&[])));
    let server = servers::tcp(V4, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            tokio::time::sleep(late).await;
            if let Ok(stream) = acceptor.accept(stream).await {
                servers::respond(stream, HELLO.as_bytes()).await;
            }
        }
    })
    .await;
    let network = network(patient());
    said(network.answer(&handshake(server.addr)).await);
    let answer = http(network.answer(&request(server.addr, true)).await);
    let phases = phases(&answer);
    assert!(phases.tls.is_some_and(|tls| tls >= 190), "{answer:?}");
    let sum = phases.connect + phases.tls.unwrap_or_default() + phases.wait;
    assert!(sum <= answer.ms + 1, "{answer:?}");
}

/// Nothing else is asked, and the server sees that the connection ends.
#[tokio::test]
async fn kept_connections_end_by_time_and_with_the_edge() {
    let ended = Arc::new(Notify::new());
    let ends = Arc::clone(&ended);
    let server = servers::tcp(V4, move |stream| {
        let ends = Arc::clone(&ends);
        async move {
            serve(stream, HELLO.as_bytes(), 9, &Counts::default()).await;
            ends.notify_one();
        }
    })
    .await;
    let question = request(server.addr, false);
    for questions in [
        vec![question.clone()],
        vec![Question::Tcp { to: server.addr }],
    ] {
        let kept = network(patient());
        at_once(&kept, &questions).await;
        ended.notified().await;
        at_once(&kept, &questions).await;
        drop(kept);
        ended.notified().await;
    }
}

/// A full backlog drops SYN packets, as a firewall does. None where the kernel takes any number.
#[cfg(target_os = "linux")]
fn dead() -> Option<(
    SocketAddr,
    tokio::net::TcpListener,
    Vec<std::net::TcpStream>,
)> {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind((V4, 0).into()).expect("a free port");
    let listener = socket.listen(1).expect("it listens");
    let to = listener.local_addr().expect("its address");
    let mut held = Vec::new();
    let patience = Duration::from_millis(300);
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&to, patience) {
        held.push(stream);
        if held.len() > 64 {
            return None;
        }
    }
    Some((to, listener, held))
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_dead_address_costs_one_timeout_for_all_its_hosts() {
    let Some((to, _listener, _held)) = dead() else {
        return;
    };
    let limit = Duration::from_secs(2);
    let mut questions = vec![Question::Tcp { to }];
    for host in hosts() {
        let sni = host.clone();
        questions.extend([
            Question::Tls { to, sni },
            of_host(to, true, &host),
            of_host(to, false, &host),
        ]);
    }
    let network = network(quick());
    let begun = tokio::time::Instant::now();
    let answers = by_engine(&network, Limits::default(), &questions).await;
    let took = begun.elapsed();
    assert!(took >= limit && took < limit * 2, "{took:?}");
    for answer in answers {
        let connect = match answer {
            Answer::Tcp(tcp) => tcp.connect,
            Answer::Tls(tls) => match tls.handshake {
                Handshake::NoConnection(why) => why,
                other => panic!("{other:?}"),
            },
            Answer::Http(http) => match http.exchange {
                Exchange::NoConnection(why) => why,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        assert_eq!(connect, Connect::TimedOut);
    }
    // Whoever is told so later is told how long the attempt took.
    let begun = tokio::time::Instant::now();
    let answer = http(network.answer(&request(to, false)).await);
    assert_eq!((begun.elapsed(), answer.ms), (Duration::ZERO, 2000));
    // The question whether it accepts connections is asked anew each time, and so are all others after a while.
    said(network.answer(&Question::Tcp { to }).await);
    assert_eq!(begun.elapsed(), limit);
    tokio::time::advance(Duration::from_secs(5)).await;
    let begun = tokio::time::Instant::now();
    said(network.answer(&request(to, false)).await);
    assert_eq!(begun.elapsed(), limit);
}

/// The one that waits for it goes there itself when the first one is dropped.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_dropped_is_made_by_the_next() {
    let Some((to, _listener, _held)) = dead() else {
        return;
    };
    let network = network(quick());
    let (first, second) = (request(to, false), Question::Tcp { to });
    let begun = tokio::time::Instant::now();
    let dropped = tokio::time::timeout(Duration::from_secs(1), network.answer(&first));
    let (dropped, answer) = join(dropped, network.answer(&second)).await;
    assert!(dropped.is_err());
    let Ok(Answer::Tcp(tcp)) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!((tcp.connect, tcp.ms), (Connect::TimedOut, 2000));
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
}

/// The question that began a handshake is dropped, and the request that joined it goes on; when both are, so is the connection.
#[tokio::test]
async fn a_handshake_lives_as_long_as_somebody_waits_for_it() {
    let counts = Counts::default();
    let (go, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let acceptor = TlsAcceptor::from(Arc::new(speaking(&[])));
    let (goes, ends, seen) = (Arc::clone(&go), Arc::clone(&ended), counts.clone());
    let server = servers::tcp(V4, move |stream| {
        let (goes, ends) = (Arc::clone(&goes), Arc::clone(&ends));
        let (acceptor, seen) = (acceptor.clone(), seen.clone());
        async move {
            count(&seen.accepted);
            goes.notified().await;
            match acceptor.accept(stream).await {
                Ok(stream) => serve(stream, HELLO.as_bytes(), 1, &seen).await,
                Err(_) => ends.notify_one(),
            }
        }
    })
    .await;
    let network = network(patient());
    let (tls, http_of) = (handshake(server.addr), request(server.addr, true));
    let soon = Duration::from_millis(50);
    let cut = async {
        let cut = tokio::time::timeout(soon, network.answer(&tls)).await;
        assert!(cut.is_err());
        go.notify_one();
    };
    let (answer, ()) = join(network.answer(&http_of), cut).await;
    assert_eq!(http(answer).status, 200);
    assert_eq!(counts.get().0, 1);

    let both = join(network.answer(&tls), network.answer(&http_of));
    assert!(tokio::time::timeout(soon, both).await.is_err());
    go.notify_one();
    ended.notified().await;
}

/// A zone with an address for every host below it.
fn any_host(zone: Zone) -> Zone {
    let name = "*.example.com";
    let records = |all| Says::Records(ResponseCode::NoError, all);
    let own = vec![servers::address(name, 60, "203.0.113.80")];
    zone.with(name, RecordType::A, records(own))
        .with(name, RecordType::AAAA, records(vec![]))
        .with(name, RecordType::HTTPS, records(vec![]))
        .with(name, RecordType::NS, records(vec![]))
}

/// How often each was asked for, in order.
fn tally(asked: &Mutex<Vec<(String, RecordType)>>) -> BTreeMap<(String, String), usize> {
    let mut times = BTreeMap::new();
    for (name, rtype) in asked.lock().expect("the log").iter() {
        *times.entry((name.clone(), rtype.to_string())).or_default() += 1;
    }
    times
}

#[tokio::test]
async fn each_name_is_looked_up_once() {
    // Addresses of both types, and the HTTPS record.
    let zone = any_host(Zone::new());
    let asked = Arc::clone(&zone.asked);
    let server = servers::dns(zone).await;
    let via = Some(server.addr);
    let questions: Vec<_> = hosts().map(|name| Question::Dns { name, via }).collect();
    by_engine(&network(patient()), Limits::default(), &questions).await;
    let asked = tally(&asked);
    assert_eq!(asked.len(), 50 * 3, "{asked:?}");
    assert!(asked.values().sum::<usize>() < 50 * 4, "{asked:?}");
}

/// Of a zone with many names that are to be asked for at its servers, everything but the names is asked for once.
#[tokio::test]
async fn what_names_have_in_common_is_asked_once() {
    let records = |all| Says::Records(ResponseCode::NoError, all);
    let own = any_host(Zone::of("example.com", servers::soa("example.com", 60, 60)));
    let truth = Arc::clone(&own.asked);
    let authority = servers::dns(own).await;
    let ns = "ns1.example.com";
    let zone = any_host(Zone::new())
        .with(
            "example.com",
            RecordType::NS,
            records(vec![servers::served_by("example.com", 60, ns)]),
        )
        .with(
            ns,
            RecordType::A,
            records(vec![servers::address(ns, 60, "127.0.0.1")]),
        );
    let asked = Arc::clone(&zone.asked);
    let resolver = servers::dns(zone).await;
    let config = NetworkConfig {
        authority_port: authority.addr.port(),
        ..patient()
    };
    let via = Some(resolver.addr);
    let ask = |name| Question::DnsAuthority { name, via };
    let questions: Vec<_> = hosts().map(ask).collect();
    let network = network(config);
    let answers = by_engine(&network, Limits::default(), &questions).await;
    for answer in answers {
        match answer {
            Answer::Authority(said) => {
                assert_eq!((said.zone.as_str(), said.wildcard), ("example.com", true));
                assert_eq!((said.servers.len(), said.negative_ttl), (1, Some(60)));
            }
            other => panic!("{other:?}"),
        }
    }
    for (log, names, common) in [(&asked, 50, 4), (&truth, 100, 3)] {
        let asked = tally(log);
        let (of_hosts, others): (Vec<_>, Vec<_>) = asked
            .iter()
            .partition(|((name, _), _)| name.starts_with("shop-"));
        let times = |all: &[(_, &usize)]| all.iter().map(|(_, times)| **times).sum::<usize>();
        assert_eq!(of_hosts.len(), names, "{asked:?}");
        // On a slow machine a datagram is sent twice, and what is common counts for a moment only.
        assert!(times(&of_hosts) < names * 2, "{asked:?}");
        assert!((common..=3 * common).contains(&times(&others)), "{asked:?}");
    }
}

/// Half of the room is taken by a server that does not answer before another one was asked.
#[tokio::test]
async fn a_slow_address_leaves_room_for_others() {
    let asked = Arc::new(Notify::new());
    let (first, asks) = (Arc::clone(&asked), Arc::clone(&asked));
    let slow = servers::tcp(V4, move |stream| {
        let first = Arc::clone(&first);
        async move {
            first.notified().await;
            first.notify_one();
            servers::respond(stream, HELLO.as_bytes()).await;
        }
    })
    .await;
    // Another address.
    let other = std::net::IpAddr::from([127, 0, 0, 2]);
    if tokio::net::TcpListener::bind((other, 0)).await.is_err() {
        return;
    }
    let quick_one = servers::tcp(other, move |stream| {
        asks.notify_one();
        servers::respond(stream, HELLO.as_bytes())
    })
    .await;
    let answered = async |address: usize| {
        let mut questions: Vec<_> = hosts().map(|h| of_host(slow.addr, false, &h)).collect();
        questions.push(request(quick_one.addr, false));
        let limits = Limits {
            address,
            ..Limits::default()
        };
        let answers = by_engine(&network(quick()), limits, &questions).await;
        let good = |a: &&Answer| matches!(a, Answer::Http(http) if http.status == 200);
        answers.iter().filter(good).count()
    };
    // Without a bound it takes all of the room: the one that wakes it has its turn when others have given up.
    assert!(answered(99).await <= 32);
    asked.notified().await;
    assert_eq!(answered(16).await, 51);
}
