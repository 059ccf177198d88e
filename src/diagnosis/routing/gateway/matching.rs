//! Whether a request is what a match wants (gateway.networking.k8s.io/v1 `HTTPRouteMatch`).

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::Ways;
use crate::diagnosis::routing::{Match, PathMatch, ValueMatch};
use crate::diagnosis::semantics::path::{decoded, is_reserved, is_unreserved, prefix_matches};
use crate::target::Request;
use crate::target::secrecy::is_hidden;

/// What comes of holding a request against a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is what is wanted.
    Yes,
    /// It is not, and why.
    No(String),
    /// That hangs on something that is not known.
    Unsure(String),
}

/// Holds a request against a match.
pub fn hold(wanted: &Match, request: &Request, path: &str, ways: Ways) -> Held {
    let mut unsure = None;
    let parts = std::iter::once_with(|| hold_path(&wanted.path, path, ways))
        .chain(std::iter::once_with(|| hold_method(wanted, request)))
        .chain(wanted.headers.iter().map(|h| hold_header(h, request)))
        .chain(wanted.query.iter().map(|q| hold_query(q, request)));
    for part in parts {
        match part {
            Held::Yes => {}
            Held::No(why) => return Held::No(why),
            Held::Unsure(why) => unsure = unsure.or(Some(why)),
        }
    }
    unsure.map_or(Held::Yes, Held::Unsure)
}

fn hold_path(wanted: &PathMatch, path: &str, ways: Ways) -> Held {
    let holds = match wanted {
        PathMatch::Exact(text) => text == path,
        PathMatch::Prefix(text) | PathMatch::ByMake(text) => prefix_matches(text, path),
        PathMatch::Regex(text) => {
            let whole = ways.whole_expressions.then(|| format!("^(?:{text})$"));
            match built(whole.as_deref().unwrap_or(text)) {
                Some(regex) => regex.is_match(path),
                None => return not_understood(text),
            }
        }
    };
    if holds {
        return Held::Yes;
    }
    let kind = match wanted {
        PathMatch::Prefix(_) => "PathPrefix",
        other => other.kind(),
    };
    Held::No(format!(
        "{kind} {:?} does not cover {path:?}",
        wanted.text()
    ))
}

fn hold_method(wanted: &Match, request: &Request) -> Held {
    match &wanted.method {
        Some(method) if *method != request.method => Held::No(format!(
            "it wants {method}, the request is a {}",
            request.method
        )),
        _ => Held::Yes,
    }
}

fn hold_header(wanted: &ValueMatch, request: &Request) -> Held {
    let name = &wanted.name;
    let mut given = request
        .headers
        .iter()
        .filter(|h| h.is(name) && !h.is_removal());
    let Some(header) = given.next() else {
        return match name.to_ascii_lowercase().as_str() {
            "host" | ":authority" => hold_value("header", wanted, &request.host),
            // What every client sends, and hops sends its own.
            "user-agent" | "accept" | "accept-encoding" | "content-type" | "content-length"
            | "connection" => Held::Unsure(format!(
                "it wants header {name}, which clients send by themselves"
            )),
            _ => Held::No(format!("it wants header {}, give it with -H", said(wanted))),
        };
    };
    match header.value() {
        Some(value) => hold_value("header", wanted, value),
        None => Held::Unsure(format!("the value of header {name} is hidden")),
    }
}

fn hold_query(wanted: &ValueMatch, request: &Request) -> Held {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let mut all = url::form_urlencoded::parse(query.as_bytes());
    match all.find(|(name, _)| *name == wanted.name.as_str()) {
        Some((name, value)) if is_hidden(&value) => {
            Held::Unsure(format!("the value of query parameter {name} is hidden"))
        }
        Some((_, value)) => hold_value("query parameter", wanted, &value),
        None => Held::No(format!("it wants query parameter {}", said(wanted))),
    }
}

fn hold_value(what: &str, wanted: &ValueMatch, value: &str) -> Held {
    let holds = if wanted.regex {
        match built(&format!("^(?:{})$", wanted.value)) {
            Some(regex) => regex.is_match(value),
            None => return not_understood(&wanted.value),
        }
    } else {
        wanted.value == value
    };
    if holds {
        Held::Yes
    } else {
        Held::No(format!("it wants {what} {}", said(wanted)))
    }
}

/// An expression; none where it is no expression here, or too large.
fn built(expression: &str) -> Option<Regex> {
    let built = RegexBuilder::new(expression).size_limit(1 << 20).build();
    built.ok()
}

fn not_understood(expression: &str) -> Held {
    Held::Unsure(format!("the expression {expression:?} is not understood"))
}

fn said(wanted: &ValueMatch) -> String {
    let sign = if wanted.regex { "~" } else { ": " };
    format!("{}{sign}{}", wanted.name, wanted.value)
}

/// A path as an implementation compares it with those of rules.
pub fn routed_path(path: &str, ways: Ways) -> Cow<'_, str> {
    let path = read_path(path, ways);
    if !ways.decodes_paths {
        return path;
    }
    Cow::Owned(decoded(&path, |b| !is_reserved(b)).into_owned())
}

/// A path as an implementation reads it.
pub fn read_path(path: &str, ways: Ways) -> Cow<'_, str> {
    if ways.cleans_paths {
        cleaned(path)
    } else {
        path.into()
    }
}

/// Without what is the same without (Envoy `normalize_path`, `merge_slashes`, which Envoy Gateway sets): RFC 3986 §6.2.2.2 and §6.2.2.3.
fn cleaned(path: &str) -> Cow<'_, str> {
    let decoded = decoded(path, is_unreserved);
    if !decoded.contains("//") && !decoded.contains("/.") {
        return decoded;
    }
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = decoded.split('/').skip(1).collect();
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        match *part {
            ".." => {
                kept.pop();
            }
            "." | "" => {}
            part => kept.push(part),
        }
        if last && matches!(*part, "" | "." | "..") {
            kept.push("");
        }
    }
    Cow::Owned(format!("/{}", kept.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_envoy_does() {
        for (path, clean) in [
            ("/foo", "/foo"),
            ("//foo", "/foo"),
            ("/x/../foo", "/foo"),
            ("/%66oo", "/foo"),
            ("/a//b/", "/a/b/"),
            ("/a/./b", "/a/b"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/..", "/"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a%", "/a%"),
            ("/.well-known/x", "/.well-known/x"),
        ] {
            assert_eq!(cleaned(path), clean, "{path}");
        }
    }

    #[test]
    fn a_hidden_value_decides_nothing() {
        let wanted = ValueMatch {
            name: "tier".to_owned(),
            value: "gold".to_owned(),
            regex: false,
        };
        let hold = |path: &str| {
            let request = Request {
                host: "shop.example.com".to_owned(),
                port: 443,
                https: true,
                method: "GET".to_owned(),
                path: path.to_owned(),
                headers: Vec::new(),
            };
            hold_query(&wanted, &request)
        };
        assert!(matches!(hold("/?tier=(hidden-1)"), Held::Unsure(_)));
        assert!(matches!(hold("/?tier=gold"), Held::Yes));
        assert!(matches!(hold("/?tier=(hidden-)"), Held::No(_)));
        assert!(matches!(hold("/?other=(hidden-1)"), Held::No(_)));
    }
}
