//! Traefik 3, provider kubernetesIngress: one router a path, the longest rule text first.
//!
//! Source: pkg/provider/kubernetes/ingress/kubernetes.go (`buildHostRule`, `loadRouter`) and the muxer's default priority, the
//! length of the rule, of traefik/traefik; checked against a running 3.7.

use std::cmp::Reverse;

use regex::RegexBuilder;

use super::settings::setting;
use super::{middlewares, router};
use crate::diagnosis::dialect::dropped::{Cause, Dropped};
use crate::diagnosis::dialect::effects::Effects;
use crate::diagnosis::dialect::{
    Passed, Reader, Resolution, before_winner, leads_to_resource, path_miss, resource, tied,
};
use crate::diagnosis::routing::{PathMatch, Rule};
use crate::diagnosis::semantics::path::{decoded, is_reserved, is_unreserved, prefix_matches};
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
    // pkg/muxer/http/mux.go `withRoutingPath`: rules are compared with a path in which all is decoded that means the same then.
    let cleaned = clean(request.path_only());
    let path = &*decoded(&cleaned, |b| !is_reserved(b));
    let strict = reader
        .args
        .is_on("providers.kubernetesingress.strictprefixmatching");
    let mut matching = Vec::new();
    let mut passed = Vec::new();
    let mut dropped = Vec::new();
    let mut unsure = None;
    for rule in rules {
        let spec = rule.place.declared.ingress().and_then(|i| i.spec.as_ref());
        let has_rules = spec.is_some_and(|s| s.rules.as_ref().is_some_and(|r| !r.is_empty()));
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
    let effects = matching.first().filter(|_| own);
    let effects = effects.and_then(|winner| middlewares::effects(winner, reader, request));
    let rewrites = effects.as_ref().map(|e| e.rewrites || e.doubt.is_some());
    let Effects {
        guards,
        redirect,
        doubt,
        ..
    } = effects.unwrap_or_default();
    Resolution {
        matching,
        tied,
        passed,
        dropped,
        passes_tls: false,
        guards,
        rewrites,
        doubt,
        redirect: router::redirect(reader, request)
            .filter(|_| own)
            .or(redirect),
        spillover: None,
        orphans: Vec::new(),
        approximate: unsure,
    }
}

/// Traefik cleans a path before it matches: unreserved characters (RFC 3986) are decoded, empty and dot elements are taken out.
pub(super) fn clean(path: &str) -> String {
    let path = &decoded(path, is_unreserved);
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
        PathMatch::Regex(_) => Matcher::Regexp,
        PathMatch::ByMake(_) => match setting(rule, PATH_MATCHER) {
            None | Some((_, "" | "PathPrefix")) if strict => Matcher::StrictPrefix,
            None | Some((_, "" | "PathPrefix")) => Matcher::Prefix,
            Some((_, "Path")) => Matcher::Exact,
            Some((_, "PathRegexp")) => Matcher::Regexp,
            Some((key, other)) => Matcher::Unknown(key, other),
        },
    }
}

/// PathRegexp looks for the expression anywhere in the path (pkg/muxer/http/matcher.go).
pub(super) fn regexp(expression: &str, path: &str) -> Result<bool, String> {
    let built = RegexBuilder::new(expression).size_limit(1 << 20).build();
    built
        .map(|r| r.is_match(path))
        .map_err(|_| format!("cannot tell whether expression {expression:?} matches"))
}

pub(super) fn priority(rule: &Rule, strict: bool, plain: bool) -> i64 {
    if rule.is_default {
        return i64::from(i32::MIN);
    }
    setting(rule, PRIORITY)
        .and_then(|(_, p)| p.parse().ok())
        .filter(|p| *p != 0)
        .unwrap_or_else(|| i64::try_from(rule_text(rule, strict, plain).len()).unwrap_or(i64::MAX))
}

/// The rule as Traefik writes it; its length is its priority.
pub(super) fn rule_text(rule: &Rule, strict: bool, plain: bool) -> String {
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
    let spec = rule.place.declared.ingress().and_then(|i| i.spec.as_ref());
    let mut parts = rule
        .place
        .pointer
        .split('/')
        .filter_map(|p| p.parse::<usize>().ok());
    let (Some(i), Some(j)) = (parts.next(), parts.next()) else {
        return true;
    };
    let rules = spec.and_then(|s| s.rules.as_ref());
    let http = rules.and_then(|r| r.get(i)).and_then(|r| r.http.as_ref());
    let path = http.and_then(|h| h.paths.get(j));
    path.is_none_or(|p| p.path.as_deref().is_some_and(|p| !p.is_empty()))
}
