//! What the client's pod was told of names: its policy, its servers, its own hosts file.

use serde_json::json;

use super::{DEAD, broken};
use crate::bench::{Bench, roots};
use crate::clients::Library;

const PRODUCT: &str = "product-service.default.svc.cluster.local";
/// An address in the range of Services that no Service has.
const NO_SERVICE: &str = "10.96.0.99";
const KUBE_DNS: &str = "10.96.0.10";

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_servers_of_the_node() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let fields = json!({"dnsPolicy": "Default"});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    let expected = broken("client", &["client-dns-policy-default"]);
    bench.call_fails(&client, "frontend", 80, "EAI_NONAME", &expected);
    bench.call_fails(&client, PRODUCT, 80, "EAI_NONAME", &expected);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_servers_of_the_node_and_a_name_outside() {
    let bench = Bench::healthy();
    let fields = json!({"dnsPolicy": "Default"});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.meets(&client, "shop.example.com", 443, "ok");
    // What the node's servers say is not to be seen from here: no fault is claimed.
    let hops = bench.hops(&["--from", &client.pod(), "shop.example.com:443"]);
    let report = hops.json();
    assert!(roots(&report).is_empty(), "{report:#}");
    assert_ne!(report["verdict"], "broken", "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn no_search_list() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let fields = json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": [KUBE_DNS]}});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    let expected = broken("client", &["client-dns-policy-none"]);
    bench.call_fails(&client, "frontend", 80, "EAI_NONAME", &expected);
    bench.call_works(&client, PRODUCT, 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn a_server_that_is_none() {
    let bench = Bench::healthy();
    let options = json!([{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "1"}]);
    let fields = json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": [NO_SERVICE], "options": options}});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    let expected = broken("client", &["client-dns-policy-none"]);
    bench.call_fails(&client, PRODUCT, 80, "EAI_AGAIN", &expected);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn a_second_server_changes_nothing() {
    let bench = Bench::healthy();
    let fields = json!({"dnsConfig": {"nameservers": [NO_SERVICE]}});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.call_works(&client, "frontend", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn all_that_the_cluster_would_say_by_hand() {
    let bench = Bench::healthy();
    let config = json!({
        "nameservers": [KUBE_DNS],
        "searches": ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"],
        "options": [{"name": "ndots", "value": "5"}],
    });
    let fields = json!({"dnsPolicy": "None", "dnsConfig": config});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.call_works(&client, "frontend", 80);
    bench.call_works(&client, "product-service.default", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_network_of_the_node_and_its_servers() {
    let bench = Bench::healthy();
    bench.upstream_knows_the_internet();
    let fields = json!({"hostNetwork": true});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.call_fails(
        &client,
        "frontend",
        80,
        "EAI_NONAME",
        &broken("cluster-dns", &["cluster-dns-hostnetwork-policy"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_network_of_the_node_and_the_servers_of_the_cluster() {
    let bench = Bench::healthy();
    let fields = json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.call_works(&client, "frontend", 80);
    bench.call_works(&client, "product-service.default", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn a_hosts_file_that_points_elsewhere() {
    let bench = Bench::healthy();
    let aliases = json!([{"ip": DEAD, "hostnames": ["product-service.default"]}]);
    let clients = bench.clients("shop", &json!({"hostAliases": aliases}));
    for client in &clients {
        let code = "client-hostaliases-override";
        bench.call_is_warned_of(client, ("product-service.default", 80), "timeout", code);
        // The same Service by another name, which is not in the file.
        bench.call_works(client, PRODUCT, 80);
        // Case: glibc and Go do not look at it, musl does.
        let met = match client.library {
            Library::Musl => "ok",
            _ => "timeout",
        };
        bench.meets(client, "Product-Service.default", 80, met);
    }
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn a_hosts_file_that_is_right_or_says_nothing_of_the_name() {
    let bench = Bench::healthy();
    let product = bench.read("default", "service", "product-service");
    let aliases = json!([
        {"ip": product["spec"]["clusterIP"], "hostnames": ["product-service.default"]},
        {"ip": DEAD, "hostnames": ["product-service", "product-service.shop"]},
    ]);
    let fields = json!({"hostAliases": aliases});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    bench.call_works(&client, "product-service.default", 80);
    bench.call_works(&client, "frontend", 80);
}

/// kube-dns was made anew at another address, and kubelets go on writing the old one into pods.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn a_server_that_was_once() {
    let bench = Bench::healthy();
    bench.kube_dns_moves_to("10.96.0.53");
    let options = json!([{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "1"}]);
    let fields = json!({"dnsConfig": {"options": options}});
    let client = bench.client_with(Library::Glibc, "shop", &fields);
    let expected = broken("cluster-dns", &["cluster-dns-nameserver-mismatch"]);
    bench.call_fails(&client, "frontend", 80, "EAI_AGAIN", &expected);
}
