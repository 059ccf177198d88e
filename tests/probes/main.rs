//! The network edges against real sockets on loopback: every way in which a server can behave has its own answer.
#![allow(clippy::panic)] // helpers are not seen as tests

mod authority;
mod call;
mod client;
mod dns;
mod http;
mod reuse;
#[allow(dead_code)] // its own part of it
#[path = "../support/mod.rs"]
mod support;
mod tcp;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use hops::answer::Answerer;
use hops::answer::network::{Network, NetworkConfig};
use hops::facts::{Answer, Gap, HttpAnswer, Question, TcpAnswer, TlsAnswer};
use hops::target::Header;
use support::servers::{self, Authority, Says, V4, Zone};

const HOST: &str = "shop.example.com";

/// Short limits where silence is waited for; the engine's own deadline is far beyond.
fn quick() -> NetworkConfig {
    NetworkConfig {
        connect_timeout: Duration::from_secs(2),
        io_timeout: Duration::from_millis(600),
        ..patient()
    }
}

fn patient() -> NetworkConfig {
    NetworkConfig {
        io_timeout: Duration::from_secs(20),
        nameservers: Some(Vec::new()),
        ..NetworkConfig::default()
    }
}

fn network(config: NetworkConfig) -> Network {
    Network::new(config).unwrap_or_else(|why| panic!("{why}"))
}

async fn ask_tcp(config: NetworkConfig, to: SocketAddr) -> TcpAnswer {
    match network(config).answer(&Question::Tcp { to }).await {
        Ok(Answer::Tcp(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

async fn ask_tls(config: NetworkConfig, to: SocketAddr) -> TlsAnswer {
    let sni = HOST.to_owned();
    match network(config).answer(&Question::Tls { to, sni }).await {
        Ok(Answer::Tls(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn request(to: SocketAddr, tls: bool) -> Question {
    Question::Http {
        to,
        tls,
        host: HOST.to_owned(),
        method: "GET".to_owned(),
        path: "/cart?x=1".to_owned(),
        headers: Vec::new(),
    }
}

fn request_with(to: SocketAddr, given: &[&str]) -> Question {
    let mut question = request(to, false);
    if let Question::Http { headers, .. } = &mut question {
        *headers = given
            .iter()
            .map(|text| Header::parse(text).expect("a header"))
            .collect();
    }
    question
}

async fn ask_http(config: NetworkConfig, question: Question) -> HttpAnswer {
    match network(config).answer(&question).await {
        Ok(Answer::Http(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn objects_are_not_asked_from_the_network() {
    let question = Question::list_all(hops::facts::Kind::Ingress);
    let answer = network(patient()).answer(&question).await;
    assert!(matches!(answer, Err(Gap::NotAsked { .. })), "{answer:?}");
}

/// Half of the questions are dropped while under way, as the engine's deadline does. Open files are counted for the whole
/// process, so this runs in a process without the other tests.
#[cfg(target_os = "linux")]
#[test]
fn probes_leave_nothing_behind() {
    const ALONE: &str = "HOPS_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let status = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "probes_leave_nothing_behind", "--nocapture"])
            .env(ALONE, "1")
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
    // The servers have a runtime of their own, so that this one's tasks are the probes' alone.
    let others = tokio::runtime::Runtime::new().expect("a runtime");
    let open = || std::fs::read_dir("/proc/self/fd").expect("Linux").count();
    let network = network(quick());
    // The runtimes open files of their own at first use.
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });

    let identity = Authority::new("Test CA").issue(&[HOST], |_| {});
    let (silent, banner, busy, secure, dns) = others.block_on(async {
        (
            servers::tcp(V4, servers::silence).await,
            servers::tcp(V4, |s| servers::answer_any_and_close(s, b"220 hello\r\n")).await,
            servers::tcp(V4, |s| {
                servers::answer_any(s, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
            })
            .await,
            servers::tls(identity.config(), servers::silence).await,
            servers::dns(Zone::new().both(HOST, Says::Nothing)).await,
        )
    });
    let before = open();
    let question = |n: usize| {
        let to = [&silent, &banner, &busy, &secure][n % 4].addr;
        match n / 4 % 6 {
            0 => Question::Tcp { to },
            1 => Question::Tls {
                to,
                sni: HOST.to_owned(),
            },
            2 => request(to, false),
            3 => request(to, true),
            4 => Question::DnsAuthority {
                name: HOST.to_owned(),
                via: Some(dns.addr),
            },
            _ => Question::Dns {
                name: HOST.to_owned(),
                via: Some(dns.addr),
            },
        }
    };
    runtime.block_on(async {
        for batch in 0..10 {
            let probes = (0..20).map(|n| {
                let question = question(batch * 20 + n);
                let patience = if (n + batch) % 2 == 0 { 5000 } else { 20 };
                let network = &network;
                async move {
                    let patience = Duration::from_millis(patience);
                    let _ = tokio::time::timeout(patience, network.answer(&question)).await;
                }
            });
            futures::future::join_all(probes).await;
        }
    });
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    let settled = (0..100).any(|_| {
        others.block_on(async { tokio::time::sleep(Duration::from_millis(50)).await });
        open() <= before
    });
    assert!(
        settled,
        "{before} files were open before, {} are after",
        open()
    );
}
