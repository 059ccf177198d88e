//! What the walk may ask: about the cluster (get, list), about the network (DNS, TCP, TLS, HTTP), and the same from other
//! vantage points (inside a pod through a tunnel, through the API server).

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::client::ClientRequest;
use super::gap::Gap;
use super::kinds::Kind;
use super::pod_dns::DnsQuery;
use super::pod_port::PodPort;
use crate::target::Header;

/// One thing that the walk wants to know. Questions are compared by value, so the same one is asked once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Question {
    /// One object by name.
    Get {
        /// Its kind.
        kind: Kind,
        /// Its namespace; none for cluster-scoped kinds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// All objects of a kind that match.
    List {
        /// The kind.
        kind: Kind,
        /// One namespace, or the whole cluster when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// Label selector in the API's string form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        labels: Option<String>,
        /// Field selector in the API's string form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fields: Option<String>,
    },
    /// The namespaces that have an object of a name. Of each only the metadata crosses the wire.
    Find {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// The API groups that the API server serves. Everybody may ask it.
    ApiGroups,
    /// The addresses of a name, as this machine's programs would find them.
    Dns {
        /// The name, without a trailing dot.
        name: String,
        /// Ask this server instead of the system's resolver.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<SocketAddr>,
    },
    /// Does the address accept a TCP connection?
    Tcp {
        /// Where to connect.
        to: SocketAddr,
    },
    /// What does a TLS handshake show?
    Tls {
        /// Where to connect.
        to: SocketAddr,
        /// The server name to send.
        sni: String,
    },
    /// What does one HTTP request get? Redirects are not followed.
    Http {
        /// Where to connect.
        to: SocketAddr,
        /// Over TLS (SNI = host), accepting any certificate: the TLS question judges it.
        tls: bool,
        /// `Host` header, with `:port` when it is not the scheme's default.
        host: String,
        /// Method.
        method: String,
        /// Path and query.
        path: String,
        /// The user's headers.
        #[serde(default, rename = "with", skip_serializing_if = "Vec::is_empty")]
        headers: Vec<Header>,
    },
    /// What does the request get when it is made as any program on this machine would make it? Redirects are followed.
    Client(ClientRequest),
    /// What do the authoritative servers of the name's zone say, each asked directly?
    DnsAuthority {
        /// The name, without a trailing dot.
        name: String,
        /// Ask this server for the zone and its servers, instead of those of this machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<SocketAddr>,
    },
    /// The TXT records of a name, from this machine's DNS servers.
    DnsText {
        /// The name, without a trailing dot.
        name: String,
        /// Ask this server instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<SocketAddr>,
    },
    /// A TLS handshake over a tunnel into a pod.
    PodTls {
        /// Where.
        pod: PodPort,
        /// The server name to send.
        sni: String,
    },
    /// One HTTP request over a tunnel into a pod. Redirects are not followed.
    PodHttp {
        /// Where.
        pod: PodPort,
        /// Over TLS (SNI = host), accepting any certificate.
        tls: bool,
        /// `Host` header, as the user's request has it.
        host: String,
        /// Method.
        method: String,
        /// Path and query.
        path: String,
        /// With `X-Forwarded-Proto: https`, as a proxy in front that ends TLS sends it.
        #[serde(default, skip_serializing_if = "is_false")]
        forwarded_https: bool,
        /// The same once more: what differs between two answers varies by itself.
        #[serde(default, skip_serializing_if = "is_false")]
        again: bool,
        /// The user's headers.
        #[serde(default, rename = "with", skip_serializing_if = "Vec::is_empty")]
        headers: Vec<Header>,
    },
    /// DNS queries over a tunnel into a pod, over TCP: one connection, one query after the other. The server sees its own loopback.
    PodDns {
        /// Where.
        pod: PodPort,
        /// What is asked, in order.
        queries: Vec<DnsQuery>,
    },
    /// A GET through the API server's proxy. It dials the pod's or the node's address; `Host` and other headers are not the user's.
    Proxy {
        /// Pod, Service or Node.
        kind: Kind,
        /// Its namespace; none for a Node.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// A port number, or for a Service the name of one of its ports.
        port: String,
        /// The API server speaks TLS to it.
        #[serde(default, skip_serializing_if = "is_false")]
        tls: bool,
        /// Path and query.
        path: String,
    },
}

/// The edge that answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Reads objects.
    Objects,
    /// Sends packets from this machine.
    Network,
    /// Sends packets from inside the cluster, by way of the API server.
    Tunnel,
}

impl Question {
    /// A list over the whole cluster.
    pub const fn list_all(kind: Kind) -> Self {
        Self::List {
            kind,
            namespace: None,
            labels: None,
            fields: None,
        }
    }

    /// A list of one namespace.
    pub fn list_in(kind: Kind, namespace: &str) -> Self {
        Self::List {
            kind,
            namespace: Some(namespace.to_owned()),
            labels: None,
            fields: None,
        }
    }

    /// Whether it reads objects (as opposed to sending probes).
    pub const fn is_api(&self) -> bool {
        matches!(self.edge(), Edge::Objects)
    }

    /// Who answers it.
    pub const fn edge(&self) -> Edge {
        match self {
            Self::Get { .. } | Self::List { .. } | Self::Find { .. } | Self::ApiGroups => {
                Edge::Objects
            }
            Self::Dns { .. }
            | Self::Tcp { .. }
            | Self::Tls { .. }
            | Self::Http { .. }
            | Self::Client(_)
            | Self::DnsAuthority { .. }
            | Self::DnsText { .. } => Edge::Network,
            Self::PodTls { .. }
            | Self::PodHttp { .. }
            | Self::PodDns { .. }
            | Self::Proxy { .. } => Edge::Tunnel,
        }
    }

    /// The kind it asks for, when it is about objects.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::Get { kind, .. } | Self::List { kind, .. } | Self::Find { kind, .. } => {
                Some(*kind)
            }
            _ => None,
        }
    }

    /// Whether its answer is objects, and not what there is to be said of some.
    pub const fn brings_objects(&self) -> bool {
        matches!(self, Self::Get { .. } | Self::List { .. })
    }

    /// The right that answers it, as a sentence for the cluster's administrator.
    pub fn right(&self) -> Option<String> {
        self.forbidden()?.right()
    }

    /// What it means not to be allowed to ask it; none for questions that need no right.
    pub fn forbidden(&self) -> Option<Gap> {
        let (verb, resource, namespace) = self.asks()?;
        let name = match self {
            // RBAC takes a list of one name for a request for that name.
            Self::Find { name, .. } => Some(name.clone()),
            _ => None,
        };
        Some(Gap::Forbidden {
            verb: verb.to_owned(),
            resource,
            namespace: namespace.map(str::to_owned),
            name,
        })
    }

    /// Verb, resource and namespace as RBAC spells them. A tunnel needs two verbs: `create` since Kubernetes 1.35, for it is
    /// opened as a WebSocket.
    fn asks(&self) -> Option<(&'static str, String, Option<&str>)> {
        match self {
            Self::Get {
                kind, namespace, ..
            } => Some(("get", kind.resource(), namespace.as_deref())),
            Self::List {
                kind, namespace, ..
            } => Some(("list", kind.resource(), namespace.as_deref())),
            Self::Find { kind, .. } => Some(("list", kind.resource(), None)),
            Self::PodTls { pod, .. } | Self::PodHttp { pod, .. } | Self::PodDns { pod, .. } => {
                let resource = "pods/portforward".to_owned();
                Some(("get and create", resource, Some(&pod.namespace)))
            }
            Self::Proxy {
                kind, namespace, ..
            } => {
                let resource = format!("{}/proxy", kind.plural());
                Some(("get", resource, namespace.as_deref()))
            }
            _ => None,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
const fn is_false(value: &bool) -> bool {
    !*value
}
