//! Faults between the user and the name: what the laptop's resolver says, and what the zone's owner says.

use crate::bench::{Bench, Broken, SHOP, Seen};
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
