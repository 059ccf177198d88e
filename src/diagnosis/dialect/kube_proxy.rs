//! Pods that call Services: what kube-proxy makes of a Service's address, and what a headless Service leaves to the caller.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::ServiceBackendPort;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::make::Make;
use super::questions::{Dialect, Spoken};
use crate::diagnosis::semantics::endpoints::{Conditions, port_by_name};
use crate::target::Transport;

/// kube-proxy, or what replaces it.
pub struct KubeProxy {
    /// Of ports that share a number the one of this transport is meant.
    transport: Transport,
}

impl KubeProxy {
    /// For calls over one transport.
    pub fn make(transport: Transport) -> Make {
        Make::speaking(Spoken::Told(Arc::new(Self { transport })))
    }
}

impl Dialect for KubeProxy {
    fn slug(&self) -> &'static str {
        "kube-proxy"
    }

    fn title(&self) -> &'static str {
        "kube-proxy"
    }

    fn service_port<'s>(
        &'s self,
        service: &'s Service,
        backend: &ServiceBackendPort,
    ) -> Option<&'s ServicePort> {
        let mut ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
        ports.find(|p| {
            let named = backend.name.is_some() && p.name == backend.name;
            let same = named || backend.number == Some(p.port);
            same && p.protocol.as_deref().unwrap_or("TCP") == self.transport.as_str()
        })
    }

    /// Where no endpoint is ready it goes on to those that end and still serve (`CategorizeEndpoints`, pkg/proxy/topology.go).
    fn falls_back(&self, conditions: Conditions) -> bool {
        conditions.serving() && conditions.terminating
    }
}

/// The caller of a headless Service: the name leads to the pods themselves, so that the port is theirs.
pub struct Headless {
    /// The port that is called, whether or not the Service has it.
    port: ServicePort,
}

impl Headless {
    /// For calls to one port. A Service's port by its name stands for the one of the pods.
    pub fn make(service: &Service, called: &ServiceBackendPort, transport: Transport) -> Make {
        let ports = || service.spec.iter().flat_map(|s| s.ports.iter().flatten());
        let named = || ports().find(|p| called.name.is_some() && p.name == called.name);
        let own = |number: i32| {
            ports().find(|p| match &p.target_port {
                Some(IntOrString::Int(n)) if *n != 0 => *n == number,
                Some(IntOrString::String(_)) => false,
                _ => p.port == number,
            })
        };
        let port = match called.number {
            Some(number) => own(number).cloned().unwrap_or_else(|| ServicePort {
                port: number,
                target_port: Some(IntOrString::Int(number)),
                protocol: Some(transport.as_str().to_owned()),
                ..ServicePort::default()
            }),
            None => named().cloned().unwrap_or_default(),
        };
        Make::speaking(Spoken::Told(Arc::new(Self { port })))
    }
}

impl Dialect for Headless {
    fn slug(&self) -> &'static str {
        "headless"
    }

    fn title(&self) -> &'static str {
        "the caller"
    }

    fn service_port<'s>(
        &'s self,
        _service: &'s Service,
        _backend: &ServiceBackendPort,
    ) -> Option<&'s ServicePort> {
        (self.port.port != 0).then_some(&self.port)
    }

    /// No slice translates it: what is called is what the pods get. A name is looked up in the slice all the same, for it may lead
    /// to several numbers.
    fn slice_port(&self, slice: &EndpointSlice, port: &ServicePort) -> Option<i32> {
        match &port.target_port {
            Some(IntOrString::Int(number)) if *number != 0 => Some(*number),
            Some(IntOrString::String(_)) => port_by_name(slice, port),
            _ => Some(port.port),
        }
    }
}

/// Whether a port speaks something else than HTTP, as far as its number and its names tell (the names are those that Istio reads, too).
pub fn is_other(number: i32, name: Option<&str>, protocol: Option<&str>) -> bool {
    const NUMBERS: [i32; 25] = [
        21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 1433, 1521, 1883, 2181, 3306, 4222,
        5432, 5672, 6379, 9042, 9092, 11211, 27017,
    ];
    const NAMES: [&str; 19] = [
        "tcp",
        "udp",
        "sctp",
        "grpc",
        "mongo",
        "mongodb",
        "mysql",
        "postgres",
        "postgresql",
        "redis",
        "kafka",
        "amqp",
        "mqtt",
        "dns",
        "ldap",
        "smtp",
        "ssh",
        "tls",
        "client",
    ];
    let is_http = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.starts_with("http") || word.ends_with("/ws") || word == "kubernetes.io/wss"
    };
    if let Some(protocol) = protocol {
        return !is_http(protocol);
    }
    let first = name.map(|n| n.split('-').next().unwrap_or(n).to_ascii_lowercase());
    match first {
        Some(first) if is_http(&first) || first == "web" => false,
        Some(first) if NAMES.contains(&first.as_str()) => true,
        _ => NUMBERS.contains(&number),
    }
}
