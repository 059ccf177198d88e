//! The diagnosis: a pure walk over facts. Reading [`walk`] is reading in which order the hops are resolved; what they found is the
//! [`Journey`], which the checks judge.

pub mod ask;
pub mod checks;
pub mod declared;
pub mod dialect;
pub mod hops;
pub mod request;
pub mod semantics;
pub mod served;
pub mod shell;
mod verdict;

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::networking::v1::Ingress;

use crate::facts::{Facts, Header, Question, Unknown};
use crate::report::{Hop, Report};
use crate::target::{ResolveOverride, Scheme, Target};
use ask::cx::Cx;
use ask::stage::Stage;
use declared::Site;
use hops::controller::Controller;
use hops::journey::Journey;
use hops::route::Route;
use hops::{controller, dns, endpoints, load_balancer, network_policy, pod, route, service, tls};
use request::{Way, inside};
use semantics::meta::namespace_of;

/// What the user set, as far as the walk needs it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The moment of judgement: wall clock when live, the recording's when replayed.
    pub now: Timestamp,
    /// The kubeconfig context, spelled out in every command that is printed.
    pub context: Option<String>,
    /// The namespace of `-n` or of the context: read alone where the whole cluster may not be.
    pub namespace: String,
    /// HTTP method of the request.
    pub method: String,
    /// `-H`; the values are not to be shown.
    pub headers: Vec<Header>,
    /// `--resolve`.
    pub resolve: Vec<ResolveOverride>,
    /// `--dns-server`.
    pub dns_server: Option<SocketAddr>,
}

/// One walk: what is known by now, and what it would like to know.
pub struct Walk {
    /// Whole at every step; open parts say "waiting".
    pub report: Report,
    /// What it read and did not find among the facts.
    pub questions: Vec<Question>,
    /// Everything that it read, known or not, in the order of reading.
    pub read: Vec<Question>,
}

/// Walks one request over the facts.
pub fn walk(target: &Target, facts: &Facts, settings: &Settings) -> Walk {
    let cx = Cx::new(target, facts, settings);
    cx.enter(Hop::Route);
    let site = Site::read(&cx);
    let way = way(&cx, &site);
    let dns = dns::resolve(&cx, way.map_or(0, |w| w.port));
    cx.enter(Hop::Controller);
    let controller = controller::resolve(&cx, &site);
    let taken = taken(&site, controller.found.as_ref());
    cx.enter(Hop::LoadBalancer);
    let load_balancer = match way {
        Some(Way { port, https }) => load_balancer::resolve(
            &cx,
            &taken,
            controller.found.as_ref(),
            dns.found.as_ref().map(|d| d.addresses.as_slice()),
            port,
            https,
        ),
        None => Stage::resolve(|_| Err(Unknown::Waiting)),
    };
    let dns = dns::compare(&cx, dns, load_balancer.found.as_ref(), &taken);
    cx.enter(Hop::Tls);
    let tls = match way {
        Some(Way { https: true, .. }) => tls::resolve(
            &cx,
            &taken,
            controller.found.is_some(),
            load_balancer.found.as_ref(),
        ),
        Some(_) => Stage::skipped("plain HTTP"),
        None => Stage::resolve(|_| Err(Unknown::Waiting)),
    };
    cx.enter(Hop::Route);
    let route = route::resolve(&cx, &site, controller.found.as_ref());
    let rule = route.found.as_ref().and_then(Route::rule);
    let family = controller.found.as_ref().map(|c| &c.family);
    cx.enter(Hop::Service);
    let service = service::resolve(&cx, &route, family);
    let backend = rule.and_then(|r| {
        let name = r.backend.service.as_ref()?.name.as_str();
        Some((namespace_of(&*r.ingress), name))
    });
    cx.enter(Hop::Endpoints);
    let endpoints = endpoints::resolve(&cx, backend, &service, family);
    cx.enter(Hop::Pod);
    let pods = pod::resolve(&cx, &service);
    cx.enter(Hop::NetworkPolicy);
    let policy = network_policy::resolve(&cx, backend.map(|(ns, _)| ns), &pods);
    cx.enter(Hop::Controller);
    let inside = inside::resolve(
        &cx,
        &inside::Known {
            way,
            dns: &dns,
            load_balancer: &load_balancer,
            controller: controller.found.as_ref(),
            tls: &tls,
            rule,
            service: service.found.as_ref(),
            endpoints: &endpoints,
            pods: pods.found.as_ref(),
        },
    );
    let journey = Journey {
        site,
        way,
        dns,
        load_balancer,
        controller,
        tls,
        route,
        service,
        endpoints,
        policy,
        pods,
        inside,
    };
    verdict::conclude(cx, &journey)
}

/// The Ingresses that the controller takes; all that declare the host, while none is known to.
fn taken(site: &Result<Site, Unknown>, controller: Option<&Controller>) -> Vec<Arc<Ingress>> {
    match (controller, site) {
        (Some(c), _) => c.ingresses.clone(),
        (None, Ok(site)) => site
            .declared
            .iter()
            .filter(|d| d.by_name)
            .map(|d| Arc::clone(&d.ingress))
            .collect(),
        (None, Err(_)) => Vec::new(),
    }
}

fn way(cx: &Cx, site: &Result<Site, Unknown>) -> Option<Way> {
    let https = match (cx.target.scheme, site) {
        (Scheme::Https, _) => true,
        (Scheme::Http, _) => false,
        (Scheme::Auto, Ok(site)) => site.wants_tls(&cx.target.host),
        (Scheme::Auto, Err(Unknown::Waiting)) => return None,
        // What nobody may read is asked for as a browser would.
        (Scheme::Auto, Err(Unknown::Gap(_))) => true,
    };
    let port = cx.target.port.unwrap_or(if https { 443 } else { 80 });
    Some(Way { port, https })
}
