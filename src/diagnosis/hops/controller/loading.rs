//! Whether a controller can load what its Ingresses say.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use super::Controller;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::claim::class_of;
use crate::diagnosis::dialect::questions::Unloadable;

/// What keeps it from loading anything new, among the Ingresses of its class that could be read.
pub fn unloadable(cx: &Cx, controller: &Controller) -> Option<Unloadable> {
    let class = controller.class.as_deref();
    let listed = cx.list::<Ingress>(None, None, None).ok()?;
    let of_class = |i: &&Arc<Ingress>| class_of(i).map(|(name, _)| name) == class;
    let own: Vec<&Arc<Ingress>> = listed.items.iter().filter(of_class).collect();
    controller.make.unloadable(&own)
}
