//! A call from inside the cluster: the pod, the name as the cluster's DNS answers it, and then the tail that every request has.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::ServiceBackendPort;

use super::ask::cx::Cx;
use super::ask::missed::Seen;
use super::ask::stage::Stage;
use super::dialect::kube_proxy::{Headless, KubeProxy, is_other};
use super::dialect::upstream::Upstream;
use super::hops::client::{self, Client};
use super::hops::cluster_dns::leads::LeadsTo;
use super::hops::cluster_dns::server::Server;
use super::hops::cluster_dns::{self, Lookup};
use super::hops::journey::{Backend, BackendId, Called, Entrance, EntranceId, Journey};
use super::hops::network_policy::Way;
use super::hops::service::kube_proxy;
use super::hops::user::User;
use super::hops::{endpoints, network_policy, pod, service};
use super::request::inside::called;
use super::routing::{BackendRef, Destination, Granted, Place, Share};
use super::semantics::policy::Member;
use super::semantics::service::{is_headless, keeps_local};
use crate::facts::{Gap, Unknown};
use crate::report::Hop;
use crate::target::request::default_port;
use crate::target::{Call, PortCalled, Request, Scheme, Transport};

/// The hops in the order in which one needs the other.
pub(super) fn journey<'a>(cx: &Cx<'a>, call: &Call) -> Journey<'a> {
    let client = client::resolve(&cx.at(Hop::Client), call);
    let (cluster_dns, client) = cluster_dns::resolve(cx, call, client);
    let backends = cx.seen(|| {
        let leads = cluster_dns.found().and_then(|l| l.leads_to.as_ref());
        let (Some(leads), Some(client)) = (leads, client.found()) else {
            return Vec::new();
        };
        let dns = asked(&cluster_dns);
        behind(cx, call, (client, &dns), leads)
            .into_iter()
            .collect()
    });
    let proxy = cx.seen(|| kube_proxy::look(&cx.at(Hop::Service), client.found(), &backends));
    let port = port_called(call, &backends);
    let speaks = speaks(cx, call, &backends);
    let https = cx.target.scheme == Scheme::Https;
    let mut journey = Journey {
        declared: Seen::known(Err(Unknown::Gap(unused()))),
        gateways: Seen::known(Err(Unknown::Gap(unused()))),
        request: Some(Request {
            host: cx.target.host.clone(),
            port: port.unwrap_or(default_port(https)),
            https,
            method: cx.settings.method.clone(),
            path: cx.target.path.clone(),
            headers: cx.settings.headers.clone(),
        }),
        scheme_guessed: false,
        user: User::nobody(),
        dns: Stage::skipped("the cluster's own DNS is asked"),
        called: Some(Called {
            client,
            cluster_dns,
            proxy,
        }),
        entrances: vec![Entrance::of_call()],
        backends,
    };
    called::look(cx, &mut journey, speaks);
    journey
}

/// Why nothing is known of what only a request from outside meets.
fn unused() -> Gap {
    Gap::NotAsked {
        why: "a pod calls the Service itself".to_owned(),
    }
}

/// The number of the port that is called, once it is known.
fn port_called(call: &Call, backends: &Seen<Vec<Backend>>) -> Option<u16> {
    if let Some(PortCalled::Number(number)) = &call.port {
        return Some(*number);
    }
    let backend = backends.glance().first()?;
    let port = backend.service.found()?.port.as_ref()?;
    u16::try_from(port.port).ok()
}

/// The DNS server's pods, where the client asks them.
fn asked(cluster_dns: &Stage<Lookup>) -> Vec<Member> {
    let lookup = cluster_dns.found().filter(|l| l.asks_cluster);
    let server = lookup.and_then(|l| l.server.glance().as_ref());
    let pods = server.into_iter().flat_map(Server::ready);
    pods.map(|(pod, _)| Member::from(&**pod)).collect()
}

/// What stands behind the name.
fn behind<'a>(
    cx: &Cx<'a>,
    call: &Call,
    (client, dns): (&Client, &[Member]),
    leads: &LeadsTo,
) -> Option<Backend<'a>> {
    let LeadsTo::Service {
        namespace,
        name,
        hosts,
    } = leads
    else {
        return None;
    };
    // Read again by the hop of the Service: the same question, asked once.
    let object = cx.at(Hop::Service).get::<Service>(Some(namespace), name);
    let object = object.ok().flatten();
    // A name of one pod leads to the pod, whatever its Service is.
    let direct = |s: &&Service| is_headless(s) || !hosts.is_empty();
    let headless = object.as_deref().filter(direct);
    let port = port_meant(call, object.as_deref(), cx.target.scheme);
    let make = match headless {
        Some(service) => Headless::make(service, &port, call.transport),
        None => KubeProxy::make(call.transport),
    };
    let via = BackendRef {
        place: Place {
            declared: client.declared(),
            pointer: String::new(),
        },
        to: Destination::Service {
            namespace: namespace.clone(),
            name: name.clone(),
        },
        port: Some(port),
        weight: 1,
        granted: Granted::Yes,
    };
    let service = service::resolve(&cx.at(Hop::Service), &via, &make);
    let local = object.as_deref().is_some_and(keeps_local) && headless.is_none();
    let reader = endpoints::Reader {
        make: &make,
        only_on: client.node().filter(|_| local),
        hosts,
    };
    let to = (namespace.as_str(), name.as_str());
    let endpoints = endpoints::resolve(&cx.at(Hop::Endpoints), to, &service, &reader);
    let pods = pod::resolve(&cx.at(Hop::Pod), &service);
    let policy = network_policy::resolve(
        &cx.at(Hop::NetworkPolicy),
        &Way::Client(client, dns),
        (&service, &endpoints),
        &pods,
        namespace,
    );
    Some(Backend {
        id: BackendId(via.id().into()),
        entrance: EntranceId::of_call(),
        via,
        share: Share {
            weight: 1,
            total: 1,
            tied: false,
        },
        service,
        endpoints,
        policy,
        pods,
        at_pods: Seen::default(),
    })
}

/// The port that is called. Where nobody said it, that of the scheme, if the Service has several, else the Service's only one.
fn port_meant(call: &Call, service: Option<&Service>, scheme: Scheme) -> ServiceBackendPort {
    let (number, name) = match &call.port {
        Some(PortCalled::Number(n)) => (Some(i32::from(*n)), None),
        Some(PortCalled::Name(name)) => (None, Some(name.clone())),
        None => {
            let usual = i32::from(default_port(scheme == Scheme::Https));
            let ports = service.and_then(|s| s.spec.as_ref()?.ports.as_deref());
            let transport = call.transport.as_str();
            let mut ports = ports
                .unwrap_or_default()
                .iter()
                .filter(|p| p.protocol.as_deref().unwrap_or("TCP") == transport)
                .map(|p| p.port);
            match (ports.next(), ports.next()) {
                (Some(only), None) => (Some(only), None),
                _ => (Some(usual), None),
            }
        }
    };
    ServiceBackendPort { number, name }
}

/// What is spoken to the pods: HTTP, unless something says that it is another protocol.
fn speaks(cx: &Cx, call: &Call, backends: &Seen<Vec<Backend>>) -> Upstream {
    let service = backends.glance().first().and_then(|b| b.service.found());
    let port = service.and_then(|s| s.port.as_ref());
    let protocol = port.and_then(|p| p.app_protocol.as_deref());
    match cx.target.scheme {
        _ if call.transport == Transport::Udp => Upstream::Other,
        Scheme::Https => Upstream::Https,
        _ if port.is_some_and(|p| is_other(p.port, p.name.as_deref(), protocol)) => Upstream::Other,
        _ => Upstream::Http,
    }
}
