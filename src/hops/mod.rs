//! The hops in path order, and the walk over them. Reading [`walk`] from top to bottom is reading the request's journey.

mod answered;
mod asked;
pub mod bisect;
pub mod controller;
pub mod cx;
pub mod dns;
pub mod door;
pub mod endpoints;
pub mod host;
pub mod inside;
mod listed;
pub mod load_balancer;
pub mod network_policy;
pub mod pod;
pub mod redirects;
pub mod reproduce;
pub mod route;
pub mod selector;
pub mod service;
pub mod shell;
pub mod stage;
pub mod tls;
pub mod user;
mod verdict;

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::networking::v1::Ingress;

use crate::facts::{Facts, Question, Unknown};
use crate::report::{Evidence, Hop, Report};
use crate::target::{ResolveOverride, Scheme, Target};
use controller::Controller;
use controller::dialect::Rule;
use cx::{Cx, Listed, namespace_of};
use dns::Resolved;
use endpoints::Endpoints;
use inside::Inside;
use load_balancer::LoadBalancer;
use pod::Pods;
use route::Route;
use route::site::Site;
use service::BackendService;
use stage::Stage;
use tls::Tls;

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

/// The way in: port, and whether over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// TCP port.
    pub port: u16,
    /// TLS.
    pub https: bool,
}

impl Way {
    /// The URL of a host and path; the port is left out where it is the scheme's own.
    pub fn url(&self, host: &str, path: &str) -> String {
        let (scheme, default) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if self.port == default {
            format!("{scheme}://{host}{path}")
        } else {
            format!("{scheme}://{host}:{}{path}", self.port)
        }
    }
}

/// Everything the hops found out. Checks read it.
pub struct Journey<'a> {
    /// Who declares the host.
    pub site: Result<Site, Unknown>,
    /// Port and scheme; none while it hangs on an open answer.
    pub way: Option<Way>,
    /// DNS.
    pub dns: Stage<Resolved>,
    /// Load balancer.
    pub load_balancer: Stage<LoadBalancer<'a>>,
    /// Controller.
    pub controller: Stage<Controller>,
    /// TLS.
    pub tls: Stage<Tls<'a>>,
    /// Route.
    pub route: Stage<Route>,
    /// Service.
    pub service: Stage<BackendService>,
    /// Endpoints.
    pub endpoints: Stage<Endpoints>,
    /// Network policy.
    pub policy: Stage<()>,
    /// Pod.
    pub pods: Stage<Pods>,
    /// The request from other vantage points.
    pub inside: Inside<'a>,
}

impl Journey<'_> {
    /// The rule that takes the request.
    pub fn rule(&self) -> Option<&Rule> {
        self.route.found.as_ref().and_then(Route::rule)
    }
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
            dns.found.as_ref(),
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

/// The user's request as evidence, when it does not get a good answer.
pub(crate) fn failing_request(cx: &Cx, journey: &Journey) -> Option<Evidence> {
    let knock = answered::spokesman(journey)?;
    let https = journey.way?.https;
    match knock.response() {
        Some(response) if response.status < 400 => None,
        _ if knock.connects() => knock.http_line(cx, https),
        _ => knock.tcp_line(cx),
    }
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

/// A hostname that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServedHost {
    /// Host, possibly a wildcard.
    pub host: String,
    /// Namespace of the Ingress.
    pub namespace: String,
    /// The Ingress.
    pub ingress: String,
    /// Its class; empty when it names none.
    pub class: String,
}

/// Hosts that the Ingresses of the cluster, or of one namespace, have rules for; with the questions still open.
pub fn served_hosts(
    facts: &Facts,
    settings: &Settings,
    namespace: Option<&str>,
) -> (Result<Vec<ServedHost>, Unknown>, Vec<Question>) {
    let target = Target {
        host: String::new(),
        scheme: Scheme::Auto,
        port: None,
        path: "/".to_owned(),
    };
    let cx = Cx::new(&target, facts, settings);
    let read = match namespace {
        Some(ns) => cx.list::<Ingress>(Some(ns), None, None, &[]),
        None => cx.list_widely::<Ingress>(None, &[]),
    };
    let hosts = read.map(
        |Listed {
             items: ingresses, ..
         }| {
            let mut hosts: Vec<ServedHost> = Vec::new();
            for ingress in &ingresses {
                let class = controller::claim::class_of(ingress);
                for rule in ingress.spec.iter().flat_map(|s| s.rules.iter().flatten()) {
                    let Some(host) = rule.host.as_deref().filter(|h| !h.is_empty()) else {
                        continue;
                    };
                    hosts.push(ServedHost {
                        host: host.trim_end_matches('.').to_ascii_lowercase(),
                        namespace: namespace_of(&**ingress).to_owned(),
                        ingress: cx::name_of(&**ingress).to_owned(),
                        class: class.map(|(c, _)| c.to_owned()).unwrap_or_default(),
                    });
                }
            }
            hosts.sort();
            hosts.dedup();
            hosts
        },
    );
    (hosts, cx.into_open().0)
}
