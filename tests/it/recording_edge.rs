//! Recordings: what goes in, what the file says, and what a replay may and may not answer.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{ConnectOptions, connect};
use hops::answer::recording::{Covers, Recorder, Recording, Replay, Run};
use hops::answer::{Answerer, Sources};
use hops::facts::{
    Answer, Certificate, Connect, DnsAnswer, DnsEnd, DnsOutcome, DnsQuery, DnsRecord, DnsReply,
    DnsType, Exchange, Gap, Handshake, HostsLine, HttpAnswer, Kind, Phases, PodDnsAnswer, PodPort,
    Question, TcpAnswer, TlsAnswer,
};
use hops::target::Header;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::fake_api::FakeApi;

fn run() -> Run {
    Run {
        targets: vec!["https://shop.example.com/".to_owned()],
        context: Some("prod".to_owned()),
        namespace: "shop".to_owned(),
        ..Run::at("2026-11-23T16:00:00Z".parse().expect("a moment"))
    }
}

fn get(kind: Kind, namespace: Option<&str>, name: &str) -> Question {
    Question::Get {
        kind,
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

fn list(kind: Kind, namespace: Option<&str>, labels: Option<&str>) -> Question {
    Question::List {
        kind,
        namespace: namespace.map(str::to_owned),
        labels: labels.map(str::to_owned),
        fields: None,
    }
}

fn service(namespace: &str, name: &str, app: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": app}},
        "spec": {"type": "ClusterIP"}})
}

#[allow(clippy::unnecessary_wraps)] // as an edge answers
fn objects(objects: Vec<Value>) -> Result<Answer, Gap> {
    Ok(Answer::Objects { objects })
}

fn ask(replay: &Replay, question: &Question) -> Result<Vec<String>, Gap> {
    let name = |o: &Value| o["metadata"]["name"].as_str().expect("a name").to_owned();
    match replay
        .answer(question)
        .now_or_never()
        .expect("no waiting")?
    {
        Answer::Object { object } => Ok(object.iter().map(name).collect()),
        Answer::Objects { objects } => Ok(objects.iter().map(name).collect()),
        other => panic!("{other:?}"),
    }
}

fn read(text: &str) -> Recording {
    Recording::from_yaml(text, "test.yaml").unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn written(recording: &Recording) -> String {
    recording.to_yaml().expect("written")
}

fn given() -> Vec<Header> {
    ["Authorization: Bearer hunter22", "X-Canary: always"]
        .map(|text| Header::parse(text).expect("a header"))
        .to_vec()
}

/// Every kind of question and answer there is.
fn full() -> Recording {
    let mut recording = Recording::new(run());
    "POST".clone_into(&mut recording.run.method);
    recording.run.headers = given();
    recording.run.resolve = vec!["shop.example.com:443:203.0.113.80".to_owned()];
    recording.run.dns_server = Some("10.0.0.1:53".parse().expect("an address"));
    recording.add(
        list(Kind::Service, Some("shop"), Some("app in (web,db)")),
        objects(vec![
            service("shop", "web", "web"),
            service("shop", "db", "db"),
        ]),
    );
    recording.add(
        get(Kind::Secret, Some("shop"), "gone"),
        Ok(Answer::Object { object: None }),
    );
    let to = "203.0.113.80:443".parse().expect("an address");
    for via in [None, Some("10.0.0.1:53".parse().expect("an address"))] {
        recording.add(
            Question::Dns {
                name: "shop.example.com".to_owned(),
                via,
            },
            Ok(Answer::Dns(DnsAnswer {
                outcome: DnsOutcome::Found,
                addresses: vec![
                    "203.0.113.80".parse().expect("v4"),
                    "2001:db8::1".parse().expect("v6"),
                ],
                records: vec![DnsRecord {
                    name: "shop.example.com".to_owned(),
                    rtype: "A".to_owned(),
                    ttl: 60,
                    data: "203.0.113.80".to_owned(),
                }],
                server: "the system resolver".to_owned(),
                dns: Some(DnsOutcome::NxDomain),
                hosts_file: vec![HostsLine {
                    file: "/etc/hosts".to_owned(),
                    line: 3,
                    address: "203.0.113.80".parse().expect("v4"),
                }],
                negative_ttl: Some(900),
                silent: Vec::new(),
                unsteady: None,
                detail: via.map(|_| "two\nlines: yes".to_owned()),
                ms: 4,
            })),
        );
    }
    for (port, connect) in [
        (1, Connect::Connected),
        (2, Connect::Refused),
        (3, Connect::TimedOut),
        (4, Connect::Reset),
        (5, Connect::NoRoute),
        (6, Connect::Other("odd: [x]".to_owned())),
    ] {
        let to = std::net::SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), port);
        recording.add(
            Question::Tcp { to },
            Ok(Answer::Tcp(TcpAnswer { connect, ms: 1 })),
        );
    }
    for (sni, handshake) in [
        ("a", Handshake::Done),
        ("b", Handshake::NoConnection(Connect::Other("x".to_owned()))),
        ("c", Handshake::Alert("handshake_failure".to_owned())),
        ("d", Handshake::NotTls("HTTP/1.1 400".to_owned())),
        ("e", Handshake::TimedOut),
        ("f", Handshake::Closed),
        ("123", Handshake::Other("y".to_owned())),
    ] {
        recording.add(
            Question::Tls {
                to,
                sni: sni.to_owned(),
            },
            Ok(Answer::Tls(TlsAnswer {
                handshake,
                chain: vec![Certificate {
                    subject: "shop.example.com".to_owned(),
                    issuer: "R11".to_owned(),
                    names: vec!["*.example.com".to_owned()],
                    addresses: vec!["203.0.113.80".parse().expect("v4")],
                    not_before: "2026-01-01T00:00:00Z".parse().expect("a moment"),
                    not_after: "2027-01-01T00:00:00Z".parse().expect("a moment"),
                    serial: "0123".to_owned(),
                    self_issued: true,
                    issuer_published: true,
                }],
                refused: Some("expired".to_owned()),
                protocol: Some("TLSv1.3".to_owned()),
                alpn: None,
                tunnel: Some("refused".to_owned()),
                ms: 9,
            })),
        );
    }
    for (path, exchange) in [
        ("/", Exchange::Response),
        ("/a", Exchange::NoConnection(Connect::Refused)),
        ("/b", Exchange::NoTls("alert".to_owned())),
        ("/c", Exchange::TimedOut),
        ("/d", Exchange::Closed),
        ("/e?x=1", Exchange::NotHttp("garbage".to_owned())),
    ] {
        recording.add(
            Question::Http {
                to,
                tls: true,
                host: "shop.example.com".to_owned(),
                method: "GET".to_owned(),
                path: path.to_owned(),
                headers: if path == "/d" { given() } else { Vec::new() },
            },
            Ok(Answer::Http(HttpAnswer {
                exchange,
                status: 404,
                headers: vec![("server".to_owned(), "nginx".to_owned())],
                other_headers: Vec::new(),
                body: "404 page not found\n\n  <b>yes</b>\u{1b}[31m\r\n".to_owned(),
                tunnel: None,
                phases: Some(Phases {
                    connect: 1,
                    tls: Some(2),
                    wait: 3,
                }),
                ms: 12,
            })),
        );
    }
    for (kind, namespace, name) in [
        (Kind::Pod, Some("shop"), "web-1"),
        (Kind::Node, None, "node-1"),
    ] {
        recording.add(
            Question::Proxy {
                kind,
                namespace: namespace.map(str::to_owned),
                name: name.to_owned(),
                port: "10256".to_owned(),
                tls: false,
                path: "/healthz".to_owned(),
            },
            Ok(Answer::Http(HttpAnswer {
                exchange: Exchange::Response,
                status: 200,
                headers: Vec::new(),
                other_headers: Vec::new(),
                body: "ok".to_owned(),
                tunnel: None,
                phases: None,
                ms: 3,
            })),
        );
    }
    let (question, answer) = inside_coredns();
    recording.add(question, Ok(answer));
    for (name, namespaces) in [("shop-tls", vec!["edge", "web"]), ("nowhere", Vec::new())] {
        let namespaces = namespaces.into_iter().map(str::to_owned).collect();
        recording.add(find(name), Ok(Answer::Namespaces { namespaces }));
    }
    recording.add(
        find("hidden"),
        Err(find("hidden").forbidden().expect("a right")),
    );
    let why = || "connection refused: [x]".to_owned();
    for (name, gap) in [
        (
            "a",
            Gap::Forbidden {
                verb: "get".to_owned(),
                resource: "ingresses.networking.k8s.io".to_owned(),
                namespace: Some("shop".to_owned()),
                name: None,
            },
        ),
        ("b", Gap::NotInstalled),
        ("c", Gap::TimedOut),
        ("d", Gap::Unreachable { why: why() }),
        ("e", Gap::Unauthorized),
        ("f", Gap::NotAsked { why: why() }),
        ("g", Gap::NotRecorded),
        ("h", Gap::Malformed { why: why() }),
        (
            "i",
            Gap::OtherVersion {
                served: "networking.k8s.io/v2".to_owned(),
            },
        ),
    ] {
        recording.add(get(Kind::Ingress, Some("shop"), name), Err(gap));
    }
    for connect in [Connect::Refused, Connect::Connected] {
        recording.add(tcp(1), Ok(connects(connect)));
    }
    recording.add(
        list(Kind::Namespace, None, None),
        Err(Gap::Forbidden {
            verb: "list".to_owned(),
            resource: "namespaces".to_owned(),
            namespace: None,
            name: None,
        }),
    );
    recording
}

/// Queries inside a pod that end in every way.
fn inside_coredns() -> (Question, Answer) {
    let types = [
        DnsType::A,
        DnsType::Aaaa,
        DnsType::Cname,
        DnsType::Srv,
        DnsType::Txt,
    ];
    let ends = [
        DnsEnd::NoError,
        DnsEnd::NxDomain,
        DnsEnd::ServFail,
        DnsEnd::Refused,
        DnsEnd::Code(4),
        DnsEnd::NoConnection(Connect::Other("odd: [x]".to_owned())),
        DnsEnd::Silent,
        DnsEnd::Closed,
        DnsEnd::Garbled("it sends: {}".to_owned()),
        DnsEnd::NotSent("y".to_owned()),
    ];
    let queries = (0..ends.len()).map(|n| {
        let name = format!("web{n}.shop.svc.cluster.local");
        DnsQuery::new(&name, types[n % types.len()])
    });
    let question = Question::PodDns {
        pod: PodPort {
            namespace: "kube-system".to_owned(),
            name: "coredns-1".to_owned(),
            port: 53,
            proxy_line: false,
        },
        queries: queries.collect(),
    };
    let replies = ends.map(|end| DnsReply {
        records: if end == DnsEnd::NoError {
            vec![DnsRecord {
                name: "web0.shop.svc.cluster.local".to_owned(),
                rtype: "A".to_owned(),
                ttl: 5,
                data: "10.96.77.1".to_owned(),
            }]
        } else {
            Vec::new()
        },
        end,
        ms: 2,
    });
    let answer = Answer::PodDns(PodDnsAnswer {
        replies: replies.to_vec(),
        tunnel: Some("refused".to_owned()),
        ms: 7,
    });
    (question, answer)
}

#[test]
fn queries_inside_a_pod_read_well() {
    let text = "kind: Recording
version: 1
now: 2026-11-23T16:00:00Z
probes:
- ask: pod-dns
  pod: {namespace: kube-system, name: coredns-1, port: 53}
  queries: [{name: web.shop.svc.cluster.local, rtype: A}, {name: web.svc.cluster.local, rtype: AAAA}]
  answer: pod-dns
  replies:
  - {end: NOERROR, records: [{name: web.shop.svc.cluster.local, rtype: A, ttl: 5, data: 10.96.77.1}], ms: 1}
  - {end: {code: 4}}
- {ask: proxy, kind: Node, name: node-1, port: '10256', path: /healthz, answer: http, exchange: response, status: 200}
";
    let recording = read(text);
    assert_eq!(recording.not_read, []);
    let [Answer::PodDns(answer), Answer::Http(_)] =
        &recording.probes.values().collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", recording.probes);
    };
    assert_eq!(answer.replies[1].end, DnsEnd::Code(4));
    // Each query has its reply, or there is no telling whose is whose.
    let short = text.replace("  - {end: {code: 4}}\n", "");
    let error = Recording::from_yaml(&short, "test.yaml").expect_err("one reply too few");
    assert!(
        error.to_string().contains("no answer to: look up web.shop"),
        "{error}"
    );
    // What a later hops may write is left out, and noted.
    for (known, later) in [("rtype: AAAA", "rtype: HTTPS"), ("{code: 4}", "lost")] {
        let recording = read(&text.replace(known, later));
        assert_eq!(recording.probes.len(), 1, "{later}");
        assert_eq!(recording.not_read.len(), 1, "{:?}", recording.not_read);
    }
}

fn find(name: &str) -> Question {
    Question::Find {
        kind: Kind::Secret,
        name: name.to_owned(),
    }
}

#[test]
fn where_a_name_is_leaves_no_object_behind() {
    let mut recording = Recording::new(run());
    let namespaces = vec!["shop".to_owned()];
    recording.add(find("web"), Ok(Answer::Namespaces { namespaces }));
    assert!(recording.objects.is_empty());
    let text = written(&recording);
    assert!(text.contains("ask: find\n"), "{text}");
    let replay = Replay::new(read(&text));
    // That there is one of the name is all that is known of it.
    assert_eq!(
        ask(&replay, &get(Kind::Secret, Some("shop"), "web")),
        Err(Gap::NotRecorded)
    );
    assert_eq!(ask(&replay, &find("other")), Err(Gap::NotRecorded));
}

#[test]
fn a_recording_without_the_question_tells_by_its_lists_where_a_name_is() {
    let services = |name: &str| Question::Find {
        kind: Kind::Service,
        name: name.to_owned(),
    };
    let by_name = Question::List {
        kind: Kind::Service,
        namespace: None,
        labels: None,
        fields: Some("metadata.name=web".to_owned()),
    };
    let mut recording = Recording::new(run());
    recording.add(
        by_name.clone(),
        objects(vec![
            service("shop", "web", "web"),
            service("a", "web", "web"),
        ]),
    );
    let replay = Replay::new(recording);
    let found = replay.answer(&services("web")).now_or_never();
    let namespaces = vec!["a".to_owned(), "shop".to_owned()];
    assert_eq!(found, Some(Ok(Answer::Namespaces { namespaces })));
    assert_eq!(ask(&replay, &services("db")), Err(Gap::NotRecorded));
    let mut refused = Recording::new(run());
    refused.add(by_name.clone(), Err(by_name.forbidden().expect("a right")));
    let replay = Replay::new(refused);
    assert!(matches!(
        ask(&replay, &services("web")),
        Err(Gap::Forbidden { .. })
    ));
}

#[test]
fn every_answer_and_gap_survives_the_file() {
    let recording = full();
    let text = written(&recording);
    let again = read(&text);
    assert_eq!(again, recording, "{text}");
    assert_eq!(
        written(&again),
        text,
        "the same recording gives the same text"
    );
    let replay = Replay::new(again);
    for (question, answer) in &recording.probes {
        let replayed = replay.answer(question).now_or_never().expect("no waiting");
        assert_eq!(replayed.as_ref(), Ok(answer), "{question}");
    }
    for (question, gap) in &recording.gaps {
        assert_eq!(ask(&replay, question).as_ref(), Err(gap), "{question}");
    }
}

#[test]
fn secret_headers_are_asked_for_and_never_written_down() {
    let question = |text: &str| Question::PodHttp {
        pod: PodPort {
            namespace: "shop".to_owned(),
            name: "web-1".to_owned(),
            port: 80,
            proxy_line: false,
        },
        tls: false,
        host: "shop.example.com".to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        forwarded_https: false,
        again: false,
        headers: vec![Header::parse(text).expect("a header")],
    };
    let mut recording = Recording::new(run());
    recording.run.headers = given();
    recording.add(
        question("Cookie: session=hunter22; canary=always"),
        Err(Gap::TimedOut),
    );
    let text = written(&recording);
    assert!(!text.contains("hunter22"), "{text}");
    for line in [
        "headers:\n- \"Authorization: …\"\n- \"X-Canary: always\"\n",
        "  with:\n  - \"Cookie: session=…; canary=always\"\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let again = read(&text);
    assert_eq!(again.run.headers, given(), "as far as they can be seen");
    assert_eq!(again.run.headers[0].value(), None);
    let replay = Replay::new(again);
    let known = |text: &str| ask(&replay, &question(text)).expect_err("a gap");
    // Asked with the same flags, with the file's own, and with others.
    for same in [
        "Cookie: session=hunter22; canary=always",
        "cookie: session=…; canary=always",
    ] {
        assert_eq!(known(same), Gap::TimedOut, "{same}");
    }
    for other in ["Cookie: session=hunter22; canary=never", "X-Else: 1"] {
        assert_eq!(known(other), Gap::NotRecorded, "{other}");
    }
    let hand = text.replace("Authorization: …", "Authorization hunter22");
    let error = Recording::from_yaml(&hand, "test.yaml").expect_err("no header");
    assert!(!error.to_string().contains("hunter22"), "{error}");
}

#[test]
fn the_file_reads_well() {
    let mut recording = Recording::new(run());
    recording.add(
        list(Kind::Service, Some("shop"), None),
        objects(vec![service("shop", "web", "web")]),
    );
    recording.add(
        Question::Tcp {
            to: "203.0.113.80:443".parse().expect("an address"),
        },
        Ok(Answer::Tcp(TcpAnswer {
            connect: Connect::Connected,
            ms: 3,
        })),
    );
    recording.add(
        get(Kind::Secret, Some("shop"), "tls"),
        Err(Gap::Forbidden {
            verb: "get".to_owned(),
            resource: "secrets".to_owned(),
            namespace: Some("shop".to_owned()),
            name: None,
        }),
    );
    recording.hops = "0.0.0".to_owned();
    insta::assert_snapshot!(written(&recording), @r#"
    # What a cluster and the network answered. To read it back: kubectl hops --replay FILE
    kind: Recording
    version: 1
    hops: "0.0.0"
    now: "2026-11-23T16:00:00Z"
    targets:
    - https://shop.example.com/
    context: prod
    namespace: shop
    covers: asked
    asked:
    - ask: list
      kind: Service
      namespace: shop
    probes:
    - ask: tcp
      to: 203.0.113.80:443
      answer: tcp
      connect: connected
      ms: 3
    gaps:
    - ask: get
      kind: Secret
      namespace: shop
      name: tls
      gap: forbidden
    ---
    apiVersion: v1
    kind: Service
    metadata:
      labels:
        app: web
      name: web
      namespace: shop
    spec:
      type: ClusterIP
    "#);
}

#[test]
fn a_replay_answers_what_was_asked_and_what_follows_from_it() {
    let mut recording = Recording::new(run());
    let all = vec![
        service("shop", "web", "web"),
        service("shop", "db", "db"),
        service("other", "x", "web"),
    ];
    recording.add(list(Kind::Service, None, None), objects(all));
    recording.add(
        list(Kind::Pod, Some("shop"), Some("app=web")),
        objects(Vec::new()),
    );
    recording.add(
        get(Kind::Ingress, Some("shop"), "gone"),
        Ok(Answer::Object { object: None }),
    );
    let replay = Replay::new(read(&written(&recording)));
    let none: [&str; 0] = [];
    // A list of the whole cluster covers its namespaces, its selectors and its gets.
    assert_eq!(
        ask(&replay, &list(Kind::Service, None, None)).expect("asked"),
        ["x", "db", "web"]
    );
    assert_eq!(
        ask(&replay, &list(Kind::Service, Some("shop"), None)).expect("covered"),
        ["db", "web"]
    );
    assert_eq!(
        ask(&replay, &list(Kind::Service, Some("shop"), Some("app=web"))).expect("covered"),
        ["web"]
    );
    assert_eq!(
        ask(&replay, &list(Kind::Service, Some("empty"), None)).expect("covered"),
        none
    );
    assert_eq!(
        ask(&replay, &get(Kind::Service, Some("other"), "x")).expect("covered"),
        ["x"]
    );
    assert_eq!(
        ask(&replay, &get(Kind::Service, Some("other"), "y")).expect("covered"),
        none
    );
    // One with a selector covers that, and narrower ones.
    assert_eq!(
        ask(&replay, &list(Kind::Pod, Some("shop"), Some("app=web"))).expect("asked"),
        none
    );
    assert_eq!(
        ask(&replay, &list(Kind::Pod, Some("shop"), Some("x,app=web"))).expect("narrower"),
        none
    );
    assert_eq!(
        ask(&replay, &get(Kind::Ingress, Some("shop"), "gone")).expect("asked"),
        none
    );
    for question in [
        list(Kind::Pod, Some("shop"), None),
        list(Kind::Pod, Some("shop"), Some("app=db")),
        list(Kind::Pod, Some("other"), Some("app=web")),
        list(Kind::Pod, None, Some("app=web")),
        get(Kind::Pod, Some("shop"), "web-1"),
        get(Kind::Ingress, Some("shop"), "other"),
        list(Kind::Ingress, Some("shop"), None),
        Question::list_all(Kind::Secret),
    ] {
        assert_eq!(ask(&replay, &question), Err(Gap::NotRecorded), "{question}");
    }
    let unasked = Question::Tcp {
        to: "203.0.113.81:80".parse().expect("an address"),
    };
    let answer = replay.answer(&unasked).now_or_never().expect("no waiting");
    assert_eq!(answer, Err(Gap::NotRecorded));
}

#[test]
fn an_object_that_came_with_one_question_answers_another_get() {
    let mut recording = Recording::new(run());
    let web = service("shop", "web", "web");
    recording.add(
        list(Kind::Service, Some("shop"), Some("app=web")),
        objects(vec![web]),
    );
    let replay = Replay::new(recording);
    assert_eq!(
        ask(&replay, &get(Kind::Service, Some("shop"), "web")).expect("there"),
        ["web"]
    );
    assert_eq!(
        ask(&replay, &get(Kind::Service, Some("shop"), "db")),
        Err(Gap::NotRecorded)
    );
}

/// A kind that the cluster does not have is nowhere in it; who may not list everywhere may do so in one namespace.
#[test]
fn a_gap_stands_for_what_follows_from_it() {
    let forbidden = list(Kind::Pod, None, None).forbidden().expect("a right");
    let other = Gap::OtherVersion {
        served: "discovery.k8s.io/v2".to_owned(),
    };
    let mut recording = Recording::new(run());
    recording.add(list(Kind::Pod, None, None), Err(forbidden.clone()));
    recording.add(
        list(Kind::Pod, Some("shop"), None),
        objects(vec![json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}}})]),
    );
    recording.add(
        Question::list_all(Kind::NetworkPolicy),
        Err(Gap::NotInstalled),
    );
    recording.add(
        list(Kind::EndpointSlice, Some("shop"), None),
        Err(other.clone()),
    );
    let mut replay = Replay::new(read(&written(&recording)));
    for covers in [Covers::Asked, Covers::Everything] {
        // What was answered in the narrow counts, and all that is narrower than that.
        for narrow in [
            list(Kind::Pod, Some("shop"), None),
            list(Kind::Pod, Some("shop"), Some("app=web")),
            get(Kind::Pod, Some("shop"), "web-1"),
        ] {
            assert_eq!(ask(&replay, &narrow).expect("asked"), ["web-1"], "{narrow}");
        }
        assert_eq!(
            ask(&replay, &list(Kind::Pod, None, None)),
            Err(forbidden.clone())
        );
        for absent in [
            list(Kind::NetworkPolicy, Some("shop"), None),
            get(Kind::NetworkPolicy, Some("shop"), "deny"),
        ] {
            assert_eq!(ask(&replay, &absent), Err(Gap::NotInstalled), "{absent}");
        }
        // Whether a server has a kind hangs on no namespace.
        for unread in [
            list(Kind::EndpointSlice, Some("team"), None),
            Question::list_all(Kind::EndpointSlice),
        ] {
            assert_eq!(ask(&replay, &unread), Err(other.clone()), "{unread}");
        }
        // Nothing else was asked: the wide refusal is all that is known, but for objects that are said to be all there is.
        for list in [
            list(Kind::Pod, Some("team"), None),
            list(Kind::Pod, None, Some("app=web")),
        ] {
            let answer = ask(&replay, &list);
            if covers == Covers::Asked {
                assert_eq!(answer, Err(forbidden.clone()), "{list}");
            } else {
                assert!(answer.is_ok(), "{list}");
            }
        }
        // A list is another right than a get.
        let one = ask(&replay, &get(Kind::Pod, Some("team"), "x"));
        if covers == Covers::Asked {
            assert_eq!(one, Err(Gap::NotRecorded));
        } else {
            assert!(one.is_ok());
        }
        recording.covers = Covers::Everything;
        replay = Replay::new(read(&written(&recording)));
    }
    assert_eq!(
        forbidden.right().as_deref(),
        Some("list pods in all namespaces")
    );
}

/// A cluster of two namespaces that has no EndpointSlices, and what may be listed and read in it.
#[derive(Clone, Debug)]
struct Allowed {
    list_all: bool,
    list_in: [bool; 2],
    get: bool,
}

const NAMESPACES: [&str; 2] = ["shop", "team"];

/// Everything that is asked in this cluster.
fn universe() -> Vec<Question> {
    let mut all = Vec::new();
    for kind in [Kind::Service, Kind::EndpointSlice] {
        for namespace in NAMESPACES {
            all.push(list(kind, Some(namespace), None));
            all.push(list(kind, Some(namespace), Some("app=web")));
            all.push(get(kind, Some(namespace), "web"));
            all.push(get(kind, Some(namespace), "gone"));
        }
        all.push(list(kind, None, None));
        all.push(list(kind, None, Some("app=web")));
    }
    all
}

/// What is there, whoever may see it.
fn truth(question: &Question) -> Vec<Value> {
    let all = [
        service("shop", "db", "db"),
        service("shop", "web", "web"),
        service("team", "web", "web"),
    ];
    let matches = |o: &&Value| match question {
        Question::Get {
            namespace, name, ..
        } => {
            o["metadata"]["name"] == **name
                && Some(&o["metadata"]["namespace"]) == namespace.clone().map(Value::from).as_ref()
        }
        Question::List {
            namespace, labels, ..
        } => {
            let here = |ns: &String| o["metadata"]["namespace"] == **ns;
            namespace.as_ref().is_none_or(here)
                && (labels.is_none() || o["metadata"]["labels"]["app"] == "web")
        }
        _ => false,
    };
    all.iter().filter(matches).cloned().collect()
}

fn live(question: &Question, allowed: &Allowed) -> Result<Answer, Gap> {
    if question.kind() == Some(Kind::EndpointSlice) {
        return Err(Gap::NotInstalled);
    }
    let may = match question {
        Question::Get { .. } => allowed.get,
        Question::List { namespace, .. } => {
            let here = NAMESPACES.iter().zip(allowed.list_in);
            let mut here = here.filter(|(ns, _)| namespace.as_deref() == Some(ns));
            allowed.list_all || here.any(|(_, may)| may)
        }
        _ => true,
    };
    let mut there = truth(question);
    match question {
        _ if !may => Err(question.forbidden().expect("a right")),
        Question::Get { .. } => Ok(Answer::Object {
            object: there.pop(),
        }),
        _ => objects(there),
    }
}

proptest! {
    /// Whatever was asked, in whatever order: a replay gives what is there, or no answer, and says of no kind that it is missing
    /// and of nobody that he was refused where that was not found.
    #[test]
    fn a_replay_never_says_more_than_was_found(
        allowed in (any::<bool>(), any::<[bool; 2]>(), any::<bool>())
            .prop_map(|(list_all, list_in, get)| Allowed { list_all, list_in, get }),
        asked in proptest::sample::subsequence(universe(), 0..8).prop_shuffle(),
    ) {
        let mut recording = Recording::new(run());
        for question in &asked {
            recording.add(question.clone(), live(question, &allowed));
        }
        let replay = Replay::new(read(&written(&recording)));
        for question in universe() {
            let answer = replay.answer(&question).now_or_never().expect("no waiting");
            if asked.contains(&question) {
                // A list may have shown what a get was refused.
                let live = live(&question, &allowed);
                prop_assert!(answer == live || answer.is_ok() && live.is_err(), "{}: {:?}", question, answer);
            }
            match answer {
                Ok(Answer::Object { object }) => prop_assert_eq!(object, truth(&question).pop(), "{}", question),
                Ok(Answer::Objects { objects }) => prop_assert_eq!(objects, truth(&question), "{}", question),
                Ok(other) => prop_assert!(false, "{}: {:?}", question, other),
                Err(Gap::NotInstalled) => prop_assert_eq!(question.kind(), Some(Kind::EndpointSlice)),
                Err(gap @ Gap::Forbidden { .. }) => prop_assert!(
                    asked.iter().any(|q| live(q, &allowed) == Err(gap.clone())), "{}: {}", question, gap
                ),
                Err(gap) => prop_assert_eq!(gap, Gap::NotRecorded, "{}", question),
            }
        }
    }
}

#[test]
fn a_gap_of_the_moment_covers_nothing() {
    let mut recording = Recording::new(run());
    recording.add(list(Kind::Service, None, None), Err(Gap::TimedOut));
    recording.add(
        list(Kind::Service, Some("shop"), None),
        objects(vec![service("shop", "web", "web")]),
    );
    let replay = Replay::new(read(&written(&recording)));
    assert_eq!(
        ask(&replay, &list(Kind::Service, None, None)),
        Err(Gap::TimedOut)
    );
    assert_eq!(
        ask(&replay, &list(Kind::Service, Some("shop"), None)).expect("asked"),
        ["web"]
    );
    assert_eq!(
        ask(&replay, &list(Kind::Service, Some("other"), None)),
        Err(Gap::NotRecorded)
    );
}

#[test]
fn a_whole_cluster_written_by_hand_says_what_is_absent() {
    let replay = Replay::new(read(
        "
kind: Recording
version: 1
now: 2026-11-23T16:00:00Z
namespace: shop
covers: everything
probes:
- {ask: dns, name: shop.example.com, answer: dns, outcome: found, addresses: [203.0.113.80]}
- {ask: tcp, to: '203.0.113.80:443', answer: tcp, connect: {other: no buffer}}
gaps:
- {ask: get, kind: Secret, namespace: shop, name: tls, gap: forbidden}
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: v1
kind: Secret
metadata: {name: tls}
",
    ));
    let none: [&str; 0] = [];
    assert_eq!(replay.recording().covers, Covers::Everything);
    assert_eq!(
        ask(&replay, &get(Kind::Service, Some("shop"), "web")).expect("there"),
        ["web"]
    );
    assert_eq!(
        ask(&replay, &get(Kind::Service, Some("shop"), "db")).expect("known"),
        none
    );
    assert_eq!(
        ask(&replay, &Question::list_all(Kind::Pod)).expect("known"),
        none
    );
    let forbidden = ask(&replay, &get(Kind::Secret, Some("shop"), "tls"));
    assert_eq!(
        forbidden,
        Err(Gap::Forbidden {
            verb: "get".to_owned(),
            resource: "secrets".to_owned(),
            namespace: Some("shop".to_owned()),
            name: None,
        })
    );
    let known = Question::Dns {
        name: "shop.example.com".to_owned(),
        via: None,
    };
    assert!(
        replay
            .answer(&known)
            .now_or_never()
            .expect("no waiting")
            .is_ok()
    );
    let other = Question::Dns {
        name: "other.example.com".to_owned(),
        via: None,
    };
    let answer = replay.answer(&other).now_or_never().expect("no waiting");
    assert_eq!(
        answer,
        Err(Gap::NotRecorded),
        "the network is never covered"
    );
}

fn tcp(port: u16) -> Question {
    Question::Tcp {
        to: (std::net::Ipv4Addr::LOCALHOST, port).into(),
    }
}

fn connects(connect: Connect) -> Answer {
    Answer::Tcp(TcpAnswer { connect, ms: 1 })
}

#[test]
fn a_probe_that_flaps_is_replayed_in_order_and_stays_with_the_last() {
    let flapping = [
        Ok(connects(Connect::Connected)),
        Err(Gap::TimedOut),
        Ok(connects(Connect::Refused)),
    ];
    let mut recording = Recording::new(run());
    let mut rotated = flapping.clone();
    rotated.rotate_left(1);
    for (port, answers) in [(1, &flapping), (2, &rotated)] {
        for answer in answers {
            recording.add(tcp(port), answer.clone());
        }
    }
    recording.add(tcp(3), flapping[0].clone());
    let text = written(&recording);
    assert_eq!(read(&text), recording, "{text}");
    let replay = Replay::new(read(&text));
    let answer = |port: u16| {
        let question = tcp(port);
        let answer = replay.answer(&question);
        answer.now_or_never().expect("no waiting")
    };
    // Each has its own turn.
    for time in 0..6 {
        let turn = time.min(2);
        assert_eq!(answer(1), flapping[turn], "time {time}");
        assert_eq!(answer(2), rotated[turn], "time {time}");
        assert_eq!(answer(3), flapping[0], "time {time}");
    }
    let by_hand = Replay::new(read(
        "{kind: Recording, version: 1, now: 2026-11-23T16:00:00Z, probes: [
  {ask: tcp, to: '127.0.0.1:1', answer: tcp, connect: connected, then: [
    {gap: unreachable, why: no cable}, {answer: tcp, connect: refused, ms: 1}]}]}",
    ));
    let mut told = Vec::new();
    for _ in 0..3 {
        let answer = by_hand.answer(&tcp(1)).now_or_never().expect("no waiting");
        told.push(answer.is_ok());
    }
    assert_eq!(told, [true, false, true]);
}

#[test]
fn of_objects_the_last_word_counts() {
    let question = list(Kind::Service, Some("shop"), None);
    let web = || objects(vec![service("shop", "web", "web")]);
    for (answers, expected) in [
        ([Err(Gap::TimedOut), web()], Ok(vec!["web".to_owned()])),
        ([web(), Err(Gap::TimedOut)], Err(Gap::TimedOut)),
    ] {
        let mut recording = Recording::new(run());
        for answer in answers {
            recording.add(question.clone(), answer);
        }
        let replay = Replay::new(read(&written(&recording)));
        for _ in 0..2 {
            assert_eq!(ask(&replay, &question), expected);
        }
    }
}

/// What a later version may write: none of it makes the file unreadable, and none of it is taken for something else.
#[test]
fn what_is_not_known_is_noted_and_not_read() {
    let text = "\
# written by a later hops
kind: Recording
version: 1
now: 2026-11-23T16:00:00Z
weather: fine
covers: everything
asked:
- {ask: list, kind: Service, namespace: shop}
- {ask: list, kind: VirtualService}
- {ask: list, kind: Pod, shard: 3}
probes:
- {ask: udp, to: '127.0.0.1:53', answer: udp, ms: 1}
- {ask: tcp, to: '127.0.0.1:1', answer: tcp, connect: refused, ms: 1}
- {ask: tcp, to: '127.0.0.1:2', answer: tcp, connect: quarantined, ms: 1}
- {ask: tcp, to: '127.0.0.1:3', answer: tcp, connect: refused, ttl: 3}
- {ask: tcp, to: '127.0.0.1:4', answer: tcp, connect: refused, then: [{answer: tcp, connect: quarantined}]}
gaps:
- {ask: get, kind: Secret, namespace: shop, name: tls, gap: rate-limited, why: busy}
- {ask: list, kind: Secret, namespace: team, gap: forbidden}
- {ask: list, kind: Pood, gap: forbidden}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}
- {apiVersion: v9, kind: Service, metadata: {name: db, namespace: shop}}
";
    let recording = read(text);
    let notes: Vec<String> = recording
        .not_read
        .iter()
        .map(|note| format!("{}: {}", note.line, note.what))
        .collect();
    assert_eq!(
        notes,
        [
            "1: field \"weather\" is not known",
            "9: asked: \"VirtualService\" is not known",
            "10: asked: field \"shard\" is not known",
            "12: probes: \"udp\" is not known",
            "14: probes: \"quarantined\" is not known",
            "15: probes: field \"ttl\" is not known",
            "16: probes: \"quarantined\" is not known",
            "18: gaps: \"rate-limited\" is not known",
            "20: gaps: \"Pood\" is not known",
            "21: networking.istio.io/v1 VirtualService",
            "25: v9 Service",
        ]
    );
    let known: Vec<&Question> = recording.probes.keys().collect();
    assert_eq!(known, [&tcp(1)]);
    let replay = Replay::new(recording);
    assert_eq!(
        ask(&replay, &list(Kind::Service, Some("shop"), None)).expect("asked"),
        ["web"]
    );
    let gap = ask(&replay, &get(Kind::Secret, Some("shop"), "tls")).expect_err("still a gap");
    assert_eq!(gap.to_string(), "recorded as \"rate-limited\"");
    // A gap that was not read may be one about this: what is not there is not said to be absent.
    assert_eq!(
        ask(&replay, &list(Kind::Pod, Some("shop"), None)),
        Err(Gap::NotRecorded)
    );
}

#[test]
fn the_recordings_that_come_with_hops_are_read_in_full() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the folder") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let recording = read(&text);
        assert_eq!(recording.not_read, [], "{}", path.display());
        assert_eq!(read(&written(&recording)), recording, "{}", path.display());
        count += 1;
    }
    assert_eq!(count, 19);
}

#[test]
fn errors_name_file_line_and_reason() {
    let head = "kind: Recording\nversion: 1\nnow: 2026-11-23T16:00:00Z\n";
    let with = |rest: &str| format!("{head}{rest}");
    for (text, line, part) in [
        (String::new(), 1, "no recording: it is empty"),
        (
            "kind: Pod\nversion: 1\nnow: 2026-11-23T16:00:00Z\n".to_owned(),
            1,
            "its kind is \"Pod\"",
        ),
        (
            "apiVersion: v1\nkind: Pod\n".to_owned(),
            1,
            "no recording: its kind is \"Pod\"",
        ),
        (
            "kind: Recording\nnow: 2026-11-23T16:00:00Z\n".to_owned(),
            1,
            "no recording: version is missing",
        ),
        (
            "kind: Recording\nversion: 1\n".to_owned(),
            1,
            "no recording: now is missing",
        ),
        (
            "kind: Recording\nversion: 2\nnow: 2026-11-23T16:00:00Z\nhops: 9.9.9\n".to_owned(),
            1,
            "version 2, written by hops 9.9.9",
        ),
        (
            "kind: Recording\nversion: 1\nnow: yesterday\n".to_owned(),
            3,
            "no recording",
        ),
        (
            with("asked:\n- {ask: list, kind: Pod}\n- {ask: list}\n"),
            6,
            "asked: missing field `kind`",
        ),
        (
            with("asked:\n- {ask: dns, name: a.b}\n"),
            5,
            "it needs an answer",
        ),
        (
            with(
                "probes:\n- {ask: dns, name: a, answer: dns, outcome: found, addresses: [300.0.0.1]}\n",
            ),
            5,
            "probes: invalid IP address",
        ),
        (
            with(
                "probes:\n- {ask: tcp, to: '127.0.0.1:1', answer: tcp, connect: refused, then: refused}\n",
            ),
            5,
            "probes: then: no list",
        ),
        (
            with(
                "probes:\n- {ask: tcp, to: '127.0.0.1:1', answer: tcp, connect: refused, then: [{answer: text, texts: []}]}\n",
            ),
            5,
            "no answer to: connect to 127.0.0.1:1",
        ),
        (
            with("probes:\n- {ask: dns, name: a, answer: tcp, connect: refused}\n"),
            5,
            "no answer to: look up a",
        ),
        (
            with("gaps:\n- {ask: dns, name: a, why: lost}\n"),
            5,
            "gaps: missing field `gap`",
        ),
        (
            with("---\napiVersion: v1\nkind: Service\nmetadata: {}\n"),
            4,
            "metadata.name is missing",
        ),
        (with("---\na: 1\nb: [\n"), 7, ""),
    ] {
        let error = Recording::from_yaml(&text, "dir/a.yaml").expect_err(&text);
        let shown = error.to_string();
        assert!(
            error.line.abs_diff(line) <= u64::from(part.is_empty()),
            "{text}: {shown}"
        );
        assert!(shown.contains(part) && !shown.contains('\n'), "{shown}");
        assert!(
            shown.starts_with(&format!("dir/a.yaml:{}: ", error.line)),
            "{shown}"
        );
    }
}

#[test]
fn nothing_private_is_written_down() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "shop",
            "managedFields": [{"manager": "hunter2"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2"}},
        "spec": {"containers": [{"name": "web", "args": ["--port=80", "--token=hunter2"],
            "env": [{"name": "PASSWORD", "value": "hunter2"}, {"name": "LISTEN", "value": "0.0.0.0:8080"}],
            "envFrom": [{"secretRef": {"name": "db"}}]}]}});
    let secret = json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "db", "namespace": "shop", "annotations": {"x": "hunter2"}},
        "data": {"password": "aHVudGVyMg=="}});
    let mut recording = Recording::new(run());
    recording.add(
        get(Kind::Pod, Some("shop"), "web-1"),
        Ok(Answer::Object { object: Some(pod) }),
    );
    recording.add(
        list(Kind::Secret, Some("shop"), None),
        objects(vec![secret]),
    );
    let text = written(&recording);
    assert!(
        !text.contains("hunter2") && !text.contains("aHVudGVyMg"),
        "{text}"
    );
    for kept in [
        "--port=80",
        "PASSWORD",
        "0.0.0.0:8080",
        "secretRef",
        "password: ",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    // Nor is it taken in from a file that somebody wrote.
    let by_hand = format!(
        "{text}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: x, namespace: shop}}\nstringData: {{k: hunter2}}\n"
    );
    assert!(!format!("{:?}", read(&by_hand)).contains("hunter2"));
}

/// An edge that never answers.
struct Silent;

impl Answerer for Silent {
    fn answer<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(futures::future::pending())
    }
}

#[tokio::test]
async fn a_live_run_replays_the_same() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "shop"}, "data": {"password": "aHVudGVyMg=="}});
    let api = FakeApi::builder()
        .objects([
            service("shop", "web", "web"),
            service("other", "x", "x"),
            secret,
        ])
        .forbid("pods")
        .start()
        .await;
    let file = api.kubeconfig_file();
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        ..ConnectOptions::default()
    };
    let connection = connect(&options).await.expect("a connection");
    let recorder = Recorder::new(Sources {
        objects: Box::new(Cluster::new(&connection)),
        network: Box::new(Silent),
        tunnel: Box::new(Silent),
    });
    let silent = Question::Dns {
        name: "shop.example.com".to_owned(),
        via: None,
    };
    let questions = [
        Question::list_all(Kind::Service),
        list(Kind::Service, Some("shop"), Some("app=web")),
        get(Kind::Secret, Some("shop"), "db"),
        get(Kind::Secret, Some("shop"), "gone"),
        list(Kind::Pod, Some("shop"), None),
    ];
    let mut live = Vec::new();
    for question in &questions {
        live.push(recorder.answer(question).await);
    }
    // The engine stops waiting: that is an answer too.
    let waited = tokio::time::timeout(Duration::from_millis(20), recorder.answer(&silent)).await;
    assert!(waited.is_err());
    assert_eq!(recorder.api_requests(), questions.len());

    let replay = Replay::new(read(&written(&recorder.finish(run()))));
    for (question, live) in questions.iter().zip(live) {
        assert_eq!(replay.answer(question).await, live, "{question}");
    }
    assert_eq!(replay.answer(&silent).await, Err(Gap::TimedOut));
    assert_eq!(replay.recording().run, run());
}
