//! What the middlewares of a router do to a request, as far as their objects tell.
//!
//! Sources: pkg/server/middleware/middlewares.go, pkg/middlewares and pkg/provider/kubernetes/crd of traefik/traefik (3.7).

use k8s_openapi::api::networking::v1::Ingress;
use regex::Regex;

use super::settings::{CRD, MIDDLEWARES, PREFIX, list, reads_objects, setting};
use crate::diagnosis::dialect::Reader;
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::effects::{Effects, Guard};
use crate::diagnosis::dialect::middlewares::{Found, Middlewares};
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::routing::Rule;
use crate::facts::middleware::{Middleware, RedirectRegex, RedirectScheme};
use crate::target::Request;
use crate::target::request::{default_port, url};

/// Lets chains go through those of other namespaces.
const ANY_NAMESPACE: &str = "providers.kubernetescrd.allowcrossnamespace";

/// Middlewares in one row at most, against circles of chains.
const MOST: usize = 32;

/// Settings that hand the request on as it is, and the answer too but for what proxies change anyway.
const PLAIN: &[&str] = &[
    "buffering",
    "circuitBreaker",
    "compress",
    "contentType",
    "encodedCharacters",
    "grpcWeb",
    "inFlightReq",
    "passTLSClientCert",
    "rateLimit",
    "retry",
];

/// Settings by which the pods get another request, or the client another answer.
const REWRITING: &[&str] = &[
    "addPrefix",
    "errors",
    "headers",
    "replacePath",
    "replacePathRegex",
    "stripPrefix",
    "stripPrefixRegex",
];

/// Settings that want a password.
const PASSWORDS: &[&str] = &["basicAuth", "digestAuth"];

/// The Middlewares that an Ingress names, each by namespace and name in one word; none where no objects are read.
pub(super) fn names(ingress: &Ingress, args: &Args) -> Vec<String> {
    let is = |key: &str| {
        let name = key.strip_prefix(PREFIX);
        name.is_some_and(|k| k.eq_ignore_ascii_case(MIDDLEWARES))
    };
    let all = ingress.metadata.annotations.iter().flatten();
    let lists = all.filter(|(key, _)| reads_objects(args) && is(key));
    let names = lists.flat_map(|(_, value)| list(value));
    names.filter_map(object_name).collect()
}

/// Namespace and name of the Middleware that a name stands for, in one word.
fn object_name(name: &str) -> Option<String> {
    let (short, provider) = name.split_once('@')?;
    provider.eq_ignore_ascii_case(CRD).then(|| short.to_owned())
}

/// What happens to the request before the backend gets it. `None` where nothing is known of the objects.
pub(super) fn effects(rule: &Rule, reader: Reader, request: &Request) -> Option<Effects> {
    let (_, value) = setting(rule, MIDDLEWARES)?;
    let seen = reader.middlewares?;
    let mut effects = Effects::default();
    let mut names: Vec<String> = list(value).map(str::to_owned).collect();
    names.reverse();
    let mut met = 0;
    while let Some(name) = names.pop() {
        met += 1;
        if met > MOST {
            break;
        }
        match found(seen, &name) {
            Found::Object(object) => {
                names.extend(chained(object).into_iter().rev());
                if leads_away(object) && !reader.args.is_on(ANY_NAMESPACE) {
                    effects.doubt(format!(
                        "middleware {name} leads to another namespace, which may not be allowed"
                    ));
                }
                add(&mut effects, object, request);
            }
            // That it is not there drops the router.
            Found::Missing => {}
            Found::Unknown(why) => effects.doubt(format!("middleware {name}: {why}")),
        }
        if effects.redirect.is_some() {
            break;
        }
    }
    Some(effects)
}

/// The first of some names, and of those in their chains, that no object has: the router that goes through it cannot be built. Before
/// Traefik 3 objects of another group count, which are not read.
pub(super) fn nowhere<'n>(names: impl Iterator<Item = &'n str>, reader: Reader) -> Option<String> {
    let seen = reader.middlewares?;
    if reader.version.is_some_and(|(major, _)| major < 3) {
        return None;
    }
    let mut open: Vec<String> = names.map(str::to_owned).collect();
    let mut met = 0;
    while met < MOST && met < open.len() {
        match found(seen, &open[met]) {
            Found::Missing => return Some(open.swap_remove(met)),
            Found::Object(object) => open.extend(chained(object)),
            Found::Unknown(_) => {}
        }
        met += 1;
    }
    None
}

/// The object of a name as routers spell it.
pub(super) fn found<'m>(seen: &'m Middlewares, name: &str) -> Found<'m> {
    match name.split_once('@') {
        Some((short, provider)) if provider.eq_ignore_ascii_case(CRD) => seen.find(short),
        _ => Found::Unknown("it is not among the objects".to_owned()),
    }
}

/// The names in a chain, as routers spell them.
pub(super) fn chained(object: &Middleware) -> Vec<String> {
    let own = object.metadata.namespace.as_deref().unwrap_or_default();
    let links = object.spec.chain.iter().flat_map(|c| &c.middlewares);
    links
        .map(|link| {
            let namespace = link.namespace.as_deref().filter(|n| !n.is_empty());
            if link.name.contains('@') {
                link.name.clone()
            } else {
                format!("{}-{}@{CRD}", namespace.unwrap_or(own), link.name)
            }
        })
        .collect()
}

/// Whether a chain goes through Middlewares of other namespaces (`resolveReference`).
fn leads_away(object: &Middleware) -> bool {
    let own = object.metadata.namespace.as_deref();
    let mut links = object.spec.chain.iter().flat_map(|c| &c.middlewares);
    links.any(|l| {
        l.name.ends_with("@kubernetescrd") || l.namespace.is_some() && l.namespace.as_deref() != own
    })
}

fn add(effects: &mut Effects, object: &Middleware, request: &Request) {
    let spec = &object.spec;
    let meta = &object.metadata;
    let of = |part: Option<&String>| part.cloned().unwrap_or_default();
    let label = format!(
        "Middleware {}/{}",
        of(meta.namespace.as_ref()),
        of(meta.name.as_ref())
    );
    let guard = |what: &str, value: String| Guard {
        object: label.clone(),
        field: format!(".spec.{what}"),
        what: what.to_owned(),
        value,
        by_address: false,
        asks: None,
    };
    let lists = [
        ("ipAllowList", &spec.ip_allow_list),
        ("ipWhiteList", &spec.ip_white_list),
    ];
    for (what, addresses) in lists {
        effects.guards.extend(addresses.iter().map(|a| Guard {
            by_address: true,
            field: format!(".spec.{what}.sourceRange"),
            ..guard(what, a.source_range.join(", "))
        }));
    }
    effects
        .guards
        .extend(spec.forward_auth.iter().map(|asked| Guard {
            field: ".spec.forwardAuth.address".to_owned(),
            asks: Some(asked.address.clone()),
            ..guard("forwardAuth", asked.address.clone())
        }));
    // Whom it asks may have headers added and taken away.
    effects.rewrites |= spec.forward_auth.is_some();
    let set = spec.others.iter().filter(|(_, set)| set.is_set());
    for name in set.map(|(name, _)| name.as_str()) {
        match name {
            _ if PLAIN.contains(&name) => {}
            _ if REWRITING.contains(&name) => effects.rewrites = true,
            _ if PASSWORDS.contains(&name) => effects.guards.push(guard(name, "set".to_owned())),
            _ => effects.doubt(format!(
                "{label} ({name}) may answer itself, or change what the pods get"
            )),
        }
    }
    let to = redirect(object, request);
    match to {
        Ok(redirect) => {
            effects.redirect = redirect.map(|(status, to)| Redirect {
                status,
                leaves: !to.split("://").nth(1).is_some_and(|rest| {
                    let end = rest.find([':', '/']).unwrap_or(rest.len());
                    rest[..end].eq_ignore_ascii_case(&request.host)
                }),
                to,
                by: label,
            });
        }
        Err(why) => effects.doubt(format!("{label}: {why}")),
    }
}

/// Where it sends the request, and by which status.
fn redirect(object: &Middleware, request: &Request) -> Result<Option<(u16, String)>, String> {
    let from = url(request.https, &request.host, request.port, &request.path);
    let (to, permanent) = match (&object.spec.redirect_scheme, &object.spec.redirect_regex) {
        (Some(scheme), _) => (Some(to_scheme(scheme, request)), scheme.permanent),
        (None, Some(regex)) => (to_regex(regex, &from)?, regex.permanent),
        (None, None) => return Ok(None),
    };
    // pkg/middlewares/redirect (`moveHandler`).
    let status = match (permanent, request.method.as_str()) {
        (false, "GET") => 302,
        (false, _) => 307,
        (true, "GET") => 301,
        (true, _) => 308,
    };
    Ok(to.filter(|to| *to != from).map(|to| (status, to)))
}

fn to_scheme(to: &RedirectScheme, request: &Request) -> String {
    let https = to.scheme == "https";
    let port = to.port.as_deref().filter(|p| !p.is_empty());
    let port = port.and_then(|p| p.parse().ok());
    url(
        https,
        &request.host,
        port.unwrap_or(default_port(https)),
        &request.path,
    )
}

fn to_regex(to: &RedirectRegex, from: &str) -> Result<Option<String>, String> {
    let cannot = |_| {
        format!(
            "cannot tell what expression {:?} makes of the URL",
            to.regex
        )
    };
    let regex = Regex::new(&to.regex).map_err(cannot)?;
    let matches = regex.is_match(from);
    Ok(matches.then(|| {
        regex
            .replace_all(from, to.replacement.as_str())
            .into_owned()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::dialect::tests::request;
    use serde_json::json;

    fn sent(spec: serde_json::Value, asked: &Request) -> Option<(u16, String)> {
        let object = json!({"metadata": {"name": "m", "namespace": "n"}, "spec": spec});
        let object: Middleware = serde_json::from_value(object).expect("a Middleware");
        redirect(&object, asked).expect("an expression")
    }

    #[test]
    fn redirects_lead_where_traefik_sends() {
        let https = request("a.com", "/x?y=1");
        let http = Request {
            https: false,
            port: 80,
            ..https.clone()
        };
        let scheme = json!({"redirectScheme": {"scheme": "https", "permanent": true}});
        let to = |status, to: &str| Some((status, to.to_owned()));
        assert_eq!(sent(scheme.clone(), &http), to(301, "https://a.com/x?y=1"));
        assert_eq!(sent(scheme, &https), None);
        let port = json!({"redirectScheme": {"scheme": "https", "port": "8443"}});
        assert_eq!(sent(port, &http), to(302, "https://a.com:8443/x?y=1"));
        let regex = json!({"redirectRegex": {"regex": "^https?://a.com/(.*)", "replacement": "https://b.com/${1}"}});
        assert_eq!(sent(regex, &https), to(302, "https://b.com/x?y=1"));
        let other = json!({"redirectRegex": {"regex": "^https?://c.com/", "replacement": "/"}});
        assert_eq!(sent(other, &https), None);
    }

    #[test]
    fn a_chain_names_others_of_its_namespace() {
        let object = json!({"metadata": {"name": "m", "namespace": "n"}, "spec": {"chain": {"middlewares": [
            {"name": "a"}, {"name": "b", "namespace": "o"}, {"name": "c@file"}]}}});
        let object: Middleware = serde_json::from_value(object).expect("a Middleware");
        let names = ["n-a@kubernetescrd", "o-b@kubernetescrd", "c@file"];
        assert_eq!(chained(&object), names);
    }
}
