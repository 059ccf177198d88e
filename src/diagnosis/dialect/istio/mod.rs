//! Istio. pilot/pkg/config/kube/gateway: a Deployment and a Service a Gateway, named after it and its class.

use crate::diagnosis::dialect::gateway_make::{BY_NAME, ENVOY, GatewayMake};
use crate::diagnosis::dialect::questions::Plane;

/// The make.
pub static ISTIO: GatewayMake = GatewayMake {
    slug: "istio",
    title: "Istio",
    controllers: &[
        "istio.io/gateway-controller",
        "istio.io/unmanaged-gateway",
        "istio.io/mesh-controller",
    ],
    images: &["istio/pilot"],
    ways: ENVOY,
    plane: Plane::Labelled(&[BY_NAME]),
};
