//! kgateway, and agentgateway with it.

use crate::diagnosis::dialect::gateway_make::{BY_NAME, ENVOY, GatewayMake};
use crate::diagnosis::dialect::questions::Plane;

/// The make.
pub static KGATEWAY: GatewayMake = GatewayMake {
    slug: "kgateway",
    title: "kgateway",
    controllers: &["kgateway.dev/kgateway", "kgateway.dev/agentgateway"],
    images: &["kgateway-dev/kgateway"],
    ways: ENVOY,
    plane: Plane::Labelled(&[BY_NAME]),
};
