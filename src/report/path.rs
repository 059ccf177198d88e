//! The hops of a request and their states.

use serde::Serialize;

/// A station on the request's way. A journey passes its own in the order in which they stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hop {
    /// The pod that calls, and what its resolver is told.
    Client,
    /// The name, as the cluster's DNS answers it.
    ClusterDns,
    /// What the user asks for.
    User,
    /// Name to addresses.
    Dns,
    /// Address to the controller's pods.
    LoadBalancer,
    /// The program that reads the rules.
    Controller,
    /// The certificate.
    Tls,
    /// Host and path rules.
    Route,
    /// The backend Service.
    Service,
    /// Its endpoints.
    Endpoints,
    /// Whether policies let the controller, or the pod that calls, reach the pods.
    NetworkPolicy,
    /// The pods.
    Pod,
}

/// The hops of a request from outside, in order.
pub const NORTH_SOUTH: &[Hop] = &[
    Hop::User,
    Hop::Dns,
    Hop::LoadBalancer,
    Hop::Controller,
    Hop::Tls,
    Hop::Route,
    Hop::Service,
    Hop::Endpoints,
    Hop::NetworkPolicy,
    Hop::Pod,
];

/// The hops of a call from inside the cluster, in order.
pub const EAST_WEST: &[Hop] = &[
    Hop::Client,
    Hop::ClusterDns,
    Hop::Service,
    Hop::Endpoints,
    Hop::NetworkPolicy,
    Hop::Pod,
];

impl Hop {
    /// As JSON spells it.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ClusterDns => "cluster-dns",
            Self::User => "user",
            Self::Dns => "dns",
            Self::LoadBalancer => "load-balancer",
            Self::Controller => "controller",
            Self::Tls => "tls",
            Self::Route => "route",
            Self::Service => "service",
            Self::Endpoints => "endpoints",
            Self::NetworkPolicy => "network-policy",
            Self::Pod => "pod",
        }
    }

    /// As a person reads it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::ClusterDns => "Cluster DNS",
            Self::User => "User",
            Self::Dns => "DNS",
            Self::LoadBalancer => "Load balancer",
            Self::Controller => "Controller",
            Self::Tls => "TLS",
            Self::Route => "Route",
            Self::Service => "Service",
            Self::Endpoints => "Endpoints",
            Self::NetworkPolicy => "Policy",
            Self::Pod => "Pod",
        }
    }
}

/// How a hop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Questions are still open; never in a finished report.
    Waiting,
    /// It does its part.
    Ok,
    /// It does its part, not as it should.
    Degraded,
    /// The request does not get past it.
    Broken,
    /// It could not be seen.
    Unknown,
    /// The request does not use it, or nothing leads there.
    Skipped,
}

/// An object of the cluster by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ObjectRef {
    /// `Service`.
    pub kind: String,
    /// Its namespace; none for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// `Service shop/frontend`, as evidence writes it.
    pub fn display(&self) -> String {
        match &self.namespace {
            Some(ns) => format!("{} {ns}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}

/// A thing at a hop: a record, a Service, a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// `Service`, `A`, `Rule`.
    pub kind: String,
    /// Namespace, if it has one.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// What is to be said of it.
    pub detail: String,
    /// How it does, where that differs from thing to thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The object that it is, or that it stands in; none for things outside the cluster.
    #[serde(skip)]
    pub object: Option<ObjectRef>,
}

/// One hop of a report.
#[derive(Clone, Debug, Serialize)]
pub struct HopReport {
    /// Which.
    pub hop: Hop,
    /// How it does.
    pub state: State,
    /// One line.
    pub summary: String,
    /// How long the slowest probe of this hop took, in milliseconds; none without a probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// What is there.
    pub nodes: Vec<Node>,
}

/// A hop of a way in that the report is not about, in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HopLine {
    /// Which.
    pub hop: Hop,
    /// How it does.
    pub state: State,
    /// One line.
    pub summary: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_passes_its_hops_in_their_order() {
        // Which of two hops comes first is told by comparing them.
        assert!(NORTH_SOUTH.is_sorted_by(|a, b| a < b));
        assert!(EAST_WEST.is_sorted_by(|a, b| a < b));
    }
}
