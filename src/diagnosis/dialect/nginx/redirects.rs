//! The redirects that ingress-nginx makes by itself, in the order in which nginx comes to them.
//!
//! Source: rootfs/etc/nginx/template/nginx.tmpl (app-root stands in the server, the others in the location) and
//! internal/ingress/annotations/redirect of kubernetes/ingress-nginx. Those to https hang on the controller's certificates and are left to
//! what is answered.

use super::notes::Notes;
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::routing::Rule;
use crate::target::Request;
use crate::target::request::url;

/// To the other name of the host, with or without `www.`.
pub fn www(notes: &Notes, request: &Request, name: &str) -> Redirect {
    Redirect {
        status: 308,
        to: url(request.https, name, request.port, &request.path),
        by: notes.key("from-to-www-redirect"),
        leaves: false,
    }
}

/// From the root of the host to its application: the first location that names one.
pub fn app_root(notes: &Notes, rules: &[Rule], request: &Request, path: &str) -> Option<Redirect> {
    let name = notes.key("app-root");
    let mut all = rules.iter().filter_map(|r| r.annotation(&name));
    let root = all.find(|v| v.starts_with('/')).filter(|_| path == "/")?;
    Some(Redirect {
        status: 302,
        to: url(request.https, &request.host, request.port, root),
        by: name,
        leaves: false,
    })
}

/// From a path to the same with a final slash, where only that one is declared.
pub fn slash<'r>(rules: &'r [Rule], request: &Request, path: &str) -> Option<(&'r Rule, Redirect)> {
    let with_slash = format!("{path}/");
    let declared = |text: &str| {
        rules
            .iter()
            .find(|r| !r.is_default && r.path().text() == text)
    };
    if path.ends_with('/') || declared(path).is_some() {
        return None;
    }
    let rule = declared(&with_slash)?;
    let query = request.path.split_once('?').map(|(_, query)| query);
    let to = query.map_or(with_slash.clone(), |q| format!("{with_slash}?{q}"));
    let redirect = Redirect {
        status: 301,
        to: url(request.https, &request.host, request.port, &to),
        by: format!("path {with_slash}"),
        leaves: false,
    };
    Some((rule, redirect))
}

/// To a fixed URL; `temporal-redirect` goes before `permanent-redirect`.
pub fn fixed(notes: &Notes, rule: &Rule) -> Option<Redirect> {
    let code = |name: &str, usual: u16, last: u16| {
        let said = notes.on(rule, name).and_then(|v| v.parse().ok());
        said.filter(|c| (300..=last).contains(c)).unwrap_or(usual)
    };
    let to = |name: &str, status| {
        let to = notes.on(rule, name).filter(|v| !v.is_empty())?;
        Some(Redirect {
            status,
            to: to.to_owned(),
            by: notes.key(name),
            leaves: true,
        })
    };
    let temporal = code("temporal-redirect-code", 302, 307);
    let permanent = code("permanent-redirect-code", 301, 308);
    to("temporal-redirect", temporal).or_else(|| to("permanent-redirect", permanent))
}
