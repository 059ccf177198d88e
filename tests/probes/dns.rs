//! DNS: what programs get, and what DNS says about it.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use hops::answer::Answerer;
use hops::answer::network::NetworkConfig;
use hops::facts::{Answer, DnsAnswer, DnsOutcome, Gap, Question};

use crate::support::servers::{self, Says, V4, Zone, address, alias};
use crate::{HOST, network, patient, quick};

async fn ask_dns(config: NetworkConfig, name: &str, via: Option<SocketAddr>) -> DnsAnswer {
    let name = name.to_owned();
    match network(config).answer(&Question::Dns { name, via }).await {
        Ok(Answer::Dns(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

async fn at(zone: Zone, name: &str) -> DnsAnswer {
    let server = servers::dns(zone).await;
    let answer = ask_dns(patient(), name, Some(server.addr)).await;
    assert_eq!(answer.server, server.addr.to_string());
    answer
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn records(answer: &DnsAnswer) -> Vec<String> {
    let line = |r: &hops::facts::DnsRecord| format!("{} {} {} {}", r.name, r.ttl, r.rtype, r.data);
    answer.records.iter().map(line).collect()
}

fn detail(answer: &DnsAnswer) -> &str {
    answer.detail.as_deref().unwrap_or_default()
}

fn ok(records: Vec<hickory_proto::rr::Record>) -> Says {
    Says::Records(ResponseCode::NoError, records)
}

#[tokio::test]
async fn shows_the_aliases_with_their_ttls() {
    let chain = vec![
        alias(HOST, 300, "lb.example.net"),
        alias("lb.example.net", 60, "lb-1.example.net"),
    ];
    let v4 = [
        chain.clone(),
        vec![address("lb-1.example.net", 30, "203.0.113.80")],
    ]
    .concat();
    let v6 = [chain, vec![address("lb-1.example.net", 20, "2001:db8::80")]].concat();
    let zone = Zone::new()
        .with(HOST, RecordType::A, ok(v4))
        .with(HOST, RecordType::AAAA, ok(v6));
    let answer = at(zone, "Shop.Example.com").await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert_eq!(answer.addresses, [ip("203.0.113.80"), ip("2001:db8::80")]);
    assert_eq!(
        records(&answer),
        [
            "shop.example.com 300 CNAME lb.example.net",
            "lb.example.net 60 CNAME lb-1.example.net",
            "lb-1.example.net 30 A 203.0.113.80",
            "lb-1.example.net 20 AAAA 2001:db8::80",
        ]
    );
    assert_eq!(answer.detail, None);
}

#[tokio::test]
async fn tells_nxdomain_nodata_and_failures_apart() {
    let answer = at(Zone::new(), HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::NxDomain);
    assert!(answer.addresses.is_empty());

    let answer = at(Zone::new().both(HOST, ok(vec![])), HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::NoData);

    for (code, name) in [
        (ResponseCode::ServFail, "SERVFAIL"),
        (ResponseCode::Refused, "REFUSED"),
    ] {
        let answer = at(Zone::new().both(HOST, Says::Records(code, vec![])), HOST).await;
        assert_eq!(answer.outcome, DnsOutcome::ServFail);
        assert!(detail(&answer).contains(name), "{answer:?}");
    }

    let answer = at(Zone::new().both(HOST, Says::Garbage), HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::ServFail);
    assert!(detail(&answer).contains("not DNS"), "{answer:?}");
}

#[tokio::test]
async fn finds_ipv6_where_ipv4_fails() {
    let zone = Zone::new()
        .with(
            HOST,
            RecordType::A,
            Says::Records(ResponseCode::ServFail, vec![]),
        )
        .with(
            HOST,
            RecordType::AAAA,
            ok(vec![address(HOST, 5, "2001:db8::80")]),
        );
    let answer = at(zone, HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert_eq!(answer.addresses, [ip("2001:db8::80")]);
    assert!(detail(&answer).starts_with("A: "), "{answer:?}");
}

#[tokio::test]
async fn says_when_an_alias_leads_nowhere() {
    let dangling = Says::Records(
        ResponseCode::NXDomain,
        vec![alias(HOST, 60, "gone.example.net")],
    );
    let answer = at(Zone::new().both(HOST, dangling), HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::NxDomain);
    assert_eq!(
        records(&answer),
        ["shop.example.com 60 CNAME gone.example.net"]
    );
    assert!(detail(&answer).contains("gone.example.net"), "{answer:?}");
}

#[tokio::test]
async fn survives_aliases_in_a_circle() {
    let circle = vec![
        alias(HOST, 60, "b.example.com"),
        alias("b.example.com", 60, HOST),
    ];
    let mut zone = Zone::new()
        .both(HOST, ok(circle.clone()))
        .both("b.example.com", ok(circle));
    for recursive in [true, false] {
        zone.recursive = recursive;
        let answer = at(zone.clone(), HOST).await;
        assert_eq!(answer.outcome, DnsOutcome::NoData);
        assert_eq!(answer.records.len(), 2, "{answer:?}");
    }
}

#[tokio::test]
async fn asks_an_authoritative_server_for_the_end_of_an_alias() {
    let mut zone = Zone::new()
        .both(HOST, ok(vec![alias(HOST, 60, "lb.example.com")]))
        .with(
            "lb.example.com",
            RecordType::A,
            ok(vec![address("lb.example.com", 9, "203.0.113.9")]),
        )
        .with("lb.example.com", RecordType::AAAA, ok(vec![]));
    zone.recursive = false;
    let answer = at(zone, HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert_eq!(answer.addresses, [ip("203.0.113.9")]);
    assert_eq!(answer.records.len(), 2, "{answer:?}");
}

#[tokio::test]
async fn takes_tcp_where_udp_is_too_short() {
    let many: Vec<_> = (1..=100)
        .map(|n| address(HOST, 60, &format!("203.0.113.{n}")))
        .collect();
    let zone = Zone::new()
        .with(HOST, RecordType::A, Says::Long(many))
        .with(HOST, RecordType::AAAA, ok(vec![]));
    let answer = at(zone, HOST).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert_eq!(answer.addresses.len(), 100);
}

#[tokio::test]
async fn tells_a_silent_server_from_a_closed_port() {
    let server = servers::dns(Zone::new().both(HOST, Says::Nothing)).await;
    let answer = ask_dns(quick(), HOST, Some(server.addr)).await;
    assert_eq!(answer.outcome, DnsOutcome::TimedOut);
    assert!(detail(&answer).contains("does not answer"), "{answer:?}");

    let started = Instant::now();
    let closed = servers::closed_port(V4).await;
    let answer = ask_dns(patient(), HOST, Some(closed)).await;
    assert_eq!(answer.outcome, DnsOutcome::TimedOut);
    assert!(detail(&answer).contains("port closed"), "{answer:?}");
    // It does not wait for what cannot come: the limit is 20 s.
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn goes_on_to_the_next_server() {
    let silent = servers::dns(Zone::new().both(HOST, Says::Nothing)).await;
    let zone = Zone::new().both(HOST, ok(vec![]));
    let good = servers::dns(zone.with(
        HOST,
        RecordType::A,
        ok(vec![address(HOST, 60, "203.0.113.80")]),
    ));
    let good = good.await;
    let config = NetworkConfig {
        nameservers: Some(vec![silent.addr, good.addr]),
        io_timeout: Duration::from_secs(3),
        ..patient()
    };
    let answer = ask_dns(config, HOST, None).await;
    assert_eq!(records(&answer), ["shop.example.com 60 A 203.0.113.80"]);
    assert!(
        detail(&answer).contains(&format!("{} does not answer", silent.addr)),
        "{answer:?}"
    );
    assert!(answer.server.contains("the system resolver"), "{answer:?}");
    assert!(answer.server.contains(&good.addr.to_string()), "{answer:?}");
}

/// All servers are asked at once: a dead one costs its time once, and nobody waits for it at the next name.
#[tokio::test]
async fn a_dead_server_is_waited_for_once() {
    let silent = servers::dns(Zone::new().both(HOST, Says::Nothing)).await;
    let zone = |name: &str| {
        let zone = Zone::new().with(
            name,
            RecordType::A,
            ok(vec![address(name, 60, "203.0.113.80")]),
        );
        zone.with(name, RecordType::AAAA, ok(vec![]))
    };
    let good = servers::dns(zone(HOST)).await;
    let network = network(NetworkConfig {
        nameservers: Some(vec![silent.addr, silent.addr, good.addr]),
        ..patient()
    });
    let host = Question::Dns {
        name: HOST.to_owned(),
        via: None,
    };
    let began = Instant::now();
    let Ok(Answer::Dns(first)) = network.answer(&host).await else {
        panic!("no answer");
    };
    let waited = began.elapsed();
    // Two dead servers, two types and HTTPS records: the waits do not add up to the 20 s that are allowed.
    assert!(waited < Duration::from_secs(6), "{waited:?}");
    assert_eq!(records(&first), ["shop.example.com 60 A 203.0.113.80"]);
    let began = Instant::now();
    let Ok(Answer::Dns(second)) = network.answer(&host).await else {
        panic!("no answer");
    };
    assert_eq!(second.records, first.records);
    assert!(
        began.elapsed() < waited,
        "{:?} after {waited:?}",
        began.elapsed()
    );
}

/// The first server's answer counts where it has one, however quick the others are; for that they are not waited for.
#[tokio::test]
async fn the_first_that_knows_counts() {
    let says = |text: &str| {
        let zone = Zone::new().with(HOST, RecordType::A, ok(vec![address(HOST, 60, text)]));
        zone.with(HOST, RecordType::AAAA, ok(vec![]))
    };
    let (first, second) = (
        servers::dns(says("203.0.113.80")).await,
        servers::dns(says("192.0.2.1")).await,
    );
    let silent = servers::dns(Zone::new().both(HOST, Says::Nothing)).await;
    let failing =
        servers::dns(Zone::new().both(HOST, Says::Records(ResponseCode::Refused, vec![]))).await;
    for (order, expected) in [
        (vec![first.addr, second.addr, silent.addr], "203.0.113.80"),
        (vec![second.addr, first.addr], "192.0.2.1"),
        (vec![failing.addr, first.addr, second.addr], "203.0.113.80"),
    ] {
        let config = NetworkConfig {
            nameservers: Some(order.clone()),
            ..patient()
        };
        let answer = ask_dns(config, HOST, None).await;
        let given: Vec<&str> = answer.records.iter().map(|r| r.data.as_str()).collect();
        assert_eq!(given, [expected], "{order:?}");
    }
}

/// A server that knows the name every second time: that is said, and the addresses count.
#[tokio::test]
async fn servers_that_change_their_mind_flap() {
    let good = || ok(vec![address(HOST, 60, "203.0.113.80")]);
    let fails = |code| Says::Records(code, vec![]);
    for (code, outcome) in [
        (ResponseCode::ServFail, DnsOutcome::ServFail),
        (ResponseCode::NXDomain, DnsOutcome::NxDomain),
        (ResponseCode::NoError, DnsOutcome::NoData),
    ] {
        let zone = Zone::new()
            .with(HOST, RecordType::A, Says::in_turn(fails(code), good()))
            .with(
                HOST,
                RecordType::AAAA,
                Says::in_turn(fails(code), ok(vec![])),
            );
        let answer = at(zone, HOST).await;
        assert_eq!(
            (answer.outcome, answer.unsteady),
            (DnsOutcome::Found, Some(outcome)),
            "{answer:?}"
        );
        assert_eq!(answer.addresses, [ip("203.0.113.80")]);
    }
    // One type fails every time, or the first answer is a good one: no change of mind that anybody sees.
    for aaaa in [
        fails(ResponseCode::ServFail),
        ok(vec![]),
        Says::in_turn(ok(vec![]), fails(ResponseCode::ServFail)),
    ] {
        let zone = Zone::new()
            .with(HOST, RecordType::A, good())
            .with(HOST, RecordType::AAAA, aaaa);
        assert_eq!(at(zone, HOST).await.unsteady, None);
    }
    // One server without the zone, which got one of the two questions.
    for aaaa in [true, false] {
        let turns = Says::in_turn(
            fails(ResponseCode::NXDomain),
            if aaaa { ok(vec![]) } else { good() },
        );
        let zone = Zone::new().with(
            HOST,
            RecordType::A,
            if aaaa { good() } else { turns.clone() },
        );
        let answer = at(
            zone.with(
                HOST,
                RecordType::AAAA,
                if aaaa { turns } else { ok(vec![]) },
            ),
            HOST,
        )
        .await;
        assert_eq!(
            (answer.outcome, answer.unsteady.is_some()),
            (DnsOutcome::Found, true),
            "{answer:?}"
        );
    }
    // A server that says so of AAAA every time is at fault, and steady.
    let zone = Zone::new().with(HOST, RecordType::A, good());
    assert_eq!(at(zone, HOST).await.unsteady, None);
    // Where the next server knows the name whatever the first one says, programs get it every time.
    let turns = || Says::in_turn(fails(ResponseCode::ServFail), good());
    let first = Zone::new().with(HOST, RecordType::A, turns());
    let first = servers::dns(first.with(HOST, RecordType::AAAA, turns())).await;
    let second = Zone::new().with(HOST, RecordType::A, good());
    let second = servers::dns(second.with(HOST, RecordType::AAAA, ok(vec![]))).await;
    let config = NetworkConfig {
        nameservers: Some(vec![first.addr, second.addr]),
        ..patient()
    };
    let answer = ask_dns(config, HOST, None).await;
    assert_eq!(
        (answer.outcome, answer.unsteady),
        (DnsOutcome::Found, None),
        "{answer:?}"
    );
    // What fails every time is what it was.
    for (code, outcome) in [
        (ResponseCode::ServFail, DnsOutcome::ServFail),
        (ResponseCode::NXDomain, DnsOutcome::NxDomain),
    ] {
        let answer = at(Zone::new().both(HOST, fails(code)), HOST).await;
        assert_eq!((answer.outcome, answer.unsteady), (outcome, None));
    }
}

/// Every machine knows localhost without DNS.
#[tokio::test]
async fn says_when_addresses_come_from_elsewhere() {
    let server = servers::dns(Zone::new()).await;
    let with = |nameservers| NetworkConfig {
        nameservers: Some(nameservers),
        ..patient()
    };
    let answer = ask_dns(with(vec![server.addr]), "localhost", None).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert!(answer.addresses.iter().all(IpAddr::is_loopback));
    assert!(!answer.addresses.is_empty());
    assert!(detail(&answer).contains("NXDOMAIN"), "{answer:?}");
    assert!(detail(&answer).contains("hosts file"), "{answer:?}");

    let other = ok(vec![address("localhost", 60, "203.0.113.80")]);
    let zone = Zone::new().with("localhost", RecordType::A, other).with(
        "localhost",
        RecordType::AAAA,
        ok(vec![]),
    );
    let server = servers::dns(zone).await;
    let answer = ask_dns(with(vec![server.addr]), "localhost", None).await;
    assert!(
        answer.addresses.iter().all(IpAddr::is_loopback),
        "{answer:?}"
    );
    assert!(
        detail(&answer).contains("DNS says 203.0.113.80"),
        "{answer:?}"
    );
    assert_eq!(records(&answer), ["localhost 60 A 203.0.113.80"]);

    // Asked directly, a server is asked and nobody else.
    let answer = ask_dns(patient(), "localhost", Some(server.addr)).await;
    assert_eq!(answer.addresses, [ip("203.0.113.80")]);
}

/// Programs have their addresses at once; DNS is not waited for as long as it may take.
#[tokio::test]
async fn does_not_hold_back_what_programs_get() {
    let silent = servers::dns(Zone::new().both("localhost", Says::Nothing)).await;
    let config = NetworkConfig {
        io_timeout: Duration::from_secs(60),
        nameservers: Some(vec![silent.addr]),
        ..patient()
    };
    let started = Instant::now();
    let answer = ask_dns(config, "localhost", None).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert!(detail(&answer).contains("no answer"), "{answer:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn without_any_server_says_so() {
    let answer = ask_dns(patient(), "localhost", None).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert!(detail(&answer).contains("no DNS server"), "{answer:?}");
}

#[tokio::test]
async fn refuses_what_is_no_name() {
    let network = network(patient());
    for name in ["", ".", "a..b", &"x".repeat(64), "bücher.example"] {
        let question = Question::Dns {
            name: name.to_owned(),
            via: None,
        };
        let answer = network.answer(&question).await;
        assert!(
            matches!(answer, Err(Gap::Malformed { .. })),
            "{name}: {answer:?}"
        );
    }
}
