//! What a Service is, whatever stands behind it.

use k8s_openapi::api::core::v1::Service;

/// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
pub fn service_type(service: &Service) -> &str {
    service
        .spec
        .as_ref()
        .and_then(|s| s.type_.as_deref())
        .unwrap_or("ClusterIP")
}

/// Whether its name leads to the pods themselves: `clusterIP: None`.
pub fn is_headless(service: &Service) -> bool {
    let spec = service.spec.as_ref();
    spec.and_then(|s| s.cluster_ip.as_deref()) == Some("None")
}

/// Whether calls from inside the cluster stay on the node of the caller.
pub fn keeps_local(service: &Service) -> bool {
    let spec = service.spec.as_ref();
    spec.and_then(|s| s.internal_traffic_policy.as_deref()) == Some("Local")
}
