//! The ways in: one by the Ingresses of the host, and one by each Gateway for it; first the one that the name leads to, and of several
//! the one that does worse, for some users come by that.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;

use super::ask::cx::Cx;
use super::ask::missed::Seen;
use super::ask::stage::{Stage, Stop};
use super::declared::Declarations;
use super::declared::gateways::{Gateways, Way};
use super::dialect::questions::Plane;
use super::hops::controller::Controller;
use super::hops::journey::{Entrance, EntranceId};
use super::hops::load_balancer::LoadBalancer;
use super::hops::route::Route;
use super::hops::tls::Tls;
use super::hops::{controller, load_balancer, route, tls};
use super::request::attempt::Attempt;
use super::routing::Declared;
use super::routing::gateway::Listener;
use crate::facts::Unknown;
use crate::report::Hop;
use crate::target::Request;

/// What is known before any way in is looked at.
#[derive(Clone)]
pub(super) struct Asked<'j> {
    /// The way in that the user wants to see, by its name.
    pub(super) wanted: Option<&'j str>,
    pub(super) declared: &'j Seen<Result<Declarations, Unknown>>,
    pub(super) gateways: &'j Seen<Result<Gateways, Unknown>>,
    pub(super) request: Option<&'j Request>,
    pub(super) scheme_guessed: bool,
    /// The addresses of the name, once they are known.
    pub(super) addresses: &'j Seen<Option<&'j [IpAddr]>>,
    /// The same, with what became of the look-up.
    pub(super) name: Result<&'j [IpAddr], Unknown>,
}

/// All of them. Never empty: without any it is the one of the Ingresses that there are not.
pub(super) fn all<'a>(cx: &Cx<'a>, asked: &Asked) -> Vec<Entrance<'a>> {
    let found = asked.gateways.as_ref().ok();
    let ways = found.map_or(&[][..], |g| g.all.as_slice());
    let mut all: Vec<Entrance> = ways.iter().map(|way| by_gateway(cx, asked, way)).collect();
    if ways.is_empty() || names_the_host(asked, ways) {
        all.push(by_ingress(cx, asked));
    }
    // What the name leads to says nothing of the others: these are asked where they are, and of several that it leads to each at its own.
    let published: Vec<Vec<IpAddr>> = all.iter().map(published).collect();
    let led = asked.addresses.glance().is_some() && all.iter().any(|e| reached(asked, e));
    for (at, entrance) in all.iter_mut().enumerate().filter(|_| led) {
        let elsewhere = !reached(asked, entrance);
        let own = if elsewhere {
            // The one that the user wants is asked there in the name's place.
            let wanted = asked.wanted.is_some_and(|name| entrance.id.is_called(name));
            published[at].iter().filter(|_| wanted).copied().collect()
        } else {
            own_addresses(asked, &published, at)
        };
        if !elsewhere && asked.addresses.glance().is_some_and(|name| name == own) {
            continue;
        }
        let own = Asked {
            addresses: &Seen::known(Some(own.as_slice())),
            ..asked.clone()
        };
        *entrance = match &entrance.way {
            Some(way) => by_gateway(cx, &own, &way.clone()),
            None => by_ingress(cx, &own),
        };
    }
    all.sort_by_key(|e| rank(asked, e));
    all
}

/// Whether the name has an address that none of them publishes.
pub(super) fn leads_elsewhere(asked: &Asked, all: &[Entrance]) -> bool {
    let published: Vec<IpAddr> = all.iter().flat_map(published).collect();
    let name = asked.addresses.glance().unwrap_or_default();
    name.iter().any(|a| !published.contains(a))
}

/// Those of the name's addresses that lead to this way in: all but what others alone publish.
fn own_addresses(asked: &Asked, published: &[Vec<IpAddr>], at: usize) -> Vec<IpAddr> {
    let name = asked.addresses.glance().unwrap_or_default().iter();
    let of_others = |a: &IpAddr| published.iter().any(|p| p.contains(a));
    name.filter(|a| published[at].contains(a) || !of_others(a))
        .copied()
        .collect()
}

/// The one that the name leads to; where that is none of them, the one that is judged.
pub(super) fn of_the_name<'e, 'a>(asked: &Asked, all: &'e [Entrance<'a>]) -> &'e Entrance<'a> {
    let named = all.iter().find(|e| reached(asked, e));
    named.unwrap_or(&all[0])
}

/// First the one that the user wants, then what the name leads to, and of several such the one that answers worst. Where one controller
/// reads both APIs, its Ingresses go first: they win.
fn rank(asked: &Asked, entrance: &Entrance) -> (bool, bool, Reverse<u8>, bool) {
    let wanted = asked.wanted.is_none_or(|name| entrance.id.is_called(name));
    let reached = reached(asked, entrance);
    let harm = if reached { harm(entrance) } else { 0 };
    (
        !wanted,
        !reached,
        Reverse(harm),
        entrance.is_behind_ingresses(asked.declared),
    )
}

/// How much worse than well users are served who come by it, as far as it is known.
fn harm(entrance: &Entrance) -> u8 {
    let lb = entrance.load_balancer.found();
    let attempts = lb.map(LoadBalancer::attempts).unwrap_or_default().iter();
    let of_one = |a: &Attempt| match a.response() {
        _ if a.is_waiting() || a.has_no_way() => 0,
        Some(_) if a.redirects.is_circle() => 2,
        Some(response) if response.status < 400 => 0,
        Some(response) if response.status < 500 => 1,
        Some(_) => 2,
        None if a.http.is_ok() || a.tls.is_ok() || a.tcp.is_ok() => 3,
        None => 0,
    };
    attempts.map(of_one).max().unwrap_or(0)
}

/// What it publishes.
fn published(entrance: &Entrance) -> Vec<IpAddr> {
    let lb = entrance.load_balancer.found();
    lb.map(LoadBalancer::published_addresses)
        .unwrap_or_default()
}

/// Whether the name leads there.
fn reached(asked: &Asked, entrance: &Entrance) -> bool {
    let name = asked.addresses.glance().unwrap_or_default();
    published(entrance).iter().any(|a| name.contains(a))
}

/// Whether Ingresses are a way in beside Gateways: they name the host, or no Gateway does.
fn names_the_host(asked: &Asked, ways: &[Way]) -> bool {
    let declared = asked.declared.as_ref().ok();
    let mut all = declared.into_iter().flat_map(|d| &d.all);
    let named = ways.iter().any(|w| w.by_name);
    all.any(|d| d.by_name || !named)
}

fn by_ingress<'a>(cx: &Cx<'a>, asked: &Asked) -> Entrance<'a> {
    let name = asked.name.clone();
    let controller = controller::resolve(&cx.at(Hop::Controller), asked.declared, name);
    let taken = cx.seen(|| taken(asked.declared, controller.found()));
    let load_balancer = balancer(cx, asked, &taken, controller.found());
    let route = route::resolve(
        &cx.at(Hop::Route),
        asked.declared,
        controller.found(),
        load_balancer.found(),
        asked.request,
    );
    let tls = certificate(
        cx,
        asked,
        (&taken, None),
        (&controller, &route, &load_balancer),
    );
    Entrance {
        id: EntranceId::of(controller.found()),
        way: None,
        declared: taken,
        controller,
        load_balancer,
        tls,
        route,
        inside: Seen::default(),
        rivals: Seen::default(),
    }
}

fn by_gateway<'a>(cx: &Cx<'a>, asked: &Asked, way: &Way) -> Entrance<'a> {
    let missing = asked
        .gateways
        .as_ref()
        .ok()
        .and_then(|g| g.missing.as_ref());
    let near = cx.seen(|| match asked.declared.as_ref() {
        Ok(declared) => (*declared.controllers).clone(),
        Err(unknown) => Err(unknown.clone()),
    });
    let controller = controller::gateway::resolve(&cx.at(Hop::Controller), way, &near);
    let declared = Seen::known(vec![Declared::Gateway(Arc::clone(&way.gateway))]);
    let load_balancer = balancer(cx, asked, &declared, controller.found());
    let mut route = route::gateway::resolve(
        &cx.at(Hop::Route),
        (way, missing),
        controller.found(),
        load_balancer.found(),
        asked.request,
    );
    if let (Plane::Controller, Some(route)) = (way.make.plane(), route.found_mut()) {
        let declared = asked.declared.as_ref();
        if declared.map_or(true, |d| d.missing.is_some()) {
            let why = "an Ingress that could not be seen may go before the route";
            route.resolution.doubt.get_or_insert_with(|| why.to_owned());
        }
    }
    let listener = route.found().and_then(|r| r.listener.clone());
    let tls = certificate(
        cx,
        asked,
        (&declared, listener.as_ref()),
        (&controller, &route, &load_balancer),
    );
    Entrance {
        id: EntranceId::of_gateway(way),
        way: Some(way.clone()),
        declared,
        controller,
        load_balancer,
        tls,
        route,
        inside: Seen::default(),
        rivals: Seen::default(),
    }
}

fn balancer<'a>(
    cx: &Cx<'a>,
    asked: &Asked,
    declared: &Seen<Vec<Declared>>,
    controller: Option<&Controller>,
) -> Stage<LoadBalancer<'a>> {
    let Some(request) = asked.request else {
        return Stage::waiting();
    };
    let cx = cx.at(Hop::LoadBalancer);
    load_balancer::resolve(&cx, declared, controller, asked.addresses, request)
}

fn certificate<'a>(
    cx: &Cx<'a>,
    asked: &Asked,
    (declared, listener): (&Seen<Vec<Declared>>, Option<&Listener>),
    (controller, route, load_balancer): (
        &Stage<Controller>,
        &Stage<Route>,
        &Stage<LoadBalancer<'a>>,
    ),
) -> Stage<Tls<'a>> {
    match asked.request {
        Some(request) if request.https => tls::resolve(
            &cx.at(Hop::Tls),
            declared,
            listener,
            controller.found(),
            route,
            load_balancer.found(),
        ),
        Some(_) => Stage::resolve(&cx.at(Hop::Tls), |_| {
            // As with `Journey::is_https`.
            if asked.scheme_guessed {
                asked.declared.touch();
            }
            Err(Stop::Skipped("plain HTTP".to_owned()))
        }),
        None => Stage::waiting(),
    }
}

/// The Ingresses that the controller takes; all that declare the host, while none is known to.
fn taken(
    declared: &Seen<Result<Declarations, Unknown>>,
    controller: Option<&Controller>,
) -> Vec<Declared> {
    let all = |ingress: &Arc<_>| Declared::Ingress(Arc::clone(ingress));
    match (controller, declared.as_ref()) {
        (Some(c), _) => c.ingresses.iter().map(all).collect(),
        (None, Ok(declared)) => {
            let named = declared.all.iter().filter(|d| d.by_name);
            named.map(|d| all(&d.ingress)).collect()
        }
        (None, Err(_)) => Vec::new(),
    }
}
