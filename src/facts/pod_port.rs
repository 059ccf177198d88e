//! Where a tunnel into a pod leads.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A port inside a pod, as a tunnel reaches it: at the pod's loopback, past policies and address translation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PodPort {
    /// Namespace.
    pub namespace: String,
    /// Pod.
    pub name: String,
    /// TCP port.
    pub port: u16,
    /// Begin with a PROXY protocol line, as a load balancer would.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proxy_line: bool,
}

impl fmt::Display for PodPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = if self.proxy_line {
            " with a PROXY line"
        } else {
            ""
        };
        write!(
            f,
            "inside pod {}/{} port {}{line}",
            self.namespace, self.name, self.port
        )
    }
}
