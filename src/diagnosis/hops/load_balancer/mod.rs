//! The load balancer: which address the cluster publishes for the host, which Service stands behind it, and whether it
//! accepts connections.

pub mod checks;
pub mod service;

use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::address::is_private;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::service::service_type;
use crate::diagnosis::semantics::words::connect_words;
use crate::facts::gateway::Address;
use crate::facts::{Connect, Gap, Unknown};
use crate::report::State;
use crate::target::Request;
use crate::target::request::is_repeatable;

/// Addresses tried: of the name, and published ones besides.
const MOST_RESOLVED: usize = 4;
const MOST_PUBLISHED: usize = 2;

/// An address that the cluster says the host is reached at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// As it stands in the status: an IP or a host name.
    pub value: String,
    /// Its addresses now.
    pub addresses: Vec<IpAddr>,
    /// The object it stands in: `Ingress shop/shop`.
    pub from: String,
    /// It stands in a Service of the controller, and is not the copy in the status of an Ingress or a Gateway, which may be old.
    pub by_service: bool,
}

/// How requests come in.
#[derive(Clone, Debug)]
pub struct LoadBalancer<'a> {
    /// The Service before the controller: the one to which the name leads; else a LoadBalancer rather than a NodePort rather than a
    /// ClusterIP.
    pub service: Seen<Option<Arc<Service>>>,
    /// What the cluster publishes.
    pub published: Seen<Vec<Published>>,
    /// What happened at each address of the name.
    pub at_resolved: Seen<Vec<Attempt<'a>>>,
    /// What happened at published addresses that the name does not have.
    pub at_published: Seen<Vec<Attempt<'a>>>,
}

impl<'a> LoadBalancer<'a> {
    /// The attempts that tell how the way goes on: where the name leads, or the published addresses when the name leads nowhere.
    pub fn attempts(&self) -> &[Attempt<'a>] {
        let connects = |attempts: &[Attempt]| attempts.iter().any(Attempt::connects);
        let untold = |attempts: &[Attempt]| attempts.iter().any(Attempt::is_untold);
        let dead = !connects(&self.at_resolved) && !untold(&self.at_resolved);
        if dead && (self.at_resolved.is_empty() || connects(&self.at_published)) {
            &self.at_published
        } else {
            &self.at_resolved
        }
    }

    /// The same, to be written to.
    pub fn attempts_mut(&mut self) -> &mut [Attempt<'a>] {
        if std::ptr::eq(self.attempts(), self.at_published.as_slice()) {
            &mut self.at_published
        } else {
            &mut self.at_resolved
        }
    }

    /// Whether a attempt is redirected in a circle.
    pub fn loops(&self) -> bool {
        self.attempts().iter().any(|k| k.redirects.is_circle())
    }

    /// Every published address.
    pub fn published_addresses(&self) -> Vec<IpAddr> {
        addresses(&self.published)
    }

    /// The published addresses that hold now: those of Services, where there are any.
    pub fn current_addresses(&self) -> Vec<IpAddr> {
        let all = || self.published.iter();
        let services = all().any(|p| p.by_service);
        addresses(all().filter(|p| p.by_service || !services))
    }
}

/// Finds the way in, and attempts.
pub fn resolve<'a>(
    cx: &Cx<'a>,
    declared: &Seen<Vec<Declared>>,
    controller: Option<&Controller>,
    addresses_of_name: &Seen<Option<&[IpAddr]>>,
    request: &Request,
) -> Stage<LoadBalancer<'a>> {
    Stage::resolve(cx, |stage| {
        let entrances = cx.seen(|| controller.map(entrances).unwrap_or_default());
        let publishing = || {
            let mut published = Vec::new();
            for declared in declared {
                let points = said_by(declared).into_iter();
                publish(cx, &mut published, &declared.label(), false, points);
            }
            for service in &*entrances {
                let status = service.status.iter().flat_map(|s| &s.load_balancer);
                let entries = status.flat_map(|l| l.ingress.iter().flatten());
                let spec = service.spec.iter();
                let external = spec.flat_map(|s| s.external_ips.iter().flatten());
                let points = entries
                    .flat_map(|e| points(e.ip.as_deref(), e.hostname.as_deref()))
                    .chain(external.map(|ip| (ip.as_str(), false)));
                publish(cx, &mut published, &label_of(&**service), true, points);
            }
            published
        };
        let published = cx.seen(publishing);
        if addresses_of_name.glance().is_none() {
            ask_early(cx, published.glance(), request);
        }
        let at_resolved: Vec<Attempt> = addresses_of_name
            .glance()
            .iter()
            .flat_map(|d| d.iter().take(MOST_RESOLVED))
            .map(|a| Attempt::at(cx, *a, request))
            .collect();
        let at_published: Vec<Attempt> = addresses(published.glance())
            .into_iter()
            .filter(|a| addresses_of_name.glance().is_some_and(|d| !d.contains(a)))
            .take(MOST_PUBLISHED)
            .map(|a| Attempt::at(cx, a, request))
            .collect();
        let waiting = at_resolved
            .iter()
            .any(|k| *k.tcp.glance() == Err(Unknown::Waiting));
        let gap = at_resolved.iter().find_map(|k| match k.tcp.glance() {
            Err(Unknown::Gap(gap)) => Some(gap.clone()),
            _ => None,
        });
        let name = addresses_of_name.glance().unwrap_or_default();
        let service = entrances.instead(led_to(&entrances, &published, name));
        let at_resolved = addresses_of_name.instead(at_resolved);
        let at_published = published.instead(at_published);
        let found = LoadBalancer {
            service,
            published,
            at_resolved,
            at_published,
        };
        describe(stage, controller, &found, request.port);
        let nowhere = no_way_from_here(&found.at_resolved).or_else(|| silent_inside(&found));
        let untried = found.attempts().is_empty();
        stage.find_in_parts(found);
        if waiting || addresses_of_name.is_none() {
            return Err(Stop::Waiting);
        }
        if let Some(gap) = gap {
            return Err(Stop::Gap(gap));
        }
        if let Some(why) = nowhere {
            return Err(Stop::Gap(Gap::Unreachable { why }));
        }
        if untried {
            let why = "the name has no address to go to".to_owned();
            if stage.summary.is_empty() {
                stage.summary.clone_from(&why);
            }
            return Err(Stop::Gap(Gap::NotAsked { why }));
        }
        Ok(())
    })
}

/// Asks at published addresses while the name is still being looked up: as a rule it leads there, and where nobody answers for the name
/// that is what is asked next. What may change something, or holds what the user adds, goes first where the name leads.
fn ask_early(cx: &Cx, published: &[Published], request: &Request) {
    if is_repeatable(&request.method) && request.headers.is_empty() {
        for address in addresses(published).into_iter().take(MOST_PUBLISHED) {
            let _ = Attempt::at(cx, address, request);
        }
    }
}

/// This machine has no route to any address: that says nothing about the cluster.
fn no_way_from_here(attempts: &[Attempt]) -> Option<String> {
    let first = attempts.first()?;
    let tcp = first.tcp.as_ref().ok()?;
    let nowhere = attempts.iter().all(Attempt::has_no_way);
    let words = || connect_words(&tcp.connect, tcp.ms);
    nowhere.then(|| format!("connect to {} from here: {}", first.to, words()))
}

/// Where the name leads nowhere, published addresses of a private network that keep silent: that network may not be this machine's.
fn silent_inside(found: &LoadBalancer) -> Option<String> {
    let first = found.at_published.first()?;
    let silent = |a: &Attempt| {
        let tcp = a.tcp.as_ref();
        is_private(&a.to.ip()) && tcp.is_ok_and(|t| t.connect == Connect::TimedOut)
    };
    let all = found.at_resolved.is_empty() && found.at_published.iter().all(silent);
    all.then(|| format!("connect to {} from here: no answer", first.to))
}

fn addresses<'p>(published: impl IntoIterator<Item = &'p Published>) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = Vec::new();
    for address in published.into_iter().flat_map(|p| &p.addresses) {
        if !all.contains(address) {
            all.push(*address);
        }
    }
    all
}

/// What the status of an Ingress or a Gateway says.
fn said_by(declared: &Declared) -> Vec<Point<'_>> {
    match declared {
        Declared::Ingress(ingress) => {
            let status = ingress.status.iter().flat_map(|s| &s.load_balancer);
            let entries = status.flat_map(|l| l.ingress.iter().flatten());
            let points = entries.flat_map(|e| points(e.ip.as_deref(), e.hostname.as_deref()));
            points.collect()
        }
        Declared::Gateway(gateway) => {
            let is_name = |a: &Address| a.kind.as_deref() == Some("Hostname");
            let all = gateway.status.addresses.iter();
            all.map(|a| (a.value.as_str(), is_name(a))).collect()
        }
        Declared::ListenerSet(_) | Declared::Route(_) | Declared::Caller(..) => Vec::new(),
    }
}

/// An IP or, where the second is true, a host name.
type Point<'o> = (&'o str, bool);

/// What one entry of a status says.
fn points<'o>(ip: Option<&'o str>, hostname: Option<&'o str>) -> impl Iterator<Item = Point<'o>> {
    let ip = ip.map(|value| (value, false));
    ip.into_iter().chain(hostname.map(|value| (value, true)))
}

/// Takes up what one object says, each value once.
fn publish<'o>(
    cx: &Cx,
    published: &mut Vec<Published>,
    from: &str,
    by_service: bool,
    points: impl Iterator<Item = Point<'o>>,
) {
    for (value, is_name) in points {
        let known = |p: &Published| p.value == value && p.by_service == by_service;
        if value.is_empty() || published.iter().any(known) {
            continue;
        }
        let addresses = if is_name {
            cx.dns(value)
                .map(|a| a.addresses.clone())
                .unwrap_or_default()
        } else {
            value.parse().into_iter().collect()
        };
        published.push(Published {
            value: value.to_owned(),
            addresses,
            from: from.to_owned(),
            by_service,
        });
    }
}

/// Of several Services the one to which the name leads; else the first.
fn led_to(
    entrances: &[Arc<Service>],
    published: &[Published],
    name: &[IpAddr],
) -> Option<Arc<Service>> {
    let has_the_name = |service: &Arc<Service>| {
        let label = label_of(&**service);
        let mut own = published.iter().filter(|p| p.by_service && p.from == label);
        own.any(|p| p.addresses.iter().any(|a| name.contains(a)))
    };
    let named = entrances.iter().find(|s| has_the_name(s));
    named.or(entrances.first()).cloned()
}

/// The Services that bring requests to the controller: the one that users most likely come by, then its other load balancers.
fn entrances(controller: &Controller) -> Vec<Arc<Service>> {
    let mut services: Vec<Arc<Service>> = controller.services.iter().flatten().cloned().collect();
    services.sort_by_key(|s| {
        let rank = match service_type(s) {
            "LoadBalancer" => 0,
            "NodePort" => 1,
            _ => 2,
        };
        // Webhook and metrics Services select the same pods; those for users have port 80 or 443.
        let ports = s.spec.iter().flat_map(|s| s.ports.iter().flatten());
        let web = ports.into_iter().any(|p| p.port == 80 || p.port == 443);
        (rank, !web, name_of(&**s).to_owned())
    });
    let others = services
        .iter()
        .skip(1)
        .filter(|s| service_type(s) == "LoadBalancer");
    services
        .first()
        .into_iter()
        .chain(others)
        .cloned()
        .collect()
}

fn describe(
    stage: &mut Stage<LoadBalancer>,
    controller: Option<&Controller>,
    found: &LoadBalancer,
    port: u16,
) {
    let service = found.service.as_deref();
    // A hop is described by where the name leads; only without any address by where it should lead.
    let (resolved, whose) = if found.at_resolved.is_empty() {
        (&found.at_published, " (published, not in DNS)")
    } else {
        (&found.at_resolved, "")
    };
    let published = &found.published;
    for p in published {
        stage.node("Published", None, &p.value, format!("by {}", p.from));
    }
    for attempt in resolved {
        let (outcome, state) = match attempt.tcp.as_ref() {
            Ok(t) if attempt.connects() => (connect_words(&t.connect, t.ms), State::Ok),
            Ok(t) => (connect_words(&t.connect, t.ms), State::Broken),
            Err(Unknown::Waiting) => continue,
            Err(Unknown::Gap(gap)) => (gap.to_string(), State::Unknown),
        };
        stage
            .node("Connection", None, attempt.to.to_string(), outcome)
            .state(state);
    }
    let way = match (service, controller) {
        (Some(s), _) => {
            stage.node(
                "Service",
                Some(namespace_of(s)),
                name_of(s),
                service_type(s),
            );
            format!("{} ({})", label_of(s), service_type(s))
        }
        (None, Some(c)) if c.is_on_nodes() => "the controller's ports on its nodes".to_owned(),
        (None, _) => published
            .first()
            .map(|p| p.value.clone())
            .unwrap_or_default(),
    };
    let connected: Vec<&Attempt> = resolved.iter().filter(|k| k.connects()).collect();
    let outcome = match (resolved.len(), connected.len()) {
        (0, _) => String::new(),
        (1, 1) => {
            let ms = connected[0].tcp.as_ref().map_or(0, |t| t.ms);
            match ms {
                0 => format!("port {port} connects in <1 ms"),
                ms => format!("port {port} connects in {ms} ms"),
            }
        }
        (all, some) if some == all => format!("port {port} connects at all {all} addresses"),
        (1, 0) => match resolved[0].tcp.as_ref() {
            Ok(t) => format!("{}: {}", resolved[0].to, connect_words(&t.connect, t.ms)),
            Err(_) => String::new(),
        },
        (all, some) => format!("port {port} connects at {some} of {all} addresses"),
    };
    let outcome = if outcome.is_empty() {
        outcome
    } else {
        format!("{outcome}{whose}")
    };
    let parts: Vec<String> = [way, outcome]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect();
    stage.summary = parts.join(", ");
}
