//! What the walk may ask: about the cluster (get, list) and about the network (DNS, TCP, TLS, HTTP).

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::kinds::Kind;

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
    },
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

    /// Whether the API server answers it (as opposed to the network).
    pub const fn is_api(&self) -> bool {
        matches!(self, Self::Get { .. } | Self::List { .. })
    }

    /// The kind it asks for, when it is about objects.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::Get { kind, .. } | Self::List { kind, .. } => Some(*kind),
            _ => None,
        }
    }

    /// The right that answers it, as a sentence for the cluster's administrator.
    pub fn right(&self) -> Option<String> {
        let (verb, kind, namespace) = match self {
            Self::Get {
                kind, namespace, ..
            } => ("get", kind, namespace),
            Self::List {
                kind, namespace, ..
            } => ("list", kind, namespace),
            _ => return None,
        };
        let resource = kind.resource();
        Some(match namespace {
            Some(ns) => format!("{verb} {resource} in namespace {ns}"),
            None if kind.namespaced() => format!("{verb} {resource} in all namespaces"),
            None => format!("{verb} {resource}"),
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get {
                kind,
                namespace,
                name,
            } => match namespace {
                Some(ns) => write!(f, "get {} {ns}/{name}", kind.name()),
                None => write!(f, "get {} {name}", kind.name()),
            },
            Self::List {
                kind,
                namespace,
                labels,
                fields,
            } => {
                write!(f, "list {}", kind.plural())?;
                match namespace {
                    Some(ns) => write!(f, " in {ns}")?,
                    None if kind.namespaced() => write!(f, " in all namespaces")?,
                    None => {}
                }
                if let Some(l) = labels {
                    write!(f, " with labels {l}")?;
                }
                if let Some(s) = fields {
                    write!(f, " with fields {s}")?;
                }
                Ok(())
            }
            Self::Dns { name, via: None } => write!(f, "look up {name}"),
            Self::Dns {
                name,
                via: Some(via),
            } => write!(f, "look up {name} at {via}"),
            Self::Tcp { to } => write!(f, "connect to {to}"),
            Self::Tls { to, sni } => write!(f, "TLS handshake with {to} as {sni}"),
            Self::Http {
                to,
                tls,
                host,
                method,
                path,
            } => {
                let scheme = if *tls { "https" } else { "http" };
                write!(f, "{method} {scheme}://{host}{path} via {}", to.ip())
            }
        }
    }
}
