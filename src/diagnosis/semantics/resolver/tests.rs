//! What was seen in pods of a real cluster, and the queries against a second way to write them down.

use std::net::IpAddr;

use super::*;
use proptest::prelude::*;

const DOMAINS: [&str; 3] = [
    "shop.svc.cluster.local",
    "svc.cluster.local",
    "cluster.local",
];

fn pod(ndots: u8) -> ResolvConf {
    ResolvConf {
        nameservers: vec![IpAddr::from([10, 96, 77, 10])],
        searches: DOMAINS.map(str::to_owned).to_vec(),
        ndots,
        ..ResolvConf::default()
    }
}

fn asked(libc: Libc, name: &str, conf: &ResolvConf) -> Vec<String> {
    queries(libc, name, conf)
        .into_iter()
        .map(|q| q.name)
        .collect()
}

/// The cluster of the measurements: a Service, a namespace, an alias to nowhere.
fn cluster(upstream: Reply) -> impl Fn(&str) -> Reply + Copy {
    move |name: &str| match name.to_ascii_lowercase().as_str() {
        "web.shop.svc.cluster.local" | "shop.example.com" => Reply::Found,
        "shop.svc.cluster.local" | "svc.cluster.local" | "cluster.local" => Reply::NoData,
        "gone.shop.svc.cluster.local" => Reply::Dangling,
        name if name.ends_with("cluster.local") => Reply::NxDomain,
        _ => upstream,
    }
}

fn ends(name: &str, conf: &ResolvConf, ask: impl Fn(&str) -> Reply + Copy) -> [End; 3] {
    Libc::ALL.map(|libc| resolve(libc, name, conf, ask).end)
}

#[test]
fn names_are_asked_in_order() {
    let a = "web.shop.svc.cluster.local";
    let b = "web.svc.cluster.local";
    let c = "web.cluster.local";
    for libc in Libc::ALL {
        assert_eq!(asked(libc, "web", &pod(5)), [a, b, c, "web"]);
        assert_eq!(asked(libc, "Web", &pod(5))[0], "Web.shop.svc.cluster.local");
        assert_eq!(asked(libc, "web.", &pod(5)), ["web"]);
        assert_eq!(asked(libc, "web.shop", &pod(5)).len(), 4);
        for none in ["", "10.0.0.1", "::1", "..", "a..b", ".a", "web.."] {
            assert!(
                asked(libc, none, &pod(5)).is_empty() || libc == Libc::Musl,
                "{none} {libc:?}"
            );
        }
        let long = ["x".repeat(63).as_str(); 4].join(".");
        assert!(asked(libc, &long, &pod(1)).is_empty());
        assert!(asked(libc, &"x".repeat(64), &pod(0)).is_empty());
    }
    let first = queries(Libc::Go, "web", &pod(5)).swap_remove(0);
    assert_eq!(first.search.as_deref(), Some("shop.svc.cluster.local"));
}

#[test]
fn what_is_no_name_differs() {
    let counts = |name: &str| Libc::ALL.map(|libc| asked(libc, name, &pod(5)).len());
    for (name, counts_of) in [
        ("-web", [0, 4, 0]),
        ("web-", [4, 4, 0]),
        ("a.-web", [4, 4, 0]),
        ("w_b", [4, 4, 4]),
        ("w*b", [0, 4, 0]),
        ("wéb", [0, 4, 0]),
        ("1.2.3.4.5", [4, 4, 0]),
        ("0x7f.1.x", [4, 4, 4]),
        ("127.1", [0, 0, 0]),
        (".", [1, 0, 1]),
        ("a.onion", [4, 4, 3]),
        ("a.ONION.", [1, 1, 0]),
        ("onion", [4, 4, 4]),
    ] {
        assert_eq!(counts(name), counts_of, "{name}");
    }
    let end = |libc, name| resolve(libc, name, &pod(5), |_| Reply::NxDomain).end;
    assert_eq!(
        end(Libc::Glibc, "127.1"),
        End::Literal(IpAddr::from([127, 0, 0, 1]))
    );
    assert_eq!(end(Libc::Go, "127.1"), End::NoName);
}

/// What cannot be sent: glibc ends its search at it, the others pass over it.
#[test]
fn domains_that_make_names_too_long() {
    let mut conf = pod(5);
    conf.searches = vec![
        "a".into(),
        ["x".repeat(61).as_str(); 4].join("."),
        "b".into(),
    ];
    assert_eq!(
        asked(Libc::Glibc, "long-name", &conf),
        ["long-name.a", "long-name"]
    );
    conf.searches[1] = "x".repeat(64);
    for libc in [Libc::Musl, Libc::Go] {
        assert_eq!(
            asked(libc, "long-name", &conf),
            ["long-name.a", "long-name.b", "long-name"]
        );
    }
}

#[test]
fn the_root_in_the_search_list() {
    let mut conf = pod(1);
    conf.searches = vec![".".into(), "a".into(), ".b.".into()];
    assert_eq!(asked(Libc::Glibc, "web", &conf), ["web", "web.a", "web.b"]);
    assert_eq!(asked(Libc::Musl, "web", &conf), ["web.a", "web"]);
    assert_eq!(asked(Libc::Go, "web", &conf), ["web.a", "web"]);
    // Where the search ends before it comes to the root, the name is asked as it is after all.
    (conf.searches, conf.ndots) = (vec!["a".into(), ".".into()], 2);
    for (reply, by) in [(Reply::NxDomain, Some(".")), (Reply::Refused, None)] {
        let tried = resolve(Libc::Glibc, "web.x", &conf, |_| reply).tried;
        let last = tried
            .last()
            .map(|(q, _)| (q.name.as_str(), q.search.as_deref()));
        assert_eq!((tried.len(), last), (2, Some(("web.x", by))));
    }
    (conf.searches, conf.ndots) = (vec!["a".into()], 1);
    conf.options = vec!["no-tld-query".into()];
    assert_eq!(asked(Libc::Glibc, "web", &conf), ["web.a"]);
    assert_eq!(asked(Libc::Glibc, "web.x", &conf), ["web.x", "web.x.a"]);
    assert_eq!(asked(Libc::Go, "web", &conf), ["web.a", "web"]);
}

#[test]
fn musl_does_not_search_a_name_with_enough_dots() {
    let ask = cluster(Reply::NxDomain);
    assert_eq!(
        ends("web.shop", &pod(1), ask),
        [End::Found(2), End::NoName, End::Found(2)]
    );
    assert_eq!(
        ends("web", &pod(0), ask),
        [End::Found(1), End::NoName, End::Found(1)]
    );
    assert_eq!(ends("web.shop", &pod(5), ask), [End::Found(1); 3]);
    assert_eq!(ends("web", &pod(1), ask), [End::Found(0); 3]);
    let by = resolve(Libc::Glibc, "web.shop", &pod(1), ask);
    assert_eq!(by.found().unwrap().name, "web.shop.svc.cluster.local");
}

#[test]
fn a_namespace_is_no_data_and_musl_stops_there() {
    let ask = cluster(Reply::NxDomain);
    let tried = |libc| resolve(libc, "shop", &pod(5), ask).tried.len();
    assert_eq!(
        ends("shop", &pod(5), ask),
        [End::NoData, End::NoData, End::NoName]
    );
    assert_eq!(Libc::ALL.map(tried), [4, 2, 4]);
    let elsewhere = |name: &str| match name {
        "shop.cluster.local" => Reply::Found,
        name => ask(name),
    };
    assert_eq!(
        ends("shop", &pod(5), elsewhere),
        [End::Found(2), End::NoData, End::Found(2)]
    );
}

#[test]
fn an_alias_to_nowhere_ends_the_search_of_two() {
    let ask = cluster(Reply::NxDomain);
    let tried = |libc| resolve(libc, "gone", &pod(5), ask).tried.len();
    assert_eq!(
        ends("gone", &pod(5), ask),
        [End::NoName, End::NoData, End::NoName]
    );
    assert_eq!(Libc::ALL.map(tried), [1, 1, 4]);
}

#[test]
fn a_refusal_upstream_reads_like_an_outage() {
    let (no, refused) = (cluster(Reply::NxDomain), cluster(Reply::Refused));
    assert_eq!(ends("nope", &pod(5), no), [End::NoName; 3]);
    assert_eq!(ends("nope", &pod(5), refused), [End::Temporary; 3]);
    let tried = resolve(Libc::Glibc, "nope", &pod(5), refused).tried;
    let replies: Vec<Reply> = tried.into_iter().map(|(_, reply)| reply).collect();
    let cluster = [Reply::NxDomain; 3].into_iter();
    assert_eq!(replies, cluster.chain([Reply::Refused]).collect::<Vec<_>>());
}

/// A failure among the domains that are searched, and the name itself not there.
#[test]
fn a_failure_is_kept_by_the_c_libraries_alone() {
    let failing = |name: &str| match name {
        "web.svc.cluster.local" => Reply::ServFail,
        _ => Reply::NxDomain,
    };
    assert_eq!(
        ends("web", &pod(5), failing),
        [End::Temporary, End::Temporary, End::NoName]
    );
    let tried = |libc, reply| resolve(libc, "web", &pod(5), |_| reply).tried.len();
    for (reply, counts) in [
        (Reply::NxDomain, [4, 4, 4]),
        (Reply::NoData, [4, 1, 4]),
        (Reply::Dangling, [1, 1, 4]),
        (Reply::ServFail, [4, 1, 4]),
        (Reply::Refused, [2, 1, 4]),
        (Reply::Silent, [2, 1, 4]),
        (Reply::Rejected, [1, 1, 4]),
        (Reply::Found, [1, 1, 1]),
    ] {
        assert_eq!(
            Libc::ALL.map(|libc| tried(libc, reply)),
            counts,
            "{reply:?}"
        );
    }
    // With enough dots, glibc keeps to what the name itself brought.
    let failing = |name: &str| match name {
        "web.shop" => Reply::NxDomain,
        _ => Reply::ServFail,
    };
    assert_eq!(ends("web.shop", &pod(1), failing), [End::NoName; 3]);
}

#[test]
fn a_second_server_changes_no_answer() {
    let mut conf = pod(5);
    conf.nameservers.push(IpAddr::from([192, 0, 2, 53]));
    let ask = cluster(Reply::NxDomain);
    for name in ["web", "shop", "nope", "web.shop", "shop.example.com"] {
        for libc in Libc::ALL {
            let one = resolve(libc, name, &pod(5), ask);
            assert_eq!(resolve(libc, name, &conf, ask), one);
        }
    }
}

#[test]
fn silence_takes_its_time() {
    let seconds =
        |name: &str, conf: &ResolvConf| Libc::ALL.map(|libc| silence(libc, name, conf).as_secs());
    assert_eq!(seconds("web", &pod(5)), [20, 5, 40]);
    assert_eq!(seconds("web.", &pod(5)), [10, 5, 10]);
    assert_eq!(seconds("10.0.0.1", &pod(5)), [0, 0, 0]);
    let mut conf = pod(5);
    conf.options = vec!["single-request-reopen".into()];
    assert_eq!(seconds("web", &conf), [20, 5, 80]);
    conf.options.clear();
    conf.nameservers.extend([IpAddr::from([10, 0, 0, 1]); 2]);
    // glibc waits 5, 10 / 3 and 20 / 3 seconds for the three.
    assert_eq!(seconds("web.", &conf), [2 * (5 + 3 + 6), 5, 30]);
    (conf.timeout, conf.attempts) = (1, 1);
    assert_eq!(seconds("web.", &conf), [1 + 1 + 1, 1, 3]);
    assert_eq!(ends("web", &pod(5), |_| Reply::Silent), [End::Temporary; 3]);
}

/// What [`queries`] says, the long way: the labels of the name are counted and glued one by one. Absolute names.
fn naive(libc: Libc, name: &str, domains: &[String], ndots: usize) -> Vec<String> {
    let labels: Vec<&str> = name.split('.').collect();
    let absolute = labels.len() > 1 && labels.last() == Some(&"");
    let labels = if absolute {
        &labels[..labels.len() - 1]
    } else {
        &labels[..]
    };
    let dots = if absolute {
        labels.len()
    } else {
        labels.len() - 1
    };
    let wire = |labels: &[&str]| labels.iter().map(|l| l.len() + 1).sum::<usize>() + 1;
    let good = |labels: &[&str]| {
        wire(labels) <= 255 && labels.iter().all(|l| !l.is_empty() && l.len() < 64)
    };
    let text = |labels: &[&str]| labels.join(".");
    let wanted = match libc {
        Libc::Musl => labels.last() != Some(&""),
        _ => good(labels) || (absolute && labels == [""]),
    };
    if !wanted {
        return Vec::new();
    }
    let (mut before, mut middle, mut after) = (vec![], vec![], vec![text(labels)]);
    if absolute || dots >= ndots {
        std::mem::swap(&mut before, &mut after);
    }
    let searching = !absolute && (libc != Libc::Musl || dots < ndots);
    for domain in domains.iter().filter(|_| searching) {
        let mut tail: Vec<&str> = domain.split('.').collect();
        if tail.last() == Some(&"") {
            tail.pop();
        }
        match (libc, tail.as_slice()) {
            (Libc::Go, [""]) => continue,
            (Libc::Glibc, ["", rest @ ..]) => {
                if rest.is_empty() {
                    after.clear();
                }
                tail = rest.to_vec();
            }
            _ => {}
        }
        let whole = [labels, &tail].concat();
        match (good(&whole), libc) {
            (true, _) => middle.push(text(&whole)),
            (false, Libc::Glibc) => break,
            (false, _) => {}
        }
    }
    let mut all = [before, middle, after].concat();
    if libc == Libc::Musl && !good(labels) {
        all.retain(|q| *q != text(labels));
    }
    all
}

proptest! {
    #[test]
    fn queries_agree_with_the_long_way(
        name in "([a-c]{0,2}|x{60,64})(\\.([a-c]{0,2}|x{62,64})){0,5}",
        searches in prop::collection::vec("[a-c]{0,2}(\\.([a-c]{0,2}|x{60})){0,4}", 0..5),
        ndots in 0..6_u8,
    ) {
        let searches: Vec<String> = searches.into_iter().filter(|s| !s.is_empty()).collect();
        let conf = ResolvConf { searches: searches.clone(), ndots, ..ResolvConf::default() };
        for libc in Libc::ALL {
            let fits = conf.domains(libc).len() == searches.len();
            let domains = if libc == Libc::Musl && !fits { &[] } else { searches.as_slice() };
            prop_assert_eq!(
                asked(libc, &name, &conf),
                naive(libc, &name, domains, usize::from(ndots)),
                "{:?}", libc
            );
        }
    }

    #[test]
    fn a_lookup_keeps_to_its_queries(
        name in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}\\.?",
        replies in prop::collection::vec(0..8_usize, 4),
        ndots in 0..6_u8,
    ) {
        use Reply::{Dangling, Found, NoData, NxDomain, Refused, Rejected, ServFail, Silent};
        let kinds = [Found, NoData, Dangling, NxDomain, ServFail, Refused, Silent, Rejected];
        for libc in Libc::ALL {
            let mut next = replies.iter().map(|r| kinds[*r]);
            let found = resolve(libc, &name, &pod(ndots), |_| next.next().unwrap_or(NxDomain));
            let conf = pod(ndots);
            let mut all = queries(libc, &name, &conf).into_iter();
            for (query, _) in &found.tried {
                prop_assert!(all.any(|q| q == *query), "asked in order");
            }
            let last = found.tried.last().map(|(_, reply)| *reply);
            prop_assert_eq!(matches!(found.end, End::Found(_)), last == Some(Found));
            prop_assert_eq!(found.found().is_some(), last == Some(Found));
        }
    }
}
