//! Eight hundred checks against servers that misbehave in every way they can: nothing may be left behind. No open file, no task, and
//! no memory that grows with the number of checks.
#![cfg(target_os = "linux")]
#![allow(clippy::panic)] // helpers are not seen as tests

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{ConnectOptions, Environment, connect};
use hops::answer::network::{Network, NetworkConfig};
use hops::answer::tunnel::Tunnel;
use hops::answer::{Answerer, Sources};
use hops::diagnosis::Settings;
use hops::engine::{Clock, Limits, check, settle};
use hops::facts::{Answer, DnsQuery, DnsType, Facts, Gap, Kind, PodPort, Question};
use hops::target::{ResolveOverride, Target};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;

#[allow(dead_code)] // its own part of it
mod support;
use support::fake_api::{FakeApi, Port};
use support::servers::{self, Authority, Server, V4};

const HOST: &str = "shop.example.com";
/// Checks in one round. The first three rounds warm up: pools fill, and the allocator takes what it keeps.
const ROUND: usize = 100;
const ROUNDS: usize = 8;
const WARM: usize = 2;
/// Checks at the same time.
const AT_ONCE: usize = 50;
/// What memory may grow by in the other rounds: 12 KiB a check. One connection's buffers are more.
const GROWTH: u64 = 6 << 20;

/// The network, and nothing beyond loopback. Names are not asked for at all.
struct Loopback(Network);

impl Answerer for Loopback {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        match question {
            Question::Tcp { to } | Question::Tls { to, .. } | Question::Http { to, .. }
                if to.ip().is_loopback() =>
            {
                self.0.answer(question)
            }
            _ => Box::pin(async {
                Err(Gap::NotAsked {
                    why: "only loopback is asked".to_owned(),
                })
            }),
        }
    }
}

/// Servers that are well, ill, and worse.
async fn wicked() -> Vec<Server> {
    let identity = Authority::new("Test CA").issue(&[HOST], |_| {});
    let trickle = |mut stream: tokio::net::TcpStream, piece: &'static [u8], pause: u64| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(piece).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    };
    let good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    vec![
        servers::tcp(V4, servers::reset).await,
        servers::tcp(V4, servers::silence).await,
        servers::tcp(V4, move |s| trickle(s, b"X-Slow: loris\r\n", 5)).await,
        servers::tcp(V4, move |mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            trickle(stream, &[b'x'; 16 * 1024], 0).await;
        })
        .await,
        servers::tcp(V4, |s| {
            servers::answer_any(s, &[0x16, 3, 3, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        })
        .await,
        servers::tcp(V4, |s| servers::answer_any_and_close(s, b"")).await,
        servers::tcp(V4, |s| servers::answer_any(s, b"220 ready\r\n")).await,
        servers::tcp(V4, move |s| servers::respond(s, good)).await,
        servers::tls(identity.config(), servers::silence).await,
        servers::tls(identity.config(), move |s| servers::respond(s, good)).await,
    ]
}

/// The healthy shop, behind a load balancer on loopback, with ports of a pod for every kind of tunnel.
async fn api(ports: Vec<Port>) -> FakeApi {
    let text = include_str!("pitfalls/shop.yaml").replace("203.0.113.80", "127.0.0.1");
    let base: Value = serde_saphyr::from_str(&text).expect("the base fixture");
    let mut builder =
        FakeApi::builder().objects(base["objects"].as_array().expect("objects").clone());
    for (number, port) in (1..).zip(ports) {
        builder = builder.port(&format!("shop/web-1:{number}"), port);
    }
    builder.start().await
}

fn settings(to: SocketAddr) -> Settings {
    Settings {
        now: "2026-11-23T12:00:00Z".parse().expect("a moment"),
        context: None,
        namespace: "default".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        resolve: vec![ResolveOverride {
            host: HOST.to_owned(),
            to,
        }],
        dns_server: None,
        ..Settings::default()
    }
}

/// The same into a pod, each way.
fn inside(port: u16) -> Vec<Question> {
    let pod = PodPort {
        namespace: "shop".to_owned(),
        name: "web-1".to_owned(),
        port,
        proxy_line: port.is_multiple_of(2),
    };
    vec![
        Question::PodTls {
            pod: pod.clone(),
            sni: HOST.to_owned(),
        },
        Question::PodHttp {
            pod: pod.clone(),
            tls: port.is_multiple_of(3),
            host: HOST.to_owned(),
            method: "GET".to_owned(),
            path: "/".to_owned(),
            forwarded_https: false,
            again: false,
            headers: Vec::new(),
        },
        Question::PodDns {
            pod,
            queries: [DnsType::A, DnsType::Aaaa]
                .map(|rtype| DnsQuery::new(HOST, rtype))
                .to_vec(),
        },
        Question::Proxy {
            kind: Kind::Pod,
            namespace: Some("shop".to_owned()),
            name: "web-1".to_owned(),
            port: port.to_string(),
            tls: false,
            path: "/".to_owned(),
        },
    ]
}

async fn one_check(sources: &Sources, to: SocketAddr, number: usize, tunnels: usize) {
    let scheme = if number.is_multiple_of(2) {
        "https"
    } else {
        "http"
    };
    let target = Target::parse(&format!("{scheme}://{HOST}:{}/", to.port())).expect("a target");
    let limits = Limits {
        api_deadline: Duration::from_secs(2),
        probe_deadline: Duration::from_millis(300),
        tunnel_deadline: Duration::from_millis(400),
        round: Duration::from_secs(3),
        ..Limits::default()
    };
    let walk = async {
        let (targets, settings) = ([target], settings(to));
        let reports = check(&targets, &mut Facts::new(), sources, &settings, limits).await;
        assert_eq!(reports.len(), 1);
        let questions = inside(u16::try_from(1 + number % tunnels).expect("a port"));
        let (mut facts, clock) = (Facts::new(), Clock::default());
        let asked = settle(&mut facts, sources, limits, &clock, |_, _| {
            questions.clone()
        });
        asked.await.expect("nobody stops it");
    };
    if number % 5 == 4 {
        // As Ctrl-C does.
        let _ = tokio::time::timeout(Duration::from_millis(40), walk).await;
    } else {
        walk.await;
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux").count()
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    pages.expect("a number of pages") * 4096
}

/// Waits for what ends on its own, such as connections that the other side has closed.
fn settles(others: &Runtime, mut done: impl FnMut() -> bool) -> bool {
    (0..100).any(|_| {
        others.block_on(async { tokio::time::sleep(Duration::from_millis(30)).await });
        done()
    })
}

/// Files and memory are counted for the whole process, so this runs in a process of its own: with one arena, for those of several
/// threads fill up one by one and look like a leak, as thresholds do that adapt.
#[test]
fn eight_hundred_checks_leave_nothing_behind() {
    const ALONE: &str = "HOPS_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let status = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args([
                "--exact",
                "eight_hundred_checks_leave_nothing_behind",
                "--nocapture",
            ])
            .env(ALONE, "1")
            .env("MALLOC_ARENA_MAX", "1")
            .env("MALLOC_MMAP_THRESHOLD_", "131072")
            .env("MALLOC_TRIM_THRESHOLD_", "131072")
            .status()
            .expect("it runs");
        assert!(status.success());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    // The servers have a runtime of their own, so that this one's tasks are the checks' alone.
    let others = Runtime::new().expect("a runtime");
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
    let (servers, api, targets, tunnels) = others.block_on(async {
        let servers = wicked().await;
        let mut targets: Vec<SocketAddr> = servers.iter().map(|s| s.addr).collect();
        targets.push(servers::closed_port(V4).await);
        let mut ports: Vec<Port> = targets.iter().map(|to| Port::At(*to)).collect();
        ports.extend([
            Port::Silent,
            Port::NoNode,
            Port::Dropped,
            Port::Strange,
            Port::NotWebSocket,
            Port::Says("unable to do port forwarding: socat not found".to_owned()),
        ]);
        let tunnels = ports.len();
        (servers, api(ports).await, targets, tunnels)
    });
    let file = api.kubeconfig_file();
    let (files, tasks) = (open_files(), runtime.metrics().num_alive_tasks());

    let mut memory = Vec::new();
    runtime.block_on(async {
        let options = ConnectOptions {
            kubeconfig: Some(file.path().to_owned()),
            env: Environment::default(),
            ..ConnectOptions::default()
        };
        let connection = connect(&options).await.expect("a connection");
        let network = Network::new(NetworkConfig {
            connect_timeout: Duration::from_millis(150),
            io_timeout: Duration::from_millis(120),
            ..NetworkConfig::default()
        })
        .expect("a network");
        let sources = Sources {
            objects: Box::new(Cluster::new(&connection)),
            tunnel: Box::new(Tunnel::new(&connection, &network)),
            network: Box::new(Loopback(network)),
        };
        let sources = Arc::new(sources);
        for round in 0..ROUNDS {
            futures::stream::iter(0..ROUND)
                .for_each_concurrent(AT_ONCE, |n| {
                    let number = round * ROUND + n;
                    one_check(&sources, targets[number % targets.len()], number, tunnels)
                })
                .await;
            api.forget();
            memory.push(resident());
        }
        assert!(sources.api_requests() > 10 * ROUND * ROUNDS / 2);
    });
    assert!(api.tunnels().opened() > ROUND);

    let alive = || runtime.metrics().num_alive_tasks();
    assert!(
        settles(&others, || alive() <= tasks),
        "{tasks} tasks before, {} after",
        alive()
    );
    assert!(
        settles(&others, || open_files() <= files),
        "{files} open files before, {} after",
        open_files()
    );
    assert_eq!(api.tunnels().open(), 0);
    let growth = memory[ROUNDS - 1].saturating_sub(memory[WARM]);
    assert!(growth < GROWTH, "memory after each round: {memory:?}");
    drop(servers);
}
