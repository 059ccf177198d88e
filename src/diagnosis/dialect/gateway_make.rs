//! A make that knows Gateway API and no Ingresses, or whose Ingresses are read by the specification: what it is called, how it is
//! recognised, and where its pods are.

use super::image::Repository;
use super::questions::{Dialect, Plane};
use crate::diagnosis::routing::gateway::Ways;

/// One of them.
pub struct GatewayMake {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) controllers: &'static [&'static str],
    pub(super) images: &'static [&'static str],
    pub(super) ways: Ways,
    pub(super) plane: Plane,
}

/// What GEP-1762 has implementations write on what they make for a Gateway.
pub(super) const BY_NAME: &str = "gateway.networking.k8s.io/gateway-name={name}";

/// What those do that make of it a configuration of Envoy which cleans paths.
pub(super) const ENVOY: Ways = Ways {
    cleans_paths: true,
    ..Ways::SPECIFICATION
};

impl Dialect for GatewayMake {
    fn slug(&self) -> &'static str {
        self.slug
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn is_image(&self, image: Repository) -> bool {
        self.images.iter().any(|tail| image.is(tail))
    }

    fn gateway_controllers(&self) -> &'static [&'static str] {
        self.controllers
    }

    fn ways(&self) -> Ways {
        self.ways
    }

    fn plane(&self) -> Plane {
        self.plane
    }
}
