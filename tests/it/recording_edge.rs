//! Recordings: what goes in, what the file says, and what a replay may and may not answer.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{ConnectOptions, connect};
use hops::answer::recording::{Covers, Recorder, Recording, Replay, Run};
use hops::answer::{Answerer, Sources};
use hops::facts::{
    Answer, Certificate, Connect, DnsAnswer, DnsOutcome, DnsRecord, Exchange, Gap, Handshake,
    HostsLine, HttpAnswer, Kind, Phases, PodPort, Question, TcpAnswer, TlsAnswer,
};
use hops::target::Header;
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
    let why = || "connection refused: [x]".to_owned();
    for (name, gap) in [
        (
            "a",
            Gap::Forbidden {
                verb: "get".to_owned(),
                resource: "ingresses.networking.k8s.io".to_owned(),
                namespace: Some("shop".to_owned()),
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
    recording.add(
        list(Kind::Namespace, None, None),
        Err(Gap::Forbidden {
            verb: "list".to_owned(),
            resource: "namespaces".to_owned(),
            namespace: None,
        }),
    );
    recording
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

#[test]
fn a_gap_covers_nothing() {
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
            namespace: Some("shop".to_owned())
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
        ("apiVersion: v1\nkind: Pod\n".to_owned(), 1, "no recording"),
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
        (with("cover: everything\n"), 4, "cover"),
        (
            with("asked:\n- {ask: list, kind: Pod}\n- {ask: list, kind: Pood}\n"),
            6,
            "asked: unknown variant `Pood`",
        ),
        (
            with("asked:\n- {ask: list, kind: Pod, label: a=b}\n"),
            5,
            "asked: unknown field \"label\"",
        ),
        (
            with("asked:\n- {ask: dns, name: a.b}\n"),
            5,
            "it needs an answer",
        ),
        (
            with("probes:\n- {ask: dns, name: a, answer: dns, outcome: found, adresses: []}\n"),
            5,
            "unknown field \"adresses\"",
        ),
        (
            with("probes:\n- {ask: dns, name: a, answer: tcp, connect: refused}\n"),
            5,
            "no answer to: look up a",
        ),
        (
            with("gaps:\n- {ask: dns, name: a, gap: lost}\n"),
            5,
            "unknown variant `lost`",
        ),
        (
            with("---\napiVersion: v1\nkind: Service\nmetadata: {}\n"),
            4,
            "metadata.name is missing",
        ),
        (
            with("---\napiVersion: v2\nkind: Service\nmetadata: {name: a}\n"),
            4,
            "does not read this kind",
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
            "env": [{"name": "PASSWORD", "value": "hunter2"}],
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
    for kept in ["--port=80", "PASSWORD", "secretRef", "password: "] {
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
