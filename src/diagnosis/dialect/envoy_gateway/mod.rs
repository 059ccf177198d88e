//! Envoy Gateway. internal/gatewayapi/sort.go: which rule goes before which; internal/xds: pods that are not ready are draining
//! ones, which Envoy takes when it has no others.

use crate::diagnosis::dialect::gateway_make::{BY_NAME, ENVOY, GatewayMake};
use crate::diagnosis::dialect::questions::Plane;
use crate::diagnosis::routing::gateway::{Order, Ways};

/// The make.
pub static ENVOY_GATEWAY: GatewayMake = GatewayMake {
    slug: "envoy-gateway",
    title: "Envoy Gateway",
    controllers: &["gateway.envoyproxy.io/gatewayclass-controller"],
    images: &["envoyproxy/gateway", "envoy-gateway"],
    ways: Ways {
        order: Order::MethodAsHeader,
        falls_back: true,
        isolates: true,
        ..ENVOY
    },
    plane: Plane::Labelled(&[
        "gateway.envoyproxy.io/owning-gateway-name={name},gateway.envoyproxy.io/owning-gateway-namespace={namespace}",
        BY_NAME,
    ]),
};
