//! The Services before a controller, read as load balancers read them: policies, node ports, annotations, endpoints by node.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::LoadBalancer;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::semantics::endpoints::SERVICE_NAME;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::facts::Unknown;

/// Annotations by which the load balancer itself ends TLS: then plain HTTP behind its port 443 is right.
const ENDS_TLS: &[&str] = &[
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "service.beta.kubernetes.io/do-loadbalancer-certificate-id",
    "service.beta.kubernetes.io/do-loadbalancer-certificate-name",
    "load-balancer.hetzner.cloud/http-certificates",
    "service.beta.kubernetes.io/oci-load-balancer-ssl-ports",
    "service.beta.kubernetes.io/linode-loadbalancer-default-protocol",
    "service.beta.kubernetes.io/scw-loadbalancer-certificate-ids",
    "loadbalancer.openstack.org/default-tls-container-ref",
    "cloud.google.com/app-protocols",
];

/// A node with this label gets no traffic from load balancers.
const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// The value of an annotation.
pub fn annotation<'s>(service: &'s Service, key: &str) -> Option<&'s str> {
    let all = service.metadata.annotations.as_ref()?;
    all.get(key).map(String::as_str)
}

/// Whether the load balancer itself ends TLS, as an annotation of the Service says.
pub fn ends_tls(service: &Service) -> bool {
    ENDS_TLS
        .iter()
        .any(|key| annotation(service, key).is_some())
}

/// Its port of a number.
pub fn port(service: &Service, number: u16) -> Option<&ServicePort> {
    let ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    ports.into_iter().find(|p| p.port == i32::from(number))
}

/// Its port that is open on every node under this number.
pub fn by_node_port(service: &Service, number: u16) -> Option<&ServicePort> {
    let ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    ports
        .into_iter()
        .find(|p| p.node_port == Some(i32::from(number)))
}

/// Whether outside traffic goes to endpoints on the node that it reaches only.
pub fn is_local(service: &Service) -> bool {
    let policy = service
        .spec
        .as_ref()
        .and_then(|s| s.external_traffic_policy.as_deref());
    policy == Some("Local")
}

/// The addresses that its status and its `externalIPs` give it.
pub fn addresses(service: &Service, lb: &LoadBalancer) -> Vec<IpAddr> {
    let label = label_of(service);
    let of_it = lb.published.iter().filter(|p| p.from == label);
    of_it
        .flat_map(|p| p.addresses.iter().copied())
        .chain(own_addresses(service))
        .collect()
}

/// The addresses that stand in its status.
pub fn own_addresses(service: &Service) -> Vec<IpAddr> {
    let status = service.status.iter().flat_map(|s| s.load_balancer.iter());
    status
        .flat_map(|l| l.ingress.iter().flatten())
        .filter_map(|i| i.ip.as_deref()?.parse().ok())
        .collect()
}

/// How many ready endpoints of a Service are on each node; those that name no node are left out.
pub fn endpoints_by_node(cx: &Cx, service: &Service) -> Result<BTreeMap<String, usize>, Unknown> {
    let labels = Some(format!("{SERVICE_NAME}={}", name_of(service)));
    let slices = cx.list::<EndpointSlice>(Some(namespace_of(service)), labels, None)?;
    let mut by_node = BTreeMap::new();
    for endpoint in slices
        .whole()?
        .iter()
        .flat_map(|s| s.endpoints.iter().flatten())
    {
        let conditions = endpoint.conditions.as_ref();
        let ready = conditions.is_none_or(|c| c.ready.unwrap_or(true));
        if let (true, Some(node)) = (ready, &endpoint.node_name) {
            *by_node.entry(node.clone()).or_default() += endpoint.addresses.len();
        }
    }
    Ok(by_node)
}

/// Whether some endpoint of a Service is ready, on whatever node.
pub fn has_ready_endpoint(cx: &Cx, service: &Service) -> Result<bool, Unknown> {
    let labels = Some(format!("{SERVICE_NAME}={}", name_of(service)));
    let slices = cx.list::<EndpointSlice>(Some(namespace_of(service)), labels, None)?;
    let mut endpoints = slices
        .items
        .iter()
        .flat_map(|s| s.endpoints.iter().flatten());
    let ready = endpoints.any(|e| {
        let conditions = e.conditions.as_ref();
        conditions.is_none_or(|c| c.ready.unwrap_or(true))
    });
    match slices.missing {
        Some(gap) if !ready => Err(Unknown::Gap(gap)),
        _ => Ok(ready),
    }
}

/// Whether an address is a node's, with no port of the controller open at it: whoever takes requests there is another program.
pub fn is_anothers(cx: &Cx, controller: &Controller, lb: &LoadBalancer, to: SocketAddr) -> bool {
    let Ok(services) = controller.services.as_ref() else {
        return false;
    };
    let leads_in = |s: &Arc<Service>| {
        by_node_port(s, to.port()).is_some() || addresses(s, lb).contains(&to.ip())
    };
    if services.is_empty() || controller.is_on_nodes() || services.iter().any(leads_in) {
        return false;
    }
    let nodes = nodes(cx).unwrap_or_default();
    nodes.iter().any(|n| node_addresses(n).contains(&to.ip()))
}

/// The cluster's nodes.
pub fn nodes(cx: &Cx) -> Result<Vec<Arc<Node>>, Unknown> {
    cx.list::<Node>(None, None, None).and_then(Listed::whole)
}

/// The addresses of a node.
pub fn node_addresses(node: &Node) -> Vec<IpAddr> {
    let addresses = node
        .status
        .iter()
        .flat_map(|s| s.addresses.iter().flatten());
    addresses.filter_map(|a| a.address.parse().ok()).collect()
}

/// Whether load balancers send traffic to a node.
pub fn takes_traffic(node: &Node) -> bool {
    let labels = node.metadata.labels.as_ref();
    !labels.is_some_and(|l| l.contains_key(EXCLUDED))
}
