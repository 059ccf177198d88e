//! The slips by which a rule that is meant to let the controller through does not.

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Judged, Policies};
use crate::diagnosis::semantics::policy::{Denial, End, Flow, Member, Missing, Tried};
use crate::diagnosis::semantics::selector::{Selector, Test};

/// Why a part of a rule does not match though it is meant to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// The port is the Service's.
    ServicePort(i32),
    /// The pod has no port of that name.
    NamedPort(String),
    /// The Namespace has not the label: key and value.
    Label(String, String),
    /// The peer selects pods of the policy's own namespace only.
    OwnNamespace,
    /// Both selectors have to hold, and one of them is about other pods.
    Both,
}

/// A rule all of whose misses are slips, with these.
pub(super) struct Slipped<'c> {
    pub tried: &'c Tried,
    pub flow: &'c Flow,
    pub slips: Vec<Slip>,
}

impl Slipped<'_> {
    /// What else has to be mended besides the one slip; empty where that is all.
    pub fn besides(&self) -> &'static str {
        if self.slips.len() > 1 {
            "; mending it alone is not enough, for another part of the rule does not match either"
        } else {
            ""
        }
    }
}

/// The first rule that slipped in a certain way, and in no other way but slips. `port`: the Service's.
pub(super) fn find<'c>(
    policies: &Policies,
    (judged, denial): (&'c Judged, &'c Denial),
    port: Option<i32>,
    is: impl Fn(&Slip) -> bool,
) -> Option<Slipped<'c>> {
    let flow = &judged.flow;
    let slipped = denial.tried.iter().filter_map(|tried| {
        let each = tried.misses.iter();
        let slips = each.map(|miss| slip(policies, port, flow, (tried, *miss)));
        let slips = slips.collect::<Option<Vec<_>>>()?;
        Some(Slipped { tried, flow, slips })
    });
    slipped
        .into_iter()
        .find(|s: &Slipped| s.slips.iter().any(&is))
}

fn slip(
    policies: &Policies,
    of_service: Option<i32>,
    flow: &Flow,
    (tried, miss): (&Tried, Missing),
) -> Option<Slip> {
    let End::Pod(source) = &flow.source else {
        return None;
    };
    let peer = peer_of(tried);
    let pods = peer
        .and_then(|p| p.pod_selector.as_ref())
        .map(Selector::from);
    let pods = pods.filter(|s| s.requirements().next().is_some());
    let fits = pods.is_some() && !tried.misses.contains(&Missing::Pods);
    match miss {
        Missing::Port => port(of_service, flow, tried.rule.ports()),
        Missing::Namespace => {
            let selector = Selector::from(peer?.namespace_selector.as_ref()?);
            let (key, value) = absent_label(policies, source, &selector)?;
            // It names this namespace, or pods of it: it is meant.
            (value == source.namespace || fits).then_some(Slip::Label(key, value))
        }
        Missing::OtherNamespace => fits.then_some(Slip::OwnNamespace),
        Missing::Pods => {
            let both = peer?.namespace_selector.is_some();
            let matched = !tried.misses.contains(&Missing::Namespace);
            let own = tried.rule.policy.metadata.namespace.as_deref();
            let of_others = |end: &End| {
                matches!(end, End::Pod(p) if Some(p.namespace.as_str()) == own
                    && pods.as_ref().is_some_and(|s| s.matches(&p.labels)))
            };
            let mut flows = policies.flows.iter();
            (both && matched && flows.any(|j| of_others(&j.flow.destination))).then_some(Slip::Both)
        }
        Missing::Address | Missing::NoPod => None,
    }
}

/// The label that a selector wants of a Namespace and that is not there; none where anything else of it does not match.
fn absent_label(
    policies: &Policies,
    source: &Member,
    selector: &Selector,
) -> Option<(String, String)> {
    let labels = policies.namespaces.labels(&source.namespace)?;
    let mut absent = None;
    for (key, test) in selector.requirements() {
        match (test, labels.get(key)) {
            (test, Some(value)) if test.holds(Some(value)) => {}
            (Test::In(values), None) if values.len() == 1 => {
                absent = Some((key.to_owned(), values[0].clone()));
            }
            (test, None) if test.holds(None) => {}
            _ => return None,
        }
    }
    absent
}

fn port(of_service: Option<i32>, flow: &Flow, ports: &[NetworkPolicyPort]) -> Option<Slip> {
    let End::Pod(pod) = &flow.destination else {
        return None;
    };
    let protocol = flow.protocol.as_str();
    let same = |p: &&NetworkPolicyPort| p.protocol.as_deref().unwrap_or("TCP") == protocol;
    ports.iter().filter(same).find_map(|p| match &p.port {
        Some(IntOrString::Int(number)) if of_service == Some(*number) => {
            Some(Slip::ServicePort(*number))
        }
        Some(IntOrString::String(name)) => {
            let mut named = pod.ports.iter();
            let there = named.any(|n| n.name == *name && n.protocol == protocol);
            (!there).then(|| Slip::NamedPort(name.clone()))
        }
        _ => None,
    })
}

/// The peer that was tried.
pub(super) fn peer_of(tried: &Tried) -> Option<&NetworkPolicyPeer> {
    tried.rule.peers().get(tried.peer?)
}

/// A peer in words: `namespaceSelector name=edge, podSelector app=proxy`.
pub(super) fn peer_words(peer: &NetworkPolicyPeer) -> String {
    let selector = |name: &str, selector: &Selector| match selector.to_string() {
        all if all.is_empty() => format!("{name} {{}}"),
        text => format!("{name} {text}"),
    };
    let namespaces = peer.namespace_selector.as_ref();
    let namespaces = namespaces.map(|s| selector("namespaceSelector", &Selector::from(s)));
    let pods = peer.pod_selector.as_ref();
    let pods = pods.map(|s| selector("podSelector", &Selector::from(s)));
    let block = peer.ip_block.as_ref().map(|b| {
        let except = b.except.as_deref().unwrap_or_default();
        if except.is_empty() {
            format!("ipBlock {}", b.cidr)
        } else {
            format!("ipBlock {} without {}", b.cidr, except.join(", "))
        }
    });
    let all: Vec<String> = [namespaces, pods, block].into_iter().flatten().collect();
    all.join(", ")
}
