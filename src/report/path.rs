//! The hops of a request and their states.

use serde::Serialize;

/// A station on the request's way, in the order that a request from outside passes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hop {
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
    /// Whether policies let the controller reach the pods.
    NetworkPolicy,
    /// The pods.
    Pod,
}

impl Hop {
    /// All hops, in path order.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Dns,
        Self::LoadBalancer,
        Self::Controller,
        Self::Tls,
        Self::Route,
        Self::Service,
        Self::Endpoints,
        Self::NetworkPolicy,
        Self::Pod,
    ];

    /// As JSON spells it.
    pub const fn slug(self) -> &'static str {
        match self {
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
    /// What is there.
    pub nodes: Vec<Node>,
}
