//! A flow and its ends, with all that policies look at.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Pod;

use super::doubt::{Doubt, Match};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::port::declared;

/// What is sent, from where to where. Addresses and the port are those of pods: of a Service's neither is left once the packet is under
/// way.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Who opens it.
    pub source: End,
    /// Who takes it.
    pub destination: End,
    /// The destination's port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

/// The protocols that policies tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP; also what is meant where none is written.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One end of a flow.
#[derive(Clone, Debug)]
pub enum End {
    /// A pod.
    Pod(Member),
    /// An address that is no pod's.
    Address(IpAddr),
    /// Something outside the cluster whose address is not known. What comes from there may come by any node, and with its address.
    Outside,
}

impl End {
    /// The pod, where it is one.
    pub const fn pod(&self) -> Option<&Member> {
        match self {
            Self::Pod(pod) => Some(pod),
            Self::Address(_) | Self::Outside => None,
        }
    }
}

/// A pod, as policies see it.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Namespace.
    pub namespace: String,
    /// Name; empty where only a template of it is known.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// It uses the node's network.
    pub host_network: bool,
    /// The node it runs on.
    pub node: Option<String>,
    /// Its addresses; none where they are not known.
    pub addresses: Vec<IpAddr>,
    /// Those of its node.
    pub node_addresses: Vec<IpAddr>,
    /// Its named ports.
    pub ports: Vec<NamedPort>,
}

/// A port that a container names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPort {
    /// Its name.
    pub name: String,
    /// Its protocol, as written.
    pub protocol: String,
    /// Its number.
    pub number: i32,
}

impl From<&Pod> for Member {
    fn from(pod: &Pod) -> Self {
        let (spec, status) = (pod.spec.as_ref(), pod.status.as_ref());
        let parse = |text: Option<&str>| text.and_then(|t| t.parse::<IpAddr>().ok());
        let own = status.and_then(|s| parse(s.pod_ip.as_deref()));
        let owns = status.iter().flat_map(|s| s.pod_ips.iter().flatten());
        let owns = owns.filter_map(|ip| parse(Some(&ip.ip)));
        let host = status.and_then(|s| parse(s.host_ip.as_deref()));
        let hosts = status.iter().flat_map(|s| s.host_ips.iter().flatten());
        let hosts = hosts.filter_map(|ip| parse(Some(&ip.ip)));
        let named = declared(pod).filter_map(|p| {
            Some(NamedPort {
                name: p.name.clone()?,
                protocol: p.protocol.clone().unwrap_or_else(|| "TCP".to_owned()),
                number: p.container_port,
            })
        });
        Self {
            namespace: pod
                .metadata
                .namespace
                .clone()
                .unwrap_or_else(|| "default".to_owned()),
            name: name_of(pod).to_owned(),
            labels: pod.metadata.labels.clone().unwrap_or_default(),
            host_network: spec.and_then(|s| s.host_network).unwrap_or_default(),
            node: spec.and_then(|s| s.node_name.clone()),
            addresses: unique(own.into_iter().chain(owns)),
            node_addresses: unique(host.into_iter().chain(hosts)),
            ports: named.collect(),
        }
    }
}

fn unique(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = Vec::new();
    for address in addresses {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

impl Member {
    /// Whether the other end is this pod. On a node's network the address is the node's, and not its own.
    pub(super) fn is(&self, other: &End) -> bool {
        match other {
            End::Pod(other) => {
                self.namespace == other.namespace
                    && self.name == other.name
                    && !self.name.is_empty()
            }
            End::Address(address) => !self.host_network && self.addresses.contains(address),
            End::Outside => false,
        }
    }

    /// Whether the other end is on the network of the node that this pod runs on.
    pub(super) fn is_on_node(&self, other: &End) -> Match {
        match other {
            End::Pod(other) if !other.host_network => Match::No,
            End::Pod(other) => match (&self.node, &other.node) {
                (Some(own), Some(node)) => Match::from(own == node),
                _ => Match::Perhaps(Doubt::Node),
            },
            End::Address(address) if self.node_addresses.contains(address) => Match::Yes,
            End::Address(_) if self.node_addresses.is_empty() => Match::Perhaps(Doubt::Node),
            End::Address(_) => Match::No,
            End::Outside => Match::Perhaps(Doubt::Address),
        }
    }

    /// The families in which it may be spoken to, as far as its addresses tell: v4, v6.
    pub(super) fn families(&self) -> [bool; 2] {
        if self.addresses.is_empty() {
            return [true, true];
        }
        [
            self.addresses.iter().any(IpAddr::is_ipv4),
            self.addresses.iter().any(IpAddr::is_ipv6),
        ]
    }
}
