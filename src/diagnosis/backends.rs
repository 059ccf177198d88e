//! The tail of the way, once for each backend: Service, endpoints, policy, pods.

use super::ask::cx::Cx;
use super::ask::missed::Seen;
use super::ask::stage::Stage;
use super::dialect::make::Make;
use super::hops::journey::{Backend, BackendId, Entrance};
use super::hops::network_policy::Way;
use super::hops::{endpoints, network_policy, pod, service};
use super::routing::{BackendRef, Share};
use crate::report::Hop;

/// The backends of the rule that takes the request; of several rules of equal rank those of each.
pub(super) fn of<'a>(cx: &Cx<'a>, entrance: &Entrance<'a>) -> Vec<Backend<'a>> {
    let Some(route) = entrance.route.found() else {
        return Vec::new();
    };
    let make = make(entrance);
    let resolution = &route.resolution;
    if resolution.redirect.as_ref().is_some_and(|r| r.leaves) {
        return Vec::new();
    }
    if resolution.undecided() {
        let all = resolution.matching.iter().take(resolution.tied);
        let mut vias: Vec<&BackendRef> = Vec::new();
        for via in all.flat_map(|rule| &rule.backends) {
            if !vias.iter().any(|known| known.is_same(via)) {
                vias.push(via);
            }
        }
        let total = u32::try_from(vias.len()).unwrap_or(u32::MAX);
        let share = Share {
            weight: 1,
            total,
            tied: true,
        };
        let all = vias.into_iter();
        return all
            .map(|via| behind(cx, via, &make, entrance, share))
            .collect();
    }
    let Some(rule) = route.rule() else {
        return Vec::new();
    };
    let total = rule.backends.iter().map(|b| b.weight).sum();
    let all = rule.backends.iter().map(|via| {
        let share = Share {
            weight: via.weight,
            total,
            tied: false,
        };
        behind(cx, via, &make, entrance, share)
    });
    let mut all: Vec<Backend> = all.collect();
    settle(&make, &mut all);
    all
}

/// The make that reads the entrance's rules.
pub(super) fn make(entrance: &Entrance) -> Make {
    let controller = entrance.controller.found();
    controller.map_or_else(Make::nobody, |c| Make::clone(&c.make))
}

/// What stands behind one backend of a rule.
pub(super) fn behind<'a>(
    cx: &Cx<'a>,
    via: &BackendRef,
    make: &Make,
    entrance: &Entrance<'a>,
    share: Share,
) -> Backend<'a> {
    let service = service::resolve(&cx.at(Hop::Service), via, make);
    let endpoints = match via.service() {
        Some(name) => endpoints::resolve(
            &cx.at(Hop::Endpoints),
            name,
            &service,
            &endpoints::Reader::of(make),
        ),
        None => Stage::after(&service),
    };
    let pods = pod::resolve(&cx.at(Hop::Pod), &service);
    let policy = match via.service() {
        Some((ns, _)) => {
            let cx = cx.at(Hop::NetworkPolicy);
            let way = Way::Controller(&entrance.controller, &entrance.load_balancer);
            network_policy::resolve(&cx, &way, (&service, &endpoints), &pods, ns)
        }
        None => Stage::after(&pods),
    };
    Backend {
        id: BackendId(via.id().into()),
        entrance: entrance.id.clone(),
        via: via.clone(),
        share,
        service,
        endpoints,
        policy,
        pods,
        at_pods: Seen::default(),
    }
}

/// The shares in fact: what a controller makes of backends without endpoints.
fn settle(make: &Make, backends: &mut [Backend]) {
    let usable: Vec<bool> = backends.iter().map(Backend::may_have_endpoints).collect();
    let mut shares: Vec<Share> = backends.iter().map(|b| b.share).collect();
    let vias: Vec<&BackendRef> = backends.iter().map(|b| &b.via).collect();
    make.settle(&vias, &mut shares, &usable);
    for (backend, share) in backends.iter_mut().zip(shares) {
        backend.share = share;
    }
}
