//! The requests at which ways in may part: those at the boundaries of their rules.

use std::collections::BTreeSet;

use crate::diagnosis::Settings;
use crate::diagnosis::dialect::other_names;
use crate::diagnosis::routing::ingresses::named;
use crate::diagnosis::routing::{Declared, PathMatch, Rule};
use crate::target::{Header, Scheme, Target};

/// More would say no more, and cost as much again.
const MOST: usize = 600;

/// A request, and what of a rule it tries.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The URL.
    pub target: Target,
    /// The method.
    pub method: String,
    /// Headers.
    pub headers: Vec<Header>,
    /// What is tried.
    pub tries: Tries,
}

/// What of a rule a request tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tries {
    /// Somebody gave it.
    Given,
    /// The path itself.
    Path,
    /// With a final slash, or without.
    FinalSlash,
    /// An element deeper.
    Deeper,
    /// A character longer.
    Longer,
    /// In the other case.
    Case,
    /// With a slash more.
    DoubleSlash,
    /// With a letter percent-encoded.
    Encoded,
    /// Another method.
    Method,
    /// A header or a parameter that a rule wants.
    Value,
    /// A path that nobody declares.
    Nothing,
    /// Another name of the host.
    Alias,
    /// The host with `www.`, or without.
    Www,
    /// A name below a wildcard host.
    Below,
}

impl Trial {
    /// Of a URL, as the flags have it.
    pub fn given(target: Target, settings: &Settings) -> Self {
        Self {
            target,
            method: settings.method.clone(),
            headers: settings.headers.clone(),
            tries: Tries::Given,
        }
    }

    /// What the walk is told of it.
    pub fn settings(&self, settings: &Settings) -> Settings {
        Settings {
            method: self.method.clone(),
            headers: self.headers.clone(),
            ..settings.clone()
        }
    }
}

/// The requests at the boundaries of these rules, over http and over https, each once.
pub fn of_rules(host: &str, rules: &[Rule], settings: &Settings) -> Vec<Trial> {
    let mut all: Vec<Trial> = Vec::new();
    let mut add_at = |host: &str, path: String, method: &str, headers: &[Header], tries| {
        for scheme in [Scheme::Http, Scheme::Https] {
            let trial = Trial {
                target: Target {
                    host: host.to_owned(),
                    scheme,
                    port: None,
                    path: path.clone(),
                    call: None,
                },
                method: method.to_owned(),
                headers: headers.to_vec(),
                tries,
            };
            let same = |known: &Trial| {
                (&known.target, &known.method, &known.headers)
                    == (&trial.target, &trial.method, &trial.headers)
            };
            if all.len() < MOST && !all.iter().any(same) {
                all.push(trial);
            }
        }
    };
    let (method, given) = (settings.method.as_str(), settings.headers.as_slice());
    let mut add = |path, method: &str, headers: &[Header], tries| {
        add_at(host, path, method, headers, tries);
    };
    add("/".to_owned(), method, given, Tries::Path);
    for rule in rules {
        for wanted in &rule.matches {
            let path = plain(&wanted.path);
            for (path, tries) in variants(&path) {
                add(path, method, given, tries);
            }
            if let Some(other) = &wanted.method {
                add(path.clone(), other, given, Tries::Method);
            }
            if wanted.headers.iter().any(|h| !h.regex) {
                let exact = wanted.headers.iter().filter(|h| !h.regex);
                let exact = exact.map(|h| format!("{}: {}", h.name, h.value));
                let mut headers = given.to_vec();
                headers.extend(exact.filter_map(|h| Header::parse(&h).ok()));
                add(path.clone(), method, &headers, Tries::Value);
            }
            if wanted.query.iter().any(|q| !q.regex) {
                let exact = wanted.query.iter().filter(|q| !q.regex);
                let pairs = exact.map(|q| (q.name.as_str(), q.value.as_str()));
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                add(format!("{path}?{query}"), method, given, Tries::Value);
            }
        }
    }
    add("/no-such-path".to_owned(), method, given, Tries::Nothing);
    let paths = rules.iter().flat_map(|r| &r.matches);
    let paths: BTreeSet<String> = paths.map(|m| plain(&m.path)).collect();
    for (other, tries) in other_hosts(host, rules) {
        add_at(&other, "/".to_owned(), method, given, tries);
        for path in &paths {
            add_at(&other, path.clone(), method, given, tries);
        }
    }
    all
}

/// Other hosts that the objects of these rules mention: other names of the host, and names one and two labels below wildcards that are
/// about it.
fn other_hosts(host: &str, rules: &[Rule]) -> Vec<(String, Tries)> {
    let mut all: Vec<(String, Tries)> = Vec::new();
    let www = |a: &str, b: &str| a.strip_prefix("www.").is_some_and(|bare| bare == b);
    let is_www = |a: &str, b: &str| www(a, b) || www(b, a);
    let below = |name: &str, base: &str| name.strip_suffix(base).is_some_and(|l| l.ends_with('.'));
    for rule in rules {
        let declared = &rule.place.declared;
        let mut hosts: Vec<String> = rule.hosts.iter().map(|h| h.0.clone()).collect();
        if let Some(ingress) = declared.ingress() {
            hosts.extend(named(ingress).map(str::to_owned));
            for name in other_names(ingress) {
                if is_www(&name, host) {
                    all.push((name, Tries::Www));
                } else if !hosts.iter().any(|h| is_www(&name, h)) {
                    all.push((name, Tries::Alias));
                }
            }
        } else if let Declared::Route(route) = declared {
            hosts.extend(route.hosts().iter().cloned());
        }
        for base in hosts.iter().filter_map(|h| h.strip_prefix("*.")) {
            let base = base.to_ascii_lowercase();
            if below(host, &base) || base == host || below(&base, host) {
                all.push((format!("x.{base}"), Tries::Below));
                all.push((format!("y.x.{base}"), Tries::Below));
            }
        }
    }
    all.sort();
    all.dedup();
    all.retain(|(name, _)| name != host);
    all
}

/// The path of a rule as somebody may ask for it: of an expression the part before its first sign.
fn plain(path: &PathMatch) -> String {
    let text = path.text();
    let literal = |c: char| c.is_ascii_alphanumeric() || "/-_~%".contains(c);
    let end = text.find(|c| !literal(c)).unwrap_or(text.len());
    let whole = matches!(path, PathMatch::Exact(_) | PathMatch::Prefix(_));
    let text = if whole { text } else { &text[..end] };
    if text.starts_with('/') {
        text.to_owned()
    } else {
        format!("/{text}")
    }
}

/// A path and what lies around it.
fn variants(path: &str) -> Vec<(String, Tries)> {
    let bare = path.trim_end_matches('/');
    let mut all = vec![(path.to_owned(), Tries::Path)];
    if !bare.is_empty() {
        all.push((bare.to_owned(), Tries::FinalSlash));
        all.push((format!("{bare}/"), Tries::FinalSlash));
        all.push((format!("{bare}x"), Tries::Longer));
        all.push((other_case(bare), Tries::Case));
        all.push((format!("/{path}"), Tries::DoubleSlash));
        all.extend(encoded(bare).map(|path| (path, Tries::Encoded)));
    }
    all.push((format!("{bare}/x"), Tries::Deeper));
    all
}

fn other_case(path: &str) -> String {
    let upper = path.to_ascii_uppercase();
    if upper == path {
        path.to_ascii_lowercase()
    } else {
        upper
    }
}

/// With the first letter percent-encoded.
fn encoded(path: &str) -> Option<String> {
    let at = path.find(|c: char| c.is_ascii_alphanumeric())?;
    let letter = path.as_bytes()[at];
    Some(format!("{}%{letter:02X}{}", &path[..at], &path[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_tried_at_its_edges() {
        let all: Vec<String> = variants("/foo").into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            all,
            [
                "/foo", "/foo", "/foo/", "/foox", "/FOO", "//foo", "/%66oo", "/foo/x"
            ]
        );
        assert_eq!(variants("/").len(), 2);
        assert_eq!(plain(&PathMatch::Regex("/r/[a-z]+".to_owned())), "/r/");
        assert_eq!(plain(&PathMatch::ByMake("/v1(/|$)(.*)".to_owned())), "/v1");
    }
}
