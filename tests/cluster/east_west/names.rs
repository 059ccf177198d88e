//! The name that is called: short ones, wrong ones, and those that stand for something outside.

use serde_json::json;

use super::{DEAD, broken};
use crate::bench::Bench;
use crate::clients::{Answer, Library};

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_in_another_namespace() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    for name in [
        "product-service.default",
        "product-service.default.svc",
        "product-service.default.svc.cluster.local",
        "product-service.default.svc.cluster.local.",
        "Product-Service.DEFAULT",
    ] {
        bench.call_works(&client, name, 80);
    }
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn short_name_in_the_wrong_namespace() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let expected = broken("cluster-dns", &["cluster-dns-short-name-wrong-namespace"]);
    for client in bench.clients("shop", &json!({})) {
        let met = match client.library {
            Library::Go => "no such host",
            _ => "EAI_NONAME",
        };
        let report = bench.call_fails(&client, "product-service", 80, met, &expected);
        let text = report["findings"].to_string();
        assert!(text.contains("product-service.default"), "{report:#}");
    }
}

/// Upstream refuses to speak of what it does not own, and a typo then reads like an outage.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn typo_where_upstream_refuses() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let report = bench.call_fails(
        &client,
        "product-servce.default",
        80,
        "EAI_AGAIN",
        &broken("cluster-dns", &["cluster-dns-name-typo"]),
    );
    let text = report["findings"].to_string();
    assert!(text.contains("product-service.default"), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_with_its_halves_exchanged() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let client = bench.client("shop");
    bench.call_fails(
        &client,
        "default.product-service",
        80,
        "EAI_NONAME",
        &broken("cluster-dns", &["cluster-dns-name-typo"]),
    );
}

/// musl asks for a name with enough dots as it is, and gives up; glibc and Go go on to the search list.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_with_enough_dots_in_three_libraries() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let fields = json!({"dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}});
    let clients = bench.clients("shop", &fields);
    for client in &clients {
        let met = match client.library {
            Library::Musl => "EAI_NONAME",
            _ => "ok",
        };
        bench.meets(client, "product-service.default", 80, met);
    }
    let target = "product-service.default:80";
    let hops = bench.hops(&["--from", &clients[0].pod(), target]);
    let report = hops.json();
    assert_ne!(report["verdict"], "broken", "{report:#}");
    assert!(
        super::has(&report, "cluster-dns-musl-no-search"),
        "{report:#}"
    );
    let musl = Answer::predicted(&report, Library::Musl);
    assert_eq!(musl, Some(Answer::NoName), "{report:#}");
    // The full name is the same to all of them.
    for client in &clients {
        bench.call_works(client, "product-service.default.svc.cluster.local", 80);
    }
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn external_name() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "outside",
        &json!({"type": "ExternalName", "externalName": "shop.example.com"}),
    );
    bench.call_leads_outside(&client, "outside", 443);
    assert_eq!(
        bench.addresses(&client, "outside"),
        ["203.0.113.80".to_owned()].into()
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn external_name_of_a_service() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "product",
        &json!({"type": "ExternalName", "externalName": "product-service.default.svc.cluster.local"}),
    );
    bench.call_works(&client, "product", 80);
}

/// The name exists, as an alias, and has no address. glibc looks no further; by IPv4 alone it would say EAI_NODATA.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn external_name_that_dangles() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "outside",
        &json!({"type": "ExternalName", "externalName": "gone.example.com"}),
    );
    let expected = broken("service", &["service-externalname-problem"]);
    bench.call_fails(&client, "outside", 443, "EAI_NONAME", &expected);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn external_name_that_is_an_address() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let client = bench.client("shop");
    bench.shop_service(
        "outside",
        &json!({"type": "ExternalName", "externalName": "203.0.113.80"}),
    );
    let expected = broken("service", &["service-externalname-problem"]);
    bench.call_fails(&client, "outside", 443, "EAI_NONAME", &expected);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_outside_the_cluster() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.call_leads_outside(&client, "shop.example.com", 443);
}

/// A search domain whose zone answers everything: it stands before the name itself.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn wildcard_in_a_search_domain() {
    let bench = Bench::healthy();
    bench.zone(|zone| zone + &format!("*.example.com. 60 IN A {DEAD}\n"));
    let fields = json!({"dnsConfig": {"searches": ["example.com"]}});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.call_fails(
        &client,
        "shop.example.com",
        443,
        "timeout",
        &broken("cluster-dns", &["cluster-dns-search-wildcard-leak"]),
    );
    let stolen = bench.addresses(&client, "shop.example.com");
    assert_eq!(stolen, [DEAD.to_owned()].into());
    bench.call_leads_outside(&client, "shop.example.com.", 443);
    // Names of the cluster are found before.
    bench.call_works(&client, "product-service.default", 80);
}
