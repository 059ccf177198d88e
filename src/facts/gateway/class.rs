//! GatewayClass: which controller takes Gateways of a class.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Condition, object};

object! {
    /// A class of Gateways.
    GatewayClass("gatewayclasses", "v1", ClusterResourceScope): ClassSpec, ClassStatus
}

/// What a class says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClassSpec {
    /// Who takes its Gateways: `example.com/gateway-controller`.
    pub controller_name: String,
}

/// What its controller says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClassStatus {
    /// What is said of it.
    pub conditions: Vec<Condition>,
    /// What the controller can do. Names alone before v1.1, objects with a name since; none where it does not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supported_features: Vec<Value>,
}

impl ClassStatus {
    /// Whether the controller says that it can do this; none where it lists nothing.
    pub fn supports(&self, feature: &str) -> Option<bool> {
        let name = |f: &Value| f.as_str().or_else(|| f["name"].as_str()) == Some(feature);
        (!self.supported_features.is_empty()).then(|| self.supported_features.iter().any(name))
    }
}
