//! NetworkPolicy: whether policies let one flow through. One pure function, [`judge`]: kind `NetworkPolicy` of `networking.k8s.io` alone,
//! by what the API says and not by what any network plugin makes of it.
//!
//! A flow has to get out of its source and into its destination. A pod is isolated for a direction by every policy of its namespace that
//! selects it for that, and then lets through what any rule of any of them lets through. Where the documentation leaves two readings, or
//! something was not seen, the answer is unknown unless it is the same either way.

mod block;
mod doubt;
mod flow;
mod namespaces;
mod other;
mod peer;
mod port;
mod rule;

use std::sync::Arc;

use k8s_openapi::api::networking::v1::NetworkPolicy;

pub use doubt::Doubt;
pub use flow::{End, Flow, Member, NamedPort, Protocol};
pub use namespaces::{NAME_LABEL, Namespaces};
pub use other::{Other, Selects};
pub use port::words as port_words;
pub use rule::{Direction, Rule};

use crate::diagnosis::semantics::selector::Selector;
use doubt::Match;
use peer::Miss;
use rule::{isolates, rules};

/// What becomes of a flow.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// No policy selects either end for it.
    NotIsolated,
    /// Some policy isolates an end, and every such end lets it through.
    Allowed(Vec<Allowance>),
    /// An end does not let it through; both may.
    Denied(Vec<Denial>),
    /// It cannot be told.
    Unknown(Doubt),
}

/// Why an isolated end lets a flow through.
#[derive(Clone, Debug)]
pub enum Allowance {
    /// These rules match it.
    Rules(Vec<Rule>),
    /// A pod gets what comes from its own node.
    OwnNode,
    /// A pod reaches itself.
    Itself,
}

/// An isolated end that no rule opens for a flow.
#[derive(Clone, Debug)]
pub struct Denial {
    /// The side.
    pub direction: Direction,
    /// The policies that isolate it.
    pub isolating: Vec<Arc<NetworkPolicy>>,
    /// What was tried, the nearest miss first.
    pub tried: Vec<Tried>,
}

/// One peer of a rule that does not match, or the rule's ports alone where it has no peers.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The rule.
    pub rule: Rule,
    /// Which of its peers.
    pub peer: Option<usize>,
    /// What of it does not match; never empty.
    pub misses: Vec<Missing>,
}

/// What of a rule does not match a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The ports.
    Port,
    /// The peer's `namespaceSelector`.
    Namespace,
    /// The peer's `podSelector`.
    Pods,
    /// The peer names pods of the policy's own namespace, and the other end is in another.
    OtherNamespace,
    /// The peer's `ipBlock`.
    Address,
    /// The peer selects pods, and the other end is none.
    NoPod,
}

/// One side of a flow.
#[derive(Clone, Debug)]
enum Side {
    Free,
    Open(Allowance),
    Shut(Denial),
    Unclear(Doubt),
}

/// Judges one flow by all policies of the cluster, or at least by those of the namespaces of its ends.
pub fn judge(flow: &Flow, policies: &[Arc<NetworkPolicy>], namespaces: &Namespaces) -> Verdict {
    let sides = [Direction::Egress, Direction::Ingress];
    let sides = sides.map(|direction| side(direction, flow, policies, namespaces));
    let (mut shut, mut open, mut unclear) = (Vec::new(), Vec::new(), None);
    for side in sides {
        match side {
            Side::Free => {}
            Side::Open(why) => open.push(why),
            Side::Shut(denial) => shut.push(denial),
            Side::Unclear(doubt) => unclear = unclear.or(Some(doubt)),
        }
    }
    match (shut.is_empty(), unclear) {
        (false, _) => Verdict::Denied(shut),
        (true, Some(doubt)) => Verdict::Unknown(doubt),
        (true, None) if open.is_empty() => Verdict::NotIsolated,
        (true, None) => Verdict::Allowed(open),
    }
}

/// The policies that isolate a pod for a direction.
pub fn isolating(
    direction: Direction,
    pod: &Member,
    policies: &[Arc<NetworkPolicy>],
) -> Vec<Arc<NetworkPolicy>> {
    let here = |p: &&Arc<NetworkPolicy>| {
        let namespace = p.metadata.namespace.as_deref().unwrap_or("default");
        namespace == pod.namespace && isolates(p, direction)
    };
    let selects = |p: &&Arc<NetworkPolicy>| {
        let selector = p.spec.as_ref().and_then(|s| s.pod_selector.as_ref());
        selector.is_none_or(|s| Selector::from(s).matches(&pod.labels))
    };
    let all = policies.iter();
    all.filter(here).filter(selects).cloned().collect()
}

fn side(
    direction: Direction,
    flow: &Flow,
    policies: &[Arc<NetworkPolicy>],
    namespaces: &Namespaces,
) -> Side {
    let (own, other) = match direction {
        Direction::Egress => (&flow.source, &flow.destination),
        Direction::Ingress => (&flow.destination, &flow.source),
    };
    let End::Pod(own) = own else {
        return Side::Free;
    };
    // What is on its node's network is no destination that policies select.
    if own.host_network && direction == Direction::Ingress {
        return Side::Free;
    }
    let isolating = isolating(direction, own, policies);
    if isolating.is_empty() {
        return Side::Free;
    }
    if own.is(other) {
        return Side::Open(Allowance::Itself);
    }
    let by_node = match (direction, other) {
        // What goes out of the cluster goes to no node of it.
        (Direction::Egress, End::Outside) => Match::No,
        _ => own.is_on_node(other),
    };
    if direction == Direction::Ingress && by_node == Match::Yes {
        return Side::Open(Allowance::OwnNode);
    }
    match by_rules(direction, flow, (own, other), isolating, namespaces) {
        // Where policies do not select it, it gets out; where they do, it does not.
        Side::Shut(_) if own.host_network => Side::Unclear(Doubt::HostNetwork),
        Side::Shut(_) if by_node == Match::Yes => Side::Unclear(Doubt::ToOwnNode),
        Side::Shut(denial) => match by_node {
            Match::Perhaps(doubt) => Side::Unclear(doubt),
            _ => Side::Shut(denial),
        },
        other => other,
    }
}

fn by_rules(
    direction: Direction,
    flow: &Flow,
    (own, other): (&Member, &End),
    isolating: Vec<Arc<NetworkPolicy>>,
    namespaces: &Namespaces,
) -> Side {
    let (mut matching, mut doubt, mut tried) = (Vec::new(), None, Vec::new());
    for rule in isolating.iter().flat_map(|p| rules(p, direction)) {
        let by_port = port::matches(rule.ports(), flow);
        let found = match &by_port {
            // No peer can make up for it.
            Match::No => Match::No,
            _ => Match::any(peers(&rule, own, other, namespaces)).and(by_port.clone()),
        };
        match found {
            Match::Yes => matching.push(rule),
            Match::Perhaps(why) => doubt = doubt.or(Some(why)),
            Match::No if matching.is_empty() && doubt.is_none() => {
                tried.extend(misses(&rule, &by_port, own, other, namespaces));
            }
            Match::No => {}
        }
    }
    if !matching.is_empty() {
        return Side::Open(Allowance::Rules(matching));
    }
    if let Some(doubt) = doubt {
        return Side::Unclear(doubt);
    }
    tried.sort_by_key(|t: &Tried| t.misses.len());
    Side::Shut(Denial {
        direction,
        isolating,
        tried,
    })
}

/// Whether a rule's peers match; a rule without any matches every peer.
fn peers(rule: &Rule, own: &Member, other: &End, namespaces: &Namespaces) -> Vec<Match> {
    if rule.peers().is_empty() {
        return vec![Match::Yes];
    }
    let each = rule.peers().iter();
    each.map(|p| peer::matches(p, own, other, namespaces))
        .collect()
}

/// What of a rule does not match, for each of its peers.
fn misses(
    rule: &Rule,
    by_port: &Match,
    own: &Member,
    other: &End,
    namespaces: &Namespaces,
) -> Vec<Tried> {
    let port = || (*by_port == Match::No).then_some(Missing::Port);
    let tried = |peer, misses: Miss| Tried {
        rule: rule.clone(),
        peer,
        misses: misses.into_iter().chain(port()).collect(),
    };
    if rule.peers().is_empty() {
        return vec![tried(None, Vec::new())];
    }
    let each = rule.peers().iter().enumerate();
    each.map(|(at, p)| tried(Some(at), peer::misses(p, own, other, namespaces)))
        .collect()
}
