//! Objects for the tests.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    ObjectReference, Pod, PodIP, PodStatus, Service, ServicePort, ServiceSpec,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::super::{Known, Objects};

fn metadata(name: &str, label: Option<(&str, &str)>) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some("shop".to_owned()),
        labels: label.map(|(k, v)| [(k.to_owned(), v.to_owned())].into()),
        ..ObjectMeta::default()
    }
}

/// `http/TCP/80`, or `/TCP/80` without a name.
fn parts(port: &str) -> (Option<String>, Option<String>, i32) {
    let mut parts = port.split('/').map(str::to_owned);
    let name = parts.next().filter(|n| !n.is_empty());
    let protocol = parts.next();
    let number = parts.next().expect("a number").parse().expect("a number");
    (name, protocol, number)
}

pub(super) fn service(name: &str, addresses: &[&str], ports: &[&str]) -> Service {
    let ports = ports.iter().map(|p| {
        let (name, protocol, port) = parts(p);
        ServicePort {
            name,
            protocol,
            port,
            ..ServicePort::default()
        }
    });
    let ports: Vec<_> = ports.collect();
    Service {
        metadata: metadata(name, None),
        spec: Some(ServiceSpec {
            cluster_ip: addresses.first().map(|a| (*a).to_owned()),
            cluster_ips: (!addresses.is_empty())
                .then(|| addresses.iter().map(|a| (*a).to_owned()).collect()),
            ports: (!ports.is_empty()).then_some(ports),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }
}

pub(super) fn external(name: &str, target: &str) -> Service {
    Service {
        metadata: metadata(name, None),
        spec: Some(ServiceSpec {
            type_: Some("ExternalName".to_owned()),
            external_name: Some(target.to_owned()),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }
}

pub(super) fn slice(service: &str, ports: &[&str], endpoints: Vec<Endpoint>) -> EndpointSlice {
    let ports = ports.iter().map(|p| {
        let (name, protocol, port) = parts(p);
        EndpointPort {
            name,
            protocol,
            port: Some(port),
            ..EndpointPort::default()
        }
    });
    let ports: Vec<_> = ports.collect();
    EndpointSlice {
        metadata: metadata(
            &format!("{service}-x"),
            Some(("kubernetes.io/service-name", service)),
        ),
        address_type: "IPv4".to_owned(),
        endpoints: Some(endpoints),
        ports: (!ports.is_empty()).then_some(ports),
    }
}

pub(super) fn endpoint(addresses: &[&str], host: &str, ready: Option<bool>) -> Endpoint {
    Endpoint {
        addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
        hostname: (!host.is_empty()).then(|| host.to_owned()),
        conditions: Some(EndpointConditions {
            ready,
            ..EndpointConditions::default()
        }),
        ..Endpoint::default()
    }
}

pub(super) fn of_pod(mut endpoint: Endpoint, pod: &str) -> Endpoint {
    endpoint.target_ref = Some(ObjectReference {
        kind: Some("Pod".to_owned()),
        name: Some(pod.to_owned()),
        ..ObjectReference::default()
    });
    endpoint
}

pub(super) fn pod(name: &str, addresses: &[&str], phase: &str) -> Pod {
    let ips = addresses.iter().map(|a| PodIP {
        ip: (*a).to_owned(),
    });
    Pod {
        metadata: metadata(name, None),
        status: Some(PodStatus {
            phase: Some(phase.to_owned()),
            pod_ip: addresses.first().map(|a| (*a).to_owned()),
            pod_ips: Some(ips.collect()),
            ..PodStatus::default()
        }),
        ..Pod::default()
    }
}

/// All is known of a namespace that is there.
pub(super) fn objects(service: Option<Service>, slices: Vec<EndpointSlice>) -> Objects {
    Objects {
        namespace: Known::Yes(true),
        namespace_labels: Known::Yes([("team".to_owned(), "shop".to_owned())].into()),
        service: Known::Yes(service.map(Arc::new)),
        slices: Known::Yes(slices.into_iter().map(Arc::new).collect()),
        pods: Known::Yes(Vec::new()),
    }
}
