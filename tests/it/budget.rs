//! What a check costs: requests to the API server, and how many of them wait for one another. Held exactly, against an API server in
//! this process.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use hops::answer::cluster::Cluster;
use hops::answer::network::{Network, NetworkConfig};
use hops::answer::tunnel::Tunnel;
use hops::answer::{Answerer, Sources};
use hops::diagnosis::request::author::NOBODY;
use hops::diagnosis::{Settings, walk};
use hops::engine::{Limits, check};
use hops::facts::{Answer, Connect, Facts, Gap, HttpAnswer, Kind, Question, TcpAnswer};
use hops::report::{Report, Verdict};
use hops::target::Target;
use serde_json::{Value, json};

use crate::support::fake_api::{Builder, FakeApi, Fault, Port};
use crate::support::fixture::{Answers, Fixture, base};
use crate::support::servers::{self, Authority, V4};
use crate::support::shop::Good;

/// A network in which everything works, but that one address swallows what is sent to it. It keeps the probes that went there.
#[derive(Clone, Default)]
struct BlackHole(Arc<Mutex<Vec<Question>>>);

const SWALLOWED: [u8; 4] = [203, 0, 113, 81];

impl Answerer for BlackHole {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let (Question::Tcp { to } | Question::Tls { to, .. } | Question::Http { to, .. }) =
                question
            else {
                let answer = Good.answer(question).await;
                return answer.map(|answer| match answer {
                    Answer::Dns(mut dns) => {
                        dns.addresses.push(SWALLOWED.into());
                        Answer::Dns(dns)
                    }
                    other => other,
                });
            };
            if to.ip() != IpAddr::from(SWALLOWED) {
                return Good.answer(question).await;
            }
            self.0.lock().expect("the log").push(question.clone());
            match question {
                Question::Tcp { .. } => Ok(Answer::Tcp(TcpAnswer {
                    connect: Connect::TimedOut,
                    ms: 3000,
                })),
                _ => Err(Gap::TimedOut),
            }
        })
    }
}

fn shop() -> Builder {
    let base: Value =
        serde_saphyr::from_str(include_str!("../pitfalls/shop.yaml")).expect("the base fixture");
    FakeApi::builder().objects(base["objects"].as_array().expect("objects").clone())
}

/// Namespaces, Services and pods that have nothing to do with the shop.
fn unrelated(count: usize) -> Vec<Value> {
    (0..count)
        .flat_map(|i| {
            let namespace = format!("team-{i}");
            [
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
                json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": namespace},
                    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}),
                json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": namespace, "labels": {"app": "web"}},
                    "spec": {"containers": []}}),
            ]
        })
        .collect()
}

async fn cost(builder: Builder) -> (Report, usize, usize) {
    cost_over(builder, Box::new(Good)).await
}

async fn cost_over(builder: Builder, network: Box<dyn Answerer>) -> (Report, usize, usize) {
    cost_inside(builder, network, false).await
}

async fn cost_inside(
    builder: Builder,
    network: Box<dyn Answerer>,
    inside: bool,
) -> (Report, usize, usize) {
    let api = builder.start().await;
    let connection = api.connection().await;
    let tunnel: Box<dyn Answerer> = if inside {
        let speaks = Network::new(NetworkConfig::default()).expect("a network");
        Box::new(Tunnel::new(&connection, &speaks))
    } else {
        Box::new(Good)
    };
    let answerer = Sources {
        objects: Box::new(Cluster::new(&connection)),
        network,
        tunnel,
    };
    let settings = Settings {
        now: "2026-11-23T12:00:00Z".parse().expect("a moment"),
        context: None,
        namespace: "default".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        resolve: Vec::new(),
        dns_server: None,
        ..Settings::default()
    };
    let target = Target::parse("https://shop.example.com/").expect("a target");
    let rounds = rounds(&target, &answerer, &settings).await;
    let asked = api.count();
    let targets = [target];
    let report = check(
        &targets,
        &mut Facts::new(),
        &answerer,
        &settings,
        Limits::default(),
    )
    .await
    .remove(0);
    assert_eq!(
        report.stats.api_requests,
        api.count(),
        "the report says what was really sent"
    );
    (report, api.count() - asked, rounds)
}

/// How many times the walk has to wait for the API server when everything it asks at once is also answered at once.
async fn rounds(target: &Target, answerer: &Sources, settings: &Settings) -> usize {
    let mut facts = Facts::new();
    let mut rounds = 0;
    loop {
        let open = walk(target, &facts, settings).questions;
        if open.is_empty() {
            return rounds;
        }
        rounds += usize::from(open.iter().any(Question::is_api));
        for question in open {
            let answer = answerer.answer(&question).await;
            facts.insert(question, answer);
        }
    }
}

#[tokio::test]
async fn a_healthy_host_costs_twelve_requests_in_three_rounds() {
    let (report, requests, rounds) = cost(shop()).await;
    assert_eq!(report.verdict, Verdict::Ok, "{:#?}", report.path);
    assert_eq!(report.backends[0].pods.len(), 3);
    // The promise is 20 requests and 5 rounds; this is what it really takes.
    assert_eq!((requests, rounds), (12, 3));
}

/// A host of a Gateway, with its routes, grants and data plane.
#[tokio::test]
async fn a_host_of_a_gateway_stays_within_the_promise() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pitfalls/gateway.yaml");
    let objects = Fixture::load(&path).objects;
    let (report, requests, rounds) = cost(FakeApi::builder().objects(objects)).await;
    assert_eq!(report.entrances.len(), 1);
    assert!(
        report.entrances[0].id.contains("Gateway"),
        "{:#?}",
        report.entrances
    );
    assert_eq!(report.backends[0].pods.len(), 3, "{:#?}", report.path);
    // The promise is 20 requests and 5 rounds; this is what it really takes.
    assert_eq!((requests, rounds), (20, 4));
}

/// What another name gets is nobody's business where the host has what it should have.
#[tokio::test]
async fn a_healthy_host_is_asked_by_no_other_name() {
    let (report, ..) = cost(shop()).await;
    let asked = report.asked.iter().map(|a| a.what.as_str());
    let by_another: Vec<&str> = asked.filter(|what| what.contains(NOBODY)).collect();
    assert_eq!(by_another, Vec::<&str>::new());
}

/// In whatever order answers come, objects are asked for that every walk needs, and no others: what is not known yet is not missing.
#[tokio::test]
async fn the_order_of_answers_costs_nothing() {
    let api = shop().start().await;
    let connection = api.connection().await;
    let answerer = |network: Box<dyn Answerer>| Sources {
        objects: Box::new(Cluster::new(&connection)),
        network,
        tunnel: Box::new(Good),
    };
    let (well, badly) = (answerer(Box::new(Good)), answerer(Box::new(BadGateway)));
    let settings = Settings {
        now: "2026-11-23T12:00:00Z".parse().expect("a moment"),
        context: None,
        namespace: "default".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        resolve: Vec::new(),
        dns_server: None,
        ..Settings::default()
    };
    let target = Target::parse("https://shop.example.com/").expect("a target");
    for seed in 0_usize..60 {
        let answerer = if seed % 2 == 0 { &well } else { &badly };
        let mut facts = Facts::new();
        let mut asked = Vec::new();
        loop {
            let mut open = walk(&target, &facts, &settings).questions;
            if open.is_empty() {
                break;
            }
            // Any order, the same each time.
            let at = (seed + 1).wrapping_mul(2_654_435_761).rotate_left(13) >> (asked.len() % 20);
            let question = open.swap_remove(at % open.len());
            let answer = answerer.answer(&question).await;
            asked.push(question.clone());
            facts.insert(question, answer);
        }
        let objects = asked.iter().filter(|q| q.is_api()).count();
        // Where no good answer shows that requests get out of the controller, the policies of its namespace are read, too.
        let expected = if seed % 2 == 0 { 12 } else { 13 };
        assert_eq!(objects, expected, "seed {seed}: {asked:#?}");
    }
}

/// The shop with its EndpointSlices in another version.
fn sliced(version: &str) -> Builder {
    let base: Value =
        serde_saphyr::from_str(include_str!("../pitfalls/shop.yaml")).expect("the base fixture");
    let mut objects = base["objects"].as_array().expect("objects").clone();
    for slice in objects.iter_mut().filter(|o| o["kind"] == "EndpointSlice") {
        slice["apiVersion"] = json!(version);
        for endpoint in slice["endpoints"].as_array_mut().into_iter().flatten() {
            endpoint["topology"] = json!({"kubernetes.io/hostname": "n1"});
        }
    }
    FakeApi::builder()
        .versions(Kind::EndpointSlice, &[version])
        .objects(objects)
}

/// Kubernetes 1.20: which version it has is found out once, and what is known of it is the same.
#[tokio::test]
async fn an_older_cluster_costs_the_same_from_the_second_walk_on() {
    let (report, requests, rounds) = cost(sliced("discovery.k8s.io/v1beta1")).await;
    let (usual, ..) = cost(shop()).await;
    assert_eq!(report.verdict, Verdict::Ok, "{:#?}", report.path);
    let (backend, usual) = (&report.backends[0], &usual.backends[0]);
    assert_eq!(backend.endpoints.ready, usual.endpoints.ready);
    assert_eq!(backend.pods, usual.pods);
    assert_eq!((requests, rounds), (12, 3));
    // Two walks, and once what is served of either group, and a second try.
    assert_eq!(report.stats.api_requests, 2 * 12 + 3);
}

/// What is there in a version that nobody knows yet is not called missing.
#[tokio::test]
async fn a_kind_in_an_unknown_version_is_a_gap_and_nothing_is_missing() {
    let (report, ..) = cost(sliced("discovery.k8s.io/v2")).await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!(report.backends[0].endpoints.ready, 0);
    let gaps: Vec<_> = report.gaps.iter().map(|g| g.why.as_str()).collect();
    assert!(
        gaps.contains(&"served as discovery.k8s.io/v2 only"),
        "{gaps:?}"
    );
}

#[tokio::test]
async fn requests_do_not_grow_with_what_is_unrelated() {
    let few = cost(shop().objects(unrelated(10))).await;
    let many = cost(shop().objects(unrelated(2_000))).await;
    assert_eq!((few.1, few.2), (many.1, many.2));
    assert_eq!(many.0.verdict, Verdict::Ok);
}

#[tokio::test]
async fn a_broken_host_stays_within_the_promise() {
    let base: Value =
        serde_saphyr::from_str(include_str!("../pitfalls/shop.yaml")).expect("the base fixture");
    let mut objects = base["objects"].as_array().expect("objects").clone();
    for object in &mut objects {
        if object["kind"] == "Service" && object["metadata"]["name"] == "frontend" {
            object["spec"]["selector"]["app"] = json!("fronted");
        }
        if object["kind"] == "EndpointSlice" {
            object["endpoints"] = json!([]);
        }
    }
    objects.retain(|o| o["kind"] != "Secret");
    let (report, requests, rounds) = cost(FakeApi::builder().objects(objects)).await;
    assert_eq!(report.verdict, Verdict::Broken);
    assert!(requests <= 20, "{requests} requests");
    assert!(rounds <= 5, "{rounds} rounds");
}

/// A firewall that drops makes every connection wait for its whole timeout: one address is worth one such wait.
#[tokio::test]
async fn a_silent_address_costs_one_timeout() {
    let network = BlackHole::default();
    let (report, ..) = cost_over(shop(), Box::new(network.clone())).await;
    assert_ne!(report.verdict, Verdict::Ok, "{:#?}", report.path);
    let mut asked = network.0.lock().expect("the log").clone();
    // The walk was done twice: to count its rounds, and for the report.
    assert_eq!(asked.len(), 2, "{asked:?}");
    asked.dedup();
    let to = (SWALLOWED, 443).into();
    assert_eq!(asked, [Question::Tcp { to }]);
}

/// The same network, where the controller answers 502.
struct BadGateway;

impl Answerer for BadGateway {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            Good.answer(question).await.map(|answer| match answer {
                Answer::Http(answer) => Answer::Http(HttpAnswer {
                    status: 502,
                    body: "Bad Gateway".to_owned(),
                    ..answer
                }),
                other => other,
            })
        })
    }
}

/// When the request fails, the walk goes on inside the pods. That is one story from the objects to the kubelet's words, over real
/// tunnels, and it has its price.
#[tokio::test]
async fn a_failing_request_is_followed_into_the_pods() {
    let identity = Authority::new("Test CA").issue(&["shop.example.com"], |_| {});
    let gateway = servers::tls(identity.config(), |stream| {
        let response = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 11\r\n\r\nBad Gateway";
        servers::respond(stream, response)
    })
    .await;
    let closed = servers::closed_port(V4).await;
    let mut builder = shop();
    for pod in ["traefik-1", "traefik-2"] {
        builder = builder.port(&format!("traefik/{pod}:8443"), Port::At(gateway.addr));
    }
    for pod in ["frontend-1", "frontend-2", "frontend-3"] {
        let refused =
            "error trying to reach service: dial tcp 10.244.0.11:8080: connect: connection refused";
        let body = json!({"kind": "Status", "reason": "ServiceUnavailable", "message": refused});
        let fault = Fault::Answer {
            status: 503,
            body: body.to_string(),
        };
        builder = builder
            .port(&format!("shop/{pod}:8080"), Port::At(closed))
            .fault(&format!("*/pods/{pod}:8080/proxy/*"), fault);
    }
    let (report, requests, rounds) = cost_inside(builder, Box::new(BadGateway), true).await;
    let roots: Vec<_> = report.findings.iter().map(|f| f.code.to_string()).collect();
    assert_eq!(roots, ["pod-not-listening"]);
    assert_eq!(report.verdict, Verdict::Broken);
    let finding = serde_json::to_string(&report.findings[0]).expect("JSON");
    assert!(
        finding.contains("inside pod shop/frontend-1 port 8080: refused"),
        "{finding}"
    );
    // Twelve reads as ever, the policies of the controller's namespace, and a look into pods on the way. The reviews, two in either namespace, were done when the rounds were counted.
    assert_eq!((requests, rounds), (20, 4));
}

/// A name that twenty namespaces have: one list of metadata tells where, and only the likeliest are read.
#[tokio::test]
async fn a_name_that_many_namespaces_have_stays_within_the_promise() {
    let base: Value =
        serde_saphyr::from_str(include_str!("../pitfalls/shop.yaml")).expect("the base fixture");
    let base = base["objects"].as_array().expect("objects");
    for (kind, name, code) in [
        ("Secret", "shop-tls", "tls-secret-wrong-namespace"),
        ("Service", "frontend", "ingress-backend-cross-namespace"),
    ] {
        let mut objects = base.clone();
        let is_it = |o: &Value| o["kind"] == kind && o["metadata"]["name"] == name;
        let at = objects.iter().position(is_it).expect("the object");
        let mut moved = objects.remove(at);
        moved["metadata"]["namespace"] = json!("shop-edge");
        let others = (0..20).map(|i| {
            json!({"apiVersion": "v1", "kind": kind,
                "metadata": {"name": name, "namespace": format!("team-{i}")}})
        });
        let builder = FakeApi::builder()
            .objects(objects)
            .object(moved)
            .objects(others);
        let (report, requests, rounds) = cost(builder).await;
        let found = report.findings.iter().find(|f| f.code == code);
        let found = found.unwrap_or_else(|| panic!("{kind}: {:#?}", report.findings));
        assert!(
            found
                .title
                .contains("in namespace shop-edge (and in 20 others)"),
            "{}",
            found.title
        );
        assert!(requests <= 30, "{kind}: {requests} requests");
        assert!(rounds <= 6, "{kind}: {rounds} rounds");
    }
}

/// What a call costs in a cluster with further objects; with the paths that were asked for.
async fn cost_of_call(more: Vec<Value>) -> (Report, Vec<String>, usize) {
    let fixture: &'static Fixture = Box::leak(Box::new(Fixture::load(&base("call"))));
    let api = FakeApi::builder()
        .objects(fixture.objects.clone())
        .objects(more)
        .start()
        .await;
    let connection = api.connection().await;
    let answerer = Sources {
        objects: Box::new(Cluster::new(&connection)),
        network: Box::new(Answers::of(fixture)),
        tunnel: Box::new(Answers::of(fixture)),
    };
    let (target, settings) = (fixture.target(), fixture.settings());
    let rounds = rounds(target, &answerer, settings).await;
    let asked = api.seen().into_iter().map(|s| s.path).collect();
    let targets = [target.clone()];
    let limits = Limits::default();
    let report = check(&targets, &mut Facts::new(), &answerer, settings, limits).await;
    (report[0].clone(), asked, rounds)
}

#[tokio::test]
async fn a_call_costs_one_request_more_to_know_that_no_other_engine_has_policies() {
    let (report, asked, rounds) = cost_of_call(Vec::new()).await;
    assert_eq!(report.verdict, Verdict::Ok, "{:#?}", report.path);
    assert_eq!(asked.iter().filter(|path| *path == "/apis").count(), 1);
    assert!(!asked.iter().any(|path| path.contains("cilium")));
    assert_eq!((asked.len(), rounds), (11, 5));
    // Where there is one: its group, its cluster-wide kind, and the other for both namespaces.
    let policy = json!({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "deny", "namespace": "shop"}, "spec": {"endpointSelector": {}, "egressDeny": [{}]}});
    let wide = json!({"apiVersion": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy",
        "metadata": {"name": "nodes"}, "spec": {"nodeSelector": {}, "ingress": [{}]}});
    let (report, asked, _) = cost_of_call(vec![policy, wide]).await;
    assert_eq!(report.verdict, Verdict::Unknown, "{:#?}", report.path);
    assert_eq!(asked.len(), 11 + 1 + 3);
}
