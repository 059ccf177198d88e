//! HTTP: who answered, and every way not to answer.

use std::time::{Duration, Instant};

use hops::answer::Answerer;
use hops::answer::network::{Network, NetworkConfig};
use hops::facts::{Connect, Exchange, Gap, Question};
use rcgen::date_time_ymd;
use tokio::io::AsyncWriteExt;

use crate::support::servers::{self, Identity, V4};
use crate::{HOST, ask_http, network, patient, quick, request, request_with};

#[tokio::test]
async fn shows_who_answered() {
    let (server, heads) = servers::http(
        "HTTP/1.1 404 Not Found\r\nServer: nginx\r\nVia: 1.1 edge\r\nX-Envoy-Upstream-Service-Time: 3\r\n\
         X-Hops-Pod: web-1\r\nSet-Cookie: session=secret\r\nAuthorization: secret\r\nX-Auth-Token: secret\r\n\
         WWW-Authenticate: Basic realm=\"secret\"\r\nContent-Length: 9\r\n\r\nnot found",
    )
    .await;
    let given = [
        "X-Tenant: blue",
        "Accept: text/html",
        "X-Twice: 1",
        "x-twice: 2",
    ];
    let answer = ask_http(patient(), request_with(server.addr, &given)).await;
    assert_eq!(answer.exchange, Exchange::Response);
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body, "not found");
    assert_eq!(answer.header("server"), Some("nginx"));
    assert_eq!(answer.header("via"), Some("1.1 edge"));
    assert_eq!(answer.header("x-envoy-upstream-service-time"), Some("3"));
    assert_eq!(answer.header("x-hops-pod"), Some("web-1"));
    assert_eq!(answer.header("www-authenticate"), Some("Basic"));
    assert_eq!(answer.header("set-cookie"), Some("…"));
    assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");

    let head = heads.lock().expect("the log")[0].to_lowercase();
    let lines: Vec<_> = head.lines().collect();
    assert_eq!(lines[0], "get /cart?x=1 http/1.1");
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        "host: shop.example.com",
        &format!("user-agent: kubectl-hops/{version}"),
        "x-tenant: blue",
        "accept: text/html",
        "x-twice: 1",
        "x-twice: 2",
    ] {
        assert!(lines.contains(&line), "{line} is not in {head}");
    }
    // The next request may go over the same connection.
    assert!(
        !head.contains("*/*") && !head.contains("connection:"),
        "{head}"
    );
}

#[tokio::test]
async fn headers_are_taken_out_sent_empty_and_in_any_letters() {
    let (server, heads) = servers::http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let given = ["user-agent:", "X-Absent:", "X-Empty;", "X-Name: Jürgen"];
    let answer = ask_http(patient(), request_with(server.addr, &given)).await;
    assert_eq!(answer.status, 200);
    let head = heads.lock().expect("the log")[0].to_lowercase();
    let lines: Vec<_> = head.lines().map(str::trim_end).collect();
    for line in ["accept: */*", "x-empty:", "x-name: jürgen"] {
        assert!(lines.contains(&line), "{line} is not in {head}");
    }
    assert!(
        !head.contains("user-agent") && !head.contains("x-absent"),
        "{head}"
    );
}

#[tokio::test]
async fn secrets_are_sent_and_do_not_come_back() {
    let echo = "Authorization: Bearer hunter22hunter22\r\nCookie: session=c00kie77";
    let (server, heads) = servers::http(format!(
        "HTTP/1.1 302 Found\r\nLocation: /login?token=hunter22hunter22\r\nX-Powered-By: c00kie77\r\n\
         Content-Length: {}\r\n\r\n{echo}",
        echo.len()
    ))
    .await;
    let given = [
        "Authorization: Bearer hunter22hunter22",
        "Cookie: session=c00kie77; canary=always",
    ];
    let answer = ask_http(patient(), request_with(server.addr, &given)).await;
    let head = heads.lock().expect("the log")[0].clone();
    assert!(head.contains("Bearer hunter22hunter22\r\n"), "{head}");
    assert!(
        head.contains("session=c00kie77; canary=always\r\n"),
        "{head}"
    );
    assert_eq!(answer.header("location"), Some("/login?token=…"));
    assert_eq!(answer.body, "Authorization: …\r\nCookie: session=…");
    let all = format!("{answer:?}");
    assert!(
        !all.contains("hunter22") && !all.contains("c00kie77"),
        "{all}"
    );
}

#[tokio::test]
async fn what_a_recording_hides_cannot_be_sent() {
    let to = servers::closed_port(V4).await;
    let answer = network(patient())
        .answer(&request_with(to, &["Authorization: …"]))
        .await;
    let Err(Gap::Malformed { why }) = answer else {
        panic!("{answer:?}")
    };
    assert!(why.contains("Authorization"), "{why}");
}

#[tokio::test]
async fn does_not_follow_redirects() {
    let (server, heads) = servers::http(
        "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://me:pw@login.example.com/go?state=secret#t=secret\r\n\
         Content-Length: 0\r\n\r\n",
    )
    .await;
    let answer = ask_http(patient(), request(server.addr, false)).await;
    assert_eq!(answer.status, 308);
    assert_eq!(
        answer.header("location"),
        Some("https://login.example.com/go?…")
    );
    assert_eq!(heads.lock().expect("the log").len(), 1);

    let (server, _) = servers::http(
        "HTTP/1.1 301 Moved Permanently\r\nLocation: https://shop.example.com:8443/cart?x=1\r\n\r\n",
    )
    .await;
    let answer = ask_http(patient(), request(server.addr, false)).await;
    let location = answer.header("location");
    assert_eq!(location, Some("https://shop.example.com:8443/cart?x=1"));
}

#[tokio::test]
async fn goes_over_tls_with_any_certificate() {
    let identity = Identity::self_signed(&["other.example.com"], |p| {
        p.not_after = date_time_ymd(2020, 1, 1);
    });
    let (seen, name) = tokio::sync::oneshot::channel();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Some(seen)));
    let mut config = identity.config();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let server = servers::tls(config, move |stream| {
        let session = stream.get_ref().1;
        let shown = (
            session.server_name().map(str::to_owned),
            session.alpn_protocol().map(<[u8]>::to_vec),
        );
        if let Some(seen) = seen.lock().expect("the sender").take() {
            let _ = seen.send(shown);
        }
        servers::respond(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    })
    .await;
    let question = Question::Http {
        to: server.addr,
        tls: true,
        host: format!("{HOST}:8443"),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
    };
    let answer = ask_http(patient(), question).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    let (sni, alpn) = name.await.expect("a connection");
    assert_eq!(sni.as_deref(), Some(HOST));
    assert_eq!(alpn.as_deref(), Some(b"http/1.1".as_slice()));
}

/// Each step has its own time, so that a slow one can be named.
#[tokio::test]
async fn says_how_long_each_step_took() {
    let late = Duration::from_millis(150);
    let server = servers::tcp(V4, move |stream| async move {
        tokio::time::sleep(late).await;
        servers::respond(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    })
    .await;
    let answer = ask_http(patient(), request(server.addr, false)).await;
    let phases = answer.phases.expect("phases");
    assert!(phases.wait >= 140 && phases.tls.is_none(), "{phases:?}");
    assert!(phases.connect + phases.wait <= answer.ms + 1, "{answer:?}");

    let identity = Identity::self_signed(&[HOST], |_| {});
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(identity.config()));
    let server = servers::tcp(V4, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            tokio::time::sleep(late).await;
            if let Ok(stream) = acceptor.accept(stream).await {
                let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                servers::respond(stream, ok).await;
            }
        }
    })
    .await;
    let answer = ask_http(patient(), request(server.addr, true)).await;
    let phases = answer.phases.expect("phases");
    assert!(phases.tls.is_some_and(|tls| tls >= 140), "{phases:?}");
    let silent = servers::tcp(V4, servers::silence).await;
    let answer = ask_http(quick(), request(silent.addr, false)).await;
    assert_eq!(answer.phases, None);
}

#[tokio::test]
async fn head_has_no_body() {
    let (server, heads) = servers::http("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").await;
    let Question::Http {
        to,
        tls,
        host,
        path,
        ..
    } = request(server.addr, false)
    else {
        panic!("not HTTP")
    };
    let method = "HEAD".to_owned();
    let question = Question::Http {
        to,
        tls,
        host,
        method,
        path,
        headers: Vec::new(),
    };
    let answer = ask_http(patient(), question).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("content-length"), Some("5"));
    assert!(heads.lock().expect("the log")[0].starts_with("HEAD /cart"));
}

#[tokio::test]
async fn tells_silence_closing_and_other_protocols_apart() {
    let silent = servers::tcp(V4, servers::silence).await;
    let answer = ask_http(quick(), request(silent.addr, false)).await;
    assert_eq!(answer.exchange, Exchange::TimedOut);
    assert_eq!(answer.status, 0);

    for half in ["", "HTTP/1.1 200 OK\r\nServer: ng"] {
        let (closing, _) = servers::http(half).await;
        let answer = ask_http(patient(), request(closing.addr, false)).await;
        assert_eq!(answer.exchange, Exchange::Closed, "{half:?}");
    }
    let resetting = servers::tcp(V4, servers::reset).await;
    let answer = ask_http(patient(), request(resetting.addr, false)).await;
    assert_eq!(answer.exchange, Exchange::Closed);

    let closed = servers::closed_port(V4).await;
    let answer = ask_http(patient(), request(closed, false)).await;
    assert_eq!(answer.exchange, Exchange::NoConnection(Connect::Refused));

    let not_http: [(&[u8], &str); 4] = [
        (
            b"220 mail.example.com ESMTP\r\n",
            "220 mail.example.com ESMTP",
        ),
        (&[0x15, 3, 1, 0, 2, 2, 70], "TLS"),
        (&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100], "HTTP/2"),
        (b"\x1b[2J\x1b[2J", r"\x1b[2J"),
    ];
    for (bytes, word) in not_http {
        let server = servers::tcp(V4, move |stream| servers::answer_any(stream, bytes)).await;
        match ask_http(patient(), request(server.addr, false))
            .await
            .exchange
        {
            Exchange::NotHttp(why) => assert!(why.contains(word), "{why}"),
            other => panic!("{word}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn reads_no_more_than_it_wants() {
    let endless = |first: &'static [u8], again: &'static [u8]| {
        servers::tcp(V4, move |mut stream| async move {
            servers::head(&mut stream).await;
            let _ = stream.write_all(first).await;
            while stream.write_all(again).await.is_ok() {}
        })
    };
    let body = endless(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 4096]).await;
    let answer = ask_http(patient(), request(body.addr, false)).await;
    assert_eq!((answer.status, answer.body.len()), (200, 1024));

    let headers = endless(
        b"HTTP/1.1 200 OK\r\n",
        b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
    )
    .await;
    match ask_http(patient(), request(headers.addr, false))
        .await
        .exchange
    {
        Exchange::NotHttp(why) => assert!(why.contains("64 KiB"), "{why}"),
        other => panic!("{other:?}"),
    }

    // The rest of the body never comes: what is there counts, long before the time for the whole exchange is over.
    let stuck = servers::tcp(V4, |stream| {
        servers::answer_any(
            stream,
            b"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nfirst",
        )
    })
    .await;
    let started = Instant::now();
    let answer = ask_http(patient(), request(stuck.addr, false)).await;
    assert_eq!((answer.status, answer.body.as_str()), (503, "first"));
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn refuses_what_it_cannot_send() {
    let config = NetworkConfig {
        user_agent: "two\nlines".to_owned(),
        ..patient()
    };
    let why = Network::new(config).err().unwrap_or_default();
    assert!(why.contains("user agent"), "{why}");

    let network = network(patient());
    let to = servers::closed_port(V4).await;
    for (method, host, path) in [
        ("GE T", HOST, "/"),
        ("CONNECT", HOST, "/"),
        ("GET", "shop\r\nX-Evil: 1", "/"),
        ("GET", HOST, "/a b\r\nX-Evil: 1"),
    ] {
        let question = Question::Http {
            to,
            tls: false,
            host: host.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
        };
        let answer = network.answer(&question).await;
        assert!(
            matches!(answer, Err(Gap::Malformed { .. })),
            "{question:?}: {answer:?}"
        );
    }
}
