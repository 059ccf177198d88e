//! Traefik 3, provider kubernetesIngress: one router a path, the longest rule text first.
//!
//! Source: pkg/provider/kubernetes/ingress/kubernetes.go (`buildHostRule`, `loadRouter`) and the muxer's default priority, the
//! length of the rule, of traefik/traefik; checked against a running 3.7.

use std::cmp::Reverse;

use super::super::args::Args;
use super::{Passed, Resolution, Rule, path_miss};

const PRIORITY: &str = "traefik.ingress.kubernetes.io/router.priority";
const PATH_MATCHER: &str = "traefik.ingress.kubernetes.io/router.pathmatcher";

pub(super) fn resolve(rules: Vec<Rule>, args: &Args, _host: &str, path: &str) -> Resolution {
    let strict = args.is_on("providers.kubernetesingress.strictprefixmatching");
    let mut matching = Vec::new();
    let mut passed = Vec::new();
    let mut unsure = None;
    for rule in rules {
        let has_rules = rule
            .ingress
            .spec
            .as_ref()
            .is_some_and(|s| s.rules.as_ref().is_some_and(|r| !r.is_empty()));
        if rule.position.is_none() && has_rules {
            passed.push(Passed {
                rule,
                why: "Traefik ignores a default backend beside rules".to_owned(),
            });
            continue;
        }
        match matcher(&rule, strict) {
            Matcher::Exact if rule.path == path => matching.push(rule),
            Matcher::Prefix if path.starts_with(&rule.path) => matching.push(rule),
            Matcher::StrictPrefix if super::prefix_matches(&rule.path, path) => matching.push(rule),
            Matcher::Other(name) => {
                let why = format!("path matcher {name} is not evaluated");
                unsure = Some(why.clone());
                passed.push(Passed { rule, why });
            }
            _ => {
                let why = path_miss(&rule, path);
                passed.push(Passed { rule, why });
            }
        }
    }
    let rank = |r: &Rule| priority(r, strict);
    matching.sort_by_key(|r| (Reverse(rank(r)), r.age_then_name()));
    // Routers with the very same rule and name replace each other; between Ingresses the order of equals changes at restart.
    let tied = matching.first().map_or(0, |first| {
        matching.iter().filter(|r| rank(r) == rank(first)).count()
    });
    Resolution {
        matching,
        tied,
        passed,
        approximate: unsure,
    }
}

enum Matcher {
    Exact,
    Prefix,
    StrictPrefix,
    Other(String),
}

fn matcher(rule: &Rule, strict: bool) -> Matcher {
    match rule.path_type.as_str() {
        "Exact" => Matcher::Exact,
        "Prefix" if strict => Matcher::StrictPrefix,
        "Prefix" => Matcher::Prefix,
        _ => match rule.annotation(PATH_MATCHER) {
            None | Some("" | "PathPrefix") => Matcher::Prefix,
            Some("Path") => Matcher::Exact,
            Some(other) => Matcher::Other(other.to_owned()),
        },
    }
}

fn priority(rule: &Rule, strict: bool) -> i64 {
    if rule.position.is_none() {
        return i64::from(i32::MIN);
    }
    rule.annotation(PRIORITY)
        .and_then(|p| p.parse().ok())
        .filter(|p| *p != 0)
        .unwrap_or_else(|| i64::try_from(rule_text(rule, strict).len()).unwrap_or(i64::MAX))
}

/// The rule as Traefik writes it; its length is its priority.
fn rule_text(rule: &Rule, strict: bool) -> String {
    let path = match matcher(rule, strict) {
        Matcher::Exact => format!("Path(`{}`)", rule.path),
        Matcher::StrictPrefix if rule.path.trim_end_matches('/').is_empty() => {
            "PathPrefix(`/`)".to_owned()
        }
        Matcher::StrictPrefix => {
            let path = rule.path.trim_end_matches('/');
            format!("(Path(`{path}`) || PathPrefix(`{path}/`))")
        }
        Matcher::Prefix => format!("PathPrefix(`{}`)", rule.path),
        Matcher::Other(name) => format!("{name}(`{}`)", rule.path),
    };
    match rule.host.strip_prefix("*.") {
        _ if rule.host.is_empty() => path,
        None => format!("Host(`{}`) && {path}", rule.host),
        Some(rest) => {
            let rest = rest.replace('.', r"\.");
            format!(r"HostRegexp(`^[a-zA-Z0-9-]+\.{rest}$`) && {path}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ingress, service};
    use super::super::{Args, Family, resolve};

    #[test]
    fn a_wildcard_beats_an_exact_host_when_its_text_is_longer() {
        let objects = [
            ingress("n/wild", 1, &["*.gen.example.com / P wild"]),
            ingress("n/exact", 1, &["a.gen.example.com /x P exact"]),
        ];
        let r = resolve(
            &Family::Traefik,
            &Args::default(),
            &objects,
            "a.gen.example.com",
            "/x/y",
        );
        assert_eq!(service(r.winner()), Some("wild"));
    }

    #[test]
    fn strict_prefix_matching_goes_by_element() {
        let objects = [ingress("n/i", 1, &["a.com /shop P s1"])];
        let strict = Args::of(["--providers.kubernetesingress.strictprefixmatching"]);
        let loose = Args::default();
        let ask = |args: &Args, path| {
            let r = resolve(&Family::Traefik, args, &objects, "a.com", path);
            service(r.winner()).is_some()
        };
        assert!(ask(&loose, "/shopping"));
        assert!(!ask(&strict, "/shopping"));
        assert!(ask(&strict, "/shop/cart"));
    }
}
