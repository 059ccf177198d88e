//! Names above Services, of pods and of zones; filters; what is not known; aliases that are followed.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::super::super::selector::Selector;
use super::super::Type::{A, Aaaa, Soa, Srv, Txt};
use super::super::{Known, Missing, Name, Objects, Options, PodNames, parse, resolve};
use super::samples::{endpoint, external, objects, pod, service, slice};
use super::{DOMAIN, check, words};

#[test]
fn names_above_services_are_there_and_empty() {
    let all = objects(None, Vec::new());
    let rows = [
        ("", A, "no data"),
        ("", Soa, "authority"),
        ("", Txt, "no name"),
        ("svc", A, "no data"),
        ("pod", Aaaa, "no data"),
        ("shop.svc", A, "no data"),
        ("shop.svc", Srv, "no data"),
        ("shop.svc", Txt, "no name"),
        ("shop.pod", A, "no name"),
        ("dns-version", Txt, "\"1.1.0\""),
        ("dns-version", A, "no name"),
        ("ns.dns", A, "Server?"),
        ("ns.dns", Txt, "no name"),
        ("foo", A, "no name"),
        ("foo", Soa, "no data"),
        ("web.shop", A, "no name"),
        ("web.shop.svc", A, "no name"),
        ("a.pin._zone.web.shop.svc", A, "no name"),
    ];
    check(&all, &Options::default(), &rows);
    let gone = Objects {
        namespace: Known::Yes(false),
        ..all
    };
    check(&gone, &Options::default(), &[("shop.svc", A, "no name")]);
}

#[test]
fn names_of_pods() {
    let with = |pods| Options {
        pods,
        ..Options::default()
    };
    let mut all = objects(None, Vec::new());
    let pods = [
        pod("a", &["10.96.77.1", "fd00::1"], "Running"),
        pod("b", &["10.96.77.2"], "Succeeded"),
    ];
    all.pods = Known::Yes(pods.into_iter().map(Arc::new).collect());
    let rows = [
        ("shop.pod", A, "no data"),
        ("10-96-77-1.shop.pod", A, "10.96.77.1"),
        ("10-96-77-9.shop.pod", A, "10.96.77.9"),
        ("10-96-77-9.shop.pod", Aaaa, "no data"),
        ("x._tcp.10-96-77-9.shop.pod", A, "10.96.77.9"),
        ("fd00--1.shop.pod", Aaaa, "fd00::1"),
        ("10-96-77-999.shop.pod", A, "no name"),
        ("blah.shop.pod", A, "no name"),
    ];
    check(&all, &with(PodNames::Insecure), &rows);
    let rows = [
        ("shop.pod", A, "no data"),
        ("10-96-77-1.shop.pod", A, "10.96.77.1"),
        ("fd00--1.shop.pod", Aaaa, "fd00::1"),
        ("10-96-77-2.shop.pod", A, "no name"),
        ("10-96-77-9.shop.pod", A, "no name"),
    ];
    check(&all, &with(PodNames::Verified), &rows);
    let rows = [
        ("shop.pod", A, "no name"),
        ("10-96-77-1.shop.pod", A, "no name"),
    ];
    check(&all, &with(PodNames::Disabled), &rows);
    // The label filter is for pods as well.
    let filtered = Options {
        labels: Selector::parse("app=web").ok(),
        ..with(PodNames::Verified)
    };
    check(&all, &filtered, &[("10-96-77-1.shop.pod", A, "no name")]);
}

#[test]
fn filters_hide_what_is_there() {
    let mut web = service("web", &["10.0.0.1"], &["http/TCP/80"]);
    web.metadata.deletion_timestamp = Some(Time(k8s_openapi::jiff::Timestamp::UNIX_EPOCH));
    let all = objects(Some(web), Vec::new());
    let selector = |text: &str| Selector::parse(text).ok();
    let none = Options::default;
    for (options, found) in [
        (none(), "10.0.0.1"),
        (
            Options {
                namespaces: vec!["shop".to_owned()],
                ..none()
            },
            "10.0.0.1",
        ),
        (
            Options {
                namespaces: vec!["pay".to_owned()],
                ..none()
            },
            "no name",
        ),
        (
            Options {
                namespace_labels: selector("team=shop"),
                ..none()
            },
            "10.0.0.1",
        ),
        (
            Options {
                namespace_labels: selector("team!=shop"),
                ..none()
            },
            "no name",
        ),
        (
            Options {
                labels: selector("app=web"),
                ..none()
            },
            "no name",
        ),
        (
            Options {
                labels: selector("app!=web"),
                ..none()
            },
            "10.0.0.1",
        ),
    ] {
        check(&all, &options, &[("web.shop.svc", A, found)]);
    }
}

#[test]
fn names_of_zones() {
    let mut here = endpoint(&["10.1.0.1"], "", None);
    here.zone = Some("Zone-A".to_owned());
    let there = endpoint(&["10.1.0.2"], "", None);
    let slices = vec![slice("db", &["sql/TCP/1"], vec![here, there])];
    let headless = objects(Some(service("db", &["None"], &[])), slices.clone());
    let zonal = Options {
        zonal: true,
        ..Options::default()
    };
    let rows = [
        ("zone-a.pin._zone.db.shop.svc", A, "10.1.0.1"),
        ("zone-b.pin._zone.db.shop.svc", A, "no data"),
        ("zone-b.pin._zone.db.shop.svc", Txt, "no data"),
        ("zone-b.prefer._zone.db.shop.svc", A, "10.1.0.1 10.1.0.2"),
        ("zone-a.prefer._zone.db.shop.svc", A, "10.1.0.1"),
    ];
    check(&headless, &zonal, &rows);
    let off = [("zone-a.pin._zone.db.shop.svc", A, "no name")];
    check(&headless, &Options::default(), &off);
    let plain = objects(Some(service("db", &["10.0.0.1"], &[])), slices);
    check(&plain, &zonal, &off);
}

#[test]
fn what_is_not_known_is_told_where_it_decides() {
    let nothing = Objects::default();
    let rows = [
        ("shop.svc", A, "Namespace?"),
        ("web.shop.svc", A, "Namespace?"),
        ("svc", A, "no data"),
        ("foo", A, "no name"),
        ("10-0-0-1.shop.pod", A, "no name"),
        ("a.pin._zone.web.shop.svc", A, "no name"),
    ];
    check(&nothing, &Options::default(), &rows);
    let absent = Objects {
        service: Known::Yes(None),
        ..Objects::default()
    };
    check(
        &absent,
        &Options::default(),
        &[("web.shop.svc", A, "no name")],
    );
    let cluster_ip = Objects {
        service: Known::Yes(Some(Arc::new(service("web", &["10.0.0.1"], &[])))),
        ..Objects::default()
    };
    let rows = [
        ("web.shop.svc", A, "10.0.0.1"),
        ("shop.svc", A, "no data"),
        ("a.web.shop.svc", A, "Slices?"),
    ];
    check(&cluster_ip, &Options::default(), &rows);
    let by_label = Options {
        namespace_labels: Selector::parse("team=shop").ok(),
        ..Options::default()
    };
    check(
        &cluster_ip,
        &by_label,
        &[("web.shop.svc", A, "NamespaceLabels?")],
    );
    let verified = Options {
        pods: PodNames::Verified,
        ..Options::default()
    };
    let rows = [("10-0-0-1.shop.pod", A, "Pods?")];
    check(
        &Objects {
            namespace: Known::Yes(true),
            ..nothing
        },
        &verified,
        &rows,
    );
}

#[test]
fn aliases_within_the_domain_are_followed() {
    let known = |name: &Name| {
        let target = match name.service().unwrap_or_default().1 {
            "web" => {
                let web = service("web", &["10.0.0.1"], &[]);
                return objects(Some(web), Vec::new());
            }
            "to-web" => "web.shop.svc.cluster.local.",
            "to-to-web" => "to-web.shop.svc.cluster.local",
            "to-nothing" => "nothing.shop.svc.cluster.local",
            "to-namespace" => "shop.svc.cluster.local",
            "to-outside" => "www.example.com",
            "to-to-outside" => "to-outside.shop.svc.cluster.local",
            "to-itself" => "a.to-itself.shop.svc.cluster.local",
            "ping" => "pong.shop.svc.cluster.local",
            "pong" => "ping.shop.svc.cluster.local",
            "unread" => {
                return Objects {
                    namespace: Known::Yes(true),
                    ..Objects::default()
                };
            }
            "to-unread" => "unread.shop.svc.cluster.local",
            name => match name
                .strip_prefix("step-")
                .and_then(|n| n.parse::<u32>().ok())
            {
                Some(0) => "web.shop.svc.cluster.local",
                Some(n) => {
                    let next = format!("step-{}.shop.svc.{DOMAIN}", n - 1);
                    return objects(Some(external(name, &next)), Vec::new());
                }
                None => return objects(None, Vec::new()),
            },
        };
        objects(Some(external("x", target)), Vec::new())
    };
    for (name, kind, record, aliases) in [
        ("web", A, "10.0.0.1", 0),
        ("to-web", A, "10.0.0.1", 1),
        ("to-web", Aaaa, "no data", 1),
        ("to-web", Srv, "no data", 0),
        ("to-to-web", A, "10.0.0.1", 2),
        ("nothing", A, "no name", 0),
        ("to-nothing", A, "no data", 1),
        ("to-namespace", A, "no data", 1),
        ("to-outside", A, "-> www.example.com", 1),
        ("to-to-outside", A, "-> www.example.com", 2),
        ("to-itself", A, "no data", 0),
        ("ping", A, "no data", 2),
        ("to-unread", A, "Service?", 1),
        ("step-10", A, "10.0.0.1", 11),
        ("step-11", A, "no data", 11),
    ] {
        let read = parse(&format!("{name}.shop.svc.{DOMAIN}"), DOMAIN).expect("a name");
        let found = resolve(&read, kind, DOMAIN, &Options::default(), known);
        assert_eq!(words(&found.record), record, "{name}");
        assert_eq!(found.aliases.len(), aliases, "{name} {:?}", found.aliases);
    }
}

#[test]
fn what_is_missing_has_words() {
    let words = Missing::Slices.to_string();
    assert_eq!(words, "the EndpointSlices of the Service are not known");
}
