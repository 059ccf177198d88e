//! Authoritative servers: who they are, and what each says. Besides: TXT records, the hosts file, HTTPS records, negative answers.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Record, RecordType};
use hops::answer::Answerer;
use hops::answer::network::NetworkConfig;
use hops::facts::{Answer, Authority, AuthorityServer, DnsAnswer, DnsOutcome, Gap, Question};

use crate::support::servers::{self, Says, Server, Zone, address, alias};
use crate::{HOST, network, patient, quick};

const ZONE: &str = "example.com";

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn ok(records: Vec<Record>) -> Says {
    Says::Records(ResponseCode::NoError, records)
}

/// The zone with its SOA.
fn zone() -> Zone {
    Zone::of(ZONE, servers::soa(ZONE, 3600, 900))
}

/// The same with an address of the host.
fn shop(ttl: u32, at: &str) -> Zone {
    zone()
        .with(HOST, RecordType::A, ok(vec![address(HOST, ttl, at)]))
        .with(HOST, RecordType::AAAA, ok(vec![]))
}

/// A resolver that knows the zone's servers: `ns1` at the first address, and so on.
fn resolver(at: &[&str]) -> Zone {
    let name = |n: usize| format!("ns{}.{ZONE}", n + 1);
    let served = (0..at.len()).map(|n| servers::served_by(ZONE, 3600, &name(n)));
    let mut zone = Zone::new()
        .with(ZONE, RecordType::NS, ok(served.collect()))
        .with(HOST, RecordType::NS, ok(vec![]));
    for (n, at) in at.iter().enumerate() {
        let own = ok(vec![address(&name(n), 3600, at)]);
        zone = zone.with(&name(n), RecordType::A, own);
        zone = zone.with(&name(n), RecordType::AAAA, ok(vec![]));
    }
    zone
}

async fn ask(resolver: Zone, port: u16) -> Authority {
    let resolver = servers::dns(resolver).await;
    let config = NetworkConfig {
        nameservers: Some(vec![resolver.addr]),
        authority_port: port,
        ..patient()
    };
    let (name, via) = (HOST.to_owned(), None);
    match network(config)
        .answer(&Question::DnsAuthority { name, via })
        .await
    {
        Ok(Answer::Authority(authority)) => authority,
        other => panic!("{other:?}"),
    }
}

/// One server with this zone.
async fn at_one(zone: Zone, more: impl Fn(Zone) -> Zone) -> (Authority, AuthorityServer) {
    let server = servers::dns(zone).await;
    let authority = ask(more(resolver(&["127.0.0.1"])), server.addr.port()).await;
    let [said] = authority.servers.as_slice() else {
        panic!("{authority:?}");
    };
    assert_eq!(said.address, server.addr);
    let said = said.clone();
    (authority, said)
}

/// Servers at several loopback addresses, all at one port.
#[cfg(target_os = "linux")]
async fn several(zones: Vec<Zone>) -> (Vec<Server>, u16) {
    'port: for _ in 0..50 {
        let mut zones = zones.clone().into_iter();
        let first = servers::dns(zones.next().expect("a zone")).await;
        let port = first.addr.port();
        let mut all = vec![first];
        for (zone, last) in zones.zip(2..) {
            let to = SocketAddr::from(([127, 0, 0, last], port));
            match servers::dns_at(zone, to).await {
                Some(server) => all.push(server),
                None => continue 'port,
            }
        }
        return (all, port);
    }
    panic!("no port is free at all addresses");
}

fn detail(said: &AuthorityServer) -> &str {
    said.detail.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn asks_the_servers_of_the_zone_directly() {
    let (authority, said) = at_one(shop(300, "203.0.113.80"), |z| z).await;
    assert_eq!(authority.zone, ZONE);
    assert_eq!(authority.detail, None);
    assert_eq!(authority.negative_ttl, Some(900));
    assert!(!authority.wildcard);
    assert_eq!(said.name, "ns1.example.com");
    assert_eq!(said.outcome, DnsOutcome::Found);
    assert_eq!(said.addresses, [ip("203.0.113.80")]);
    assert_eq!((said.records.len(), said.records[0].ttl), (1, 300));
    assert_eq!(said.detail, None);
}

#[tokio::test]
async fn each_way_of_having_no_address_has_its_own_answer() {
    let (authority, said) = at_one(zone(), |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::NxDomain);
    assert_eq!(authority.negative_ttl, Some(900));

    let (_, said) = at_one(zone().both(HOST, ok(vec![])), |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::NoData);

    let refused = Says::Records(ResponseCode::Refused, vec![]);
    let (_, said) = at_one(zone().both(HOST, refused), |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::ServFail);
    assert!(detail(&said).contains("REFUSED"), "{said:?}");

    let started = Instant::now();
    let (_, said) = at_one(zone().both(HOST, Says::Nothing), |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::TimedOut);
    assert!(detail(&said).contains("does not answer"), "{said:?}");
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_server_without_authority_is_lame() {
    let mut zone = shop(300, "198.51.100.9");
    zone.recursive = true;
    let (_, said) = at_one(zone, |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::ServFail);
    assert!(said.addresses.is_empty(), "{said:?}");
    assert!(detail(&said).contains("without authority"), "{said:?}");

    let root = servers::served_by("com", 60, "a.example.net");
    let zone = zone_that_refers(root);
    let (_, said) = at_one(zone, |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::ServFail);
    assert!(detail(&said).contains("lame"), "{said:?}");
}

fn zone_that_refers(to: Record) -> Zone {
    zone().both(HOST, Says::Refers(vec![to]))
}

#[tokio::test]
async fn follows_aliases_inside_the_zone_and_out_of_it() {
    let inside = zone()
        .both(HOST, ok(vec![alias(HOST, 300, "lb.example.com")]))
        .with(
            "lb.example.com",
            RecordType::A,
            ok(vec![address("lb.example.com", 60, "203.0.113.9")]),
        )
        .with("lb.example.com", RecordType::AAAA, ok(vec![]));
    let (_, said) = at_one(inside, |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::Found);
    assert_eq!(said.addresses, [ip("203.0.113.9")]);
    assert_eq!(said.records.len(), 2, "{said:?}");

    let outside = zone().both(HOST, ok(vec![alias(HOST, 300, "lb.example.net")]));
    let end = ok(vec![address("lb.example.net", 7, "203.0.113.10")]);
    let (_, said) = at_one(outside.clone(), |z| {
        z.with("lb.example.net", RecordType::A, end.clone())
    })
    .await;
    assert_eq!(said.outcome, DnsOutcome::Found);
    assert_eq!(said.addresses, [ip("203.0.113.10")]);
    assert_eq!(said.records.len(), 1, "{said:?}");

    // The resolver does not know the end of the alias.
    let (_, said) = at_one(outside, |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::NxDomain);
    assert!(detail(&said).contains("lb.example.net"), "{said:?}");

    let circle = vec![
        alias(HOST, 60, "b.example.com"),
        alias("b.example.com", 60, HOST),
    ];
    let zone = zone()
        .both(HOST, ok(circle.clone()))
        .both("b.example.com", ok(circle));
    let (_, said) = at_one(zone, |z| z).await;
    assert_eq!(said.outcome, DnsOutcome::NoData);
}

#[tokio::test]
async fn tells_a_wildcard_record() {
    let any = ok(vec![address("*.example.com", 60, "203.0.113.80")]);
    let wild = zone()
        .with("*.example.com", RecordType::A, any.clone())
        .with("*.example.com", RecordType::AAAA, ok(vec![]));
    let (authority, said) = at_one(wild.clone(), |z| z).await;
    assert_eq!(said.addresses, [ip("203.0.113.80")]);
    assert!(authority.wildcard, "{authority:?}");

    // Beside a wildcard the name has a record of its own.
    let own = ok(vec![address(HOST, 60, "203.0.113.81")]);
    let (authority, _) = at_one(wild.with(HOST, RecordType::A, own), |z| z).await;
    assert!(!authority.wildcard, "{authority:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_server_of_two_is_behind() {
    let zones = vec![shop(300, "203.0.113.80"), shop(300, "198.51.100.9")];
    let (_servers, port) = several(zones).await;
    let authority = ask(resolver(&["127.0.0.1", "127.0.0.2"]), port).await;
    let said: Vec<_> = authority.servers.iter().map(|s| s.addresses[0]).collect();
    assert_eq!(said, [ip("203.0.113.80"), ip("198.51.100.9")]);
}

/// Some servers have another one's silence to wait for, and nothing else.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn asks_four_servers_at_once() {
    let silent = || zone().both(HOST, Says::Nothing);
    let zones = vec![silent(), silent(), silent(), shop(300, "203.0.113.80")];
    let (_servers, port) = several(zones).await;
    let at = [
        "127.0.0.1",
        "127.0.0.2",
        "127.0.0.3",
        "127.0.0.4",
        "127.0.0.5",
    ];
    let started = Instant::now();
    let authority = ask(resolver(&at), port).await;
    assert!(started.elapsed() < Duration::from_secs(15));
    let outcomes: Vec<_> = authority.servers.iter().map(|s| s.outcome).collect();
    let silence = DnsOutcome::TimedOut;
    assert_eq!(outcomes, [silence, silence, silence, DnsOutcome::Found]);
    assert_eq!(
        authority.detail.as_deref(),
        Some("4 of 5 servers were asked")
    );
}

/// Resolvers fail for a zone whose servers are lame; the zone above tells who they are.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn goes_down_to_a_zone_that_resolvers_cannot_see() {
    let below = servers::served_by(HOST, 60, "ns.shop.example.com");
    let above = zone_that_refers(below);
    let lame = Zone::new().both(HOST, Says::Records(ResponseCode::Refused, vec![]));
    let (_servers, port) = several(vec![above, lame]).await;
    let fails = Says::Records(ResponseCode::ServFail, vec![]);
    let glue = ok(vec![address("ns.shop.example.com", 60, "127.0.0.2")]);
    let resolver = resolver(&["127.0.0.1"])
        .with(HOST, RecordType::NS, fails)
        .with("ns.shop.example.com", RecordType::A, glue);
    let authority = ask(resolver, port).await;
    assert_eq!(authority.zone, HOST);
    assert_eq!(authority.servers.len(), 1, "{authority:?}");
    assert_eq!(authority.servers[0].name, "ns.shop.example.com");
    assert!(detail(&authority.servers[0]).contains("REFUSED"));
}

#[tokio::test]
async fn says_when_nobody_tells_the_servers() {
    let authority = ask(Zone::new(), 53).await;
    assert_eq!((authority.zone.as_str(), authority.servers.len()), ("", 0));
    assert!(authority.detail.is_some(), "{authority:?}");

    let silent = Zone::new()
        .with(HOST, RecordType::NS, Says::Nothing)
        .with(ZONE, RecordType::NS, Says::Nothing)
        .with("com", RecordType::NS, Says::Nothing);
    let started = Instant::now();
    let authority = ask(silent, 53).await;
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(authority.detail.is_some(), "{authority:?}");

    let question = Question::DnsAuthority {
        name: HOST.to_owned(),
        via: None,
    };
    let answer = network(patient()).answer(&question).await;
    assert!(matches!(answer, Err(Gap::Unreachable { .. })), "{answer:?}");
}

async fn texts(config: NetworkConfig, zone: Zone) -> Result<Vec<String>, Gap> {
    let server = servers::dns(zone).await;
    let question = Question::DnsText {
        name: HOST.to_owned(),
        via: Some(server.addr),
    };
    match network(config).answer(&question).await? {
        Answer::Text { texts } => Ok(texts),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reads_text_records() {
    let two = ok(vec![
        servers::txt(HOST, &["heritage=external-dns,", "external-dns/owner=prod"]),
        servers::txt(HOST, &["v=spf1 -all"]),
    ]);
    let zone = Zone::new().with(HOST, RecordType::TXT, two);
    assert_eq!(
        texts(patient(), zone).await,
        Ok(vec![
            "heritage=external-dns,external-dns/owner=prod".to_owned(),
            "v=spf1 -all".to_owned(),
        ])
    );
    assert_eq!(texts(patient(), Zone::new()).await, Ok(vec![]));
    let silent = Zone::new().with(HOST, RecordType::TXT, Says::Nothing);
    assert_eq!(texts(quick(), silent).await, Err(Gap::TimedOut));
    let fails = Says::Records(ResponseCode::ServFail, vec![]);
    let failing = Zone::new().with(HOST, RecordType::TXT, fails);
    let answer = texts(patient(), failing).await;
    assert!(matches!(answer, Err(Gap::Unreachable { .. })), "{answer:?}");
}

async fn look_up(config: NetworkConfig, name: &str, zone: Zone, direct: bool) -> DnsAnswer {
    let server = servers::dns(zone).await;
    let config = NetworkConfig {
        nameservers: Some(vec![server.addr]),
        ..config
    };
    let question = Question::Dns {
        name: name.to_owned(),
        via: direct.then_some(server.addr),
    };
    match network(config).answer(&question).await {
        Ok(Answer::Dns(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_negative_answer_says_how_long_it_is_remembered() {
    for (ttl, minimum) in [(1200, 900), (300, 900)] {
        let soa = servers::soa(ZONE, ttl, minimum);
        let mut zone = Zone::new();
        zone.soa = Some(soa);
        let answer = look_up(patient(), HOST, zone.clone(), true).await;
        assert_eq!(answer.outcome, DnsOutcome::NxDomain);
        assert_eq!(answer.negative_ttl, Some(ttl.min(minimum)));
        let answer = look_up(patient(), HOST, zone.both(HOST, ok(vec![])), true).await;
        assert_eq!(answer.outcome, DnsOutcome::NoData);
        assert_eq!(answer.negative_ttl, Some(ttl.min(minimum)));
    }
    // A name with an IPv4 address alone has one.
    let answer = look_up(patient(), HOST, shop(300, "203.0.113.80"), true).await;
    assert_eq!(
        (answer.outcome, answer.negative_ttl),
        (DnsOutcome::Found, None)
    );
}

#[tokio::test]
async fn shows_https_records_and_does_not_wait_for_them() {
    let zone = shop(300, "203.0.113.80");
    let seen = zone
        .clone()
        .with(HOST, RecordType::HTTPS, ok(vec![servers::https(HOST, 300)]));
    let answer = look_up(patient(), HOST, seen, true).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    let https = answer.records.last().expect("a record");
    assert_eq!(
        (https.rtype.as_str(), https.name.as_str(), https.ttl),
        ("HTTPS", HOST, 300)
    );
    assert!(https.data.starts_with("1 . alpn="), "{https:?}");

    for says in [
        Says::Nothing,
        Says::Garbage,
        Says::Records(ResponseCode::NotImp, vec![]),
    ] {
        let started = Instant::now();
        let zone = zone.clone().with(HOST, RecordType::HTTPS, says);
        let answer = look_up(patient(), HOST, zone, true).await;
        assert_eq!(answer.addresses, [ip("203.0.113.80")]);
        assert_eq!((answer.records.len(), answer.detail), (1, None));
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "the limit is 20 s"
        );
    }
}

/// Every machine knows localhost without DNS.
#[tokio::test]
async fn reads_the_hosts_file_anew_for_every_lookup() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hosts");
    let text = "# localhost\n127.0.0.1 localhost\n\n::1 ip6 LocalHost # both\n192.0.2.1 shop\n";
    std::fs::write(&file, text).expect("written");
    let config = NetworkConfig {
        hosts_file: file.clone(),
        ..patient()
    };
    let answer = look_up(config.clone(), "localhost", Zone::new(), false).await;
    assert_eq!(answer.outcome, DnsOutcome::Found);
    assert_eq!(answer.dns, Some(DnsOutcome::NxDomain));
    let lines: Vec<_> = answer
        .hosts_file
        .iter()
        .map(|l| (l.line, l.address))
        .collect();
    assert_eq!(lines, [(2, ip("127.0.0.1")), (4, ip("::1"))]);
    assert_eq!(answer.hosts_file[0].file, file.display().to_string());

    let other = Zone::new()
        .with(
            "localhost",
            RecordType::A,
            ok(vec![address("localhost", 60, "203.0.113.80")]),
        )
        .with("localhost", RecordType::AAAA, ok(vec![]));
    let answer = look_up(config.clone(), "localhost", other.clone(), false).await;
    assert_eq!(answer.dns, Some(DnsOutcome::Found));
    assert_eq!(answer.records.len(), 1, "{answer:?}");
    assert!(answer.addresses.iter().all(IpAddr::is_loopback));

    // One server asked directly: the file is beside the point.
    let answer = look_up(config, "localhost", other, true).await;
    assert_eq!((answer.dns, answer.hosts_file.len()), (None, 0));
}
