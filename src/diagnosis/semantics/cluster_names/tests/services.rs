//! Names of Services and of their endpoints.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::super::Options;
use super::super::Type::{A, Aaaa, Soa, Srv, Txt};
use super::check;
use super::samples::{endpoint, external, objects, of_pod, service, slice};

#[test]
fn a_cluster_ip_needs_no_endpoint() {
    let web = || service("web", &["10.0.0.1"], &["http/TCP/80", "dns/UDP/53"]);
    let empty = slice("web", &["http/TCP/8080"], Vec::new());
    let all = objects(Some(web()), vec![empty]);
    let rows = [
        ("web.shop.svc", A, "10.0.0.1"),
        ("WEB.Shop.svc", A, "10.0.0.1"),
        ("web.shop.svc", Aaaa, "no data"),
        ("web.shop.svc", Txt, "no data"),
        ("web.shop.svc", Soa, "no data"),
        (
            "web.shop.svc",
            Srv,
            "web.shop.svc.D:80 10.0.0.1, web.shop.svc.D:53 10.0.0.1",
        ),
        ("_http._tcp.web.shop.svc", Srv, "web.shop.svc.D:80 10.0.0.1"),
        ("_HTTP._TCP.web.shop.svc", Srv, "web.shop.svc.D:80 10.0.0.1"),
        ("http.tcp.web.shop.svc", A, "10.0.0.1"),
        ("_._udp.web.shop.svc", Srv, "web.shop.svc.D:53 10.0.0.1"),
        ("_http._udp.web.shop.svc", Srv, "no name"),
        ("_http._udp.web.shop.svc", A, "no name"),
        ("_80._tcp.web.shop.svc", Srv, "no name"),
        ("bogus.web.shop.svc", A, "no name"),
    ];
    check(&all, &Options::default(), &rows);
    let ignoring = Options {
        ignore_empty_service: true,
        ..Options::default()
    };
    let rows = [
        ("web.shop.svc", A, "no name"),
        ("_http._tcp.web.shop.svc", Srv, "no name"),
    ];
    check(&all, &ignoring, &rows);
    // It is the whole Service that is empty, not the port.
    let one = slice(
        "web",
        &["other/TCP/1"],
        vec![endpoint(&["10.1.0.1"], "", None)],
    );
    let full = objects(Some(web()), vec![one]);
    check(
        &full,
        &ignoring,
        &[("_http._tcp.web.shop.svc", A, "10.0.0.1")],
    );
    check(&full, &ignoring, &[("_no._tcp.web.shop.svc", A, "no name")]);
}

#[test]
fn both_families_and_no_ports() {
    let dual = service("web", &["10.0.0.3", "10::3"], &["/TCP/80"]);
    let rows = [
        ("web.shop.svc", A, "10.0.0.3"),
        ("web.shop.svc", Aaaa, "10::3"),
        ("web.shop.svc", Srv, "web.shop.svc.D:80 10.0.0.3 10::3"),
        ("_http._tcp.web.shop.svc", Srv, "no name"),
        (
            "_._tcp.web.shop.svc",
            Srv,
            "web.shop.svc.D:80 10.0.0.3 10::3",
        ),
    ];
    check(&objects(Some(dual), Vec::new()), &Options::default(), &rows);
    let six = service("web", &["1234:abcd::1"], &["http/TCP/80"]);
    let rows = [
        ("web.shop.svc", A, "no data"),
        ("web.shop.svc", Aaaa, "1234:abcd::1"),
    ];
    check(&objects(Some(six), Vec::new()), &Options::default(), &rows);
    let portless = service("web", &["10.0.0.3"], &[]);
    let rows = [
        ("web.shop.svc", A, "10.0.0.3"),
        ("web.shop.svc", Srv, "no data"),
        ("_http._tcp.web.shop.svc", A, "no name"),
        ("_._tcp.web.shop.svc", A, "no name"),
        ("_._.web.shop.svc", A, "10.0.0.3"),
    ];
    check(
        &objects(Some(portless), Vec::new()),
        &Options::default(),
        &rows,
    );
    let unassigned = service("web", &[], &["http/TCP/80"]);
    let rows = [
        ("web.shop.svc", A, "ClusterIp?"),
        ("_no._tcp.web.shop.svc", A, "no name"),
    ];
    check(
        &objects(Some(unassigned), Vec::new()),
        &Options::default(),
        &rows,
    );
}

#[test]
fn headless_names_are_those_of_ready_endpoints() {
    let db = || service("db", &["None"], &["sql/TCP/5432"]);
    let ports = ["sql/TCP/5432", "mon/TCP/9"];
    let endpoints = vec![
        endpoint(&["172.0.0.2", "172.0.0.9"], "", Some(true)),
        of_pod(endpoint(&["172.0.0.3"], "", None), "db-x"),
        endpoint(&["172.0.0.4"], "db-0", Some(true)),
        endpoint(&["172.0.0.5"], "db-0", Some(true)),
        endpoint(&["5678:abcd::"], "", Some(true)),
        endpoint(&["172.0.0.6"], "db-1", Some(false)),
    ];
    let all = objects(Some(db()), vec![slice("db", &ports, endpoints)]);
    let rows = [
        (
            "db.shop.svc",
            A,
            "172.0.0.2 172.0.0.9 172.0.0.3 172.0.0.4 172.0.0.5",
        ),
        ("db.shop.svc", Aaaa, "5678:abcd::"),
        ("_sql._tcp.db.shop.svc", Aaaa, "5678:abcd::"),
        ("db-0.db.shop.svc", A, "172.0.0.4 172.0.0.5"),
        ("DB-0.db.shop.svc", A, "172.0.0.4 172.0.0.5"),
        ("db-0.db.shop.svc", Aaaa, "no data"),
        ("172-0-0-4.db.shop.svc", A, "no name"),
        ("172-0-0-9.db.shop.svc", A, "172.0.0.9"),
        ("5678-abcd--0.db.shop.svc", Aaaa, "5678:abcd::"),
        ("5678-abcd--0.db.shop.svc", A, "no data"),
        ("db-x.db.shop.svc", A, "no name"),
        ("db-1.db.shop.svc", A, "no name"),
        (
            "db-0.db.shop.svc",
            Srv,
            "db-0.db.shop.svc.D:5432 172.0.0.4 172.0.0.5, db-0.db.shop.svc.D:9 172.0.0.4 172.0.0.5",
        ),
    ];
    check(&all, &Options::default(), &rows);
    let by_pod = Options {
        endpoint_pod_names: true,
        ..Options::default()
    };
    let rows = [
        ("db-x.db.shop.svc", A, "172.0.0.3"),
        ("172-0-0-3.db.shop.svc", A, "no name"),
        ("db-0.db.shop.svc", A, "172.0.0.4 172.0.0.5"),
    ];
    check(&all, &by_pod, &rows);
    let unread = Options {
        noendpoints: true,
        ..Options::default()
    };
    check(&all, &unread, &[("db.shop.svc", A, "no name")]);
    // Without a ready pod; published though it is not ready, it is ready as written.
    for (ready, found) in [(false, "no name"), (true, "172.0.0.2")] {
        let one = endpoint(&["172.0.0.2"], "", Some(ready));
        let all = objects(Some(db()), vec![slice("db", &ports, vec![one])]);
        check(&all, &Options::default(), &[("db.shop.svc", A, found)]);
    }
}

#[test]
fn slices_belong_by_their_label() {
    let one = |service: &str, ports: &[&str]| {
        slice(service, ports, vec![endpoint(&["10.1.0.1"], "a", None)])
    };
    let headless = || Some(service("db", &["None"], &[]));
    // As for a named targetPort that is not found: no ports, and the name is there.
    let rows = [
        ("db.shop.svc", A, "10.1.0.1"),
        ("a.db.shop.svc", A, "10.1.0.1"),
        ("db.shop.svc", Srv, "no data"),
        ("_http._tcp.db.shop.svc", A, "no name"),
    ];
    check(
        &objects(headless(), vec![one("db", &[])]),
        &Options::default(),
        &rows,
    );
    let mut going = one("db", &["http/TCP/80"]);
    going.metadata.deletion_timestamp = Some(Time(k8s_openapi::jiff::Timestamp::UNIX_EPOCH));
    check(
        &objects(headless(), vec![going]),
        &Options::default(),
        &rows[..1],
    );
    let mut elsewhere = one("db", &[]);
    elsewhere.metadata.namespace = Some("pay".to_owned());
    let mut unlabelled = one("db", &[]);
    unlabelled.metadata.labels = None;
    let others = vec![elsewhere, unlabelled, one("web", &[])];
    let rows = [("db.shop.svc", A, "no name")];
    check(&objects(headless(), others), &Options::default(), &rows);
    // Names of endpoints are there below any Service, as in a set whose Service is not headless.
    let all = objects(
        Some(service("db", &["10.0.0.1"], &["sql/TCP/1"])),
        vec![one("db", &[])],
    );
    let rows = [
        ("a.db.shop.svc", A, "10.1.0.1"),
        ("db.shop.svc", A, "10.0.0.1"),
    ];
    check(&all, &Options::default(), &rows);
}

#[test]
fn endpoints_that_are_names_give_aliases() {
    let fqdn = |names: &[&str]| {
        let each = names.iter().map(|n| endpoint(&[n], "", None));
        let mut slice = slice("db", &["sql/TCP/1"], each.collect());
        slice.address_type = "FQDN".to_owned();
        slice
    };
    let headless = || Some(service("db", &["None"], &[]));
    let rows = [
        ("db.shop.svc", A, "-> db.example.com"),
        ("db-example-com.db.shop.svc", Aaaa, "-> db.example.com"),
        ("db.shop.svc", Srv, "no data"),
    ];
    let one = objects(headless(), vec![fqdn(&["db.example.com"])]);
    check(&one, &Options::default(), &rows);
    let address = slice("db", &[], vec![endpoint(&["10.1.0.1"], "", None)]);
    let mixed = objects(headless(), vec![fqdn(&["a.example", "b.example"]), address]);
    let rows = [("db.shop.svc", A, "-> a.example b.example and 10.1.0.1")];
    check(&mixed, &Options::default(), &rows);
}

#[test]
fn an_external_name_is_an_alias_alone() {
    let rows = [
        ("ext.shop.svc", A, "-> ext.example.com"),
        ("ext.shop.svc", Aaaa, "-> ext.example.com"),
        ("ext.shop.svc", Srv, "no data"),
        ("ext.shop.svc", Txt, "no data"),
        ("endpoint.ext.shop.svc", A, "no name"),
        ("_http._tcp.ext.shop.svc", A, "no name"),
    ];
    let all = objects(Some(external("ext", "ext.example.com")), Vec::new());
    check(&all, &Options::default(), &rows);
    let empty = Options {
        ignore_empty_service: true,
        ..Options::default()
    };
    check(&all, &empty, &rows);
    for address in ["192.0.2.1", "2001:db8::1"] {
        let all = objects(Some(external("ext", address)), Vec::new());
        check(&all, &Options::default(), &[("ext.shop.svc", A, "no name")]);
    }
}
