//! The route of a request through a Gateway: the listener that takes it, and the rule of the routes attached there.

use super::{Route, arrival, describe};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::declared::gateways::{Way, grants};
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::dialect::{Arrival, Passed, Resolution};
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::routing::Rule;
use crate::diagnosis::routing::gateway::{Chosen, Listener, Ways, admits, choose, done, of_port};
use crate::facts::Gap;
use crate::target::Request;

/// Finds the rule. `missing`: why there may be routes that were not seen.
pub fn resolve(
    cx: &Cx,
    (way, missing): (&Way, Option<&Gap>),
    controller: Option<&Controller>,
    load_balancer: Option<&LoadBalancer>,
    request: Option<&Request>,
) -> Stage<Route> {
    Stage::resolve(cx, |stage| {
        let request = request.ok_or(Stop::Waiting)?;
        let ways = way.make.ways();
        let arrival = controller.map_or_else(Arrival::default, |c| {
            arrival(c, load_balancer, request.port)
        });
        let port = port(controller, ways, arrival, request);
        let at_port = of_port(&way.listeners, i32::from(port), request, arrival.unwrapped);
        let asked = Request {
            path: cx.settings.queries.reveal(&request.path).into_owned(),
            ..request.clone()
        };
        let with = |isolated| {
            let serving = admits(&way.listeners, &at_port, &request.host, isolated);
            let grants = |namespace: &str| grants(cx, namespace);
            let chosen = choose(way.attached(), &serving, &grants, &asked, ways);
            (serving, chosen)
        };
        let isolates = way.isolates();
        let (serving, chosen) = with(isolates.unwrap_or(true));
        let listener = serving.first().map(|at| way.listeners[*at].clone());
        let mut resolution = resolution(way, chosen, listener.as_ref(), request);
        if isolates.is_none() && resolution.approximate.is_none() {
            let other = with(false).1;
            if other.matching.first() != resolution.winner() {
                let why = "whether its controller lets a less specific listener serve the request is not known";
                resolution.approximate = Some(why.to_owned());
            }
        }
        describe(stage, &resolution, request.path_only());
        if let Some(listener) = &listener {
            let detail = format!("{} at port {}", listener.spec.protocol, listener.spec.port);
            stage.node("Listener", None, listener.words(), detail);
        } else {
            stage.summary = no_listener(way, port, request);
        }
        let unsure = resolution.approximate.clone();
        let none = resolution.winner().is_none();
        stage.find(Route {
            resolution,
            claimed: true,
            listener,
        });
        let unsure = unsure.map(|why| Gap::NotAsked { why });
        let gap = unsure.or_else(|| missing.cloned());
        gap.filter(|_| none)
            .map_or(Ok(()), |gap| Err(Stop::Gap(gap)))
    })
}

/// The port of the listener that a request to the Service's port means.
fn port(controller: Option<&Controller>, ways: Ways, arrival: Arrival, request: &Request) -> u16 {
    if !ways.ports_of_pods {
        return request.port;
    }
    let told = controller.and_then(|c| c.make.listens(c.args(), request.https));
    arrival.port.or(told).unwrap_or(request.port)
}

fn resolution(
    way: &Way,
    chosen: Chosen,
    listener: Option<&Listener>,
    request: &Request,
) -> Resolution {
    let Chosen {
        matching,
        tied,
        passed,
        unsure,
    } = chosen;
    let passed = passed.into_iter().map(|(rule, why)| Passed { rule, why });
    let mut resolution = Resolution {
        passed: passed.collect(),
        tied,
        approximate: unsure,
        matching,
        ..Resolution::default()
    };
    if let Some(winner) = resolution.winner().cloned() {
        if !resolution.undecided() {
            filtered(&mut resolution, way, &winner, request);
        }
        let passes = |l: &Listener| l.spec.passes_tls();
        resolution.passes_tls = request.https && listener.is_some_and(passes);
    }
    resolution
}

/// What the winner's filters do.
fn filtered(resolution: &mut Resolution, way: &Way, winner: &Rule, request: &Request) {
    let filters = done(winner, request, request.port, way.make.ways());
    let object = winner.place.declared.label();
    resolution.rewrites = Some(filters.rewrites);
    resolution.redirect = filters.redirect.map(|(status, to)| Redirect {
        status,
        to,
        by: format!("filter RequestRedirect of {object}"),
        leaves: true,
    });
    resolution.doubt = match (filters.refused, filters.unknown) {
        (Some(kind), _) => Some(format!(
            "{} does not know filter {kind} of {object}, and answers 500",
            way.make.title()
        )),
        (None, Some(what)) => Some(format!(
            "what {what}, a filter of {object}, does is not known"
        )),
        (None, None) => None,
    };
}

fn no_listener(way: &Way, port: u16, request: &Request) -> String {
    let gateway = format!("Gateway {}/{}", way.namespace(), way.name());
    let scheme = if request.https { "HTTPS" } else { "HTTP" };
    let mut at_port = way
        .listeners
        .iter()
        .filter(|l| l.spec.port == i32::from(port));
    match at_port.next() {
        Some(_) => format!(
            "no listener of {gateway} takes {} over {scheme} at port {port}",
            request.host
        ),
        None => format!("{gateway} has no listener at port {port}"),
    }
}
