//! What a way in is called.

use std::sync::Arc;

use super::controller::Controller;
use crate::diagnosis::declared::gateways::Way;
use crate::report::GATEWAY;

/// Names a way in: a Gateway; of Ingresses the class by which their controller takes them, else the controller's make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntranceId(pub Arc<str>);

impl EntranceId {
    /// Of the controller, as far as it is known.
    pub fn of(controller: Option<&Controller>) -> Self {
        let class = controller.and_then(|c| c.class.as_deref());
        let make = controller.map(|c| c.make.title());
        Self(class.or(make).unwrap_or("unclaimed").into())
    }

    /// Of what a pod calls: no way in at all.
    pub fn of_call() -> Self {
        Self("client".into())
    }

    /// Whether that is its name, whole or without the kind or the namespace.
    pub fn is_called(&self, name: &str) -> bool {
        let whole = self.0.as_ref();
        let bare = whole.split_once(' ').map_or(whole, |(_, rest)| rest);
        let last = bare.rsplit('/').next().unwrap_or(bare);
        [whole, bare, last]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    }

    /// Of a Gateway: `Gateway infra/web`.
    pub fn of_gateway(way: &Way) -> Self {
        Self(format!("{GATEWAY}{}/{}", way.namespace(), way.name()).into())
    }
}
