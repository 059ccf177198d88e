//! Policies of other engines than NetworkPolicy of `networking.k8s.io`: whether one may hold back what a pod sends or gets. What their
//! rules let through is not judged; a policy is left out only where it is certain that it is about something else.

use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

use super::doubt::Match;
use super::flow::Member;
use super::namespaces::{NAME_LABEL, Namespaces};
use super::rule::Direction;
use crate::diagnosis::semantics::meta::{display, name_of};
use crate::diagnosis::semantics::selector::{Selector, Test};
use crate::facts::policies::{
    AdminNetworkPolicy, AdminSpec, AntreaClusterNetworkPolicy, AntreaNetworkPolicy, AntreaSpec,
    BaselineAdminNetworkPolicy, CalicoNetworkPolicy, CalicoSpec, CiliumClusterwideNetworkPolicy,
    CiliumNetworkPolicy, CiliumRule, ClusterNetworkPolicy, GlobalNetworkPolicy, Rules,
};
use crate::facts::{Kind, Typed};

/// Label keys under which Cilium has what is no label of the pod itself, and some that it may leave out.
const CILIUM_OWN: [&str; 2] = ["io.cilium.", "io.kubernetes."];
/// That of the namespace.
const CILIUM_NAMESPACE: &str = "io.kubernetes.pod.namespace";

/// A policy of another engine.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; none where it is about all of them.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    policy: Arc<dyn Selects>,
}

impl Other {
    /// One that was read.
    pub fn new<T: Typed + Selects>(policy: &Arc<T>) -> Self {
        let policy = Arc::clone(policy);
        let namespace = policy.metadata().namespace.clone();
        Self {
            kind: T::OF,
            namespace: namespace.filter(|_| T::OF.namespaced()),
            name: name_of(&*policy).to_owned(),
            policy,
        }
    }

    /// `CiliumNetworkPolicy shop/deny`
    pub fn label(&self) -> String {
        display(self.kind, self.namespace.as_deref(), &self.name)
    }

    /// The field by which it selects, and what stands there.
    pub fn selector(&self) -> (&'static str, Value) {
        self.policy.selector()
    }

    /// Whether it may hold back what a pod sends or gets.
    pub fn may_select(&self, direction: Direction, pod: &Member, namespaces: &Namespaces) -> bool {
        let here = self
            .namespace
            .as_ref()
            .is_none_or(|ns| *ns == pod.namespace);
        here && self.policy.may_select(direction, pod, namespaces)
    }

    /// Whether that hangs on other labels of Namespaces than their names.
    pub fn looks_at_namespaces(&self) -> bool {
        self.policy.looks_at_namespaces()
    }
}

/// What a kind of policies is about.
pub trait Selects: Debug + Send + Sync {
    /// The field by which it selects pods, and what stands there.
    fn selector(&self) -> (&'static str, Value);

    /// Whether it may hold back what such a pod of a fitting namespace sends or gets.
    fn may_select(&self, direction: Direction, pod: &Member, namespaces: &Namespaces) -> bool;

    /// Whether that hangs on other labels of Namespaces than their names.
    fn looks_at_namespaces(&self) -> bool {
        false
    }
}

macro_rules! selects_by_spec {
    ($($kind:ident),*) => {
        $(impl Selects for $kind {
            fn selector(&self) -> (&'static str, Value) {
                self.spec.selector()
            }

            fn may_select(&self, direction: Direction, pod: &Member, namespaces: &Namespaces) -> bool {
                self.spec.may_select(direction, pod, namespaces)
            }

            fn looks_at_namespaces(&self) -> bool {
                self.spec.looks_at_namespaces()
            }
        })*
    };
}
selects_by_spec!(
    AdminNetworkPolicy,
    BaselineAdminNetworkPolicy,
    ClusterNetworkPolicy,
    CalicoNetworkPolicy,
    GlobalNetworkPolicy,
    AntreaNetworkPolicy,
    AntreaClusterNetworkPolicy
);

macro_rules! selects_by_specs {
    ($($kind:ident),*) => {
        $(impl Selects for $kind {
            fn selector(&self) -> (&'static str, Value) {
                let first = self.spec.iter().chain(&self.specs).next();
                first.map_or((".spec", Value::Null), Selects::selector)
            }

            fn may_select(&self, direction: Direction, pod: &Member, namespaces: &Namespaces) -> bool {
                let mut all = self.spec.iter().chain(&self.specs);
                all.any(|rule| rule.may_select(direction, pod, namespaces))
            }
        })*
    };
}
selects_by_specs!(CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy);

/// Rules deny or allow; none of them isolates a pod for a direction of which there are none.
impl Selects for AdminSpec {
    fn selector(&self) -> (&'static str, Value) {
        (".spec.subject", json!(self.subject))
    }

    fn may_select(&self, direction: Direction, pod: &Member, namespaces: &Namespaces) -> bool {
        let within = |selector: &LabelSelector| {
            namespaces.selected(&selector.into(), &pod.namespace) != Match::No
        };
        let selected = match (&self.subject.namespaces, &self.subject.pods) {
            (Some(selector), None) => within(selector),
            (None, Some(pods)) => {
                let own = Selector::from(&pods.pod_selector);
                within(&pods.namespace_selector) && own.matches(&pod.labels)
            }
            // The API server takes no such policy.
            _ => true,
        };
        selected && has_rules(&self.rules, direction)
    }

    fn looks_at_namespaces(&self) -> bool {
        let pods = self.subject.pods.as_ref().map(|p| &p.namespace_selector);
        let all = self.subject.namespaces.iter().chain(pods);
        let requires = |s: &LabelSelector| {
            let selector = Selector::from(s);
            selector.requirements().any(|(key, _)| key != NAME_LABEL)
        };
        all.into_iter().any(requires)
    }
}

/// "If omitted or empty, this rule does not apply" is what the definition says of each list of rules.
impl Selects for CiliumRule {
    fn selector(&self) -> (&'static str, Value) {
        match (&self.endpoint_selector, &self.node_selector) {
            (None, Some(nodes)) => (".spec.nodeSelector", nodes.clone()),
            (pods, _) => (".spec.endpointSelector", json!(pods)),
        }
    }

    fn may_select(&self, direction: Direction, pod: &Member, _: &Namespaces) -> bool {
        let deny = match direction {
            Direction::Ingress => &self.ingress_deny,
            Direction::Egress => &self.egress_deny,
        };
        let applies = has_rules(&self.rules, direction)
            || deny.as_ref().is_some_and(|rules| !rules.is_empty())
            || self.enable_default_deny.is_some();
        let selected = match (&self.endpoint_selector, &self.node_selector) {
            (Some(selector), _) => may_be_endpoint(&Selector::from(selector), pod),
            // What is for nodes is for the pods on their network.
            (None, Some(_)) => pod.host_network,
            (None, None) => true,
        };
        applies && selected
    }
}

/// Its expressions are not read.
impl Selects for CalicoSpec {
    fn selector(&self) -> (&'static str, Value) {
        let all = || "all()".to_owned();
        (
            ".spec.selector",
            json!(self.selector.clone().unwrap_or_else(all)),
        )
    }

    fn may_select(&self, direction: Direction, _: &Member, _: &Namespaces) -> bool {
        let types = &self.types;
        types.is_empty() || types.iter().any(|t| t == direction.policy_type())
    }
}

/// Its groups are not read.
impl Selects for AntreaSpec {
    fn selector(&self) -> (&'static str, Value) {
        (".spec.appliedTo", json!(self.applied_to))
    }

    fn may_select(&self, direction: Direction, _: &Member, _: &Namespaces) -> bool {
        has_rules(&self.rules, direction)
    }
}

fn has_rules(rules: &Rules, direction: Direction) -> bool {
    let rules = match direction {
        Direction::Ingress => &rules.ingress,
        Direction::Egress => &rules.egress,
    };
    rules.as_ref().is_some_and(|rules| !rules.is_empty())
}

/// Whether a selector of Cilium may select a pod. A label that is to be absent may be one that Cilium was told not to look at, and is
/// absent for it.
fn may_be_endpoint(selector: &Selector, pod: &Member) -> bool {
    selector.requirements().all(|(key, test)| {
        let (source, key) = key.split_once(':').unwrap_or(("any", key));
        if !["any", "k8s"].contains(&source) {
            return true;
        }
        if key == CILIUM_NAMESPACE {
            return test.holds(Some(&pod.namespace));
        }
        if CILIUM_OWN.iter().any(|own| key.starts_with(own)) {
            return true;
        }
        let found = pod.labels.get(key).map(String::as_str);
        match test {
            Test::Exists | Test::In(_) => test.holds(found),
            Test::Absent | Test::NotIn(_) | Test::Greater(_) | Test::Less(_) => true,
        }
    })
}

#[cfg(test)]
mod tests;
