//! The request as an ordinary client makes it: proxies, trust, HTTP/2, redirects.

use std::convert::Infallible;
use std::io::Write;

use bytes::Bytes;
use hops::answer::Answerer;
use hops::answer::network::{NetworkConfig, Proxies};
use hops::facts::{Answer, ClientAnswer, ClientEnd, ClientRequest, Connect, Gap, Question};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::support::servers::{self, Authority, V4};
use crate::{network, patient};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn with(set: &[(&str, String)]) -> NetworkConfig {
    let proxies = Proxies::of(|name| {
        let found = set.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| value.clone())
    });
    NetworkConfig {
        proxies,
        ..patient()
    }
}

fn request(tls: bool, host: &str) -> ClientRequest {
    ClientRequest {
        tls,
        host: host.to_owned(),
        method: "GET".to_owned(),
        path: "/cart?x=1".to_owned(),
    }
}

async fn ask(config: NetworkConfig, tls: bool, host: &str) -> ClientAnswer {
    let question = Question::Client(request(tls, host));
    match network(config).answer(&question).await {
        Ok(Answer::Client(answer)) => *answer,
        other => panic!("{other:?}"),
    }
}

fn status(answer: &ClientAnswer) -> Option<u16> {
    answer.response.as_ref().map(|r| r.status)
}

#[tokio::test]
async fn without_a_proxy_it_goes_there_with_nothing_of_the_users() {
    let (server, heads) = servers::http(OK).await;
    let answer = ask(patient(), false, &server.addr.to_string()).await;
    assert_eq!(answer.end, ClientEnd::Response, "{answer:?}");
    assert_eq!(status(&answer), Some(200));
    assert_eq!(
        answer.response.as_ref().map(|r| r.body.as_str()),
        Some("hello")
    );
    assert_eq!(answer.version.as_deref(), Some("HTTP/1.1"));
    assert_eq!(answer.proxy, None);
    let head = heads.lock().expect("the log")[0].to_lowercase();
    let names: Vec<&str> = head
        .lines()
        .skip(1)
        .filter_map(|l| l.split(':').next())
        .collect();
    assert!(head.starts_with("get /cart?x=1 http/1.1"), "{head}");
    assert_eq!(names.iter().filter(|n| !n.is_empty()).count(), 3, "{head}");
    for name in ["accept", "user-agent", "host"] {
        assert!(names.contains(&name), "{head}");
    }
    let mut post = request(false, &server.addr.to_string());
    post.method = "POST".to_owned();
    let refused = network(patient()).answer(&Question::Client(post)).await;
    assert!(matches!(refused, Err(Gap::Malformed { .. })), "{refused:?}");
    assert_eq!(heads.lock().expect("the log").len(), 1);
}

#[tokio::test]
async fn the_proxy_that_answers_is_named_without_its_password() {
    let (proxy, heads) = servers::http(
        "HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR\r\nContent-Length: 2\r\n\r\nno",
    )
    .await;
    let url = format!("http://me:hunter2@{}", proxy.addr);
    let answer = ask(with(&[("http_proxy", url)]), false, "shop.example.com").await;
    assert_eq!(answer.end, ClientEnd::Response);
    assert_eq!(status(&answer), Some(403));
    let used = answer.proxy.as_ref().expect("a proxy");
    assert_eq!(used.variable, "http_proxy");
    assert_eq!(used.url, format!("http://{}", proxy.addr));
    assert_eq!(used.exceptions, None);
    assert!(!format!("{answer:?}").contains("hunter2"), "{answer:?}");
    let head = heads.lock().expect("the log")[0].to_lowercase();
    assert!(
        head.starts_with("get http://shop.example.com/cart?x=1 "),
        "{head}"
    );
    assert!(head.contains("proxy-authorization: basic "), "{head}");
}

#[tokio::test]
async fn a_proxy_that_opens_no_way_says_why() {
    for code in [
        "403 Forbidden",
        "407 Proxy Authentication Required",
        "503 Unavailable",
    ] {
        let (proxy, heads) =
            servers::http(format!("HTTP/1.1 {code}\r\nContent-Length: 2\r\n\r\nno")).await;
        let set = [
            ("HTTPS_PROXY", proxy.addr.to_string()),
            ("NO_PROXY", "other.example.com".to_owned()),
        ];
        let answer = ask(with(&set), true, "shop.example.com").await;
        assert_eq!(answer.end, ClientEnd::ProxyRefused, "{answer:?}");
        assert_eq!(
            status(&answer).map(|s| s.to_string()).as_deref(),
            Some(&code[..3])
        );
        let used = answer.proxy.expect("a proxy");
        assert_eq!(used.exceptions.as_deref(), Some("NO_PROXY"));
        let heads = heads.lock().expect("the log");
        assert!(
            heads
                .iter()
                .all(|h| h.starts_with("CONNECT shop.example.com:443 ")),
            "{heads:?}"
        );
    }
}

#[tokio::test]
async fn a_dead_proxy_and_a_host_past_it() {
    let dead = servers::closed_port(V4).await.to_string();
    let answer = ask(
        with(&[("ALL_PROXY", dead.clone())]),
        true,
        "shop.example.com",
    )
    .await;
    assert_eq!(answer.end, ClientEnd::NoConnection(Connect::Refused));
    assert_eq!(
        answer.proxy.map(|p| p.variable).as_deref(),
        Some("ALL_PROXY")
    );

    let (server, _) = servers::http(OK).await;
    let set = [("HTTP_PROXY", dead), ("NO_PROXY", "127.0.0.0/8".to_owned())];
    let answer = ask(with(&set), false, &server.addr.to_string()).await;
    assert_eq!((status(&answer), answer.proxy), (Some(200), None));
}

#[tokio::test]
async fn redirects_are_followed_to_their_end_and_keep_no_secret() {
    let (end, _) = servers::http("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    let port = end.addr.port();
    let leads = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://me:hunter2@localhost:{port}/login?token=hunter2#x\r\nContent-Length: 0\r\n\r\n"
    );
    let (first, _) = servers::http(leads).await;
    let answer = ask(patient(), false, &first.addr.to_string()).await;
    assert_eq!(answer.end, ClientEnd::Response, "{answer:?}");
    assert_eq!(status(&answer), Some(404));
    let steps: Vec<_> = answer
        .redirects
        .iter()
        .map(|r| (r.status, r.to.as_str()))
        .collect();
    assert_eq!(steps, [(302, &*format!("http://localhost:{port}/login?…"))]);
    assert!(!format!("{answer:?}").contains("hunter2"), "{answer:?}");

    let (circle, heads) =
        servers::http("HTTP/1.1 301 Moved\r\nLocation: /cart?x=1\r\nContent-Length: 0\r\n\r\n")
            .await;
    let answer = ask(patient(), false, &circle.addr.to_string()).await;
    assert_eq!(answer.end, ClientEnd::Redirects);
    assert_eq!(heads.lock().expect("the log").len(), 1);
}

#[tokio::test]
async fn trust_is_this_machines_and_that_of_cacert() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&["localhost"], |_| {});
    let server = servers::tls(identity.config(), |s| servers::respond(s, OK.as_bytes())).await;
    let host = format!("localhost:{}", server.addr.port());
    let answer = ask(patient(), true, &host).await;
    assert_eq!(
        answer.end,
        ClientEnd::NotTrusted("unknown issuer".to_owned())
    );
    assert_eq!(answer.certificate.expect("the leaf").issuer, "Test CA");

    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(authority.pem().as_bytes()).expect("written");
    let config = NetworkConfig {
        cacert: Some(file.path().to_owned()),
        ..patient()
    };
    let answer = ask(config, true, &host).await;
    assert_eq!(answer.end, ClientEnd::Response, "{answer:?}");
    assert_eq!(status(&answer), Some(200));
    assert_eq!(answer.certificate.expect("the leaf").subject, "localhost");
}

#[tokio::test]
async fn http2_is_spoken_and_its_failures_are_told() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&["localhost"], |_| {});
    let mut config = identity.config();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let good = servers::tls(config.clone(), |stream| async {
        let hello = service_fn(|_| async {
            let body = Full::new(Bytes::from_static(b"hello"));
            Ok::<_, Infallible>(http::Response::new(body))
        });
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), hello)
            .await;
    })
    .await;
    // It agrees to HTTP/2, and answers as HTTP/1.1 does.
    let bad = servers::tls(config, |mut stream| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(OK.as_bytes()).await;
        servers::silence(stream).await;
    })
    .await;
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(authority.pem().as_bytes()).expect("written");
    let config = || NetworkConfig {
        cacert: Some(file.path().to_owned()),
        ..patient()
    };
    let host = |server: &servers::Server| format!("localhost:{}", server.addr.port());
    let answer = ask(config(), true, &host(&good)).await;
    assert_eq!(status(&answer), Some(200), "{answer:?}");
    assert_eq!(answer.version.as_deref(), Some("HTTP/2"));
    let answer = ask(config(), true, &host(&bad)).await;
    assert!(matches!(answer.end, ClientEnd::Http2(_)), "{answer:?}");
}

#[tokio::test]
async fn what_ends_without_an_answer_says_how() {
    let closes = servers::tcp(V4, |mut s| async move {
        servers::head(&mut s).await;
    })
    .await;
    let answer = ask(patient(), false, &closes.addr.to_string()).await;
    assert_eq!(answer.end, ClientEnd::Closed, "{answer:?}");
    let silent = servers::tcp(V4, servers::silence).await;
    let answer = ask(crate::quick(), false, &silent.addr.to_string()).await;
    assert_eq!(answer.end, ClientEnd::TimedOut, "{answer:?}");
    let dead = servers::closed_port(V4).await;
    let answer = ask(patient(), false, &dead.to_string()).await;
    assert_eq!(answer.end, ClientEnd::NoConnection(Connect::Refused));
    // Longer than a label may be, so that nobody is asked for it.
    let answer = ask(patient(), false, &"a".repeat(70)).await;
    assert_eq!(answer.end, ClientEnd::NoName, "{answer:?}");
}
