//! NGINX Gateway Fabric, since 2.0 with an NGINX a Gateway.

use crate::diagnosis::dialect::gateway_make::{BY_NAME, GatewayMake};
use crate::diagnosis::dialect::questions::Plane;
use crate::diagnosis::routing::gateway::Ways;

/// The make.
pub static NGINX_GATEWAY_FABRIC: GatewayMake = GatewayMake {
    slug: "nginx-gateway-fabric",
    title: "NGINX Gateway Fabric",
    controllers: &["gateway.nginx.org/nginx-gateway-controller"],
    images: &["nginx-gateway-fabric"],
    ways: Ways::SPECIFICATION,
    plane: Plane::Labelled(&[BY_NAME]),
};
