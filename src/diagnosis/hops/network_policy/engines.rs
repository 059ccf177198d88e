//! Policies of other engines that may hold back a call. hops does not evaluate them, so that it asks which there are: of groups that the API
//! server serves alone, which takes one question where there is none.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Namespace;

use super::list;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::Stop;
use crate::diagnosis::semantics::policy::{Direction, Member, Namespaces, Other, Selects};
use crate::facts::policies::{
    AdminNetworkPolicy, AntreaClusterNetworkPolicy, AntreaNetworkPolicy,
    BaselineAdminNetworkPolicy, CALICO_SERVER, CalicoNetworkPolicy, CiliumClusterwideNetworkPolicy,
    CiliumNetworkPolicy, ClusterNetworkPolicy, GlobalNetworkPolicy,
};
use crate::facts::{Gap, Kind, Typed, Unknown};

/// Policies that are named in one line.
const MOST: usize = 3;

/// Those that may hold back a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Others {
    pub policies: Vec<Other>,
    /// Why there may be more.
    pub unread: Option<Gap>,
}

/// The groups that the API server serves. Files that have nothing of another engine are meant to have none.
pub(super) fn groups<'a>(cx: &Cx<'a>) -> Result<&'a [String], Unknown> {
    match cx.aside().api_groups() {
        Err(Unknown::Gap(Gap::NotInFiles)) => Ok(&[]),
        _ => cx.api_groups(),
    }
}

/// Reads them: those that may hold back what one pod sends, or what some others get.
pub(super) fn read(
    cx: &Cx,
    groups: Result<&[String], Unknown>,
    from: &Member,
    to: &[Member],
) -> Result<Others, Stop> {
    let groups = match groups {
        Ok(groups) => groups,
        Err(Unknown::Waiting) => return Err(Stop::Waiting),
        Err(Unknown::Gap(gap)) => {
            return Ok(Others {
                unread: Some(gap),
                ..Others::default()
            });
        }
    };
    let sent = (Direction::Egress, from);
    let got = to.iter().map(|pod| (Direction::Ingress, pod));
    let ends: Vec<(Direction, &Member)> = [sent].into_iter().chain(got).collect();
    let mut reading = Reading {
        cx,
        groups,
        places: ends.iter().map(|(_, pod)| pod.namespace.as_str()).collect(),
        others: Others::default(),
        waiting: false,
    };
    reading.add::<AdminNetworkPolicy>();
    reading.add::<BaselineAdminNetworkPolicy>();
    reading.add::<ClusterNetworkPolicy>();
    reading.add::<CiliumNetworkPolicy>();
    reading.add::<CiliumClusterwideNetworkPolicy>();
    reading.add::<CalicoNetworkPolicy>();
    reading.add::<GlobalNetworkPolicy>();
    reading.add::<AntreaNetworkPolicy>();
    reading.add::<AntreaClusterNetworkPolicy>();
    let serves = |group: &str| groups.iter().any(|g| g == group);
    if serves(CALICO_SERVER) && !serves(CalicoNetworkPolicy::OF.group()) {
        let why = format!("policies of Calico are not read from {CALICO_SERVER}");
        reading.others.unread.get_or_insert(Gap::NotAsked { why });
    }
    if reading.waiting {
        return Err(Stop::Waiting);
    }
    let (places, mut others) = (reading.places, reading.others);
    keep(&mut others, &ends, &Namespaces::default());
    if others.policies.iter().any(Other::looks_at_namespaces) {
        keep(&mut others, &ends, &labels(cx, &places)?);
    }
    Ok(others)
}

struct Reading<'r, 'a> {
    cx: &'r Cx<'a>,
    groups: &'r [String],
    /// The namespaces of the ends.
    places: BTreeSet<&'r str>,
    others: Others,
    waiting: bool,
}

impl Reading<'_, '_> {
    /// Those of one kind, where its group is served: the group may be without the kind.
    fn add<T: Typed + Selects>(&mut self) {
        if !self.groups.iter().any(|group| group == T::OF.group()) {
            return;
        }
        let everywhere = [None];
        let within: Vec<Option<&str>> = if T::OF.namespaced() {
            self.places.iter().copied().map(Some).collect()
        } else {
            everywhere.to_vec()
        };
        for namespace in within {
            let unread = match list::<T>(self.cx, namespace) {
                Ok(listed) => {
                    let all = listed.items.iter().map(Other::new);
                    self.others.policies.extend(all);
                    listed.missing
                }
                Err(Unknown::Waiting) => {
                    self.waiting = true;
                    None
                }
                Err(Unknown::Gap(gap)) => Some(gap),
            };
            self.others.unread = self.others.unread.take().or(unread);
        }
    }
}

fn keep(others: &mut Others, ends: &[(Direction, &Member)], namespaces: &Namespaces) {
    others.policies.retain(|policy| {
        let mut ends = ends.iter();
        ends.any(|(direction, pod)| policy.may_select(*direction, pod, namespaces))
    });
}

/// The labels of Namespaces, as far as they may be read.
fn labels(cx: &Cx, places: &BTreeSet<&str>) -> Result<Namespaces, Stop> {
    let (mut seen, mut waiting) = (Namespaces::default(), false);
    for name in places {
        match cx.get::<Namespace>(None, name) {
            Ok(Some(namespace)) => {
                let labels = namespace.metadata.labels.clone();
                seen.add(*name, labels.unwrap_or_default());
            }
            Err(Unknown::Waiting) => waiting = true,
            Ok(None) | Err(Unknown::Gap(_)) => {}
        }
    }
    if waiting {
        Err(Stop::Waiting)
    } else {
        Ok(seen)
    }
}

/// Who evaluates the policies of a kind, for words.
pub(super) fn engine(kind: Kind) -> &'static str {
    match kind.group() {
        "cilium.io" => "Cilium",
        "crd.projectcalico.org" => "Calico",
        "crd.antrea.io" => "Antrea",
        _ => "the network plugin",
    }
}

/// Policies by who evaluates them.
pub(super) fn by_engine(policies: &[Other]) -> Vec<(&'static str, Vec<&Other>)> {
    let mut all: Vec<(&'static str, Vec<&Other>)> = Vec::new();
    for policy in policies {
        let engine = engine(policy.kind);
        match all.iter_mut().find(|(known, _)| *known == engine) {
            Some((_, own)) => own.push(policy),
            None => all.push((engine, vec![policy])),
        }
    }
    all
}

/// `CiliumNetworkPolicy shop/deny, CiliumNetworkPolicy shop/dns and 2 more`
pub(super) fn names(policies: &[&Other]) -> String {
    let named: Vec<String> = policies.iter().take(MOST).map(|p| p.label()).collect();
    let named = named.join(", ");
    match policies.len().saturating_sub(MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// `CiliumNetworkPolicy shop/deny may deny the call, and only Cilium can tell`
pub(super) fn words(policies: &[Other]) -> String {
    let each = by_engine(policies).into_iter().map(|(engine, own)| {
        let names = names(&own);
        format!("{names} may deny the call, and only {engine} can tell")
    });
    each.collect::<Vec<_>>().join("; ")
}
