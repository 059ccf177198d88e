//! The rules of a policy, and for which directions it isolates.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};

use crate::diagnosis::semantics::meta::name_of;

/// Which side of a flow a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// What its pods may get.
    Ingress,
    /// What its pods may send.
    Egress,
}

impl Direction {
    /// As `policyTypes` has it.
    pub const fn policy_type(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    /// The field of its rules.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The field of a rule's peers.
    pub const fn peers(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}

/// One rule of a policy, of either direction.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The policy.
    pub policy: Arc<NetworkPolicy>,
    /// The direction.
    pub direction: Direction,
    /// Which of its rules for that.
    pub index: usize,
}

impl Rule {
    /// `from` or `to`.
    pub fn peers(&self) -> &[NetworkPolicyPeer] {
        self.parts().0.unwrap_or_default()
    }

    /// `ports`.
    pub fn ports(&self) -> &[NetworkPolicyPort] {
        self.parts().1.unwrap_or_default()
    }

    fn parts(&self) -> (Option<&[NetworkPolicyPeer]>, Option<&[NetworkPolicyPort]>) {
        let Some(spec) = &self.policy.spec else {
            return (None, None);
        };
        match self.direction {
            Direction::Ingress => {
                let rule = spec.ingress.iter().flatten().nth(self.index);
                let parts = rule.map(|r| (r.from.as_deref(), r.ports.as_deref()));
                parts.unwrap_or_default()
            }
            Direction::Egress => {
                let rule = spec.egress.iter().flatten().nth(self.index);
                let parts = rule.map(|r| (r.to.as_deref(), r.ports.as_deref()));
                parts.unwrap_or_default()
            }
        }
    }

    /// Where it stands in its policy: `.spec.ingress[0]`.
    pub fn path(&self) -> String {
        format!(".spec.{}[{}]", self.direction.field(), self.index)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.policy.metadata.namespace.as_deref();
        let namespace = namespace.unwrap_or("default");
        let name = name_of(&*self.policy);
        write!(f, "NetworkPolicy {namespace}/{name} {}", self.path())
    }
}

/// Whether a policy isolates the pods that it selects for a direction. Where it does not say for which it is, it is for ingress, and for
/// egress only where it has such a rule.
pub(super) fn isolates(policy: &NetworkPolicy, direction: Direction) -> bool {
    let spec = policy.spec.as_ref();
    let types = spec.and_then(|s| s.policy_types.as_deref());
    match types.filter(|types| !types.is_empty()) {
        Some(types) => types.iter().any(|t| t == direction.policy_type()),
        None => match direction {
            Direction::Ingress => true,
            Direction::Egress => {
                let rules = spec.and_then(|s| s.egress.as_deref());
                rules.is_some_and(|rules| !rules.is_empty())
            }
        },
    }
}

/// Its rules for a direction.
pub(super) fn rules(
    policy: &Arc<NetworkPolicy>,
    direction: Direction,
) -> impl Iterator<Item = Rule> {
    let spec = policy.spec.as_ref();
    let count = match direction {
        Direction::Ingress => spec.and_then(|s| Some(s.ingress.as_ref()?.len())),
        Direction::Egress => spec.and_then(|s| Some(s.egress.as_ref()?.len())),
    };
    (0..count.unwrap_or_default()).map(move |index| Rule {
        policy: Arc::clone(policy),
        direction,
        index,
    })
}
