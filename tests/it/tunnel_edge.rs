//! The tunnel edge against an API server in this process: what goes through a port-forward or the API server's proxy, and every
//! way in which either can fail.

use std::net::SocketAddr;
use std::time::Duration;

use hops::answer::Answerer;
use hops::answer::network::{Network, NetworkConfig};
use hops::answer::tunnel::Tunnel;
use hops::engine::{Clock, Limits, settle};
use hops::facts::{
    Answer, Connect, Exchange, Facts, Gap, Handshake, HttpAnswer, Kind, PodPort, Question,
    TlsAnswer,
};
use hops::target::Header;

use crate::support::fake_api::{Builder, FakeApi, Fault, Port};
use crate::support::servers::{self, Authority, V4};

const HOST: &str = "shop.example.com";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const FORWARD: &str = "/api/v1/namespaces/shop/pods/web-1/portforward";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=secret\r\nSet-Cookie: b=secret\r\n\r\nok";

fn patient() -> NetworkConfig {
    NetworkConfig {
        connect_timeout: Duration::from_secs(10),
        io_timeout: Duration::from_secs(20),
        ..NetworkConfig::default()
    }
}

fn quick() -> NetworkConfig {
    NetworkConfig {
        connect_timeout: Duration::from_millis(700),
        io_timeout: Duration::from_millis(400),
        ..NetworkConfig::default()
    }
}

async fn tunnel(api: &FakeApi, config: NetworkConfig) -> Tunnel {
    let connection = api.connection().await;
    Tunnel::new(&connection, &Network::new(config).expect("a network"))
}

fn at(port: u16) -> PodPort {
    PodPort {
        namespace: "shop".to_owned(),
        name: "web-1".to_owned(),
        port,
        proxy_line: false,
    }
}

fn get(pod: PodPort, tls: bool) -> Question {
    Question::PodHttp {
        pod,
        tls,
        host: HOST.to_owned(),
        method: "GET".to_owned(),
        path: "/cart?x=1".to_owned(),
        forwarded_https: false,
        again: false,
        headers: Vec::new(),
    }
}

fn shake(port: u16) -> Question {
    Question::PodTls {
        pod: at(port),
        sni: HOST.to_owned(),
    }
}

fn proxy(kind: Kind, name: &str, port: &str, path: &str) -> Question {
    Question::Proxy {
        kind,
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
        port: port.to_owned(),
        tls: false,
        path: path.to_owned(),
    }
}

/// kube-proxy's health port, as a node has it.
fn node(name: &str, port: &str) -> Question {
    Question::Proxy {
        kind: Kind::Node,
        namespace: None,
        name: name.to_owned(),
        port: port.to_owned(),
        tls: false,
        path: "/healthz".to_owned(),
    }
}

async fn http(tunnel: &Tunnel, question: &Question) -> HttpAnswer {
    match tunnel.answer(question).await {
        Ok(Answer::Http(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

async fn tls(tunnel: &Tunnel, question: &Question) -> TlsAnswer {
    match tunnel.answer(question).await {
        Ok(Answer::Tls(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

async fn gap(tunnel: &Tunnel, question: &Question) -> Gap {
    match tunnel.answer(question).await {
        Err(gap) => gap,
        other => panic!("{other:?}"),
    }
}

async fn unreachable(tunnel: &Tunnel, question: &Question) -> String {
    match gap(tunnel, question).await {
        Gap::Unreachable { why } => why,
        other => panic!("{other:?}"),
    }
}

/// One port of the pod, and a tunnel.
async fn one(port: Port, config: NetworkConfig) -> (FakeApi, Tunnel) {
    start(FakeApi::builder().port("shop/web-1:80", port), config).await
}

async fn start(builder: Builder, config: NetworkConfig) -> (FakeApi, Tunnel) {
    let api = builder.start().await;
    let tunnel = tunnel(&api, config).await;
    (api, tunnel)
}

#[tokio::test]
async fn a_request_goes_through_as_the_user_would_send_it() {
    let (server, heads) = servers::http(OK).await;
    let builder = FakeApi::builder()
        .token("t0ken")
        .port("shop/web-1:80", Port::At(server.addr));
    let (api, tunnel) = start(builder, patient()).await;
    let Question::PodHttp { pod, host, .. } = get(at(80), false) else {
        panic!("no HTTP")
    };
    let question = Question::PodHttp {
        pod,
        tls: false,
        host,
        method: "OPTIONS".to_owned(),
        path: "/cart?x=1".to_owned(),
        forwarded_https: true,
        again: false,
        headers: [
            "X-Tenant: blue",
            "X-Forwarded-Proto: http",
            "Cookie: s=c00kie77",
        ]
        .map(|text| Header::parse(text).expect("a header"))
        .to_vec(),
    };
    let answer = http(&tunnel, &question).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    let cookies: Vec<_> = answer
        .headers
        .iter()
        .filter(|(n, _)| n == "set-cookie")
        .collect();
    assert_eq!(cookies, [&("set-cookie".to_owned(), "…".to_owned())]);
    let phases = answer.phases.expect("phases");
    assert!(phases.tls.is_none() && phases.connect + phases.wait <= answer.ms + 1);

    let head = heads.lock().expect("the log")[0].to_lowercase();
    let lines: Vec<_> = head.lines().collect();
    assert_eq!(lines[0], "options /cart?x=1 http/1.1");
    for line in [
        "host: shop.example.com",
        "x-tenant: blue",
        "x-forwarded-proto: https",
        "cookie: s=c00kie77",
    ] {
        assert!(lines.contains(&line), "{line} is not in {head}");
    }
    assert!(
        !head.contains("t0ken") && !head.contains("authorization"),
        "{head}"
    );
    assert_eq!(head.matches("x-forwarded-proto").count(), 1, "{head}");
    // To the API server they are what a pod is told, and no headers of its own.
    for seen in api.seen() {
        assert!(
            !format!("{:?}", seen.headers).contains("c00kie77"),
            "{seen:?}"
        );
    }
    assert_eq!(tunnel.api_requests(), api.count());
    assert_eq!(api.count_of(REVIEWS), 2);
}

#[tokio::test]
async fn tls_is_shown_and_spoken_through_a_tunnel() {
    let identity = Authority::new("Test CA").issue(&[HOST], |_| {});
    let server = servers::tls(identity.config(), |s| servers::respond(s, OK)).await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let shown = tls(&tunnel, &shake(80)).await;
    assert_eq!(shown.handshake, Handshake::Done);
    assert_eq!(shown.chain.len(), 2);
    assert!(shown.refused.is_some());
    let answer = http(&tunnel, &get(at(80), true)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.phases.is_some_and(|p| p.tls.is_some()));
}

#[tokio::test]
async fn a_proxy_line_comes_before_all_else() {
    let line = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 80\r\n";
    let (server, heads) = servers::http(OK).await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let lined = PodPort {
        proxy_line: true,
        ..at(80)
    };
    assert_eq!(http(&tunnel, &get(lined.clone(), false)).await.status, 200);
    let head = heads.lock().expect("the log")[0].clone();
    assert!(
        head.starts_with(&format!("{line}GET /cart?x=1 HTTP/1.1")),
        "{head}"
    );

    // Before the handshake too.
    let identity = Authority::new("Test CA").issue(&[HOST], |_| {});
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(identity.config()));
    let server = servers::tcp(V4, move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut first = [0; 41];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut first)
                .await
                .expect("a line");
            assert_eq!(
                String::from_utf8_lossy(&first),
                "PROXY TCP4 192.0.2.1 192.0.2.2 56324 80\r\n"
            );
            if let Ok(stream) = acceptor.accept(stream).await {
                servers::respond(stream, OK).await;
            }
        }
    })
    .await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    assert_eq!(http(&tunnel, &get(lined.clone(), true)).await.status, 200);
    let sni = HOST.to_owned();
    let question = Question::PodTls { pod: lined, sni };
    assert_eq!(tls(&tunnel, &question).await.handshake, Handshake::Done);
}

#[tokio::test]
async fn a_refusal_inside_the_pod_is_the_kubelets_word() {
    let closed = servers::closed_port(V4).await;
    let (_api, tunnel) = one(Port::At(closed), patient()).await;
    let answer = http(&tunnel, &get(at(80), false)).await;
    let refused = Exchange::NoConnection(Connect::Refused);
    assert_eq!(answer.exchange, refused);
    let text = answer.tunnel.unwrap_or_default();
    assert!(
        text.contains("dial tcp4 127.0.0.1:80: connect: connection refused"),
        "{text}"
    );
    assert!(
        !text.contains("5f2c5f2c") && !text.contains("netns") && !text.contains("uid"),
        "{text}"
    );
    assert_eq!(http(&tunnel, &get(at(80), true)).await.exchange, refused);
    let shown = tls(&tunnel, &shake(80)).await;
    assert_eq!(shown.handshake, Handshake::NoConnection(Connect::Refused));
    assert!(shown.tunnel.is_some_and(|t| t.contains("refused")));
}

#[tokio::test]
async fn other_words_of_the_kubelet() {
    for (says, expected) in [
        ("dial tcp4 127.0.0.1:80: i/o timeout", Ok(Connect::TimedOut)),
        (
            "dial tcp4 127.0.0.1:80: connect: cannot assign requested address",
            Ok(Connect::Other(
                "dial tcp4 127.0.0.1:80: connect: cannot assign requested address".to_owned(),
            )),
        ),
        (
            "unable to do port forwarding: socat not found",
            Err("no tunnel to pod shop/web-1: unable to do port forwarding: socat not found"),
        ),
    ] {
        let (_api, tunnel) = one(Port::Says(says.to_owned()), patient()).await;
        let answer = tunnel.answer(&get(at(80), false)).await;
        match (answer, expected) {
            (Ok(Answer::Http(answer)), Ok(connect)) => {
                assert_eq!(answer.exchange, Exchange::NoConnection(connect));
                assert_eq!(answer.tunnel.as_deref(), Some(says));
            }
            (Err(Gap::Unreachable { why }), Err(expected)) => assert_eq!(why, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_the_pod_does_wrong_is_told_from_what_the_tunnel_does_wrong() {
    // The pod accepts and closes, is silent, or speaks something else: answers.
    let closing = servers::tcp(V4, |s| servers::answer_any_and_close(s, b"")).await;
    let (_api, tunnel) = one(Port::At(closing.addr), patient()).await;
    assert_eq!(
        http(&tunnel, &get(at(80), false)).await.exchange,
        Exchange::Closed
    );
    assert_eq!(tls(&tunnel, &shake(80)).await.handshake, Handshake::Closed);
    let (_api, tunnel) = one(Port::Silent, quick()).await;
    assert_eq!(
        http(&tunnel, &get(at(80), false)).await.exchange,
        Exchange::TimedOut
    );
    assert_eq!(
        tls(&tunnel, &shake(80)).await.handshake,
        Handshake::TimedOut
    );
    let banner = servers::tcp(V4, |s| servers::answer_any_and_close(s, b"220 hello\r\n")).await;
    let (_api, tunnel) = one(Port::At(banner.addr), patient()).await;
    let exchange = http(&tunnel, &get(at(80), false)).await.exchange;
    assert!(matches!(exchange, Exchange::NotHttp(_)), "{exchange:?}");

    // A name that nobody can ask for is no fault of the tunnel.
    let question = Question::PodTls {
        pod: at(80),
        sni: "no name".to_owned(),
    };
    let (_api, tunnel) = one(Port::NoNode, quick()).await;
    let handshake = tls(&tunnel, &question).await.handshake;
    assert!(matches!(handshake, Handshake::Other(_)), "{handshake:?}");

    // The tunnel breaks, or never was one: gaps.
    for (port, words) in [
        (Port::Dropped, "it broke"),
        (Port::NoNode, "it stands, and the node says nothing"),
        (Port::Strange, "it does not begin as a port-forward does"),
        (Port::NotWebSocket, "passes no WebSocket"),
    ] {
        let name = format!("{port:?}");
        let (_api, tunnel) = one(port, quick()).await;
        for question in [get(at(80), false), get(at(80), true), shake(80)] {
            let why = unreachable(&tunnel, &question).await;
            assert!(why.starts_with("no tunnel to pod shop/web-1: "), "{why}");
            assert!(why.contains(words), "{name}: {why}");
        }
    }
}

#[tokio::test]
async fn a_tunnel_that_does_not_open_says_nothing_about_the_pod() {
    for (fault, words) in [
        (Fault::Error, "the API server answered 500"),
        (Fault::Hang, "it did not open within"),
        (Fault::Cut, "ended the connection without an answer"),
        (
            Fault::Answer {
                status: 400,
                body: "only SPDY here".to_owned(),
            },
            "the API server answered 400: only SPDY here",
        ),
        (
            Fault::Answer {
                status: 403,
                body: "<h1>blocked by the firewall</h1>".to_owned(),
            },
            "answered 403: <h1>blocked by the firewall</h1>",
        ),
    ] {
        let builder = FakeApi::builder().fault("*/portforward", fault.clone());
        let (_api, tunnel) = start(builder, quick()).await;
        let why = unreachable(&tunnel, &get(at(80), false)).await;
        assert!(why.starts_with("no tunnel to pod shop/web-1: "), "{why}");
        assert!(why.contains(words), "{fault:?}: {why}");
    }
    let (_api, tunnel) = start(FakeApi::builder(), patient()).await;
    let why = unreachable(&tunnel, &get(at(80), false)).await;
    assert_eq!(
        why,
        "no tunnel to pod shop/web-1: there is no such pod any more"
    );
    let strange = PodPort {
        name: "../../secrets".to_owned(),
        ..at(80)
    };
    let why = unreachable(&tunnel, &get(strange, false)).await;
    assert!(why.ends_with("no pod can have that name"), "{why}");
    let (api, tunnel) = start(FakeApi::builder(), quick()).await;
    drop(api);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let why = unreachable(&tunnel, &get(at(80), false)).await;
    assert!(why.contains("connect"), "{why}");
}

#[tokio::test]
async fn without_the_right_nothing_is_tried() {
    let question = get(at(80), false);
    for verb in ["get", "create"] {
        let (api, tunnel) = start(FakeApi::builder().deny(verb), patient()).await;
        assert_eq!(Some(gap(&tunnel, &question).await), question.forbidden());
        assert_eq!(Some(gap(&tunnel, &shake(80)).await), shake(80).forbidden());
        assert_eq!(api.count_of(FORWARD), 0, "{verb}");
        assert_eq!(api.count_of(REVIEWS), 2, "{verb}");
    }
    // Before 1.35 a tunnel needs no more than get.
    let (server, _) = servers::http(OK).await;
    let builder = FakeApi::builder()
        .deny("create")
        .minor(34)
        .port("shop/web-1:80", Port::At(server.addr));
    let (api, tunnel) = start(builder, patient()).await;
    assert_eq!(http(&tunnel, &question).await.status, 200);
    assert_eq!(http(&tunnel, &question).await.status, 200);
    assert_eq!(api.count_of("/version"), 1);
    assert_eq!(tunnel.api_requests(), api.count());
}

#[tokio::test]
async fn where_rights_cannot_be_reviewed_the_tunnel_tells() {
    let (server, _) = servers::http(OK).await;
    for fault in [Fault::Forbidden, Fault::NotServed, Fault::Cut] {
        let builder = FakeApi::builder()
            .fault(REVIEWS, fault)
            .port("shop/web-1:80", Port::At(server.addr));
        let (_api, tunnel) = start(builder, patient()).await;
        assert_eq!(http(&tunnel, &get(at(80), false)).await.status, 200);
    }
    let builder = FakeApi::builder()
        .fault(REVIEWS, Fault::Forbidden)
        .fault("*/portforward", Fault::Forbidden);
    let (_api, tunnel) = start(builder, patient()).await;
    let question = get(at(80), false);
    assert_eq!(Some(gap(&tunnel, &question).await), question.forbidden());
}

/// Many questions at once: one review a namespace, and no more tunnels than there is room for.
#[tokio::test]
async fn many_questions_share_the_review_and_the_room() {
    let server = servers::tcp(V4, |stream| async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        servers::respond(stream, OK).await;
    })
    .await;
    let mut builder = FakeApi::builder().latency(Duration::from_millis(5));
    for port in 1..=40 {
        builder = builder.port(&format!("shop/web-1:{port}"), Port::At(server.addr));
    }
    let (api, tunnel) = start(builder, patient()).await;
    let mut facts = Facts::new();
    let questions: Vec<Question> = (1..=40).map(|port| get(at(port), false)).collect();
    let (limits, clock) = (Limits::default(), Clock::default());
    let asked = settle(&mut facts, &tunnel, limits, &clock, |_, _| {
        questions.clone()
    });
    asked.await.expect("nobody stops it");
    assert!(questions.iter().all(|question| facts.knows(question)));
    assert_eq!(api.count_of(REVIEWS), 2);
    assert_eq!(api.tunnels().opened(), 40);
    assert!(
        api.tunnels().most() <= Limits::default().tunnels,
        "{}",
        api.tunnels().most()
    );
}

/// A dropped question takes its tunnel along, and so does an answered one.
#[tokio::test]
async fn no_tunnel_is_left_open() {
    let endless = servers::tcp(V4, |stream| {
        servers::answer_any(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
    })
    .await;
    let builder = FakeApi::builder()
        .port("shop/web-1:80", Port::Silent)
        .port("shop/web-1:81", Port::At(endless.addr));
    let (api, tunnel) = start(builder, quick()).await;
    assert_eq!(http(&tunnel, &get(at(81), false)).await.status, 200);
    let question = get(at(80), false);
    let given_up = tokio::time::timeout(Duration::from_millis(150), tunnel.answer(&question)).await;
    assert!(given_up.is_err());
    assert_eq!(api.tunnels().opened(), 2);
    for _ in 0..100 {
        if api.tunnels().open() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} tunnels are open", api.tunnels().open());
}

/// A backend for the proxy, under the number of its real port.
fn backend(name: &str, to: SocketAddr) -> (Builder, String) {
    let port = to.port().to_string();
    let builder = FakeApi::builder().port(&format!("shop/{name}:{port}"), Port::At(to));
    (builder, port)
}

#[tokio::test]
async fn the_api_servers_proxy_shows_the_backends_own_response() {
    let (server, heads) = servers::http(
        "HTTP/1.1 302 Found\r\nLocation: /api/v1/namespaces/shop/pods/web-1:PORT/proxy/login\r\nSet-Cookie: s=secret\r\n\
         Content-Length: 2\r\n\r\nok",
    )
    .await;
    let (builder, port) = backend("web-1", server.addr);
    let (api, tunnel) = start(builder.token("t0ken"), patient()).await;
    let answer = http(&tunnel, &proxy(Kind::Pod, "web-1", &port, "/cart?x=1")).await;
    assert_eq!((answer.status, answer.body.as_str()), (302, "ok"));
    assert_eq!(answer.header("set-cookie"), Some("…"));
    assert!(heads.lock().expect("the log")[0].starts_with("GET /cart?x=1 "));
    let seen = api.seen().pop().expect("a request");
    assert_eq!(seen.headers["authorization"], "Bearer t0ken");
    assert_eq!(seen.method, http::Method::GET);
    assert_eq!(seen.query, "x=1");
    assert_eq!(tunnel.api_requests(), 1);

    // A 503 that the backend wrote itself, and a Status of a backend that is an API server, are responses.
    for body in [
        "upstream is down".to_owned(),
        status("Forbidden", "forbidden: cannot get path", ""),
        status(
            "NotFound",
            "the server could not find the requested resource",
            "",
        ),
    ] {
        let code = if body.contains("Forbidden") {
            403
        } else if body.contains("NotFound") {
            404
        } else {
            503
        };
        let text = format!(
            "HTTP/1.1 {code} X\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (server, _) = servers::http(text).await;
        let (builder, port) = backend("web-1", server.addr);
        let (_api, tunnel) = start(builder, patient()).await;
        let answer = http(&tunnel, &proxy(Kind::Pod, "web-1", &port, "/")).await;
        assert_eq!((answer.exchange, answer.status), (Exchange::Response, code));
    }
}

fn status(reason: &str, message: &str, name: &str) -> String {
    serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, "message": message,
        "details": {"name": name, "kind": "pods"},
    })
    .to_string()
}

#[tokio::test]
async fn a_redirect_is_the_backends_not_the_proxys() {
    let prefix = "/api/v1/namespaces/shop/pods/web-1:8080/proxy";
    let response = format!(
        "HTTP/1.1 302 Found\r\nLocation: {prefix}/login?next=1\r\nContent-Length: 0\r\n\r\n"
    );
    let (server, _) = servers::http(response).await;
    let builder = FakeApi::builder().port("shop/web-1:8080", Port::At(server.addr));
    let (_api, tunnel) = start(builder, patient()).await;
    let answer = http(&tunnel, &proxy(Kind::Pod, "web-1", "8080", "/")).await;
    assert_eq!(answer.header("location"), Some("/login?next=1"));
}

#[tokio::test]
async fn the_api_servers_own_word_is_told_from_the_backends() {
    let attempt = |why: &str| {
        let message = format!("error trying to reach service: {why}");
        (503, status("ServiceUnavailable", &message, ""))
    };
    let none = |connect| Ok(Exchange::NoConnection(connect));
    let no_endpoints = "no endpoints available for service \"web-1\"";
    for ((code, body), expected) in [
        (attempt("dial tcp 10.244.0.11:8080: connect: connection refused"), none(Connect::Refused)),
        (attempt("dial tcp 10.244.0.11:8080: i/o timeout"), none(Connect::TimedOut)),
        (attempt("context deadline exceeded"), none(Connect::TimedOut)),
        (attempt("dial tcp 10.244.0.11:8080: connect: no route to host"), none(Connect::NoRoute)),
        (attempt("EOF"), Ok(Exchange::Closed)),
        (
            (503, status("ServiceUnavailable", no_endpoints, "")),
            none(Connect::Other(no_endpoints.to_owned())),
        ),
        (
            (502, "Error trying to reach service: 'dial tcp 10.244.0.11:8080: connect: connection refused'".to_owned()),
            none(Connect::Refused),
        ),
        (attempt("No agent available"), Err("No agent available")),
        (
            (503, status("ServiceUnavailable", "no service port 81 found for service \"web-1\"", "")),
            Err("no service port 81 found"),
        ),
        ((400, status("BadRequest", "address not allowed", "")), Err("answered 400: address not allowed")),
        // The dial of a proxy on the way.
        (attempt("dial tcp 10.0.0.9:8132: connect: connection refused"), Err("10.0.0.9:8132")),
        ((429, status("TooManyRequests", "try later", "")), Err("answered 429: try later")),
        ((404, status("NotFound", "pods \"web-1\" not found", "web-1")), Err("pods \"web-1\" not found")),
    ] {
        let fault = Fault::Answer { status: code, body: body.clone() };
        let (_api, tunnel) = start(FakeApi::builder().fault("*/proxy/*", fault), patient()).await;
        let question = proxy(Kind::Pod, "web-1", "8080", "/");
        match (tunnel.answer(&question).await, expected) {
            (Ok(Answer::Http(answer)), Ok(expected)) => {
                assert_eq!(answer.exchange, expected, "{body}");
                assert!(answer.tunnel.is_some(), "{body}");
            }
            (Err(Gap::Unreachable { why }), Err(words)) => {
                assert!(why.starts_with("no way to Pod shop/web-1 through the API server: "), "{why}");
                assert!(why.contains(words), "{why}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_the_proxy_does_not_do() {
    let question = proxy(Kind::Pod, "web-1", "8080", "/");
    let body = status(
        "Forbidden",
        "pods \"web-1\" is forbidden: cannot get resource \"pods/proxy\"",
        "web-1",
    );
    let fault = Fault::Answer { status: 403, body };
    let (_api, tunnel) = start(FakeApi::builder().fault("*/proxy/*", fault), patient()).await;
    assert_eq!(Some(gap(&tunnel, &question).await), question.forbidden());

    let (_api, tunnel) = start(FakeApi::builder().fault("*/proxy/*", Fault::Hang), quick()).await;
    assert_eq!(http(&tunnel, &question).await.exchange, Exchange::TimedOut);

    // Nobody there, and paths or names that would ask for something else.
    let (api, tunnel) = start(FakeApi::builder(), patient()).await;
    let why = unreachable(&tunnel, &question).await;
    assert!(why.contains("not found"), "{why}");
    let sent = api.count();
    for (name, port, path) in [
        ("web-1", "8080", "/../../../../../../api/v1/secrets"),
        ("web-1", "8080", "/%2e%2e/x"),
        ("web-1", "8080/proxy/x", "/"),
        ("../x", "8080", "/"),
        ("https:web-1", "8080", "/"),
        ("web-1", "8080", "x"),
    ] {
        let question = proxy(Kind::Service, name, port, path);
        let gap = gap(&tunnel, &question).await;
        assert!(
            matches!(gap, Gap::Unreachable { .. } | Gap::NotAsked { .. }),
            "{gap:?}"
        );
    }
    let secret = gap(&tunnel, &proxy(Kind::Secret, "web-1", "8080", "/")).await;
    assert!(matches!(secret, Gap::Unreachable { .. }), "{secret:?}");
    let outside = gap(&tunnel, &Question::list_all(Kind::Pod)).await;
    assert!(matches!(outside, Gap::NotAsked { .. }), "{outside:?}");
    assert_eq!(api.count(), sent);
}

#[tokio::test]
async fn a_nodes_port_is_asked_as_a_pods_is() {
    let healthy = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"now\": \"x\"}";
    let (server, heads) = servers::http(healthy).await;
    let closed = servers::closed_port(V4).await;
    let port = closed.port().to_string();
    let builder = FakeApi::builder()
        .port("node-1:10256", Port::At(server.addr))
        .port(&format!("node-2:{port}"), Port::At(closed));
    let (api, tunnel) = start(builder, patient()).await;
    let question = node("node-1", "10256");
    assert_eq!(
        question.to_string(),
        "GET /healthz of Node node-1:10256 through the API server"
    );
    assert_eq!(question.right().as_deref(), Some("get nodes/proxy"));
    let answer = http(&tunnel, &question).await;
    assert_eq!(
        (answer.exchange, answer.status),
        (Exchange::Response, 200),
        "{}",
        answer.body
    );
    assert!(heads.lock().expect("the log")[0].starts_with("GET /healthz "));
    assert_eq!(api.count_of("/api/v1/nodes/node-1:10256/proxy/healthz"), 1);
    let refused = http(&tunnel, &node("node-2", &port)).await.exchange;
    assert_eq!(refused, Exchange::NoConnection(Connect::Refused));
    let why = unreachable(&tunnel, &node("node-3", "10256")).await;
    assert!(
        why.starts_with("no way to Node node-3 through the API server: ")
            && why.contains("not found"),
        "{why}"
    );

    // A node has no namespace, a pod has one, and neither is a path.
    let sent = api.count();
    for (kind, namespace, name) in [
        (Kind::Node, Some("shop"), "node-1"),
        (Kind::Pod, None, "web-1"),
        (Kind::Node, None, "../namespaces/shop/pods/web-1"),
    ] {
        let question = Question::Proxy {
            kind,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            port: "10256".to_owned(),
            tls: false,
            path: "/healthz".to_owned(),
        };
        let why = unreachable(&tunnel, &question).await;
        assert!(why.ends_with("the API server knows no such name"), "{why}");
    }
    assert_eq!(api.count(), sent);
}

#[tokio::test]
async fn the_word_on_a_node_is_told_from_the_nodes_own() {
    let question = node("node-1", "10256");
    let of = |code: u16, reason: &str, message: &str| {
        let body = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, "message": message,
            "details": {"name": "node-1", "kind": "nodes"},
        });
        let fault = Fault::Answer {
            status: code,
            body: body.to_string(),
        };
        FakeApi::builder().fault("*/proxy/*", fault)
    };
    let words = "nodes \"node-1\" is forbidden: cannot get resource \"nodes/proxy\"";
    let (_api, tunnel) = start(of(403, "Forbidden", words), patient()).await;
    assert_eq!(Some(gap(&tunnel, &question).await), question.forbidden());
    // The dial of a proxy of the control plane is none of the node's port.
    let attempt = "error trying to reach service: dial tcp 10.0.0.9";
    for (port, refused) in [("10256", true), ("8132", false)] {
        let message = format!("{attempt}:{port}: connect: connection refused");
        let (_api, tunnel) = start(of(503, "ServiceUnavailable", &message), patient()).await;
        match tunnel.answer(&question).await {
            Ok(Answer::Http(answer)) if refused => {
                let expected = Exchange::NoConnection(Connect::Refused);
                assert_eq!(answer.exchange, expected);
            }
            Err(Gap::Unreachable { .. }) if !refused => {}
            other => panic!("{port}: {other:?}"),
        }
    }
    // kube-proxy that is not healthy says so itself.
    let ill = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}";
    let (server, _) = servers::http(ill).await;
    let builder = FakeApi::builder().port("node-1:10256", Port::At(server.addr));
    let (_api, tunnel) = start(builder, patient()).await;
    let answer = http(&tunnel, &question).await;
    assert_eq!((answer.exchange, answer.status), (Exchange::Response, 503));
}
