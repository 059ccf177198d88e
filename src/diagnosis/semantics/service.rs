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
