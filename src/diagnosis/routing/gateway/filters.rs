//! What the filters of a rule do to a request and its answer (gateway.networking.k8s.io/v1 `HTTPRouteFilter`).

use super::Ways;
use super::matching::read_path;
use crate::diagnosis::routing::{PathMatch, Rule};
use crate::facts::gateway::{PathModifier, Redirect};
use crate::target::Request;
use crate::target::request::url;

/// What is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The status and the place of a redirect.
    pub redirect: Option<(u16, String)>,
    /// The backend gets another request than the user's, or the user another answer than the backend's.
    pub rewrites: bool,
    /// A filter of which hops does not know what it does.
    pub unknown: Option<String>,
    /// A filter that the implementation does not know: it answers 500.
    pub refused: Option<String>,
}

/// What the filters of a rule do. `port`: that of the listener.
pub fn done(rule: &Rule, request: &Request, port: u16, ways: Ways) -> Done {
    let mut all = Done::default();
    for filter in &rule.filters {
        let kind = filter.kind.as_str();
        if ways.lacks.contains(&kind) {
            all.refused.get_or_insert_with(|| kind.to_owned());
        }
        match kind {
            "RequestRedirect" => {
                let redirect = filter.request_redirect.clone().unwrap_or_default();
                all.redirect.get_or_insert_with(|| {
                    let status = redirect.status_code.unwrap_or(302);
                    (status, location(&redirect, rule, request, (port, ways)))
                });
            }
            "URLRewrite" | "RequestHeaderModifier" | "ResponseHeaderModifier" => {
                all.rewrites = true;
            }
            // These leave the answer as it is: a copy goes elsewhere, and browsers read some more headers.
            "RequestMirror" | "CORS" => {}
            _ => {
                let of = filter.extension_ref.as_ref();
                let named = of.map(|r| format!("{} {}", r.kind, r.name));
                all.unknown
                    .get_or_insert_with(|| named.unwrap_or_else(|| kind.to_owned()));
            }
        }
    }
    all
}

/// Where a redirect leads: what it does not say stays, and the port is that of the scheme it says, else that of the listener (`HTTPRequestRedirectFilter`).
fn location(
    redirect: &Redirect,
    rule: &Rule,
    request: &Request,
    (listener, ways): (u16, Ways),
) -> String {
    let https = redirect
        .scheme
        .as_deref()
        .map_or(request.https, |s| s == "https");
    let port = match (redirect.port, &redirect.scheme) {
        (Some(port), _) => port,
        (None, Some(_)) => crate::target::request::default_port(https),
        (None, None) => listener,
    };
    let host = redirect.hostname.as_deref().unwrap_or(&request.host);
    let (path, query) = match request.path.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (request.path.as_str(), String::new()),
    };
    let path = read_path(path, ways);
    let modified = redirect.path.as_ref().map(|m| modified(m, rule, &path));
    let path = modified.as_deref().unwrap_or(&path);
    url(https, host, port, &format!("{path}{query}"))
}

/// A path after it was changed.
fn modified(modifier: &PathModifier, rule: &Rule, path: &str) -> String {
    if modifier.kind == "ReplaceFullPath" {
        return modifier.replace_full_path.clone().unwrap_or_default();
    }
    let with = modifier.replace_prefix_match.as_deref().unwrap_or_default();
    let prefix = match rule.path() {
        PathMatch::Prefix(prefix) => prefix.trim_end_matches('/'),
        _ => return path.to_owned(),
    };
    let rest = path.strip_prefix(prefix).unwrap_or_default();
    let whole = match (with.trim_end_matches('/'), rest.trim_start_matches('/')) {
        (with, "") if rest.is_empty() => with.to_owned(),
        (with, rest) => format!("{with}/{rest}"),
    };
    if whole.is_empty() {
        "/".to_owned()
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_replaced_as_the_table_of_the_specification_says() {
        let route =
            serde_json::json!({"spec": {"rules": [{"matches": [{"path": {"value": "/foo"}}]}]}});
        let route = std::sync::Arc::new(serde_json::from_value(route).expect("a route"));
        let route = crate::diagnosis::routing::gateway::Route::Http(route);
        for (path, prefix, with, whole) in [
            ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
            ("/foo", "/foo", "/xyz", "/xyz"),
            ("/foo/", "/foo", "/xyz", "/xyz/"),
            ("/foo/bar", "/foo", "", "/bar"),
            ("/foo/", "/foo", "", "/"),
            ("/foo", "/foo", "", "/"),
            ("/foo/", "/foo", "/", "/"),
            ("/foo", "/foo", "/", "/"),
        ] {
            let mut rule = super::super::rules::of(&route, &[String::new()], &|_| Ok(Vec::new()))
                .remove(0)
                .rule;
            rule.matches[0].path = PathMatch::Prefix(prefix.to_owned());
            let modifier = PathModifier {
                kind: "ReplacePrefixMatch".to_owned(),
                replace_full_path: None,
                replace_prefix_match: Some(with.to_owned()),
            };
            assert_eq!(
                modified(&modifier, &rule, path),
                whole,
                "{path} {prefix} {with}"
            );
        }
    }
}
