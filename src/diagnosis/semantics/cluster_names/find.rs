//! What the objects hold for a name, whatever type is asked for (CoreDNS plugin/kubernetes/kubernetes.go, `findServices` and `findPods`;
//! object/service.go, object/endpoint.go).

use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, ServiceSpec};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};

use super::super::endpoints::SERVICE_NAME;
use super::objects::{Known, Missing, Objects, Options, PodNames};
use super::parse::Name;

/// A port without a number: SRV leaves it out, addresses do not.
pub(super) const NO_PORT: i32 = -1;

/// Something that a name leads to.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub host: Host,
    pub port: i32,
    /// The name that SRV gives it.
    pub owner: Name,
}

#[derive(Clone, Debug)]
pub(super) enum Host {
    Address(IpAddr),
    Name(String),
}

impl Host {
    fn of(text: &str) -> Self {
        match text.parse::<IpAddr>() {
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => Self::Name(text.to_owned()),
        }
    }
}

/// What there is of a name: nothing where there is no such name, no items where it is there and leads nowhere.
pub(super) type Found = Result<Option<Vec<Item>>, Missing>;

/// Which endpoints and ports of a Service are meant; what is empty means all.
#[derive(Clone, Copy, Default)]
struct Wanted<'n> {
    host: Option<&'n str>,
    port: &'n str,
    protocol: &'n str,
    zone: Option<&'n str>,
}

impl Wanted<'_> {
    fn takes_port(&self, name: Option<&str>, protocol: Option<&str>) -> bool {
        let fits =
            |wanted: &str, found: &str| wanted.is_empty() || wanted.eq_ignore_ascii_case(found);
        fits(self.port, name.unwrap_or_default()) && fits(self.protocol, protocol.unwrap_or("TCP"))
    }
}

pub(super) fn find(name: &Name, objects: &Objects, options: &Options) -> Found {
    let Some(ns) = name.namespace() else {
        return match name {
            Name::Domain | Name::Svc | Name::Pods => Ok(Some(Vec::new())),
            Name::NameServer => Err(Missing::Server),
            _ => Ok(None),
        };
    };
    let served = options.serves(ns, objects);
    if served == Ok(false) {
        return Ok(None);
    }
    let found = match name {
        Name::Namespace(_) => Ok(Some(Vec::new())),
        Name::PodNamespace(_) => Ok((options.pods != PodNames::Disabled).then(Vec::new)),
        Name::Pod { dashed, .. } => pod(name, ns, dashed, objects, options),
        _ => service(name, ns, objects, options),
    };
    // What is not there in any namespace needs none.
    match (served, found) {
        (_, Ok(None)) => Ok(None),
        (Err(missing), _) => Err(missing),
        (Ok(_), found) => found,
    }
}

fn pod(name: &Name, ns: &str, dashed: &str, objects: &Objects, options: &Options) -> Found {
    // Three dashes, none beside another, are the dots of IPv4.
    let v4 = dashed.matches('-').count() == 3 && !dashed.contains("--");
    let address = dashed.replace('-', if v4 { "." } else { ":" });
    let is_there = match (options.pods, &objects.pods) {
        (PodNames::Disabled, _) => false,
        (PodNames::Insecure, _) => address.parse::<IpAddr>().is_ok(),
        (PodNames::Verified, Known::No) => return Err(Missing::Pods),
        (PodNames::Verified, Known::Yes(pods)) => pods
            .iter()
            .any(|p| options.sees(&p.metadata) && has(p, ns, &address)),
    };
    let item = || Item {
        host: Host::of(&address),
        port: 0,
        owner: name.clone(),
    };
    Ok(is_there.then(|| vec![item()]))
}

/// Whether a pod that has not ended has the address (controller.go, `podListFunc`). One being deleted has it until it is gone.
fn has(pod: &Pod, ns: &str, address: &str) -> bool {
    let status = pod.status.as_ref();
    let phase = status.and_then(|s| s.phase.as_deref()).unwrap_or("Pending");
    let first = status.and_then(|s| s.pod_ip.as_deref());
    let all = status.iter().flat_map(|s| s.pod_ips.iter().flatten());
    let mut addresses = first.into_iter().chain(all.map(|a| a.ip.as_str()));
    pod.metadata.namespace.as_deref().unwrap_or("default") == ns
        && !["Succeeded", "Failed", "Unknown"].contains(&phase)
        && addresses.any(|a| a == address)
}

fn service(name: &Name, ns: &str, objects: &Objects, options: &Options) -> Found {
    let mut wanted = Wanted::default();
    match name {
        Name::Endpoint { host, .. } => wanted.host = Some(host),
        Name::Port { port, protocol, .. } => (wanted.port, wanted.protocol) = (port, protocol),
        Name::Zone { .. } if !options.zonal => return Ok(None),
        Name::Zone { zone, .. } => wanted.zone = Some(zone),
        _ => {}
    }
    let Known::Yes(service) = &objects.service else {
        return Err(Missing::Service);
    };
    let Some(service) = service.as_ref().filter(|s| options.sees(&s.metadata)) else {
        return Ok(None);
    };
    let none = ServiceSpec::default();
    let spec = service.spec.as_ref().unwrap_or(&none);
    let owner = Name::Service {
        ns: ns.to_owned(),
        name: service.metadata.name.clone().unwrap_or_default(),
    };
    let addresses = cluster_ips(spec);
    let headless = addresses.first() == Some(&"None");
    if wanted.zone.is_some() && !headless {
        return Ok(None);
    }
    if spec.type_.as_deref() == Some("ExternalName") {
        return Ok(external(spec, owner, wanted));
    }
    if !headless && wanted.host.is_none() {
        let found = by_cluster_ip(spec, &addresses, &owner, wanted);
        let may_be_ignored = options.ignore_empty_service && !matches!(found, Ok(None));
        let ignored =
            may_be_ignored && endpoints(&owner, Wanted::default(), objects, options)?.is_empty();
        return if ignored { Ok(None) } else { found };
    }
    let mut found = endpoints(&owner, wanted, objects, options)?;
    if found.is_empty() && matches!(name, Name::Zone { prefer: true, .. }) {
        found = endpoints(&owner, Wanted::default(), objects, options)?;
    }
    // A name of a zone is there as soon as the Service is.
    let is_there = wanted.zone.is_some() || !found.is_empty();
    Ok(is_there.then_some(found))
}

/// An ExternalName has no ports and endpoints; one that is written as an address is not there.
fn external(spec: &ServiceSpec, owner: Name, wanted: Wanted) -> Option<Vec<Item>> {
    let whole = wanted.host.is_none() && wanted.port.is_empty() && wanted.protocol.is_empty();
    let host = Host::of(spec.external_name.as_deref().unwrap_or_default());
    (whole && matches!(host, Host::Name(_))).then(|| {
        vec![Item {
            host,
            port: 0,
            owner,
        }]
    })
}

fn by_cluster_ip(spec: &ServiceSpec, addresses: &[&str], owner: &Name, wanted: Wanted) -> Found {
    let ports = spec.ports.as_deref().unwrap_or_default();
    let written = ports.iter();
    let written = written.filter(|p| wanted.takes_port(p.name.as_deref(), p.protocol.as_deref()));
    let mut numbers: Vec<i32> = written.map(|p| p.port).collect();
    // Without any port there is one without a name, a protocol and a number.
    if ports.is_empty() && wanted.port.is_empty() && wanted.protocol.is_empty() {
        numbers.push(NO_PORT);
    }
    if numbers.is_empty() {
        return Ok(None);
    }
    if addresses.is_empty() {
        return Err(Missing::ClusterIp);
    }
    let each = numbers.iter().flat_map(|port| {
        addresses.iter().map(|address| Item {
            host: Host::of(address),
            port: *port,
            owner: owner.clone(),
        })
    });
    Ok(Some(each.collect()))
}

/// `spec.clusterIPs`, or `spec.clusterIP` where there are none; `None` where it is headless.
fn cluster_ips(spec: &ServiceSpec) -> Vec<&str> {
    let all = spec.cluster_ips.iter().flatten().map(String::as_str);
    let all: Vec<&str> = all.filter(|ip| !ip.is_empty()).collect();
    if !all.is_empty() {
        return all;
    }
    let one = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty());
    one.into_iter().collect()
}

/// The ready endpoints of a Service that are wanted, all addresses of each, once for each port of its slice that is wanted. Slices of
/// whatever address type, and those being deleted as well. Terminating endpoints are ready where the Service publishes those that are
/// not: it is written so (endpointslice `podToEndpoint`).
fn endpoints(
    service: &Name,
    wanted: Wanted,
    objects: &Objects,
    options: &Options,
) -> Result<Vec<Item>, Missing> {
    if options.noendpoints {
        return Ok(Vec::new());
    }
    let Known::Yes(slices) = &objects.slices else {
        return Err(Missing::Slices);
    };
    let mut found = Vec::new();
    let own = |s: &&Arc<EndpointSlice>| belongs(s, service) && options.sees(&s.metadata);
    for slice in slices.iter().filter(own) {
        let ports = numbers(slice, wanted);
        for endpoint in slice.endpoints.iter().flatten() {
            let ready = endpoint.conditions.as_ref().and_then(|c| c.ready);
            let zone = endpoint.zone.as_deref().unwrap_or_default();
            let elsewhere = wanted.zone.is_some_and(|z| !z.eq_ignore_ascii_case(zone));
            if ready == Some(false) || elsewhere {
                continue;
            }
            for address in &endpoint.addresses {
                let host = host_name(endpoint, address, options);
                if wanted.host.is_some_and(|w| !w.eq_ignore_ascii_case(&host)) {
                    continue;
                }
                found.extend(ports.iter().map(|port| Item {
                    host: Host::of(address),
                    port: *port,
                    owner: below(service, &host),
                }));
            }
        }
    }
    Ok(found)
}

fn belongs(slice: &EndpointSlice, service: &Name) -> bool {
    let metadata = &slice.metadata;
    let ns = metadata.namespace.as_deref().unwrap_or("default");
    let label = metadata.labels.as_ref().and_then(|l| l.get(SERVICE_NAME));
    label.is_some_and(|name| service.service() == Some((ns, name)))
}

/// The numbers of the ports of a slice that are wanted. A slice without ports, as where a named targetPort is not found, has one
/// without a name and a number.
fn numbers(slice: &EndpointSlice, wanted: Wanted) -> Vec<i32> {
    let ports = slice.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        let any = wanted.port.is_empty() && wanted.protocol.is_empty();
        return any.then_some(NO_PORT).into_iter().collect();
    }
    let taken = ports.iter();
    let taken = taken.filter(|p| wanted.takes_port(p.name.as_deref(), p.protocol.as_deref()));
    taken.map(|p| p.port.unwrap_or(NO_PORT)).collect()
}

/// How an endpoint is called: by its host name, by its pod where that is wanted, or by its address with dashes.
fn host_name(endpoint: &Endpoint, address: &str, options: &Options) -> String {
    let written = endpoint.hostname.as_deref().filter(|h| !h.is_empty());
    let pod = endpoint.target_ref.as_ref().and_then(|t| t.name.as_deref());
    let pod = pod.filter(|p| options.endpoint_pod_names && (1..64).contains(&p.len()));
    if let Some(name) = written.or(pod) {
        return name.to_owned();
    }
    if address.contains('.') {
        return address.replace('.', "-");
    }
    if !address.contains(':') {
        return String::new();
    }
    let dashed = address.replace(':', "-");
    let end = if dashed.ends_with('-') { "0" } else { "" };
    dashed + end
}

fn below(service: &Name, host: &str) -> Name {
    let (ns, name) = service.service().unwrap_or_default();
    Name::Endpoint {
        ns: ns.to_owned(),
        service: name.to_owned(),
        host: host.to_owned(),
    }
}
