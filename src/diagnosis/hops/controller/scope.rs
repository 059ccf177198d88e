//! The Ingresses of its class that a controller does not look at, because its command line limits it.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::discovery::Workload;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::scope::Outside;
use crate::diagnosis::semantics::meta::namespace_of;

/// An Ingress that none of the controller's workloads looks at.
#[derive(Clone, Debug)]
pub struct Overlooked {
    /// The Ingress.
    pub ingress: Arc<Ingress>,
    /// Why the first of them does not.
    pub outside: Outside,
}

/// Takes out of the Ingresses those that no workload looks at, and of the workloads those that look at none of the others.
pub fn part(
    cx: &Cx,
    make: &Make,
    workloads: &mut Vec<Workload>,
    ingresses: &mut Vec<Arc<Ingress>>,
) -> Vec<Overlooked> {
    let outside = |w: &Workload, ingress: &Ingress| {
        let scope = make.scope(&w.args);
        let name = namespace_of(ingress);
        let wanted = scope.wants_namespace();
        let namespace = wanted.then(|| cx.get::<Namespace>(None, name));
        let namespace = namespace.and_then(Result::ok).flatten();
        let labels = namespace.map(|n| n.metadata.labels.clone().unwrap_or_default());
        scope.leaves_out(ingress, labels.as_ref())
    };
    let mut overlooked = Vec::new();
    ingresses.retain(|ingress| {
        let all: Option<Vec<Outside>> = workloads.iter().map(|w| outside(w, ingress)).collect();
        let Some(outside) = all.and_then(|all| all.into_iter().next()) else {
            return true;
        };
        let ingress = Arc::clone(ingress);
        overlooked.push(Overlooked { ingress, outside });
        false
    });
    let looks = |w: &Workload| ingresses.iter().any(|i| outside(w, i).is_none());
    if workloads.iter().any(looks) {
        workloads.retain(looks);
    }
    overlooked
}
