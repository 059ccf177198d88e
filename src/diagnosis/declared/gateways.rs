//! What Gateway API says about the host: the Gateways that serve it or are meant to, each with its listeners and the routes that attach to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Namespace;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::reads::Reads;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::routing::gateway::{
    Attachment, Labels, Listener, Route, Routes, attach, listeners, takes_namespace,
};
use crate::diagnosis::semantics::host::gateway_host_matches;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::gateway::{
    BackendTLSPolicy, From, GRPCRoute, Gateway, GatewayClass, HTTPRoute, ListenerSet, ParentRef,
    ReferenceGrant, TLSRoute,
};
use crate::facts::{Gap, Question, Typed, Unknown};

/// A Gateway for the host.
#[derive(Clone, Debug)]
pub struct Way {
    /// The Gateway.
    pub gateway: Arc<Gateway>,
    /// Its class: none where there is no such.
    pub class: Seen<Result<Option<Arc<GatewayClass>>, Unknown>>,
    /// What its controller is, as the class says.
    pub make: Make,
    /// Its listeners.
    pub listeners: Vec<Listener>,
    /// ListenerSets that name it, and that it does not let add to it.
    pub kept_out: Vec<Arc<ListenerSet>>,
    /// The routes that may serve the host and name the Gateway.
    pub bound: Vec<Bound>,
    /// The host is named, and not merely served with every other one.
    pub by_name: bool,
}

/// A route at one of its parents.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The route.
    pub route: Route,
    /// Which of its parentRefs.
    pub at: usize,
    /// To which listeners it is attached.
    pub attachment: Attachment,
}

impl Bound {
    /// The parentRef.
    pub fn parent(&self) -> &ParentRef {
        &self.route.parents()[self.at]
    }
}

/// What Gateway API says about the host.
#[derive(Clone, Debug, Default)]
pub struct Gateways {
    /// Gateways that serve it or are meant to: those that name it first, then by namespace and name.
    pub all: Vec<Way>,
    /// Routes for the host whose Gateway is not there, with the number of the parentRef.
    pub lost: Vec<(Route, usize)>,
    /// Every Gateway that was seen, by namespace and name.
    pub names: Vec<(String, String)>,
    /// Every host that is named.
    pub hosts: Vec<String>,
    /// Why there may be more.
    pub missing: Option<Gap>,
}

/// ListenerSets.
type Sets = Vec<Arc<ListenerSet>>;

/// Everything that was read, of which a host has its part.
struct Read {
    gateways: Vec<Arc<Gateway>>,
    sets: Sets,
    routes: Vec<Arc<Routes>>,
    classes: Seen<Result<Vec<Arc<GatewayClass>>, Unknown>>,
    missing: Option<Gap>,
}

impl Gateways {
    /// Reads it. Without Gateway API in the cluster that is one question.
    pub fn read(cx: &Cx) -> Seen<Result<Self, Unknown>> {
        cx.seen(|| match Read::of(cx)? {
            Some(read) => Self::of(cx, &read),
            None => Ok(Self::default()),
        })
    }

    fn of(cx: &Cx, read: &Read) -> Result<Self, Unknown> {
        let host = cx.target.host.as_str();
        let mut found = Self {
            names: read.gateways.iter().map(|g| key(&**g)).collect(),
            missing: read.missing.clone(),
            ..Self::default()
        };
        let routes = read.routes.iter().flat_map(|r| r.hosts());
        found.hosts = routes.map(str::to_owned).collect();
        found.hosts.sort_unstable();
        let mut bound: BTreeMap<(String, String), Vec<(Route, usize)>> = BTreeMap::new();
        for route in read.routes.iter().flat_map(|r| r.about(host)) {
            for (at, parent) in route.parents().iter().enumerate() {
                match read.gateway_of(route, parent) {
                    Some(gateway) => {
                        let of_it = bound.entry(gateway).or_default();
                        of_it.push((route.clone(), at));
                    }
                    // One of a mesh or of something else is no way in.
                    None if !matches!(parent.kind(), "Gateway" | "ListenerSet") => {}
                    None if !route.hosts().is_empty() => found.lost.push((route.clone(), at)),
                    None => {}
                }
            }
        }
        for gateway in &read.gateways {
            if let Some(bound) = bound.remove(&key(&**gateway)) {
                found.all.extend(Way::of(cx, read, gateway, bound)?);
            }
        }
        let by_name = found.all.iter().any(|w| w.by_name);
        found.all.retain(|w| w.by_name == by_name);
        found.all.sort_by_key(|w| key(&*w.gateway));
        Ok(found)
    }

    /// Whether a listener that ends or passes on TLS covers the host.
    pub fn wants_tls(&self, host: &str) -> bool {
        let tls = |l: &Listener| matches!(l.spec.protocol.as_str(), "HTTPS" | "TLS");
        let mut listeners = self.all.iter().flat_map(|w| &w.listeners);
        listeners.any(|l| tls(l) && l.covers(host))
    }
}

impl Way {
    fn of(
        cx: &Cx,
        read: &Read,
        gateway: &Arc<Gateway>,
        routes: Vec<(Route, usize)>,
    ) -> Result<Option<Self>, Unknown> {
        let host = cx.target.host.as_str();
        let labels = |namespace: &str| {
            let found = cx.get::<Namespace>(None, namespace)?;
            Ok(found
                .and_then(|n| n.metadata.labels.clone())
                .unwrap_or_default())
        };
        let (sets, kept_out) = read.sets_of(gateway, &labels)?;
        let listeners = listeners(gateway, &sets);
        let mut all = Vec::new();
        let mut by_name = false;
        for (route, at) in routes {
            let attachment = attach(&route, &route.parents()[at], &listeners, &labels);
            let named = |hosts: &[String]| {
                hosts
                    .iter()
                    .any(|h| !h.is_empty() && gateway_host_matches(h, host))
            };
            let any = |hosts: &[String]| hosts.iter().any(|h| gateway_host_matches(h, host));
            let of_route = named(route.hosts());
            let served = attachment.to.iter().any(|(_, hosts)| any(hosts));
            // A route without hosts that is not taken says nothing of this one.
            if of_route || served {
                by_name |= of_route || attachment.to.iter().any(|(_, hosts)| named(hosts));
                all.push(Bound {
                    route,
                    at,
                    attachment,
                });
            }
        }
        if all.is_empty() {
            return Ok(None);
        }
        let class = read.class_of(gateway);
        let controller = class.glance().as_ref().ok().and_then(Option::as_ref);
        let make = match controller {
            Some(class) => Make::of_gateway(&class.spec.controller_name),
            None => Make::of_gateway("an unknown controller"),
        };
        Ok(Some(Self {
            gateway: Arc::clone(gateway),
            class,
            make,
            listeners,
            kept_out,
            bound: all,
            by_name,
        }))
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        namespace_of(&*self.gateway)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        name_of(&*self.gateway)
    }

    /// Routes with the number of a listener that takes them and the hosts that both have.
    pub fn attached(&self) -> impl Iterator<Item = (&Route, usize, &[String])> {
        self.bound.iter().flat_map(|b| {
            let to = b.attachment.to.iter();
            to.map(|(at, hosts)| (&b.route, *at, hosts.as_slice()))
        })
    }

    /// Whether its controller serves a request by the most specific listener alone; none where nobody says.
    pub fn isolates(&self) -> Option<bool> {
        let class = self.class.glance().as_ref().ok()?.as_ref()?;
        let said = class.status.supports("HTTPListenerIsolation");
        if self.make.ways().isolates {
            Some(true)
        } else {
            said
        }
    }
}

/// The grants of a namespace.
pub fn grants(cx: &Cx, namespace: &str) -> Result<Vec<Arc<ReferenceGrant>>, Unknown> {
    of_namespace(cx, namespace)
}

/// The policies of a Service's namespace that say how TLS is spoken to Services.
pub fn tls_policies(cx: &Cx, namespace: &str) -> Result<Vec<Arc<BackendTLSPolicy>>, Unknown> {
    of_namespace(cx, namespace)
}

/// The objects of a namespace, of a kind that may not be installed.
fn of_namespace<T: Typed>(cx: &Cx, namespace: &str) -> Result<Vec<Arc<T>>, Unknown> {
    let question = Question::list_in(T::OF, namespace);
    let read = |cx: &Reads| cx.list::<T>(Some(namespace), None, None);
    match cx.installed(&question, read)? {
        Some(listed) => listed.whole(),
        None => Ok(Vec::new()),
    }
}

fn key<T: Typed>(object: &T) -> (String, String) {
    (namespace_of(object).to_owned(), name_of(object).to_owned())
}

impl Read {
    /// None where the cluster has no Gateway.
    fn of(cx: &Cx) -> Result<Option<Self>, Unknown> {
        let all = |kind| Question::list_all(kind);
        let read = cx.installed(&all(Gateway::OF), |cx| cx.list_widely::<Gateway>(None));
        let Some(gateways) = read? else {
            return Ok(None);
        };
        if gateways.items.is_empty() && gateways.missing.is_none() {
            return Ok(None);
        }
        let mut missing = gateways.missing;
        let http = cx.installed(&all(HTTPRoute::OF), |cx| {
            cx.list_widely_as(|all: Vec<Arc<HTTPRoute>>| routes(all, Route::Http))
        });
        let grpc = cx.installed(&all(GRPCRoute::OF), |cx| {
            cx.list_widely_as(|all: Vec<Arc<GRPCRoute>>| routes(all, Route::Grpc))
        });
        let tls = cx.installed(&all(TLSRoute::OF), |cx| {
            cx.list_widely_as(|all: Vec<Arc<TLSRoute>>| routes(all, Route::Tls))
        });
        let sets = cx.installed(&all(ListenerSet::OF), |cx| {
            cx.list_widely::<ListenerSet>(None)
        });
        let classes = cx.seen(|| cx.list::<GatewayClass>(None, None, None)?.whole());
        // Without one of these the others say what they say, and there may be more.
        let mut all = Vec::new();
        for read in [http, part(grpc, &mut missing), part(tls, &mut missing)] {
            if let Some((routes, gap)) = read? {
                all.push(routes);
                missing = missing.or(gap);
            }
        }
        let sets = part(sets, &mut missing)?;
        let sets = sets.map(|listed| {
            missing = missing.take().or(listed.missing);
            listed.items
        });
        let sets = sets.unwrap_or_default();
        Ok(Some(Self {
            gateways: gateways.items,
            sets,
            routes: all,
            classes,
            missing,
        }))
    }

    /// The Gateway that a parentRef leads to, itself or by a ListenerSet of it.
    fn gateway_of(&self, route: &Route, parent: &ParentRef) -> Option<(String, String)> {
        let namespace = parent
            .namespace
            .as_deref()
            .unwrap_or_else(|| route.namespace());
        let wanted = (namespace.to_owned(), parent.name.clone());
        let wanted = match parent.kind() {
            "Gateway" => wanted,
            "ListenerSet" => {
                let set = self.sets.iter().find(|s| key(&***s) == wanted)?;
                parent_of(set)
            }
            _ => return None,
        };
        let is = |g: &&Arc<Gateway>| key(&***g) == wanted;
        self.gateways.iter().find(is).map(|_| wanted)
    }

    /// The ListenerSets that may add to a Gateway (gateway.networking.k8s.io/v1 `AllowedListeners`: nobody's where nothing is said), and
    /// those that may not.
    fn sets_of(&self, gateway: &Arc<Gateway>, labels: &Labels) -> Result<(Sets, Sets), Unknown> {
        let allowed = gateway.spec.allowed_listeners.as_ref();
        let namespaces = allowed.and_then(|a| a.namespaces.as_ref());
        let (mut all, mut kept_out) = (Vec::new(), Vec::new());
        for set in self.sets.iter().filter(|s| parent_of(s) == key(&**gateway)) {
            let both = (namespace_of(&**gateway), namespace_of(&**set));
            let takes = takes_namespace(namespaces, From::None, both, labels)?;
            let to = if takes { &mut all } else { &mut kept_out };
            to.push(Arc::clone(set));
        }
        Ok((all, kept_out))
    }

    fn class_of(&self, gateway: &Gateway) -> Seen<Result<Option<Arc<GatewayClass>>, Unknown>> {
        let name = &gateway.spec.gateway_class_name;
        let found = self.classes.glance().as_ref().map_err(Clone::clone);
        let class = found.map(|all| all.iter().find(|c| name_of(&***c) == name).cloned());
        self.classes.instead(class)
    }
}

/// A kind that may not be read is a part that is missing.
fn part<T>(
    read: Result<Option<T>, Unknown>,
    missing: &mut Option<Gap>,
) -> Result<Option<T>, Unknown> {
    match read {
        Err(Unknown::Gap(gap)) => {
            missing.get_or_insert(gap);
            Ok(None)
        }
        other => other,
    }
}

fn parent_of(set: &ListenerSet) -> (String, String) {
    let parent = &set.spec.parent_ref;
    let namespace = parent
        .namespace
        .as_deref()
        .unwrap_or_else(|| namespace_of(set));
    (namespace.to_owned(), parent.name.clone())
}

fn routes<T>(all: Vec<Arc<T>>, route: impl Fn(Arc<T>) -> Route) -> Routes {
    Routes::new(all.into_iter().map(route).collect())
}
