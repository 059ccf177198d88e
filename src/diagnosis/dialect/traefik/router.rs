//! Whether Traefik makes a router of an Ingress's path, and one that takes the request: its middlewares, its entry points, TLS.
//!
//! Sources: pkg/provider/kubernetes/ingress (`parseRouterConfig`, `loadRouter`), pkg/server (`mergeConfiguration`, `applyModel`,
//! `getDefaultsEntrypoints`), pkg/server/router (`buildEntryPointHandler`: a router that cannot be built is left out) and
//! pkg/server/provider (`GetQualifiedName`) of traefik/traefik.

use super::settings::{CRD, CRD_PROVIDER, MIDDLEWARES, PREFIX, is_on, list, setting};
use super::{entry_points, middlewares};
use crate::diagnosis::dialect::Reader;
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::dropped::{Argument, Cause, Dropped};
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::routing::Rule;
use crate::diagnosis::semantics::host::ingress_host_matches;
use crate::target::Request;
use crate::target::request::{default_port, url};

pub(super) const ROUTER_TLS: &str = "traefik.ingress.kubernetes.io/router.tls";
const ENTRY_POINTS: &str = "traefik.ingress.kubernetes.io/router.entrypoints";
/// Providers whose middlewares are told by a switch on the command line.
const SWITCHED: &[&str] = &[CRD, "file", "http", "docker", "swarm", "ecs", "nomad"];

/// The rule where its router takes the request; else why it does not.
pub(super) fn made(rule: Rule, reader: Reader, request: &Request) -> Result<Rule, Box<Dropped>> {
    let here = arrival(reader, request);
    let here = here.as_deref();
    // What redirects at the entry point goes before every router.
    if here.is_some_and(|here| entry_points::redirects(reader.args, here).is_some()) {
        return Ok(rule);
    }
    let dropped = middleware(&rule, reader)
        .or_else(|| entry_point(&rule, reader.args, here?))
        .or_else(|| tls(&rule, reader, request, here?));
    dropped.map_or(Ok(rule), |d| Err(Box::new(d)))
}

/// The entry point at which the request arrives. None where it cannot be told: entry points may be in a file, and the port unknown.
pub(super) fn arrival(reader: Reader, request: &Request) -> Option<String> {
    let over_tls = request.https && !reader.arrival.unwrapped;
    match reader.arrival.port {
        Some(port) => entry_points::of_port(reader.args, port),
        None if reader.arrival.unwrapped => None,
        None => entry_points::of_scheme(reader.args, over_tls).map(|(name, _)| name),
    }
}

/// Where the entry point sends every request, whatever the routers say (pkg/provider/traefik/internal.go, `redirection`; permanent
/// unless it is told otherwise). To a port it sends to that one, to the entry point of another scheme to the scheme's own.
pub(super) fn redirect(reader: Reader, request: &Request) -> Option<Redirect> {
    let here = arrival(reader, request)?;
    let to = entry_points::redirects(reader.args, &here)?;
    let prefix = format!("entrypoints.{here}.http.redirections.entrypoint");
    let https = reader
        .args
        .value(&format!("{prefix}.scheme"))
        .unwrap_or("https")
        == "https";
    let temporary = reader.args.value(&format!("{prefix}.permanent")) == Some("false");
    let status = match (temporary, request.method.as_str()) {
        (true, "GET") => 302,
        (true, _) => 307,
        (false, "GET") => 301,
        (false, _) => 308,
    };
    let port = to.strip_prefix(':').and_then(|p| p.parse().ok());
    let port = port.unwrap_or(default_port(https));
    Some(Redirect {
        status,
        to: url(https, &request.host, port, &request.path),
        by: format!("--{prefix}.to={to}"),
        leaves: false,
    })
}

fn middleware(rule: &Rule, reader: Reader) -> Option<Dropped> {
    let (key, value) = setting(rule, MIDDLEWARES)?;
    let by_form = list(value).find_map(|name| missing(rule, reader.args, key, value, name));
    by_form.or_else(|| {
        let name = middlewares::nowhere(list(value), reader)?;
        let short = name.split('@').next().unwrap_or_default();
        let why = format!(
            "there is no Middleware whose namespace and name make {short}, which middleware {name} stands for"
        );
        Some(Dropped::new(rule.clone(), Cause::Middleware, why).told_by(Some(key)))
    })
}

/// What is wrong with the form of one name of a list of middlewares.
fn missing(rule: &Rule, args: &Args, key: &str, value: &str, name: &str) -> Option<Dropped> {
    let drop = |why: String| Dropped::new(rule.clone(), Cause::Middleware, why).told_by(Some(key));
    // Without a provider among the arguments they are told in a file.
    let told = args.any_key("providers.");
    let namespace = rule.place.declared.namespace();
    let qualified = |short: &str| {
        let short = short
            .strip_prefix(&format!("{namespace}-"))
            .unwrap_or(short);
        let right = format!("{namespace}-{short}@{CRD}");
        let all: Vec<&str> = list(value)
            .map(|n| if n == name { right.as_str() } else { n })
            .collect();
        all.join(",")
    };
    let Some((short, provider)) = name.split_once('@') else {
        let why = format!(
            "middleware {name} names no provider, so that it is looked for among those of Ingresses, which have none"
        );
        return Some(drop(why).rather(key, qualified(name)));
    };
    let provider = provider.to_ascii_lowercase();
    let switch = format!("providers.{provider}");
    if told && SWITCHED.contains(&provider.as_str()) && !is_on(args, &switch) {
        let why =
            format!("middleware {name} belongs to provider {provider}, which is not switched on");
        return Some(drop(why).by(Argument::Missing(format!("--{switch}"))));
    }
    if provider != CRD {
        return None;
    }
    if !short.contains('-') {
        let why = format!(
            "middleware {name} lacks its namespace: the name of Middleware {short} of namespace {namespace} is {namespace}-{short}@{CRD}"
        );
        return Some(drop(why).rather(key, qualified(short)));
    }
    let scope = format!("{CRD_PROVIDER}.namespaces");
    let namespaces = args.value(&scope).filter(|v| !v.is_empty())?;
    let seen = list(namespaces).any(|ns| short.starts_with(&format!("{ns}-")));
    (!seen).then(|| {
        let why = format!("middleware {name} is in no namespace that provider {CRD} reads");
        drop(why).by(Argument::Given(format!("--{scope}={namespaces}")))
    })
}

fn entry_point(rule: &Rule, args: &Args, here: &str) -> Option<Dropped> {
    if let Some((key, value)) = setting(rule, "router.entrypoints").filter(|(_, v)| !v.is_empty()) {
        let named = list(value).any(|name| name.eq_ignore_ascii_case(here));
        return (!named).then(|| {
            let why = format!(
                "its router is at entry point {value} only, and the request arrives at {here}"
            );
            Dropped::new(rule.clone(), Cause::EntryPoint, why)
                .told_by(Some(key))
                .rather(key, format!("{value},{here}"))
        });
    }
    let defaults = entry_points::defaults(args);
    (!defaults.iter().any(|name| name == here)).then(|| {
        let marked = defaults.join(", ");
        let why = format!(
            "it names no entry point, so that its router is at {marked} only, and the request arrives at {here}"
        );
        let first = defaults.first().map(String::as_str).unwrap_or_default();
        Dropped::new(rule.clone(), Cause::EntryPoint, why)
            .by(Argument::Given(format!("--entrypoints.{first}.asdefault")))
            .rather(ENTRY_POINTS, format!("{marked},{here}").replace(' ', ""))
    })
}

fn tls(rule: &Rule, reader: Reader, request: &Request, here: &str) -> Option<Dropped> {
    let over_tls = request.https && !reader.arrival.unwrapped;
    let asked = asks_for_tls(rule);
    let at_entry_point = entry_points::has_tls(reader.args, here);
    if !over_tls {
        // Where a port for https gets plain requests, the port is what is wrong.
        let key = asked.filter(|_| !at_entry_point)?;
        let why = format!(
            "its router takes requests over TLS only, and the request arrives without at {here}"
        );
        return Some(Dropped::new(rule.clone(), Cause::OnlyTls, why).told_by(Some(key)));
    }
    // Where another entry point is meant for https, the port is what is wrong. Without a TLS entry for the host something before it may
    // end TLS.
    let mut all = entry_points::all(reader.args).into_iter();
    let elsewhere = all.any(|(name, _)| entry_points::has_tls(reader.args, &name));
    if asked.is_some() || elsewhere || !has_certificate(rule, &request.host) {
        return None;
    }
    let why = format!("entry point {here} and the Ingress do not ask for TLS");
    let argument = Argument::Missing(format!("--entrypoints.{here}.http.tls"));
    let key = setting(rule, "router.tls").map_or(ROUTER_TLS, |(key, _)| key);
    let dropped = Dropped::new(rule.clone(), Cause::NoTls, why).by(argument);
    Some(dropped.rather(key, "true"))
}

/// The annotation that makes it a router for TLS: `router.tls`, unless its value is another than true, or a setting of it.
fn asks_for_tls(rule: &Rule) -> Option<&str> {
    let switched = setting(rule, "router.tls")
        .filter(|(_, v)| v.is_empty() || v.eq_ignore_ascii_case("true"))
        .map(|(key, _)| key);
    let of_it = |key: &str| {
        let name = key.strip_prefix(PREFIX).map(str::to_ascii_lowercase);
        name.is_some_and(|n| n.starts_with("router.tls."))
    };
    let annotations = rule.place.declared.metadata().annotations.as_ref()?;
    switched.or_else(|| {
        annotations
            .keys()
            .map(String::as_str)
            .find(|key| of_it(key))
    })
}

/// Whether a TLS entry of the Ingress covers the host.
fn has_certificate(rule: &Rule, host: &str) -> bool {
    let spec = rule.place.declared.ingress().and_then(|i| i.spec.as_ref());
    let mut entries = spec.iter().flat_map(|s| s.tls.iter().flatten());
    entries.any(|t| {
        let mut hosts = t.hosts.iter().flatten();
        t.hosts.as_ref().is_none_or(Vec::is_empty) || hosts.any(|h| ingress_host_matches(h, host))
    })
}
