//! What a fixture's file says wrong is told, with the file and the key, instead of passed over.

use std::collections::BTreeSet;

use futures::FutureExt;
use hops::answer::Answerer;
use hops::diagnosis::semantics::words::reply_words;
use hops::facts::{Answer, DnsQuery, DnsType, Gap, PodDnsAnswer, PodPort, Question};

use crate::support::fixture::{Answers, Fixture};

/// Why a file with this text is refused.
fn refused(text: &str) -> String {
    let mut file = tempfile::NamedTempFile::with_suffix(".yaml").expect("a file");
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    let Err(why) = Fixture::read(file.path()) else {
        return "accepted".to_owned();
    };
    let name = file.path().display().to_string();
    assert!(why.starts_with(&name), "which file? {why}");
    why
}

#[test]
fn a_misspelt_key_is_refused_at_every_level() {
    let cases = [
        ("state: {tls: unknown}", "state"),
        ("brokenat: dns", "brokenat"),
        (
            "patch: {Service shop/frontend: {spec: {selectors: {app: x}}}}",
            "Service shop/frontend: unknown key spec.selectors",
        ),
        (
            "patch: {Pod shop/frontend-*: {status: {condition: []}}}",
            "Pod shop/frontend-1: unknown key status.condition",
        ),
        (
            "add: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namspace: y}}]",
            "ConfigMap x: unknown key metadata.namspace",
        ),
        (
            "add: [{apiVersion: v1, kind: Confgmap, metadata: {name: x}}]",
            "Confgmap x: not a kind",
        ),
        (
            "probes: {dns shop.example.com: {outcomes: found}}",
            "probe dns shop.example.com: unknown key outcomes",
        ),
        (
            "probes: {dns shop.example.com: {records: [{name: a, rtype: A, ttl: 1, data: x, datum: y}]}}",
            "unknown key records.0.datum",
        ),
        (
            "probes: {tcp 203.0.113.80:443: {conect: refused}}",
            "probe tcp 203.0.113.80:443: unknown key conect",
        ),
        (
            "probes: {tls 203.0.113.80:443: {refuse: unknown issuer}}",
            "unknown key refuse",
        ),
        (
            "probes: {tls 203.0.113.80:443: {chain: [{subject: a, issuer: b, name: [c], not_before: '2026-01-01T00:00:00Z', not_after: '2027-01-01T00:00:00Z'}]}}",
            "unknown key chain.0.name",
        ),
        (
            "probes: {http 203.0.113.80:443: {code: 404}}",
            "probe http 203.0.113.80:443: unknown key code",
        ),
        (
            "probes: {http 203.0.113.80:443: {phases: {connect: 1, wait: 2, waits: 3}}}",
            "unknown key phases.waits",
        ),
        (
            "probes: {look up shop.example.com at its authoritative servers: {zones: example.com}}",
            "unknown key zones",
        ),
        (
            "probes: {look up TXT shop.example.com: {texts: [], text: x}}",
            "unknown key text",
        ),
        (
            "answers: {mine: {connect: refused, msec: 3}}\nprobes: {tcp 203.0.113.80:443: mine}",
            "probe tcp 203.0.113.80:443: unknown key msec",
        ),
        (
            "probes: {'pod-dns kube-system/coredns-1:53 web.shop A': {end: NXDOMAIN, msec: 1}}",
            "unknown key msec",
        ),
        (
            "gaps: {list pods in shop: {gap: timed-out, verb: list}}",
            "gap list pods in shop: unknown key verb",
        ),
    ];
    for (text, expected) in cases {
        let why = refused(&format!("base: shop\n{text}\n"));
        assert!(why.contains(expected), "{text}\n{why}");
    }
}

#[test]
fn a_name_that_leads_nowhere_is_refused() {
    let cases = [
        (
            "patch: {Service shop/front: null}",
            "no object Service shop/front",
        ),
        ("probes: {tcp 203.0.113.80:443: refusd}", "no answer refusd"),
        (
            "probes: {tcp 203.0.113.80:444: null}",
            "no probe tcp 203.0.113.80:444",
        ),
        (
            "probes: {tpc 203.0.113.80:443: refused}",
            "no question has these words",
        ),
        (
            "probes: {tcp 203.0.113.80: refused}",
            "no question has these words",
        ),
        (
            "probes: {'pod-dns kube-system/coredns-1:53 web.shop A': NXDOMAN}",
            "NXDOMAN is no reply of a DNS server",
        ),
        (
            "probes: {'pod-dns kube-system/coredns-1:53 web.shop a': NXDOMAIN}",
            "no question has these words",
        ),
        (
            "probes: {'pod-dns coredns-1 web.shop A': NXDOMAIN}",
            "no question has these words",
        ),
        ("gaps: {list pods in shop: {gap: forbiden}}", "forbiden"),
        ("target: 'https://'", "target"),
        ("now: yesterday", "now yesterday"),
    ];
    for (text, expected) in cases {
        let why = refused(&format!("base: shop\n{text}\n"));
        assert!(why.contains(expected), "{text}\n{why}");
    }
    assert!(refused("objects: []").contains("no now"));
    assert_eq!(refused("base: shop"), "accepted");
}

#[test]
fn what_no_walk_asks_is_a_fault() {
    let mut file = tempfile::NamedTempFile::with_suffix(".yaml").expect("a file");
    let text = "base: shop\n\
        probes: {tcp 198.51.100.9:443: refused}\n\
        gaps: {list pods in shp: {gap: timed-out}}\n\
        unasked: ['GET https://shop.example.com/ via *']\n\
        says: [nothing of the kind]\n\
        states: {tsl: ok, dns: broken}\n";
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    let fixture = Fixture::load(file.path());
    let faults = fixture.faults(&fixture.report());
    let expected = [
        "dns ok, expected broken",
        "tsl absent, expected ok",
        "does not say \"nothing of the kind\"",
        "never asked: tcp 198.51.100.9:443",
        "never asked: list pods in shp",
        "asked: GET https://shop.example.com/ via *",
    ];
    assert_eq!(faults, expected);
}

/// What a case says of DNS inside a pod, query by query, and what its edge makes of a question.
#[test]
fn a_question_of_several_queries_is_answered_by_each() {
    let mut file = tempfile::NamedTempFile::with_suffix(".yaml").expect("a file");
    let text = "base: shop
answers: {db: {end: NOERROR, records: [{name: db.example.com, rtype: A, ttl: 7, data: 192.0.2.9}]}}
probes:
  pod-dns kube-system/coredns-*:53 *.svc.cluster.local *: NXDOMAIN
  pod-dns kube-system/coredns-1:53 web.shop.svc.cluster.local A: CNAME db.example.com, 192.0.2.7 (ttl 30)
  pod-dns kube-system/coredns-1:53 web.shop.svc.cluster.local AAAA: NOERROR
  pod-dns kube-system/coredns-1:53 db.shop.svc.cluster.local A: db
  pod-dns kube-system/coredns-2:53 web.shop.svc.cluster.local *: silent
gaps:
  pod-dns kube-system/coredns-3:53: {gap: timed-out}
";
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    let fixture = Fixture::load(file.path());
    let ask = |pod: &str, queries: &[&str]| {
        let query = |text: &&str| match text.split_once(' ') {
            Some((name, "AAAA")) => DnsQuery::new(name, DnsType::Aaaa),
            Some((name, _)) => DnsQuery::new(name, DnsType::A),
            None => panic!("{text}"),
        };
        let question = Question::PodDns {
            pod: PodPort {
                namespace: "kube-system".to_owned(),
                name: pod.to_owned(),
                port: 53,
                proxy_line: false,
            },
            queries: queries.iter().map(query).collect(),
        };
        let answers = Answers::of(&fixture);
        match answers.answer(&question).now_or_never().expect("at once") {
            Ok(Answer::PodDns(answer)) => Ok(answer),
            Ok(other) => panic!("{other:?}"),
            Err(gap) => Err(gap),
        }
    };
    let words = |answer: Result<PodDnsAnswer, Gap>| -> Vec<String> {
        let answer = answer.expect("an answer");
        answer.replies.iter().map(reply_words).collect()
    };
    let (web, db) = ("web.shop.svc.cluster.local", "db.shop.svc.cluster.local");
    let both = [&format!("{web} A")[..], &format!("{web} AAAA")];
    let answer = ask(
        "coredns-1",
        &[
            both[0],
            both[1],
            &format!("{db} A"),
            "x.svc.cluster.local A",
        ],
    );
    let names: Vec<String> = answer
        .iter()
        .flat_map(|a| &a.replies[0].records)
        .map(|r| r.name.clone())
        .collect();
    assert_eq!(names, [web, "db.example.com"]);
    assert_eq!(
        words(answer),
        [
            "CNAME db.example.com, 192.0.2.7 (ttl 30)",
            "no record of that type",
            "192.0.2.9 (ttl 7)",
            "NXDOMAIN",
        ]
    );
    assert_eq!(
        words(ask("coredns-2", &both)),
        [
            "no answer within 0.0 s".to_owned(),
            format!("not sent: {web} A got no answer"),
        ]
    );
    assert_eq!(ask("coredns-3", &both), Err(Gap::TimedOut));
    // A query that nothing is said of leaves the question open.
    assert_eq!(
        ask("coredns-1", &[both[0], "example.com A"]),
        Err(Gap::NotRecorded)
    );
}

fn readme() -> String {
    let path = crate::support::fixture::base("README").with_extension("md");
    std::fs::read_to_string(path).expect("tests/pitfalls/README.md")
}

/// The README of the fixtures names every key that a file may have.
#[test]
fn every_key_is_explained() {
    let why = refused("unheard-of: 1");
    let list = why
        .lines()
        .find_map(|line| line.split_once("expected one of "));
    let keys: BTreeSet<&str> = list.expect("keys").1.split(", ").collect();
    assert!(keys.contains("brokenAt") && keys.len() > 12, "{why}");
    let readme = readme();
    let tables = readme.split("| key | means |\n").skip(1);
    let rows = tables.flat_map(|table| table.lines().take_while(|line| line.starts_with('|')));
    let rows = rows.filter_map(|row| row.strip_prefix("| `"));
    let told: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(told, keys);
}

#[test]
fn every_example_is_accepted() {
    let readme = readme();
    let blocks: Vec<&str> = readme.split("```yaml\n").skip(1).collect();
    assert!(blocks.len() > 2);
    for block in blocks {
        let (example, _) = block.split_once("```").expect("closed");
        let base = if example.contains("base: ") {
            ""
        } else {
            "base: shop\n"
        };
        assert_eq!(refused(&format!("{base}{example}")), "accepted");
    }
}
