//! DNS through a port-forward, against an API server and DNS servers in this process: several queries over one connection, and every
//! way in which that can end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::SRV;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hops::answer::Answerer;
use hops::answer::network::{Network, NetworkConfig};
use hops::answer::tunnel::Tunnel;
use hops::diagnosis::semantics::words::reply_words;
use hops::facts::{
    Answer, Connect, DnsEnd, DnsQuery, DnsRecord, DnsType, Gap, PodDnsAnswer, PodPort, Question,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::fake_api::{FakeApi, Fault, Port};
use crate::support::servers::{self, Says, Server, V4, Zone};

const WEB: &str = "web.shop.svc.cluster.local";
const PLACE: &str = "kube-system/coredns-1:53";

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

fn pod() -> PodPort {
    PodPort {
        namespace: "kube-system".to_owned(),
        name: "coredns-1".to_owned(),
        port: 53,
        proxy_line: false,
    }
}

fn ask(queries: &[(&str, DnsType)]) -> Question {
    let queries = queries
        .iter()
        .map(|(name, rtype)| DnsQuery::new(name, *rtype));
    Question::PodDns {
        pod: pod(),
        queries: queries.collect(),
    }
}

/// Of three names that are there.
fn three() -> Question {
    ask(&[
        ("a.test", DnsType::A),
        ("b.test", DnsType::A),
        ("c.test", DnsType::A),
    ])
}

fn three_names() -> Zone {
    ["a", "b", "c"].iter().fold(Zone::new(), |zone, name| {
        let name = format!("{name}.test");
        let found = vec![servers::address(&name, 5, "10.96.77.1")];
        zone.with(
            &name,
            RecordType::A,
            Says::Records(ResponseCode::NoError, found),
        )
    })
}

/// One that listens in the pod, and a tunnel.
async fn one(port: Port, config: NetworkConfig) -> (FakeApi, Tunnel) {
    let api = FakeApi::builder().port(PLACE, port).start().await;
    let tunnel = tunnel(&api, config).await;
    (api, tunnel)
}

async fn tunnel(api: &FakeApi, config: NetworkConfig) -> Tunnel {
    let connection = api.connection().await;
    Tunnel::new(&connection, &Network::new(config).expect("a network"))
}

async fn answer(tunnel: &Tunnel, question: &Question) -> PodDnsAnswer {
    match tunnel.answer(question).await {
        Ok(Answer::PodDns(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn ends(answer: &PodDnsAnswer) -> Vec<DnsEnd> {
    answer.replies.iter().map(|r| r.end.clone()).collect()
}

fn not_sent(query: &str) -> DnsEnd {
    DnsEnd::NotSent(format!("{query} got no answer"))
}

/// A server that does with each question what is said; questions are numbered from 0. It hangs up where that is nothing.
async fn scripted<F>(answer: F) -> Server
where
    F: Fn(usize, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    servers::tcp(V4, move |mut stream: TcpStream| {
        let answer = Arc::clone(&answer);
        async move {
            for number in 0.. {
                let Some(question) = servers::dns_question(&mut stream).await else {
                    return;
                };
                let Some(bytes) = answer(number, &question) else {
                    return;
                };
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    })
    .await
}

fn said(question: &[u8]) -> Vec<u8> {
    servers::dns_framed(&servers::dns_reply(&three_names(), question))
}

#[tokio::test]
async fn several_queries_are_asked_over_one_connection_in_order() {
    let target = Name::from_ascii("Web.Shop.svc.cluster.local.").expect("a name");
    let service = Name::from_ascii("_http._tcp.web.shop.svc.cluster.local.").expect("a name");
    let srv = RData::SRV(SRV::new(0, 100, 8080, target));
    let good = |records| Says::Records(ResponseCode::NoError, records);
    let bad = |code| Says::Records(code, Vec::new());
    let zone = Zone::new()
        .with(
            WEB,
            RecordType::A,
            good(vec![servers::address(WEB, 5, "10.96.77.1")]),
        )
        .with(WEB, RecordType::AAAA, good(Vec::new()))
        .with(
            "db.shop.svc.cluster.local",
            RecordType::A,
            good(vec![
                servers::alias("db.shop.svc.cluster.local", 5, "db.example.com"),
                servers::address("db.example.com", 30, "192.0.2.7"),
            ]),
        )
        .with(
            "_http._tcp.web.shop.svc.cluster.local",
            RecordType::SRV,
            good(vec![Record::from_rdata(service, 5, srv)]),
        )
        .with(
            "dns-version.cluster.local",
            RecordType::TXT,
            good(vec![servers::txt(
                "dns-version.cluster.local",
                &["1.", "1.0"],
            )]),
        )
        .with("example.com", RecordType::A, bad(ResponseCode::ServFail))
        .with("example.com", RecordType::AAAA, bad(ResponseCode::Refused))
        .with("example.com", RecordType::TXT, bad(ResponseCode::NotImp));
    let asked = Arc::clone(&zone.asked);
    let server = servers::dns(zone).await;
    let (api, tunnel) = one(Port::At(server.addr), patient()).await;
    let question = ask(&[
        (WEB, DnsType::A),
        (WEB, DnsType::Aaaa),
        ("db.shop.svc.cluster.local.", DnsType::A),
        ("_http._tcp.web.shop.svc.cluster.local", DnsType::Srv),
        ("dns-version.cluster.local", DnsType::Txt),
        ("nowhere.shop.svc.cluster.local", DnsType::Cname),
        ("example.com", DnsType::A),
        ("example.com", DnsType::Aaaa),
        ("example.com", DnsType::Txt),
    ]);
    let got = answer(&tunnel, &question).await;
    let words: Vec<String> = got.replies.iter().map(reply_words).collect();
    assert_eq!(
        words,
        [
            "10.96.77.1 (ttl 5)",
            "no record of that type",
            "CNAME db.example.com, 192.0.2.7 (ttl 5)",
            "SRV 0 100 8080 web.shop.svc.cluster.local (ttl 5)",
            "TXT 1.1.0 (ttl 60)",
            "NXDOMAIN",
            "SERVFAIL",
            "REFUSED",
            "response code 4",
        ]
    );
    let owner = DnsRecord {
        name: "db.example.com".to_owned(),
        rtype: "A".to_owned(),
        ttl: 30,
        data: "192.0.2.7".to_owned(),
    };
    assert_eq!(got.replies[2].records[1], owner);
    assert_eq!(got.replies[2].addresses().count(), 1);
    assert!(got.replies.iter().all(|r| r.end.is_answer()));
    assert_eq!(got.tunnel, None);
    assert_eq!(api.tunnels().opened(), 1);
    let asked = asked.lock().expect("the log");
    let types: Vec<RecordType> = asked.iter().map(|(_, rtype)| *rtype).collect();
    assert_eq!(
        types[..4],
        [
            RecordType::A,
            RecordType::AAAA,
            RecordType::A,
            RecordType::SRV
        ]
    );
    assert_eq!(asked.len(), 9, "each once");
}

#[tokio::test]
async fn what_is_sent_is_a_plain_question() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let server = scripted(move |_, question| {
        let message = Message::from_vec(question).expect("a message");
        log.lock().expect("the log").push(message);
        Some(said(question))
    })
    .await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let got = answer(&tunnel, &three()).await;
    assert_eq!(ends(&got), vec![DnsEnd::NoError; 3]);
    let seen = seen.lock().expect("the log");
    for message in seen.iter() {
        assert!(message.metadata.recursion_desired && message.queries.len() == 1);
    }
    let ids: std::collections::BTreeSet<u16> = seen.iter().map(|m| m.metadata.id).collect();
    assert!(ids.len() > 1, "made up by chance: {ids:?}");
}

#[tokio::test]
async fn an_answer_in_pieces_is_put_together() {
    let server = servers::tcp(V4, |mut stream: TcpStream| async move {
        while let Some(question) = servers::dns_question(&mut stream).await {
            for byte in said(&question) {
                let _ = stream.write_all(&[byte]).await;
                let _ = stream.flush().await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    })
    .await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let got = answer(&tunnel, &three()).await;
    assert_eq!(ends(&got), vec![DnsEnd::NoError; 3]);

    // As long as a message can be.
    let many: Vec<Record> = (0..3000)
        .map(|n| servers::address("a.test", 5, &format!("10.244.{}.{}", n / 250, n % 250)))
        .collect();
    let zone = Zone::new().with("a.test", RecordType::A, Says::Long(many));
    let server = servers::dns(zone).await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let got = answer(&tunnel, &ask(&[("a.test", DnsType::A)])).await;
    assert_eq!(got.replies[0].addresses().count(), 3000);
    let words = reply_words(&got.replies[0]);
    assert!(
        words.ends_with("10.244.0.7 and 2992 more (ttl 5)"),
        "{words}"
    );
}

#[tokio::test]
async fn an_answer_to_something_else_is_none() {
    /// Spoils a good answer to the second question.
    type Spoil = fn(Message) -> Vec<u8>;
    let spoils: [(&str, Spoil); 5] = [
        ("an answer to another question", |mut reply| {
            reply.metadata.id ^= 1;
            reply.to_vec().expect("a message")
        }),
        ("an answer to another question", |reply| {
            let mut other = Message::query();
            other.metadata.id = reply.metadata.id;
            other.queries.clone_from(&reply.queries);
            other.to_vec().expect("a message")
        }),
        ("an answer to another question", |mut reply| {
            let other = Name::from_ascii("x.test.").expect("a name");
            reply.queries[0].set_name(other);
            reply.to_vec().expect("a message")
        }),
        ("an answer that is cut short", |mut reply| {
            reply.metadata.truncation = true;
            reply.to_vec().expect("a message")
        }),
        ("; it sends: ", |_| b"no DNS at all".to_vec()),
    ];
    for (words, spoil) in spoils {
        let server = scripted(move |number, question| {
            let reply = servers::dns_reply(&three_names(), question);
            if number != 1 {
                return Some(servers::dns_framed(&reply));
            }
            let reply = Message::from_vec(&reply).expect("a message");
            Some(servers::dns_framed(&spoil(reply)))
        })
        .await;
        let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
        let got = answer(&tunnel, &three()).await;
        let [DnsEnd::NoError, DnsEnd::Garbled(why), rest] = &ends(&got)[..] else {
            panic!("{words}: {got:?}");
        };
        assert!(why.contains(words), "{why}");
        assert_eq!(*rest, not_sent("b.test A"));
        assert_eq!(got.replies[0].addresses().count(), 1);
    }
}

#[tokio::test]
async fn a_length_that_is_wrong_is_seen() {
    for (sends, hangs_up, words) in [
        (&b"\x00\x00"[..], false, ""),
        (b"\x00\x03abc", false, "; it sends: abc"),
        (
            b"\x02\x00abc",
            false,
            "it announces a message of 512 bytes, of which 3 came; it sends: \\x02\\x00abc",
        ),
        (
            b"\xff",
            true,
            "less than a message's length came; it sends: \\xff",
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
            true,
            "it announces a message of 18516 bytes, of which 45 came; it sends: HTTP/1.1 400 Bad Request",
        ),
    ] {
        let server = servers::tcp(V4, move |stream| async move {
            if hangs_up {
                servers::answer_any_and_close(stream, sends).await;
            } else {
                servers::answer_any(stream, sends).await;
            }
        })
        .await;
        let (_api, tunnel) = one(Port::At(server.addr), quick()).await;
        let got = answer(&tunnel, &three()).await;
        let [DnsEnd::Garbled(why), second, third] = &ends(&got)[..] else {
            panic!("{sends:?}: {got:?}");
        };
        assert!(why.ends_with(words), "{why}");
        assert_eq!(
            [second, third],
            [&not_sent("a.test A"), &not_sent("a.test A")]
        );
    }
    // Whatever comes, little of it is shown.
    let server = scripted(|_, _| Some(servers::dns_framed(&vec![0xff; 60_000]))).await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let words = reply_words(&answer(&tunnel, &three()).await.replies[0]);
    assert!(
        words.starts_with("no DNS answer: ") && words.len() < 500,
        "{words}"
    );
}

#[tokio::test]
async fn a_server_that_stops_answering_keeps_what_it_said() {
    let closing = scripted(|number, question| (number == 0).then(|| said(question))).await;
    let (api, tunnel) = one(Port::At(closing.addr), patient()).await;
    let got = answer(&tunnel, &three()).await;
    assert_eq!(
        ends(&got),
        [DnsEnd::NoError, DnsEnd::Closed, not_sent("b.test A")]
    );
    assert_eq!(got.replies[0].addresses().count(), 1);
    assert_eq!(api.tunnels().opened(), 1);

    let silent = scripted(|number, question| {
        Some(if number == 0 {
            said(question)
        } else {
            Vec::new()
        })
    })
    .await;
    let (_api, tunnel) = one(Port::At(silent.addr), quick()).await;
    let got = answer(&tunnel, &three()).await;
    assert_eq!(
        ends(&got),
        [DnsEnd::NoError, DnsEnd::Silent, not_sent("b.test A")]
    );
    assert_eq!(got.tunnel, None);

    let (_api, tunnel) = one(Port::Silent, quick()).await;
    let got = answer(&tunnel, &three()).await;
    assert_eq!(got.replies[0].end, DnsEnd::Silent);
    assert_eq!(reply_words(&got.replies[0]), "no answer within 0.4 s");
}

#[tokio::test]
async fn where_nothing_listens_the_kubelet_says_so() {
    let closed = servers::closed_port(V4).await;
    let (_api, tunnel) = one(Port::At(closed), patient()).await;
    let got = answer(&tunnel, &three()).await;
    let refused = DnsEnd::NoConnection(Connect::Refused);
    assert_eq!(
        ends(&got),
        [refused, not_sent("a.test A"), not_sent("a.test A")]
    );
    let text = got.tunnel.unwrap_or_default();
    assert!(text.contains("connection refused"), "{text}");
    assert_eq!(reply_words(&got.replies[0]), "refused");
}

#[tokio::test]
async fn a_name_that_cannot_be_asked_for_spoils_no_other() {
    let server = servers::dns(three_names()).await;
    let (_api, tunnel) = one(Port::At(server.addr), patient()).await;
    let long = format!("{}.test", "x".repeat(64));
    let none = DnsEnd::NotSent("it is no name that DNS knows".to_owned());
    let question = ask(&[
        (&long, DnsType::A),
        ("", DnsType::A),
        ("a..test", DnsType::A),
        ("a.test", DnsType::A),
    ]);
    let got = answer(&tunnel, &question).await;
    assert_eq!(
        ends(&got),
        [none.clone(), none.clone(), none, DnsEnd::NoError]
    );
}

#[tokio::test]
async fn a_tunnel_that_is_not_to_be_had_says_nothing_about_dns() {
    let question = three();
    for (port, words) in [
        (Port::Dropped, "it broke"),
        (Port::NoNode, "it stands, and the node says nothing"),
        (Port::NotWebSocket, "passes no WebSocket"),
        (
            Port::Says("unable to do port forwarding: socat not found".to_owned()),
            "socat",
        ),
    ] {
        let (_api, tunnel) = one(port, quick()).await;
        match tunnel.answer(&question).await {
            Err(Gap::Unreachable { why }) => {
                let place = "no tunnel to pod kube-system/coredns-1: ";
                assert!(why.starts_with(place) && why.contains(words), "{why}");
            }
            other => panic!("{words}: {other:?}"),
        }
    }
    let right = "get and create pods/portforward in namespace kube-system";
    assert_eq!(question.right().as_deref(), Some(right));
    for builder in [
        FakeApi::builder().deny("get"),
        FakeApi::builder().fault("*/portforward", Fault::Forbidden),
    ] {
        let api = builder.start().await;
        let tunnel = tunnel(&api, patient()).await;
        let gap = tunnel.answer(&question).await.err();
        assert_eq!(gap, question.forbidden());
    }
}

#[tokio::test]
async fn all_queries_share_one_time() {
    let answered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answered);
    let server = servers::tcp(V4, move |mut stream: TcpStream| {
        let count = Arc::clone(&count);
        async move {
            while let Some(question) = servers::dns_question(&mut stream).await {
                tokio::time::sleep(Duration::from_millis(150)).await;
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(&said(&question)).await;
            }
        }
    })
    .await;
    let (_api, tunnel) = one(Port::At(server.addr), quick()).await;
    let many: Vec<(&str, DnsType)> = vec![("a.test", DnsType::A); 50];
    let got = answer(&tunnel, &ask(&many)).await;
    assert_eq!(got.replies.len(), 50);
    assert_eq!(got.replies[0].end, DnsEnd::NoError);
    assert_eq!(got.replies[49].end, not_sent("a.test A"));
    assert!(
        got.ms < 5000 && answered.load(Ordering::SeqCst) < 10,
        "{got:?}"
    );
}

#[test]
fn the_question_says_what_it_asks_and_where() {
    let question = ask(&[
        (WEB, DnsType::A),
        (WEB, DnsType::Aaaa),
        ("web.svc.cluster.local", DnsType::A),
    ]);
    assert_eq!(
        question.to_string(),
        "look up web.shop.svc.cluster.local A AAAA, web.svc.cluster.local A inside pod kube-system/coredns-1 port 53"
    );
}
