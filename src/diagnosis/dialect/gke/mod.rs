//! GKE's built-in controller: no pod shows it, and often no IngressClass.

use crate::diagnosis::dialect::questions::{DataPlane, Dialect, Internal, Plane};

/// The make.
pub static GKE: Gke = Gke;

/// Google's controller.
pub struct Gke;

impl Dialect for Gke {
    fn slug(&self) -> &'static str {
        "gke"
    }

    fn title(&self) -> &'static str {
        "GKE Ingress"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        vec![
            "networking.gke.io/".to_owned(),
            "ingress.gcp.kubernetes.io/".to_owned(),
        ]
    }

    fn class_names(&self) -> &'static [&'static str] {
        &["gce", "gce-internal"]
    }

    fn data_plane(&self) -> DataPlane {
        DataPlane::Elsewhere
    }

    // pkg/utils of ingress-gce (`IsGCEIngress`): it knows the annotation only.
    fn annotation_classes(&self) -> &'static [&'static str] {
        &["gce", "gce-internal", "gce-regional-external"]
    }

    // It serves Ingresses without a class, and leaves these (pkg/annotations of ingress-gce).
    fn marks(&self) -> &'static [&'static str] {
        &[
            "ingress.kubernetes.io/backends",
            "ingress.kubernetes.io/url-map",
        ]
    }

    // cloud.google.com, "Deploying Gateways": one controller for classes of Google's.
    fn gateway_controllers(&self) -> &'static [&'static str] {
        &["networking.gke.io/gateway"]
    }

    fn plane(&self) -> Plane {
        Plane::Elsewhere
    }

    fn internal(&self) -> Option<Internal> {
        Some(Internal::Class("gce-internal", "gce"))
    }
}
