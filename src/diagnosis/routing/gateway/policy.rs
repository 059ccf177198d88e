//! BackendTLSPolicy: by which of them TLS is spoken to a port of a Service (gateway.networking.k8s.io/v1 `BackendTLSPolicySpec.targetRefs`).

use std::cmp::Reverse;
use std::sync::Arc;

use crate::diagnosis::semantics::meta::name_of;
use crate::facts::gateway::{BackendTLSPolicy, PolicyTarget};

/// A policy, and which of its targetRefs names the Service.
pub type Aimed = (Arc<BackendTLSPolicy>, usize);

/// The policies of a Service, as one of its ports sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policies {
    /// The one that holds for the port.
    pub holding: Option<Aimed>,
    /// Those that name the Service and a port of another name.
    pub beside: Vec<Aimed>,
}

/// Those of a Service among the policies of its namespace. One for the port by name goes before one for all, then the older one, then the
/// one whose name is first.
pub fn policies(all: &[Arc<BackendTLSPolicy>], service: &str, port: Option<&str>) -> Policies {
    let named = |t: &PolicyTarget| t.group.is_empty() && t.kind == "Service" && t.name == service;
    let mut found = Policies::default();
    let mut holding: Vec<Aimed> = Vec::new();
    for policy in all {
        let targets = policy.spec.target_refs.iter().enumerate();
        for (at, target) in targets.filter(|(_, t)| named(t)) {
            let section = target.section_name.as_deref().filter(|s| !s.is_empty());
            let to = if section.is_none() || section == port {
                &mut holding
            } else {
                &mut found.beside
            };
            to.push((Arc::clone(policy), at));
        }
    }
    found.holding = holding.into_iter().min_by_key(|(policy, at)| {
        let by_name = policy.spec.target_refs[*at].section_name.is_some();
        let created = policy.metadata.creation_timestamp.as_ref();
        (
            Reverse(by_name),
            created.map(|t| t.0.as_second()),
            name_of(&**policy).to_owned(),
        )
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(name: &str, created: &str, section: Option<&str>) -> Arc<BackendTLSPolicy> {
        let object = json!({"metadata": {"name": name, "creationTimestamp": created},
            "spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "web", "sectionName": section}]}});
        Arc::new(serde_json::from_value(object).expect("a policy"))
    }

    #[test]
    fn the_port_goes_before_all_ports_and_the_older_policy_before_the_younger() {
        let (old, new) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        let all = [
            policy("all", old, None),
            policy("b", new, Some("https")),
            policy("a", new, Some("https")),
            policy("other", old, Some("admin")),
        ];
        let name = |aimed: &Aimed| name_of(&*aimed.0).to_owned();
        let found = policies(&all, "web", Some("https"));
        assert_eq!(found.holding.as_ref().map(name).as_deref(), Some("a"));
        let beside: Vec<String> = found.beside.iter().map(name).collect();
        assert_eq!(beside, ["other"]);
        let unnamed = policies(&all, "web", None);
        assert_eq!(unnamed.holding.as_ref().map(name).as_deref(), Some("all"));
        assert_eq!(policies(&all, "api", Some("https")), Policies::default());
    }
}
