//! The oracle: it writes the whole zone of some objects out, name by name, and looks a name up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};

use super::super::{Known, Name, Objects, Options, PodNames, Record, Type};

pub(super) const ZONES: [&str; 2] = ["za", "zb"];
pub(super) const ADDRESSES: [&str; 4] = ["10.1.0.1", "10.1.0.2", "fd00::1", "a.example.com"];

#[derive(Clone, Debug)]
pub(super) struct World {
    pub namespaces: Vec<&'static str>,
    pub services: Vec<Service>,
    pub slices: Vec<EndpointSlice>,
    pub pods: Vec<Pod>,
    pub options: Options,
}

/// Name, protocol, number.
type Port = (String, String, i32);
/// Owner, port, address or name.
pub(super) type Item = (String, i32, String);
pub(super) type Zone = BTreeMap<String, Vec<Item>>;

pub(super) fn dashed(address: &str) -> String {
    address.replace(['.', ':'], "-")
}

/// The ways to write a label of a port's name: plain, marked, any.
fn spelled(word: &str) -> Vec<String> {
    let own = [word.to_owned(), format!("_{word}")];
    let own = own.into_iter().filter(|w| !w.trim_matches('_').is_empty());
    own.chain(["_".to_owned()]).collect()
}

fn written_ports(found: &[(Option<&str>, Option<&str>, Option<i32>)]) -> Vec<Port> {
    let each = found.iter().map(|(name, protocol, number)| {
        let name = name.unwrap_or_default().to_ascii_lowercase();
        let protocol = protocol.unwrap_or("TCP").to_ascii_lowercase();
        (name, protocol, number.unwrap_or(-1))
    });
    let all: Vec<_> = each.collect();
    match all.as_slice() {
        [] => vec![(String::new(), String::new(), -1)],
        _ => all,
    }
}

impl World {
    pub fn zone(&self) -> Zone {
        let mut zone = Zone::new();
        for top in ["", "svc", "pod"] {
            zone.entry(top.to_owned()).or_default();
        }
        for ns in &self.namespaces {
            if self.options.namespaces.is_empty()
                || self.options.namespaces.contains(&(*ns).to_owned())
            {
                zone.entry(format!("{ns}.svc")).or_default();
                self.write_pods(ns, &mut zone);
                for service in self
                    .services
                    .iter()
                    .filter(|s| is_in(s.metadata.namespace.as_ref(), ns))
                {
                    if self.sees(service.metadata.labels.as_ref()) {
                        self.write_service(ns, service, &mut zone);
                    }
                }
            }
        }
        zone
    }

    fn sees(&self, labels: Option<&BTreeMap<String, String>>) -> bool {
        self.options.labels.is_none() || labels.is_some_and(|l| l.contains_key("seen"))
    }

    fn write_pods(&self, ns: &str, zone: &mut Zone) {
        if self.options.pods == PodNames::Disabled {
            return;
        }
        zone.entry(format!("{ns}.pod")).or_default();
        for address in &ADDRESSES[..3] {
            let holds = |p: &&Pod| {
                let status = p.status.as_ref().expect("a status");
                let ips = status.pod_ips.iter().flatten();
                is_in(p.metadata.namespace.as_ref(), ns)
                    && self.sees(p.metadata.labels.as_ref())
                    && status.phase.as_deref() == Some("Running")
                    && ips.map(|i| i.ip.as_str()).any(|i| i == *address)
            };
            if self.options.pods == PodNames::Insecure || self.pods.iter().any(|p| holds(&p)) {
                let owner = format!("{}.{ns}.pod", dashed(address));
                let item = (owner.clone(), 0, (*address).to_owned());
                zone.insert(owner, vec![item]);
            }
        }
    }

    fn write_service(&self, ns: &str, service: &Service, zone: &mut Zone) {
        let name = service.metadata.name.clone().expect("a name");
        let own = format!("{name}.{ns}.svc");
        let spec = service.spec.as_ref().expect("a spec");
        if spec.type_.is_some() {
            let target = spec.external_name.clone().expect("a target");
            if target.parse::<IpAddr>().is_err() {
                for name in [own.clone(), format!("_._.{own}")] {
                    zone.insert(name, vec![(own.clone(), 0, target.clone())]);
                }
            }
            return;
        }
        let ips = spec.cluster_ips.clone().expect("addresses");
        let headless = ips == ["None"];
        if headless && self.options.zonal {
            for way in ["pin", "prefer"] {
                for z in ZONES {
                    zone.entry(format!("{z}.{way}._zone.{own}")).or_default();
                }
            }
        }
        let mut ready = 0;
        let mut by_zone: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for (endpoint, ports) in self.endpoints(ns, &name) {
            for address in &endpoint.addresses {
                ready += 1;
                let pod = endpoint.target_ref.as_ref().and_then(|t| t.name.clone());
                let pod = pod.filter(|_| self.options.endpoint_pod_names);
                let host = endpoint
                    .hostname
                    .clone()
                    .or(pod)
                    .unwrap_or_else(|| dashed(address));
                let below = format!("{host}.{own}");
                for (port, protocol, number) in &ports {
                    let item = (below.clone(), *number, address.clone());
                    let at = |zone: &mut Zone, name: String| {
                        zone.entry(name).or_default().push(item.clone());
                    };
                    at(zone, below.clone());
                    if headless {
                        at(zone, own.clone());
                        for (p, q) in pairs(port, protocol) {
                            at(zone, format!("{p}.{q}.{own}"));
                        }
                        let z = endpoint.zone.clone().unwrap_or_default();
                        by_zone.entry(z).or_default().push(item.clone());
                    }
                }
            }
        }
        if headless && self.options.zonal {
            for z in ZONES {
                let here = by_zone.get(z).cloned().unwrap_or_default();
                let all = by_zone.values().flatten().cloned().collect();
                zone.insert(format!("{z}.pin._zone.{own}"), here.clone());
                let preferred = if here.is_empty() { all } else { here };
                zone.insert(format!("{z}.prefer._zone.{own}"), preferred);
            }
        }
        if headless || self.options.ignore_empty_service && ready == 0 {
            return;
        }
        let ports = spec.ports.iter().flatten();
        let ports: Vec<_> = ports
            .map(|p| (p.name.as_deref(), p.protocol.as_deref(), Some(p.port)))
            .collect();
        for (port, protocol, number) in written_ports(&ports) {
            for ip in &ips {
                let item = (own.clone(), number, ip.clone());
                zone.entry(own.clone()).or_default().push(item.clone());
                for (p, q) in pairs(&port, &protocol) {
                    zone.entry(format!("{p}.{q}.{own}"))
                        .or_default()
                        .push(item.clone());
                }
            }
        }
    }

    /// The ready endpoints of a Service, with the ports of their slice.
    fn endpoints(&self, ns: &str, service: &str) -> Vec<(Endpoint, Vec<Port>)> {
        let mut found = Vec::new();
        for slice in &self.slices {
            let labels = slice.metadata.labels.as_ref().expect("labels");
            let own = labels["kubernetes.io/service-name"] == service;
            let seen = self.sees(Some(labels)) && !self.options.noendpoints;
            if !own || !seen || !is_in(slice.metadata.namespace.as_ref(), ns) {
                continue;
            }
            let ports = slice.ports.iter().flatten();
            let ports: Vec<_> = ports
                .map(|p| (p.name.as_deref(), p.protocol.as_deref(), p.port))
                .collect();
            for endpoint in slice.endpoints.iter().flatten() {
                let ready = endpoint.conditions.as_ref().and_then(|c| c.ready);
                if ready != Some(false) {
                    found.push((endpoint.clone(), written_ports(&ports)));
                }
            }
        }
        found
    }

    pub fn known(&self, name: &Name) -> Objects {
        let (ns, service) = name.service().unwrap_or_default();
        let own = |s: &&Service| {
            is_in(s.metadata.namespace.as_ref(), ns) && s.metadata.name.as_deref() == Some(service)
        };
        let there = |ns| self.namespaces.contains(&ns);
        let pods = self.pods.iter().cloned().map(Arc::new);
        Objects {
            namespace: Known::Yes(name.namespace().is_some_and(there)),
            namespace_labels: Known::Yes(BTreeMap::new()),
            service: Known::Yes(self.services.iter().find(own).cloned().map(Arc::new)),
            slices: Known::Yes(self.slices.iter().cloned().map(Arc::new).collect()),
            pods: Known::Yes(pods.collect()),
        }
    }
}

pub(super) fn is_in(namespace: Option<&String>, ns: &str) -> bool {
    namespace.is_some_and(|n| n == ns)
}

fn pairs(port: &str, protocol: &str) -> BTreeSet<(String, String)> {
    let all = spelled(port).into_iter();
    all.flat_map(|p| spelled(protocol).into_iter().map(move |q| (p.clone(), q)))
        .collect()
}

/// An answer in an order of its own.
pub(super) fn sorted(record: &Record) -> String {
    let set = |all: &[IpAddr]| all.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    match record {
        Record::Addresses(all) => format!("{:?} {:?}", BTreeSet::<String>::new(), set(all)),
        Record::Alias(name) => format!("{:?} {{}}", BTreeSet::from([name])),
        Record::Aliases { names, addresses } => {
            format!(
                "{:?} {:?}",
                names.iter().collect::<BTreeSet<_>>(),
                set(addresses)
            )
        }
        Record::Servers(all) => {
            let each = all
                .iter()
                .map(|s| (s.target.text(""), s.port, set(&s.addresses)));
            format!("{:?}", each.collect::<BTreeSet<_>>())
        }
        other => format!("{other:?}"),
    }
}

pub(super) fn looked_up(zone: &Zone, name: &str, kind: Type) -> String {
    let labels: Vec<&str> = name.split('.').collect();
    // Labels before those of a pod count for nothing.
    let name = match labels.as_slice() {
        [_, pod @ ..] | [_, _, pod @ ..] if pod.len() == 3 && pod.ends_with(&["pod"]) => {
            pod.join(".")
        }
        _ => name.to_owned(),
    };
    let Some(items) = zone.get(&name) else {
        return "NxDomain".to_owned();
    };
    let ip = |i: &Item| i.2.parse::<IpAddr>().ok();
    let taken = |i: &IpAddr| {
        if kind == Type::A {
            i.is_ipv4()
        } else {
            i.is_ipv6()
        }
    };
    match kind {
        Type::Txt if items.is_empty() && !name.contains("._zone.") => "NxDomain".to_owned(),
        Type::Txt | Type::Soa => "NoData".to_owned(),
        Type::Srv => {
            let numbered = || items.iter().filter(|i| i.1 >= 0 && ip(i).is_some());
            let each = numbered().map(|(owner, port, _)| {
                let own = numbered().filter(|i| i.0 == *owner);
                let all: BTreeSet<String> = own.map(|i| i.2.clone()).collect();
                (owner.clone(), u16::try_from(*port).expect("a port"), all)
            });
            let all: BTreeSet<_> = each.collect();
            if all.is_empty() {
                "NoData".to_owned()
            } else {
                format!("{all:?}")
            }
        }
        Type::A | Type::Aaaa => {
            let names = items.iter().filter(|i| ip(i).is_none());
            let names: BTreeSet<&String> = names.map(|i| &i.2).collect();
            let all: BTreeSet<String> = items
                .iter()
                .filter_map(ip)
                .filter(taken)
                .map(|i| i.to_string())
                .collect();
            if names.is_empty() && all.is_empty() {
                return "NoData".to_owned();
            }
            format!("{names:?} {all:?}")
        }
    }
}
