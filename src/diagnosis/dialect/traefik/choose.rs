//! Traefik 3, provider kubernetesIngress: one router a path, the longest rule text first.
//!
//! Source: pkg/provider/kubernetes/ingress/kubernetes.go (`buildHostRule`, `loadRouter`) and the muxer's default priority, the
//! length of the rule, of traefik/traefik; checked against a running 3.7.

use std::cmp::Reverse;

use regex::RegexBuilder;

use super::router;
use crate::diagnosis::dialect::dropped::{Cause, Dropped};
use crate::diagnosis::dialect::{
    Passed, Reader, Resolution, before_winner, leads_to_resource, path_miss, resource, tied,
};
use crate::diagnosis::routing::{Declared, PathMatch, Rule};
use crate::diagnosis::semantics::path::prefix_matches;
use crate::target::Request;

const PRIORITY: &str = "router.priority";
const PATH_MATCHER: &str = "router.pathmatcher";

/// The first version that writes a wildcard host as `Host(`*.example.com`)`; before, it was a longer HostRegexp.
const PLAIN_WILDCARD: (u32, u32) = (3, 7);

/// `own`: the annotations are those of this provider.
pub(super) fn resolve(
    rules: Vec<Rule>,
    reader: Reader,
    request: &Request,
    own: bool,
) -> Resolution {
    let cleaned = clean(request.path_only());
    let path = cleaned.as_str();
    let strict = reader
        .args
        .is_on("providers.kubernetesingress.strictprefixmatching");
    let mut matching = Vec::new();
    let mut passed = Vec::new();
    let mut dropped = Vec::new();
    let mut unsure = None;
    for rule in rules {
        let Declared::Ingress(ingress) = &rule.place.declared;
        let has_rules = ingress
            .spec
            .as_ref()
            .is_some_and(|s| s.rules.as_ref().is_some_and(|r| !r.is_empty()));
        if rule.is_default && has_rules {
            passed.push(Passed {
                rule,
                why: "Traefik ignores a default backend beside rules".to_owned(),
            });
            continue;
        }
        let matches = match matcher(&rule, strict) {
            Matcher::Exact => Ok(rule.path().text() == path),
            Matcher::Prefix => Ok(path.starts_with(rule.path().text())),
            Matcher::StrictPrefix => Ok(prefix_matches(rule.path().text(), path)),
            Matcher::Regexp => regexp(rule.path().text(), path),
            Matcher::Unknown(key, name) if path.starts_with(rule.path().text()) => {
                let why = format!("{name} is no path matcher: Path, PathPrefix and PathRegexp are");
                let drop = Dropped::new(rule.clone(), Cause::PathMatcher, why);
                dropped.push(drop.told_by(Some(key)).rather(key, "PathPrefix"));
                continue;
            }
            Matcher::Unknown(..) => Ok(false),
        };
        match matches {
            Ok(true) if leads_to_resource(&rule) => dropped.push(resource(rule)),
            Ok(true) if own => match router::made(rule, reader, request) {
                Ok(rule) => matching.push(rule),
                Err(drop) => dropped.push(*drop),
            },
            Ok(true) => matching.push(rule),
            Ok(false) => {
                let why = path_miss(&rule, path);
                passed.push(Passed { rule, why });
            }
            Err(why) => {
                unsure = Some(why.clone());
                passed.push(Passed { rule, why });
            }
        }
    }
    // Without a version among the image's tags it is taken to be a current one.
    let plain = reader.version.is_none_or(|v| v >= PLAIN_WILDCARD);
    let rank = |r: &Rule| Reverse(priority(r, strict, plain));
    matching.sort_by_key(|r| (rank(r), r.age_then_name()));
    let dropped = before_winner(dropped, matching.first(), &mut passed, rank);
    // Routers with the very same rule and name replace each other; between Ingresses the order of equals changes at restart.
    let tied = tied(&matching, rank);
    Resolution {
        matching,
        tied,
        passed,
        dropped,
        redirect: router::redirect(reader, request).filter(|_| own),
        spillover: None,
        orphans: Vec::new(),
        approximate: unsure,
    }
}

/// Traefik cleans a path before it matches: unreserved characters (RFC 3986) are decoded, empty and dot elements are taken out.
fn clean(path: &str) -> String {
    let path = &decode_unreserved(path);
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let slash = if !kept.is_empty()
        && (path.ends_with('/') || path.ends_with("/.") || path.ends_with("/.."))
    {
        "/"
    } else {
        ""
    };
    format!("/{}{slash}", kept.join("/"))
}

fn decode_unreserved(path: &str) -> String {
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.map(char::from) {
            Some(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => {
                decoded.push(c);
                decoded.push_str(&part[2..]);
            }
            _ => {
                decoded.push('%');
                decoded.push_str(part);
            }
        }
    }
    decoded
}

enum Matcher<'r> {
    Exact,
    Prefix,
    StrictPrefix,
    Regexp,
    /// The key and value of the annotation that says what is none.
    Unknown(&'r str, &'r str),
}

/// `loadRouter`: the annotation counts where the Ingress leaves it to the controller.
fn matcher(rule: &Rule, strict: bool) -> Matcher<'_> {
    match rule.path() {
        PathMatch::Exact(_) => Matcher::Exact,
        PathMatch::Prefix(_) if strict => Matcher::StrictPrefix,
        PathMatch::Prefix(_) => Matcher::Prefix,
        PathMatch::ByMake(_) => match router::setting(rule, PATH_MATCHER) {
            None | Some((_, "" | "PathPrefix")) if strict => Matcher::StrictPrefix,
            None | Some((_, "" | "PathPrefix")) => Matcher::Prefix,
            Some((_, "Path")) => Matcher::Exact,
            Some((_, "PathRegexp")) => Matcher::Regexp,
            Some((key, other)) => Matcher::Unknown(key, other),
        },
    }
}

/// PathRegexp looks for the expression anywhere in the path (pkg/muxer/http/matcher.go).
fn regexp(expression: &str, path: &str) -> Result<bool, String> {
    let built = RegexBuilder::new(expression).size_limit(1 << 20).build();
    built
        .map(|r| r.is_match(path))
        .map_err(|_| format!("cannot tell whether expression {expression:?} matches"))
}

fn priority(rule: &Rule, strict: bool, plain: bool) -> i64 {
    if rule.is_default {
        return i64::from(i32::MIN);
    }
    router::setting(rule, PRIORITY)
        .and_then(|(_, p)| p.parse().ok())
        .filter(|p| *p != 0)
        .unwrap_or_else(|| i64::try_from(rule_text(rule, strict, plain).len()).unwrap_or(i64::MAX))
}

/// The rule as Traefik writes it; its length is its priority.
fn rule_text(rule: &Rule, strict: bool, plain: bool) -> String {
    let written = rule.path().text();
    let path = match matcher(rule, strict) {
        Matcher::Exact => format!("Path(`{written}`)"),
        Matcher::StrictPrefix if written.trim_end_matches('/').is_empty() => {
            "PathPrefix(`/`)".to_owned()
        }
        Matcher::StrictPrefix => {
            let path = written.trim_end_matches('/');
            format!("(Path(`{path}`) || PathPrefix(`{path}/`))")
        }
        Matcher::Prefix => format!("PathPrefix(`{written}`)"),
        Matcher::Regexp => format!("PathRegexp(`{written}`)"),
        Matcher::Unknown(_, name) => format!("{name}(`{written}`)"),
    };
    let host = rule.host().0.as_str();
    // Without a path of its own the host is all there is.
    if !has_path(rule) {
        return match host.strip_prefix("*.") {
            Some(rest) if !plain => wildcard(rest),
            _ => format!("Host(`{host}`)"),
        };
    }
    match host.strip_prefix("*.") {
        _ if host.is_empty() => path,
        Some(rest) if !plain => format!("{} && {path}", wildcard(rest)),
        _ => format!("Host(`{host}`) && {path}"),
    }
}

/// A wildcard host, as it was written before it could be plain.
fn wildcard(rest: &str) -> String {
    let rest = rest.replace('.', r"\.");
    format!(r"HostRegexp(`^[a-zA-Z0-9-]+\.{rest}$`)")
}

/// Whether the Ingress writes a path for the rule; one that is left out reads as `/`.
fn has_path(rule: &Rule) -> bool {
    let Declared::Ingress(ingress) = &rule.place.declared;
    let mut parts = rule
        .place
        .pointer
        .split('/')
        .filter_map(|p| p.parse::<usize>().ok());
    let (Some(i), Some(j)) = (parts.next(), parts.next()) else {
        return true;
    };
    let rules = ingress.spec.as_ref().and_then(|s| s.rules.as_ref());
    let http = rules.and_then(|r| r.get(i)).and_then(|r| r.http.as_ref());
    let path = http.and_then(|h| h.paths.get(j));
    path.is_none_or(|p| p.path.as_deref().is_some_and(|p| !p.is_empty()))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::dialect::make::Make;
    use crate::diagnosis::dialect::tests::{ingress, request, service};
    use crate::diagnosis::dialect::{Args, Arrival, Reader, resolve};
    use crate::diagnosis::routing::ingress::{Peers, rules};

    use std::sync::Arc;

    static MAKE: Make = Make::known(&super::super::TRAEFIK);

    fn reader(args: &Args, version: Option<(u32, u32)>) -> Reader<'_> {
        Reader {
            make: &MAKE,
            args,
            version,
            arrival: Arrival::default(),
            config: None,
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
                Peers::new(&objects, &|_| true),
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
            Peers::new(&objects, &|_| true),
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
                Peers::new(&objects, &|_| true),
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
            assert_eq!(super::rule_text(&rule, strict, plain), text, "{line}");
        }
        let mut bare = (*ingress("n/bare", 1, &["*.a.com / P bare"])).clone();
        let of = bare.spec.as_mut().and_then(|s| s.rules.as_mut());
        let http = of.expect("rules")[0].http.as_mut();
        http.expect("paths").paths[0].path = None;
        let rule = rules(&[Arc::new(bare)], |_| true).remove(0);
        assert_eq!(super::rule_text(&rule, false, true), "Host(`*.a.com`)");
        assert_eq!(
            super::rule_text(&rule, false, false),
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
            super::priority(&rule, false, true)
        };
        let length = i64::try_from("Host(`a.com`) && PathPrefix(`/`)".len()).expect("short");
        assert_eq!([of("0"), of("x"), of("7")], [length, length, 7]);
    }

    #[test]
    fn an_expression_is_looked_for_anywhere_and_bounded() {
        assert_eq!(super::regexp("/a[0-9]+$", "/x/a12"), Ok(true));
        assert_eq!(super::regexp("^/a[0-9]+$", "/x/a12"), Ok(false));
        assert!(super::regexp("(", "/").is_err());
        assert!(super::regexp("(a{1000}){1000}", "/").is_err(), "too large");
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
            assert_eq!(super::clean(given), cleaned, "{given}");
        }
    }
}
