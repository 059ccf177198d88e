//! Why no route takes a request that comes to a Gateway: which of its parentRefs fails, and at which listener.

use std::sync::Arc;

use crate::diagnosis::checks::Case;
use crate::diagnosis::declared::gateways::{Bound, Way};
use crate::diagnosis::routing::gateway::{Listener, Refusal, Route};
use crate::diagnosis::routing::{Declared, Place};
use crate::diagnosis::semantics::host::gateway_host_matches;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::gateway::{ListenerSet, condition};
use crate::report::Evidence;

/// A route that is meant for the host, and does not take it at this Gateway.
pub struct Turned<'c> {
    /// The route, and its parentRef.
    pub bound: &'c Bound,
    /// The listener that turns it away, and why; none where the parentRef means none.
    pub by: Option<(&'c Listener, &'c Refusal)>,
}

impl Turned<'_> {
    /// `HTTPRoute shop/web`.
    pub fn label(&self) -> String {
        let route = &self.bound.route;
        let namespace = route.metadata().namespace.as_deref();
        crate::diagnosis::semantics::meta::display(route.kind(), namespace, route.name())
    }

    /// The parentRef's place.
    pub fn place(&self) -> Place {
        place(&self.bound.route, self.bound.at)
    }

    /// The ListenerSet that it names, where the Gateway does not let that add to it.
    pub fn kept_out<'w>(&self, way: &'w Way) -> Option<&'w Arc<ListenerSet>> {
        let parent = self.bound.parent();
        let own = self.bound.route.namespace();
        let namespace = parent.namespace.as_deref().unwrap_or(own);
        let named = |s: &&Arc<ListenerSet>| {
            namespace_of(&***s) == namespace && name_of(&***s) == parent.name
        };
        let is_set = self.by.is_none() && parent.kind() == "ListenerSet";
        way.kept_out.iter().find(named).filter(|_| is_set)
    }

    /// What the controller says of it, where it does.
    pub fn status(&self, way: &Way) -> Option<Evidence> {
        let class = way.class.glance().as_ref().ok()?.as_ref()?;
        let controller = &class.spec.controller_name;
        let row = self.bound.route.row(controller, self.bound.parent())?;
        let accepted = condition(&row.conditions, "Accepted")?;
        let path = ".status.parents[].conditions[Accepted]";
        Some(Evidence::raw(self.label(), path, accepted.words()))
    }
}

/// The place of a parentRef.
pub fn place(route: &Route, at: usize) -> Place {
    Place {
        declared: Declared::Route(route.clone()),
        pointer: format!("/spec/parentRefs/{at}"),
    }
}

/// The routes that name the host and take it at no listener of the Gateway; none while some rule takes the request, or some route only lacks a
/// match for it.
pub fn turned<'c>(case: &Case<'c, '_>) -> Option<(&'c Way, Vec<Turned<'c>>)> {
    let way = case.way()?;
    let route = case.entrance.route.found()?;
    let taken = !route.resolution.matching.is_empty() || !route.resolution.passed.is_empty();
    if taken || !case.settled() {
        return None;
    }
    let host = case.target.host.as_str();
    let mut all = Vec::new();
    for bound in &way.bound {
        let mut hosts = bound.route.hosts().iter();
        if !hosts.any(|h| gateway_host_matches(h, host)) {
            continue;
        }
        let attachment = &bound.attachment;
        let served = |hosts: &[String]| hosts.iter().any(|h| gateway_host_matches(h, host));
        if attachment.to.iter().any(|(_, hosts)| served(hosts)) {
            continue;
        }
        if attachment.means_none() {
            all.push(Turned { bound, by: None });
        }
        let by = attachment.refused.iter();
        all.extend(by.map(|(at, why)| Turned {
            bound,
            by: Some((&way.listeners[*at], why)),
        }));
    }
    Some((way, all))
}
