//! Cilium. operator/pkg/model: a Service a Gateway; the Envoys are on every node.

use crate::diagnosis::dialect::gateway_make::{BY_NAME, ENVOY, GatewayMake};
use crate::diagnosis::dialect::questions::Plane;

/// The make.
pub static CILIUM_GATEWAY: GatewayMake = GatewayMake {
    slug: "cilium-gateway",
    title: "Cilium",
    controllers: &["io.cilium/gateway-controller"],
    images: &[],
    ways: ENVOY,
    plane: Plane::Labelled(&[BY_NAME, "io.cilium.gateway/owning-gateway={name}"]),
};
