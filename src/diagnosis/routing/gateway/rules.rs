//! The rules of a route, one for each of their matches: a request is taken by a match, and matches are what is put in order.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::ServiceBackendPort;

use super::{Grants, Route, granted};
use crate::diagnosis::routing::{
    BackendRef, Declared, Destination, HostPattern, Match, PathMatch, Place, Rule, ValueMatch,
};
use crate::facts::Typed;
use crate::facts::gateway::{Backend, GRPCRouteMatch, HTTPRouteMatch, PathValue, RouteRule, Value};

/// A rule for one match, with its place among those of its route.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// The rule.
    pub rule: Rule,
    /// Which of the route's rules, and which of its matches.
    pub at: (usize, usize),
}

/// All of them, for these hosts.
pub fn of(route: &Route, hosts: &[String], grants: &Grants) -> Vec<Numbered> {
    let hosts: Vec<HostPattern> = hosts.iter().cloned().map(HostPattern).collect();
    match route {
        Route::Http(r) => all(route, &hosts, &r.spec.rules, grants, http),
        Route::Grpc(r) => all(route, &hosts, &r.spec.rules, grants, grpc),
        Route::Tls(r) => all(route, &hosts, &r.spec.rules, grants, |_| anything()),
        Route::Tcp(r) => all(route, &hosts, &r.spec.rules, grants, |_| anything()),
    }
}

fn all<M>(
    route: &Route,
    hosts: &[HostPattern],
    rules: &[RouteRule<M>],
    grants: &Grants,
    read: impl Fn(&M) -> Match,
) -> Vec<Numbered> {
    let mut all = Vec::new();
    for (i, rule) in rules.iter().enumerate() {
        let pointer = format!("/spec/rules/{i}");
        let backends = || {
            let numbered = rule.backend_refs.iter().enumerate();
            let read = |(k, b)| backend(route, &format!("{pointer}/backendRefs/{k}"), b, grants);
            numbered.map(read).collect()
        };
        let mut add = |at, matched| {
            all.push(Numbered {
                rule: Rule {
                    place: place(route, &pointer),
                    is_default: false,
                    hosts: hosts.to_vec(),
                    matches: vec![matched],
                    filters: rule.filters.clone(),
                    backends: backends(),
                },
                at: (i, at),
            });
        };
        if rule.matches.is_empty() {
            add(0, anything());
        }
        for (j, matched) in rule.matches.iter().enumerate() {
            add(j, read(matched));
        }
    }
    all
}

fn place(route: &Route, pointer: &str) -> Place {
    Place {
        declared: Declared::Route(route.clone()),
        pointer: pointer.to_owned(),
    }
}

fn backend(route: &Route, pointer: &str, backend: &Backend, grants: &Grants) -> BackendRef {
    let namespace = backend
        .namespace
        .as_deref()
        .unwrap_or_else(|| route.namespace());
    let to = if backend.is_service() {
        Destination::Service {
            namespace: namespace.to_owned(),
            name: backend.name.clone(),
        }
    } else {
        let kind = backend.kind.as_deref().unwrap_or("Service");
        Destination::Other(format!("{kind} {}", backend.name))
    };
    let from = (route.kind(), route.namespace());
    BackendRef {
        place: place(route, pointer),
        to,
        port: backend.port.map(|number| ServiceBackendPort {
            name: None,
            number: Some(number),
        }),
        weight: backend.weight(),
        granted: granted(from, (Service::OF, namespace, &backend.name), grants),
    }
}

fn anything() -> Match {
    Match::of(PathMatch::Prefix("/".to_owned()))
}

fn http(matched: &HTTPRouteMatch) -> Match {
    let PathValue { kind, value } = matched.path.clone().unwrap_or_default();
    let path = match kind.as_str() {
        "Exact" => PathMatch::Exact(value),
        "RegularExpression" => PathMatch::Regex(value),
        _ => PathMatch::Prefix(value),
    };
    Match {
        path,
        method: matched.method.clone(),
        headers: values(&matched.headers, true),
        query: values(&matched.query_params, false),
    }
}

/// A call is a POST of `/service/method` (gRPC over HTTP2).
fn grpc(matched: &GRPCRouteMatch) -> Match {
    let method = matched.method.clone().unwrap_or_default();
    let named = |name: Option<String>| name.filter(|n| !n.is_empty());
    let is_regex = method.kind.as_deref() == Some("RegularExpression");
    let path = match (named(method.service), named(method.method)) {
        (None, None) => PathMatch::Prefix("/".to_owned()),
        (service, name) if is_regex || service.is_none() => {
            let any = || "[^/]+".to_owned();
            let (service, name) = (service.unwrap_or_else(any), name.unwrap_or_else(any));
            PathMatch::Regex(format!("/{service}/{name}"))
        }
        (Some(service), Some(name)) => PathMatch::Exact(format!("/{service}/{name}")),
        (Some(service), None) => PathMatch::Prefix(format!("/{service}/")),
        (None, Some(_)) => PathMatch::Prefix("/".to_owned()),
    };
    Match {
        path,
        method: None,
        headers: values(&matched.headers, true),
        query: Vec::new(),
    }
}

/// Each name once: of several equal ones the first counts.
fn values(written: &[Value], ignore_case: bool) -> Vec<ValueMatch> {
    let mut all: Vec<ValueMatch> = Vec::new();
    for value in written {
        let same = |known: &ValueMatch| {
            known.name == value.name || ignore_case && known.name.eq_ignore_ascii_case(&value.name)
        };
        if !all.iter().any(same) {
            all.push(ValueMatch {
                name: value.name.clone(),
                value: value.value.clone(),
                regex: value.kind.as_deref() == Some("RegularExpression"),
            });
        }
    }
    all
}
