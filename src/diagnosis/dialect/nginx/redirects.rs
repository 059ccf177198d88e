//! The redirects that ingress-nginx makes by itself, in the order in which nginx comes to them.
//!
//! Source: rootfs/etc/nginx/template/nginx.tmpl (app-root stands in the server, the others in the location) and
//! internal/ingress/annotations/redirect of kubernetes/ingress-nginx. Those to https hang on the controller's certificates and are left to
//! what is answered.

use k8s_openapi::api::networking::v1::Ingress;

use super::notes::{Notes, is_true};
use crate::diagnosis::dialect::questions::Settings;
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::routing::Rule;
use crate::facts::config::{FORCE_SSL_REDIRECT, REDIRECT_CODE, SSL_REDIRECT};
use crate::target::Request;
use crate::target::request::url;

/// To the other name of the host, with or without `www.`, and without the slash at its end.
pub fn www(notes: &Notes, request: &Request, name: &str) -> Redirect {
    Redirect {
        status: 308,
        to: url(request.https, name, request.port, bare(&request.path)),
        by: notes.key("from-to-www-redirect"),
        leaves: false,
    }
}

/// Without the slash at its end, as redirects to https and to the other name write what was asked for.
fn bare(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => bare,
        _ => path,
    }
}

/// To https: hosts that a TLS entry covers, unless they say otherwise, and all that say so. 308 unless the ConfigMap says another.
pub fn upgrade(
    notes: &Notes,
    ingress: &Ingress,
    request: &Request,
    covered: bool,
    config: &Settings,
) -> Option<Redirect> {
    let said = |annotation: &str, key: &str, usual: bool| {
        let own = notes.of(ingress, annotation).map(str::to_owned);
        let all = || config.get(key).cloned();
        own.or_else(all).map_or(usual, |v| is_true(&v))
    };
    let (name, wanted) = if said("force-ssl-redirect", FORCE_SSL_REDIRECT, false) {
        ("force-ssl-redirect", true)
    } else {
        let usual = covered && said("ssl-redirect", SSL_REDIRECT, true);
        ("ssl-redirect", usual)
    };
    let status = config.get(REDIRECT_CODE).and_then(|c| c.parse().ok());
    wanted.then(|| Redirect {
        status: status.unwrap_or(308),
        to: url(true, &request.host, 443, bare(&request.path)),
        by: name.to_owned(),
        leaves: false,
    })
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
