//! ReferenceGrant: whether an object may lead to one of another namespace (gateway.networking.k8s.io/v1 `ReferenceGrantSpec`).

use std::sync::Arc;

use crate::diagnosis::routing::Granted;
use crate::diagnosis::semantics::meta::namespace_of;
use crate::facts::gateway::{GROUP, ReferenceGrant};
use crate::facts::{Kind, Unknown};

/// The grants of a namespace.
pub type Grants<'g> = dyn Fn(&str) -> Result<Vec<Arc<ReferenceGrant>>, Unknown> + 'g;

/// Whether an object of a kind and namespace may lead to one of a kind, namespace and name.
pub fn granted(
    from: (Kind, &str),
    (to, namespace, name): (Kind, &str, &str),
    grants: &Grants,
) -> Granted {
    if from.1 == namespace {
        return Granted::Yes;
    }
    match grants(namespace) {
        Err(unknown) => Granted::Unseen(unknown),
        Ok(all) if may_lead(from, (to, namespace, name), &all) => Granted::Yes,
        Ok(_) => Granted::No,
    }
}

/// Whether a grant of the other namespace allows it.
fn may_lead(
    (kind, from): (Kind, &str),
    (to, namespace, name): (Kind, &str, &str),
    grants: &[Arc<ReferenceGrant>],
) -> bool {
    let allows = |grant: &&Arc<ReferenceGrant>| {
        let spec = &grant.spec;
        let whose = spec
            .from
            .iter()
            .any(|f| f.group == GROUP && f.kind == kind.name() && f.namespace == from);
        let what = spec.to.iter().any(|t| {
            t.group == to.group()
                && t.kind == to.name()
                && t.name.as_deref().is_none_or(|n| n.is_empty() || n == name)
        });
        namespace_of(&***grant) == namespace && whose && what
    };
    grants.iter().any(|g| allows(&g))
}
