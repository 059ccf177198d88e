//! Contour, with Gateways that its provisioner makes Envoys for.

use crate::diagnosis::dialect::gateway_make::{BY_NAME, ENVOY, GatewayMake};
use crate::diagnosis::dialect::questions::Plane;

/// The make.
pub static CONTOUR: GatewayMake = GatewayMake {
    slug: "contour",
    title: "Contour",
    controllers: &["projectcontour.io/gateway-controller"],
    images: &["projectcontour/contour"],
    ways: ENVOY,
    plane: Plane::Labelled(&[BY_NAME, "projectcontour.io/owning-gateway-name={name}"]),
};
