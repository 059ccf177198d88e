//! The peers of a rule.

use std::net::IpAddr;

use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer};

use super::Missing;
use super::block::Block;
use super::doubt::{Doubt, Match};
use super::flow::{End, Member};
use super::namespaces::Namespaces;
use crate::diagnosis::semantics::selector::Selector;

/// What of a peer does not match.
pub(super) type Miss = Vec<Missing>;

/// Whether a peer of a policy that selects `own` is the other end.
pub(super) fn matches(
    peer: &NetworkPolicyPeer,
    own: &Member,
    other: &End,
    namespaces: &Namespaces,
) -> Match {
    let parts = parts(peer, own, other, namespaces);
    Match::all(parts.into_iter().map(|(_, found)| found))
}

/// What of it does not match.
pub(super) fn misses(
    peer: &NetworkPolicyPeer,
    own: &Member,
    other: &End,
    namespaces: &Namespaces,
) -> Miss {
    let parts = parts(peer, own, other, namespaces).into_iter();
    let missing = parts.filter(|(_, found)| *found == Match::No);
    missing.map(|(part, _)| part).collect()
}

/// What a peer asks for, and whether the other end has it: all of it has to match.
fn parts(
    peer: &NetworkPolicyPeer,
    own: &Member,
    other: &End,
    namespaces: &Namespaces,
) -> Vec<(Missing, Match)> {
    let selectors = (
        peer.namespace_selector.as_ref(),
        peer.pod_selector.as_ref(),
        peer.ip_block.as_ref(),
    );
    let (in_namespace, pods) = match selectors {
        (None, None, Some(block)) => return vec![(Missing::Address, by_block(block, own, other))],
        (in_namespace, pods, None) if in_namespace.is_some() || pods.is_some() => {
            (in_namespace, pods)
        }
        (None, None, None) => {
            let why = "a peer names neither pods nor namespaces nor addresses";
            return malformed(why);
        }
        _ => return malformed("a peer names addresses and selectors at once"),
    };
    let End::Pod(pod) = other else {
        return vec![(Missing::NoPod, Match::No)];
    };
    let mut parts = vec![if let Some(selector) = in_namespace {
        let selector = Selector::from(selector);
        let found = namespaces.selected(&selector, &pod.namespace);
        (Missing::Namespace, found)
    } else {
        let same = pod.namespace == own.namespace;
        (Missing::OtherNamespace, same.into())
    }];
    if let Some(selector) = pods {
        let selected = Selector::from(selector).matches(&pod.labels);
        parts.push((Missing::Pods, selected.into()));
    }
    if pod.host_network {
        parts.push((Missing::NoPod, Match::Perhaps(Doubt::HostNetwork)));
    }
    parts
}

fn malformed(why: &str) -> Vec<(Missing, Match)> {
    vec![(
        Missing::NoPod,
        Match::Perhaps(Doubt::Malformed(why.to_owned())),
    )]
}

/// Whether a block has the other end's address. Both ends are spoken to in one family.
fn by_block(block: &IPBlock, own: &Member, other: &End) -> Match {
    let block = match Block::parse(block) {
        Ok(block) => block,
        Err(doubt) => return Match::Perhaps(doubt),
    };
    let families = own.families();
    let own_family = |address: &IpAddr| families[usize::from(address.is_ipv6())];
    let known: Vec<IpAddr> = match other {
        End::Pod(pod) => pod.addresses.clone(),
        End::Address(address) => vec![*address],
        End::Outside => Vec::new(),
    };
    if known.is_empty() {
        let mut possible = (0..2).filter(|family| families[*family]);
        return if possible.all(|family| !block.is_of(family)) {
            Match::No
        } else if block.is_all() && (0..2).all(|f| !families[f] || block.is_of(f)) {
            Match::Yes
        } else {
            Match::Perhaps(Doubt::Address)
        };
    }
    let spoken: Vec<IpAddr> = known.iter().copied().filter(own_family).collect();
    let spoken = if spoken.is_empty() { known } else { spoken };
    let mut found = spoken.iter().map(|address| block.has(*address));
    let first = found.next().unwrap_or_default();
    if found.all(|one| one == first) {
        first.into()
    } else {
        Match::Perhaps(Doubt::Address)
    }
}
