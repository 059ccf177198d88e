//! The hosts that routes of Gateway API serve.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Led, ServedBackend, ServedHost, ServedPath, root, typed};
use crate::diagnosis::ask::reads::Reads;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::gateway::{Backend, Gateway, HTTPRoute, HTTPRouteMatch, ParentRef, RouteRule};
use crate::facts::{Gap, Question, Typed, Unknown};
use crate::report::ObjectRef;

/// Hosts of HTTPRoutes of the cluster, or of one namespace. Without Gateways there are none.
pub(super) fn served(reads: &Reads, namespace: Option<&str>) -> Result<Vec<ServedHost>, Unknown> {
    let (gateways, routes) = all(reads, namespace)?;
    let each = routes.iter().flat_map(|r| served_by(r, &gateways));
    Ok(each.collect())
}

/// The hosts of an HTTPRoute; none where there is none.
pub(super) fn of_route(
    reads: &Reads,
    namespace: &str,
    name: &str,
) -> Result<Option<Vec<Led>>, Unknown> {
    let (gateways, routes) = all(reads, Some(namespace))?;
    // That is another thing than that there is none of the name.
    let wide = Question::list_all(Gateway::OF);
    let narrow = Question::list_in(HTTPRoute::OF, namespace);
    if reads.lacks(&wide) || reads.lacks(&narrow) {
        return Err(Unknown::Gap(Gap::NotInstalled));
    }
    let own = routes.iter().find(|r| name_of(&***r) == name);
    Ok(own.map(|route| led(route, &gateways, |_| true)))
}

/// The hosts of the routes of a namespace that lead to a Service of it.
pub(super) fn leading_to(
    reads: &Reads,
    namespace: &str,
    service: &str,
) -> Result<Vec<Led>, Unknown> {
    let (gateways, routes) = all(reads, Some(namespace))?;
    let leads = |b: &Backend| {
        let own = b.namespace.as_deref().is_none_or(|ns| ns == namespace);
        b.is_service() && own && b.name == service
    };
    let each = routes.iter().flat_map(|r| led(r, &gateways, leads));
    Ok(each.collect())
}

type Found = (Vec<Arc<Gateway>>, Vec<Arc<HTTPRoute>>);

fn all(reads: &Reads, namespace: Option<&str>) -> Result<Found, Unknown> {
    let wide = Question::list_all(Gateway::OF);
    let gateways = reads.installed(&wide, |reads| reads.list_widely::<Gateway>(None));
    let Some(gateways) = gateways? else {
        return Ok(Found::default());
    };
    let list = |reads: &Reads| match namespace {
        Some(ns) => reads.list::<HTTPRoute>(Some(ns), None, None),
        None => reads.list_widely::<HTTPRoute>(None),
    };
    let question = namespace.map_or_else(
        || Question::list_all(HTTPRoute::OF),
        |ns| Question::list_in(HTTPRoute::OF, ns),
    );
    let routes = reads.installed(&question, list)?;
    let routes = routes.map(|listed| listed.items).unwrap_or_default();
    Ok((gateways.items, routes))
}

/// The Gateway that a parentRef names.
fn gateway<'g>(
    route: &HTTPRoute,
    parent: &ParentRef,
    gateways: &'g [Arc<Gateway>],
) -> Option<&'g Gateway> {
    let namespace = parent
        .namespace
        .as_deref()
        .unwrap_or_else(|| namespace_of(route));
    let is = |g: &&Arc<Gateway>| name_of(&***g) == parent.name && namespace_of(&***g) == namespace;
    let found = gateways
        .iter()
        .find(is)
        .filter(|_| parent.kind() == "Gateway");
    found.map(|g| &**g)
}

/// Its hosts, or where it has none those of its listeners.
fn hosts(route: &HTTPRoute, gateways: &[Arc<Gateway>]) -> Vec<String> {
    let mut hosts: Vec<String> = if route.spec.hostnames.is_empty() {
        let parents = route.spec.parent_refs.iter();
        let listeners = parents.flat_map(|parent| {
            let listeners = gateway(route, parent, gateways).map(|g| &g.spec.listeners);
            let named = |name: &String| parent.section_name.as_ref().is_none_or(|s| s == name);
            listeners
                .into_iter()
                .flatten()
                .filter(move |l| named(&l.name))
        });
        listeners.filter_map(|l| l.hostname.clone()).collect()
    } else {
        route.spec.hostnames.clone()
    };
    for host in &mut hosts {
        *host = host.to_ascii_lowercase();
    }
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

fn path_of(matched: &HTTPRouteMatch) -> String {
    let path = matched.path.clone().unwrap_or_default();
    path.value
}

fn rule_paths(rule: &RouteRule<HTTPRouteMatch>) -> Vec<String> {
    if rule.matches.is_empty() {
        return vec![root()];
    }
    rule.matches.iter().map(path_of).collect()
}

fn served_by(route: &HTTPRoute, gateways: &[Arc<Gateway>]) -> Vec<ServedHost> {
    let mut parents = route.spec.parent_refs.iter();
    let class = parents.find_map(|p| gateway(route, p, gateways));
    let class = class.map(|g| g.spec.gateway_class_name.clone());
    let mut paths = Vec::new();
    for rule in &route.spec.rules {
        let backend = rule.backend_refs.first().map(|b| ServedBackend {
            kind: b
                .kind
                .clone()
                .unwrap_or_else(|| Service::OF.name().to_owned()),
            name: b.name.clone(),
            port: b.port.map(IntOrString::Int),
        });
        paths.extend(rule_paths(rule).into_iter().map(|path| ServedPath {
            path,
            backend: backend.clone(),
        }));
    }
    let all = hosts(route, gateways).into_iter();
    all.map(|host| ServedHost {
        host,
        by: ObjectRef {
            kind: HTTPRoute::OF.name().to_owned(),
            namespace: Some(namespace_of(route).to_owned()),
            name: name_of(route).to_owned(),
        },
        class: class.clone().unwrap_or_default(),
        paths: paths.clone(),
    })
    .collect()
}

/// The hosts of a route, with the paths of the rules that lead to some backend.
fn led(route: &HTTPRoute, gateways: &[Arc<Gateway>], leads: impl Fn(&Backend) -> bool) -> Vec<Led> {
    let rules = route.spec.rules.iter();
    let wanted = rules.filter(|r| r.backend_refs.is_empty() || r.backend_refs.iter().any(&leads));
    let paths: Vec<String> = wanted.flat_map(rule_paths).collect();
    let hosts = hosts(route, gateways);
    let mut hosts: Vec<Option<String>> = hosts.into_iter().map(Some).collect();
    if hosts.is_empty() {
        hosts.push(None);
    }
    let each = hosts.into_iter().flat_map(|host| {
        paths.iter().map(move |path| Led {
            host: host.clone(),
            path: typed(path),
        })
    });
    each.collect()
}
