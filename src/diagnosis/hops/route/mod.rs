//! The route: which rule of which Ingress takes the request, in the dialect of the controller that claims it.

pub mod checks;
mod contest;
pub mod gateway;
mod middlewares;
pub mod refused;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::declared::Declarations;
use crate::diagnosis::declared::claim::class_of;
use crate::diagnosis::dialect::args::NO_ARGS;
use crate::diagnosis::dialect::dropped::{Argument, Cause, Dropped};
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::middlewares::Middlewares;
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::dialect::{self, Arrival, Reader, Resolution};
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::controller::scope::Overlooked;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::load_balancer::service::ends_tls;
use crate::diagnosis::routing::Rule;
use crate::diagnosis::routing::gateway::Listener;
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::behind;
use crate::facts::{Gap, Kind, Unknown};
use crate::report::State;
use crate::target::Request;

/// The rule that takes the request.
#[derive(Clone, Debug)]
pub struct Route {
    /// What the dialect makes of it.
    pub resolution: Resolution,
    /// Some controller takes the Ingresses that were asked; else they are read by the specification, to see what is meant.
    pub claimed: bool,
    /// The listener that takes the connection, of Gateway API.
    pub listener: Option<Listener>,
}

impl Route {
    /// The rule that takes the request.
    pub fn rule(&self) -> Option<&Rule> {
        self.resolution.winner()
    }

    /// The rules that were looked at for the host, the one that takes the request first.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let passed = self.resolution.passed.iter().map(|p| &p.rule);
        self.resolution.matching.iter().chain(passed)
    }

    /// Whether the request's TLS goes to the pods as it comes.
    pub const fn passes_tls(&self) -> bool {
        self.resolution.passes_tls
    }
}

/// Finds the rule. Without a controller the Ingresses are read by the specification, so that the rest of the path is still seen.
pub fn resolve(
    cx: &Cx,
    declared: &Seen<Result<Declarations, Unknown>>,
    controller: Option<&Controller>,
    load_balancer: Option<&LoadBalancer>,
    request: Option<&Request>,
) -> Stage<Route> {
    Stage::resolve(cx, |stage| {
        let declared = declared.as_ref().map_err(Clone::clone)?;
        let host = cx.target.host.as_str();
        if declared.all.is_empty() {
            stage.summary = format!("no Ingress has a rule for {host}");
            if let Some(gap) = &declared.missing {
                return Err(Stop::Gap(gap.clone()));
            }
            // The finding says the rest.
            stage.find(Route {
                resolution: Resolution::default(),
                claimed: false,
                listener: None,
            });
            return Ok(());
        }
        if controller.is_none()
            && declared
                .controllers
                .as_ref()
                .is_err_and(|u| *u == Unknown::Waiting)
        {
            return Err(Stop::Waiting);
        }
        let request = request.ok_or(Stop::Waiting)?;
        let path = request.path_only();
        let middlewares = controller.and_then(|c| middlewares::seen(cx, c));
        let (resolution, claimed) = if let Some(c) = controller {
            let data = |m: &Arc<ConfigMap>| m.data.clone().unwrap_or_default();
            let config = c.config.as_ref().map(|(_, map)| data(map));
            let reader = Reader {
                make: &c.make,
                args: c.args(),
                version: c.version(),
                arrival: arrival(c, load_balancer, request.port),
                config: config.as_ref(),
                middlewares: middlewares.as_ref(),
            };
            let takes = |i: &Ingress| class_of(i).map(|(class, _)| class) == c.class.as_deref();
            let peers = Peers::new(&declared.ingresses, &takes);
            let mut resolution = dialect::resolve(reader, &c.ingresses, peers, request);
            let mut outside = outside(c, reader, peers, request);
            outside.append(&mut resolution.dropped);
            resolution.dropped = outside;
            (resolution, true)
        } else {
            let declared = declared.all.iter().map(|d| Arc::clone(&d.ingress));
            let all: Vec<Arc<Ingress>> = declared.collect();
            let reader = Reader {
                make: &Make::nobody(),
                args: &NO_ARGS,
                version: None,
                arrival: Arrival::default(),
                config: None,
                middlewares: None,
            };
            let seen = dialect::index(all.clone());
            let peers = Peers::new(&seen, &|_| true);
            (dialect::resolve(reader, &all, peers, request), false)
        };
        describe(stage, &resolution, path);
        let unsure = resolution.approximate.clone();
        let none = resolution.winner().is_none();
        // The finding says the rest.
        let dropped = none && !resolution.dropped.is_empty();
        stage.find(Route {
            resolution,
            claimed,
            listener: None,
        });
        let open = |m: &Middlewares| m.hidden == Some(Unknown::Waiting);
        if middlewares.as_ref().is_some_and(open) {
            return Err(Stop::Waiting);
        }
        if dropped {
            return Err(Stop::Skipped(stage.summary.clone()));
        }
        let unsure = unsure.map(|why| Gap::NotAsked { why });
        let gap = unsure.or_else(|| declared.missing.clone());
        gap.filter(|_| none)
            .map_or(Ok(()), |gap| Err(Stop::Gap(gap)))
    })
}

/// The rules, each with what becomes of it, and the one that takes the request in a line.
fn describe(stage: &mut Stage<Route>, resolution: &Resolution, path: &str) {
    for rule in &resolution.matching {
        let winner = resolution.winner().is_some_and(|w| std::ptr::eq(w, rule));
        let state = if winner { State::Ok } else { State::Skipped };
        let (kind, namespace, name) = object(rule);
        stage
            .node("Rule", None, rule.display(), rule.backend_words())
            .of(kind, Some(namespace), name)
            .state(state);
    }
    for dropped in &resolution.dropped {
        let rule = &dropped.rule;
        let (kind, namespace, name) = object(rule);
        let why = format!("dropped: {}", dropped.why);
        stage
            .node("Rule", None, rule.display(), why)
            .of(kind, Some(namespace), name)
            .state(State::Broken);
    }
    for passed in &resolution.passed {
        let rule = &passed.rule;
        let (kind, namespace, name) = object(rule);
        let why = format!("does not match: {}", passed.why);
        stage
            .node("Rule", None, rule.display(), why)
            .of(kind, Some(namespace), name)
            .state(State::Skipped);
    }
    stage.summary = match (resolution.winner(), resolution.dropped.first()) {
        (Some(rule), _) => format!("{} → {}", rule.display(), rule.backend_words()),
        (None, Some(first)) => format!("{} is dropped: {}", first.rule.display(), first.why),
        (None, None) => format!("no path matches {path}"),
    };
    if resolution.passes_tls {
        stage.summary.push_str(", TLS as it comes");
    }
    if let (Some(redirect), true) = (&resolution.redirect, resolution.dropped.is_empty()) {
        let Redirect { status, to, by, .. } = redirect;
        stage.node("Redirect", None, to, format!("{status} by {by}"));
        stage.summary = match resolution.winner() {
            Some(rule) => format!("{}: {status} to {to}, by {by}", rule.place.declared.label()),
            None => format!("{status} to {to}, by {by}"),
        };
    }
    if resolution.undecided() {
        let text = "several rules of equal rank lead to different Services; which one answers is not decided by the objects";
        text.clone_into(&mut stage.summary);
    }
}

/// The rules of Ingresses that the controller does not look at, as far as they would go before those that it knows.
fn outside(c: &Controller, reader: Reader, peers: Peers, request: &Request) -> Vec<Dropped> {
    if c.overlooked.is_empty() {
        return Vec::new();
    }
    let overlooked = c.overlooked.iter().map(|o| &o.ingress);
    let all: Vec<_> = c.ingresses.iter().chain(overlooked).cloned().collect();
    let meant = dialect::resolve(reader, &all, peers, request);
    let drop = |rule: Rule| {
        let of_it = |o: &&Overlooked| rule.place.is_in(&o.ingress);
        let outside = &c.overlooked.iter().find(of_it)?.outside;
        let argument = Argument::Given(outside.argument.clone());
        Some(Dropped::new(rule, Cause::Outside, &outside.why).by(argument))
    };
    meant.matching.into_iter().map_while(drop).collect()
}

/// How requests to a port of the Service before the controller reach its pods.
fn arrival(controller: &Controller, load_balancer: Option<&LoadBalancer>, port: u16) -> Arrival {
    let Some(service) = load_balancer.and_then(|l| l.service.as_deref()) else {
        return Arrival::default();
    };
    let mut pods = controller.pods.iter().flatten();
    let pod = pods.clone().find(|p| is_ready(p)).or_else(|| pods.next());
    // A number leads to the same port of any pod; a name is looked up in one.
    let none = Pod::default();
    Arrival {
        port: behind(service, port, pod.map_or(&none, |p| p)),
        unwrapped: ends_tls(service),
    }
}

/// The object in which a rule stands.
fn object(rule: &Rule) -> (Kind, &str, &str) {
    let declared = &rule.place.declared;
    (declared.kind(), declared.namespace(), declared.name())
}
