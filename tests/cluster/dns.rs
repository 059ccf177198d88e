//! Faults between the user and the name: what the laptop's resolver says, and what the zone's owner says.

use crate::bench::{Bench, SHOP};
use crate::browser::Seen;
use crate::verdicts::Broken;
use crate::world::AUTHORITY;

const DEAD: &str = "203.0.113.99";
const NAME: &str = "shop.example.com";
const RESOLVER: &str = "127.0.0.1";

/// Waits until the zone's owner says this of the shop.
fn authority_says(bench: &Bench, expected: &str) {
    bench.until(
        "the authority",
        || bench.nslookup(NAME, AUTHORITY),
        |answer| answer.contains(expected),
    );
}

fn broken(bench: &Bench, root: &str, folded: &[&str]) {
    let roots = &[root];
    let at = "dns";
    bench.diagnoses(SHOP, &Broken { at, roots, folded });
}

/// The zone without the shop.
fn without_shop(zone: &str) -> String {
    let rest = zone.lines().filter(|line| !line.starts_with("shop"));
    rest.map(|line| format!("{line}\n")).collect()
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn resolver_remembers_the_old_address() {
    let bench = Bench::healthy();
    let old = |zone: String| zone.replace("60 IN A   203.0.113.80", "2713 IN A 203.0.113.99");
    bench.zone(old);
    authority_says(&bench, DEAD);
    bench.resolver("cache 3600");
    assert!(bench.nslookup(NAME, RESOLVER).contains(DEAD));
    bench.zone(|zone| zone);
    authority_says(&bench, "203.0.113.80");
    assert_eq!(bench.curl(SHOP), Seen::TimedOut);
    broken(&bench, "dns-stale-cache", &[]);
    bench.resolver(""); // a resolver that forgot: the cache begins empty
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn resolver_remembers_that_there_was_none() {
    let bench = Bench::healthy();
    bench.zone(|zone| without_shop(&zone));
    authority_says(&bench, "NXDOMAIN");
    bench.resolver("cache 3600");
    assert_eq!(bench.curl(SHOP), Seen::NoSuchName);
    assert!(bench.nslookup(NAME, RESOLVER).contains("NXDOMAIN"));
    bench.zone(|zone| zone);
    authority_says(&bench, "203.0.113.80");
    assert_eq!(bench.curl(SHOP), Seen::NoSuchName);
    broken(&bench, "dns-negative-cache", &[]);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn resolver_fails() {
    let bench = Bench::healthy();
    // As a validating resolver answers for a name whose signature is wrong.
    bench.resolver(&format!(
        "template ANY ANY {NAME} {{\n    rcode SERVFAIL\n  }}"
    ));
    assert!(bench.nslookup(NAME, RESOLVER).contains("SERVFAIL"));
    authority_says(&bench, "203.0.113.80");
    assert_eq!(bench.curl(SHOP), Seen::NoSuchName);
    broken(&bench, "dns-servfail", &[]);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn first_nameserver_is_dead() {
    let bench = Bench::healthy();
    bench.nameservers(&[DEAD, RESOLVER]);
    // The C library waits 5 s for the dead one, and then it works.
    assert_eq!(bench.curl(SHOP), Seen::TimedOut);
    assert_eq!(bench.curl_with(&["--max-time", "20"], SHOP).status(), 200);
    let began = std::time::Instant::now();
    bench.warns(SHOP, "dns", "dns-nameserver-silent");
    let took = began.elapsed();
    assert!(took.as_secs() < 12, "{took:?}");
    // A near miss: one that refuses is passed over at once.
    bench.nameservers(&[AUTHORITY, RESOLVER]);
    bench.approves(SHOP);
}

/// Nobody answers: the published address is asked meanwhile, and no wait comes after another.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn all_nameservers_are_dead() {
    let bench = Bench::healthy();
    bench.nameservers(&[DEAD]);
    assert_eq!(bench.curl(SHOP), Seen::TimedOut);
    let began = std::time::Instant::now();
    let hops = bench.hops(&[SHOP]);
    let (took, report) = (began.elapsed(), hops.json());
    assert_eq!(report["verdict"], "unknown", "{report:#}");
    assert!(took.as_secs() < 7, "{took:?}: {report:#}");
    let dns = report["path"]
        .as_array()
        .unwrap()
        .iter()
        .find(|h| h["hop"] == "dns");
    assert_eq!(dns.unwrap()["state"], "unknown", "{report:#}");
    assert!(!report["gaps"].as_array().unwrap().is_empty(), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn one_of_two_servers_behind_the_resolver_lacks_the_zone() {
    let bench = Bench::healthy();
    let without = ".:5353 {\n  bind 127.0.0.1\n  template ANY ANY {\n    rcode NXDOMAIN\n  }\n}\n";
    bench.resolver_takes_any(&format!("127.0.0.1:5353 {AUTHORITY}"), without);
    let answers: Vec<String> = (0..24).map(|_| bench.nslookup(NAME, RESOLVER)).collect();
    assert!(
        answers.iter().any(|a| a.contains("NXDOMAIN")),
        "{answers:?}"
    );
    assert!(
        answers.iter().any(|a| a.contains("203.0.113.80")),
        "{answers:?}"
    );
    // By chance every question meets the good one, or every one the bad one: seldom ten times.
    let reports: Vec<_> = (0..10).map(|_| bench.hops(&[SHOP]).json()).collect();
    let flaps =
        |r: &serde_json::Value| crate::bench::findings(r).any(|f| f["code"] == "dns-flapping");
    assert!(reports.iter().any(flaps), "{reports:#?}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn alias_of_a_name_that_is_gone() {
    let bench = Bench::healthy();
    bench.zone(|zone| zone.replace("A   203.0.113.80", "CNAME old-lb.example.com."));
    bench.sees(SHOP, |seen| *seen == Seen::NoSuchName);
    broken(&bench, "dns-cname-dangling", &[]);
    bench.zone(|zone| {
        zone.replace("A   203.0.113.80", "CNAME new-lb.example.com.")
            + "new-lb 60 IN A 203.0.113.80\n"
    });
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn hosts_file_overrides() {
    let bench = Bench::healthy();
    bench.hosts(&format!("{DEAD} {NAME}"));
    assert_eq!(bench.curl(SHOP), Seen::TimedOut);
    broken(&bench, "dns-local-override", &[]);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn one_of_two_addresses_is_dead() {
    let bench = Bench::healthy();
    bench.zone(|zone| zone + "shop 60 IN A 203.0.113.99\n");
    authority_says(&bench, DEAD);
    authority_says(&bench, "203.0.113.80");
    let at =
        |address: &str| bench.curl_with(&["--resolve", &format!("{NAME}:443:{address}")], SHOP);
    assert_eq!(at("203.0.113.80").status(), 200);
    assert_eq!(at(DEAD), Seen::TimedOut);
    // Clients that try both addresses get through.
    bench.warns(SHOP, "dns", "dns-partial-stale");
}
