//! Which rule wins, how long each is, and what a path becomes before it is matched.

use super::choose::{clean, priority, regexp, rule_text};
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::tests::{ingress, request, service};
use crate::diagnosis::dialect::{Args, Arrival, Reader, index, resolve};
use crate::diagnosis::routing::ingress::{Peers, rules};

use std::sync::Arc;

static MAKE: Make = Make::known(&super::TRAEFIK);

fn reader(args: &Args, version: Option<(u32, u32)>) -> Reader<'_> {
    Reader {
        make: &MAKE,
        args,
        version,
        arrival: Arrival::default(),
        config: None,
        middlewares: None,
    }
}

#[test]
fn before_3_7_a_wildcard_beats_an_exact_host_because_its_text_is_longer() {
    let objects = [
        ingress("n/wild", 1, &["*.gen.example.com /x P wild"]),
        ingress("n/exact", 1, &["xy.gen.example.com /x P exact"]),
    ];
    let none = Args::default();
    let ask = |version| {
        let asked = request("xy.gen.example.com", "/x/y");
        let r = resolve(
            reader(&none, version),
            &objects,
            Peers::new(&index(objects.to_vec()), &|_| true),
            &asked,
        );
        service(r.winner()).map(str::to_owned)
    };
    assert_eq!(ask(Some((3, 6))).as_deref(), Some("wild"));
    assert_eq!(ask(Some((3, 7))).as_deref(), Some("exact"));
    assert_eq!(ask(None).as_deref(), Some("exact"));
}

#[test]
fn a_rule_without_path_is_shorter_than_any_with_one() {
    let mut bare = (*ingress("n/bare", 1, &["longest.a.com / P bare"])).clone();
    let rules = bare.spec.as_mut().and_then(|s| s.rules.as_mut());
    let http = rules.expect("rules")[0].http.as_mut();
    http.expect("paths").paths[0].path = None;
    let wild = ingress("n/wild", 2, &["*.a.com / P wild"]);
    let objects = [Arc::new(bare), wild];
    let args = Args::default();
    let r = resolve(
        reader(&args, None),
        &objects,
        Peers::new(&index(objects.to_vec()), &|_| true),
        &request("longest.a.com", "/"),
    );
    assert_eq!(service(r.winner()), Some("wild"));
}

#[test]
fn strict_prefix_matching_goes_by_element() {
    let objects = [ingress("n/i", 1, &["a.com /shop P s1"])];
    let strict = Args::of(["--providers.kubernetesingress.strictprefixmatching"]);
    let loose = Args::default();
    let ask = |args: &Args, path| {
        let r = resolve(
            reader(args, None),
            &objects,
            Peers::new(&index(objects.to_vec()), &|_| true),
            &request("a.com", path),
        );
        service(r.winner()).is_some()
    };
    assert!(ask(&loose, "/shopping"));
    assert!(!ask(&strict, "/shopping"));
    assert!(ask(&strict, "/shop/cart"));
}

#[test]
fn a_rule_is_as_long_as_traefik_writes_it() {
    for (line, strict, plain, text) in [
        (
            "a.com /shop P s",
            false,
            true,
            "Host(`a.com`) && PathPrefix(`/shop`)",
        ),
        (
            "a.com /shop E s",
            true,
            true,
            "Host(`a.com`) && Path(`/shop`)",
        ),
        (
            "a.com /shop/ P s",
            true,
            true,
            "Host(`a.com`) && (Path(`/shop`) || PathPrefix(`/shop/`))",
        ),
        (
            "a.com / P s",
            true,
            true,
            "Host(`a.com`) && PathPrefix(`/`)",
        ),
        (
            "a.com /x I s",
            false,
            true,
            "Host(`a.com`) && PathPrefix(`/x`)",
        ),
        (
            "a.com /x I s",
            true,
            true,
            "Host(`a.com`) && (Path(`/x`) || PathPrefix(`/x/`))",
        ),
        (
            "*.a.com / P s",
            false,
            true,
            "Host(`*.a.com`) && PathPrefix(`/`)",
        ),
        (
            "*.a.com / P s",
            false,
            false,
            r"HostRegexp(`^[a-zA-Z0-9-]+\.a\.com$`) && PathPrefix(`/`)",
        ),
        ("- /x P s", false, true, "PathPrefix(`/x`)"),
    ] {
        let rule = rules(&[ingress("n/i", 1, &[line])], |_| true).remove(0);
        assert_eq!(rule_text(&rule, strict, plain), text, "{line}");
    }
    let mut bare = (*ingress("n/bare", 1, &["*.a.com / P bare"])).clone();
    let of = bare.spec.as_mut().and_then(|s| s.rules.as_mut());
    let http = of.expect("rules")[0].http.as_mut();
    http.expect("paths").paths[0].path = None;
    let rule = rules(&[Arc::new(bare)], |_| true).remove(0);
    assert_eq!(rule_text(&rule, false, true), "Host(`*.a.com`)");
    assert_eq!(
        rule_text(&rule, false, false),
        r"HostRegexp(`^[a-zA-Z0-9-]+\.a\.com$`)"
    );
}

#[test]
fn a_priority_of_zero_is_none() {
    let of = |value: &str| {
        let mut object = (*ingress("n/i", 1, &["a.com / P s"])).clone();
        let key = "traefik.ingress.kubernetes.io/router.priority".to_owned();
        object.metadata.annotations = Some([(key, value.to_owned())].into());
        let rule = rules(&[Arc::new(object)], |_| true).remove(0);
        priority(&rule, false, true)
    };
    let length = i64::try_from("Host(`a.com`) && PathPrefix(`/`)".len()).expect("short");
    assert_eq!([of("0"), of("x"), of("7")], [length, length, 7]);
}

#[test]
fn an_expression_is_looked_for_anywhere_and_bounded() {
    assert_eq!(regexp("/a[0-9]+$", "/x/a12"), Ok(true));
    assert_eq!(regexp("^/a[0-9]+$", "/x/a12"), Ok(false));
    assert!(regexp("(", "/").is_err());
    assert!(regexp("(a{1000}){1000}", "/").is_err(), "too large");
}

#[test]
fn a_path_is_cleaned_before_it_is_matched() {
    for (given, cleaned) in [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("//a///b/", "/a/b/"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/..", "/"),
        ("/a/..", "/"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/%61%2Fb%zz%", "/a%2Fb%zz%"),
    ] {
        assert_eq!(clean(given), cleaned, "{given}");
    }
}
