//! Which other rules could have given the answer that the user got: a better one that is not served here or was dropped, and the next
//! one where the backend of the first is dead. A shorter rule beside a sound one is no doubt.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use super::ask::cx::Cx;
use super::backends::{behind, make};
use super::declared::Declarations;
use super::dialect::spec::rank;
use super::hops::journey::{Backend, Doubt, Entrance, Rival};
use super::request::attempt::Attempt;
use super::routing::{Rule, Share, ingress, same_backends};
use super::semantics::host::ingress_host_matches;
use crate::facts::Unknown;
use crate::target::Request;

/// Rivals that are looked at: more would cost more requests than they could tell.
const MOST: usize = 2;

/// The rivals of the rule that takes the request, once there is an answer whose author may be in question.
pub(super) fn of<'a>(
    cx: &Cx<'a>,
    declared: &Result<Declarations, Unknown>,
    entrance: &Entrance<'a>,
    request: Option<&Request>,
    backends: &[Backend<'a>],
) -> Vec<Rival<'a>> {
    let (Ok(declared), Some(request), Some(route)) = (declared, request, &entrance.route.found)
    else {
        return Vec::new();
    };
    let lb = entrance.load_balancer.found.as_ref();
    let answered = lb.is_some_and(|l| l.attempts().iter().any(|k| Attempt::response(k).is_some()));
    if !answered || entrance.controller.found.is_none() {
        return Vec::new();
    }
    let taken = route.rule();
    let mut rivals: Vec<(Rule, Doubt)> = Vec::new();
    if let Some(rule) = elsewhere(declared, entrance, request, taken) {
        rivals.push((rule, Doubt::BetterElsewhere));
    }
    if let Some(dropped) = route.resolution.dropped.first()
        && !taken.is_some_and(|t| same_backends(t, &dropped.rule))
    {
        let why = Doubt::Dropped(dropped.why.clone());
        rivals.push((dropped.rule.clone(), why));
    }
    let mut here = backends.iter().filter(|b| b.share.weight > 0);
    let controller = entrance.controller.found.as_ref();
    // One of a sort that the controller does not serve has no route either.
    let refused = |b: &Backend| {
        let service = b.service.found.as_ref().and_then(|s| s.service.as_deref());
        let refusal = controller
            .zip(service)
            .and_then(|(c, s)| c.make.refuses_service(c.args(), s));
        refusal.is_some_and(|r| r.drops)
    };
    let doubted = |b: &Backend| b.is_unread() || !b.may_have_endpoints() || refused(b);
    if let Some(taken) = taken
        && here.all(doubted)
        && !backends.iter().any(Backend::is_waiting)
    {
        let mut others = route.resolution.matching.iter();
        if let Some(next) = others.find(|r| !same_backends(r, taken)) {
            rivals.push((next.clone(), Doubt::Next));
        }
    }
    let make = make(entrance);
    let share = Share {
        weight: 1,
        total: 1,
        tied: false,
    };
    let rivals = rivals.into_iter().take(MOST);
    rivals
        .filter_map(|(rule, why)| {
            let backend = behind(cx, rule.backends.first()?, &make, &entrance.id, share);
            Some(Rival { rule, why, backend })
        })
        .collect()
}

/// The best rule for the page that this controller does not take, where it is better than the one that it takes.
fn elsewhere(
    declared: &Declarations,
    entrance: &Entrance,
    request: &Request,
    taken: Option<&Rule>,
) -> Option<Rule> {
    let controller = entrance.controller.found.as_ref()?;
    let ours = |i: &Arc<Ingress>| controller.ingresses.iter().any(|o| Arc::ptr_eq(o, i));
    let others: Vec<&Arc<Ingress>> = declared
        .all
        .iter()
        .filter(|d| d.by_name)
        .map(|d| &d.ingress)
        .filter(|i| !ours(i))
        .collect();
    let rules = ingress::rules(others, |h| ingress_host_matches(h, &request.host));
    let covering = rules
        .into_iter()
        .filter(|r| !r.is_default && r.path().covers(request.path_only()));
    let best = covering.min_by_key(rank)?;
    let better = taken.is_none_or(|t| rank(&best) < rank(t) && !same_backends(&best, t));
    better.then_some(best)
}
