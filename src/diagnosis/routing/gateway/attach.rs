//! Whether a route is attached to the listeners that its parentRef means (gateway.networking.k8s.io/v1 `ParentReference`, `AllowedRoutes`).

use std::collections::BTreeMap;

use super::{Listener, Route};
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::host::gateway_host_in_common;
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::gateway::{From, GROUP, ParentRef, RouteNamespaces};
use crate::facts::{Kind, Unknown};

/// The labels of a Namespace.
pub type Labels<'a> = dyn Fn(&str) -> Result<BTreeMap<String, String>, Unknown> + 'a;

/// Why a listener does not take a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It takes other kinds.
    Kind,
    /// It takes routes of other namespaces.
    Namespace,
    /// No host of the route lies within its own.
    Hostname,
    /// Whether the route's namespace is one that it takes could not be seen.
    Unseen(Unknown),
}

/// What a parentRef comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachment {
    /// Listeners that take the route, by their number, each with the hosts that it and the route have in common.
    pub to: Vec<(usize, Vec<String>)>,
    /// Listeners that it means, and that do not.
    pub refused: Vec<(usize, Refusal)>,
}

impl Attachment {
    /// Whether it means no listener at all: it names a section or a port that there is not.
    pub fn means_none(&self) -> bool {
        self.to.is_empty() && self.refused.is_empty()
    }
}

/// Attaches a route by one of its parentRefs. `listeners`: those of the Gateway that it names, with those of the Gateway's ListenerSets.
pub fn attach(
    route: &Route,
    parent: &ParentRef,
    listeners: &[Listener],
    labels: &Labels,
) -> Attachment {
    let mut all = Attachment::default();
    for (at, listener) in listeners.iter().enumerate() {
        if !means(route, parent, listener) {
            continue;
        }
        match takes(route, listener, labels) {
            Ok(hosts) => all.to.push((at, hosts)),
            Err(refusal) => all.refused.push((at, refusal)),
        }
    }
    all
}

/// Whether a parentRef means a listener. One that names a Gateway means its own listeners, and not those of its ListenerSets (GEP-1713).
fn means(route: &Route, parent: &ParentRef, listener: &Listener) -> bool {
    let declared = &listener.place.declared;
    let kind = match declared {
        Declared::Gateway(_) => "Gateway",
        Declared::ListenerSet(_) => "ListenerSet",
        _ => return false,
    };
    let namespace = parent
        .namespace
        .as_deref()
        .unwrap_or_else(|| route.namespace());
    let ours = parent.group.as_deref().is_none_or(|group| group == GROUP);
    ours && parent.kind() == kind
        && parent.name == declared.name()
        && namespace == declared.namespace()
        && parent
            .section_name
            .as_ref()
            .is_none_or(|name| *name == listener.spec.name)
        && parent.port.is_none_or(|port| port == listener.spec.port)
}

fn takes(route: &Route, listener: &Listener, labels: &Labels) -> Result<Vec<String>, Refusal> {
    if !takes_kind(route.kind(), listener) {
        return Err(Refusal::Kind);
    }
    let allowed = listener.spec.allowed_routes.as_ref();
    let namespaces = allowed.and_then(|a| a.namespaces.as_ref());
    let own = listener.namespace();
    match takes_namespace(namespaces, From::Same, (own, route.namespace()), labels) {
        Ok(true) => {}
        Ok(false) => return Err(Refusal::Namespace),
        Err(unknown) => return Err(Refusal::Unseen(unknown)),
    }
    let hosts = in_common(listener.spec.host(), route.hosts());
    if hosts.is_empty() {
        return Err(Refusal::Hostname);
    }
    Ok(hosts)
}

/// The hosts that a listener and a route have in common; one that is empty for every host.
fn in_common(listener: &str, route: &[String]) -> Vec<String> {
    if route.is_empty() {
        return vec![listener.to_owned()];
    }
    let common = route
        .iter()
        .filter_map(|h| gateway_host_in_common(listener, h));
    common.map(str::to_owned).collect()
}

fn takes_kind(kind: Kind, listener: &Listener) -> bool {
    let by_protocol: &[Kind] = match listener.spec.protocol.as_str() {
        "HTTP" | "HTTPS" => &[Kind::HTTPRoute, Kind::GRPCRoute],
        // What a listener ends the TLS of is a TCP connection to some.
        "TLS" if listener.spec.passes_tls() => &[Kind::TLSRoute],
        "TLS" => &[Kind::TLSRoute, Kind::TCPRoute],
        "TCP" => &[Kind::TCPRoute],
        _ => &[],
    };
    let allowed = listener.spec.allowed_routes.as_ref();
    let named = allowed.map_or(&[][..], |a| &a.kinds);
    let is = |k: &crate::facts::gateway::RouteKind| {
        k.kind == kind.name() && k.group.as_deref().is_none_or(|g| g == GROUP)
    };
    by_protocol.contains(&kind) && (named.is_empty() || named.iter().any(is))
}

/// Whether objects of a namespace may attach to one of another. `otherwise`: what holds where nothing is said.
pub fn takes_namespace(
    namespaces: Option<&RouteNamespaces>,
    otherwise: From,
    (own, other): (&str, &str),
    labels: &Labels,
) -> Result<bool, Unknown> {
    match namespaces.and_then(|n| n.from).unwrap_or(otherwise) {
        From::All => Ok(true),
        From::Same => Ok(own == other),
        From::None | From::Other => Ok(false),
        From::Selector => {
            let Some(selector) = namespaces.and_then(|n| n.selector.as_ref()) else {
                return Ok(false);
            };
            let selector = Selector::from(selector);
            // The API server gives every Namespace this label.
            let name = [("kubernetes.io/metadata.name".to_owned(), other.to_owned())];
            let known: BTreeMap<String, String> = name.into();
            if selector.reads_only(&known) {
                return Ok(selector.matches(&known));
            }
            Ok(selector.matches(&labels(other)?))
        }
    }
}
