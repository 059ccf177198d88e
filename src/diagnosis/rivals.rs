//! Which other rules could have given the answer that the user got: a better one that is not served here or was dropped, and the next
//! one where the backend of the first is dead. A shorter rule beside a sound one is no doubt.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use super::ask::cx::Cx;
use super::ask::missed::Seen;
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
const MOST: usize = 4;

/// The rivals of the rule that takes the request, once there is an answer whose author may be in question.
pub(super) fn of<'a>(
    cx: &Cx<'a>,
    declared: &Seen<Result<Declarations, Unknown>>,
    entrance: &Entrance<'a>,
    request: Option<&Request>,
    backends: &[Backend<'a>],
) -> Vec<Rival<'a>> {
    let (Ok(declared), Some(request), Some(route)) =
        (declared.as_ref(), request, entrance.route.found())
    else {
        return Vec::new();
    };
    let lb = entrance.load_balancer.found();
    let answered = lb.is_some_and(|l| l.attempts().iter().any(|k| Attempt::response(k).is_some()));
    if !answered || entrance.controller.found().is_none() {
        return Vec::new();
    }
    let taken = route.rule();
    let mut rivals: Vec<(Rule, Doubt)> = Vec::new();
    if entrance.way.is_none()
        && let Some(rule) = elsewhere(declared, entrance, request, taken)
    {
        rivals.push((rule, Doubt::BetterElsewhere));
    }
    if let Some(dropped) = route.resolution.dropped.first()
        && !taken.is_some_and(|t| same_backends(t, &dropped.rule))
    {
        let why = Doubt::Dropped(dropped.why.clone());
        rivals.push((dropped.rule.clone(), why));
    }
    let own = || backends.iter().filter(|b| b.entrance == entrance.id);
    let mut here = own().filter(|b| b.share.weight > 0);
    let controller = entrance.controller.found();
    // One of a sort that the controller does not serve has no route either.
    let refused = |b: &Backend| {
        let service = b.service.found().and_then(|s| s.service.as_deref());
        let refusal = controller
            .zip(service)
            .and_then(|(c, s)| c.make.refuses_service(c.args(), s));
        refusal.is_some_and(|r| r.drops)
    };
    let doubted = |b: &Backend| b.is_unread() || !b.may_have_endpoints() || refused(b);
    let redirect = route.resolution.redirect.as_ref();
    let leaves = redirect.is_some_and(|r| r.leaves);
    if let (Some(taken), false) = (taken, leaves)
        && here.all(doubted)
        && !own().any(Backend::is_waiting)
    {
        let others = route.resolution.matching.iter();
        let others = others.filter(|r| !same_backends(r, taken));
        rivals.extend(others.map(|next| (next.clone(), Doubt::Next)));
    }
    let make = make(entrance);
    let share = Share {
        weight: 1,
        total: 1,
        tied: false,
    };
    let mut found: Vec<Rival> = Vec::new();
    for (rule, why) in rivals {
        // One that is alive ends the row of those to which requests fall.
        let alive = |r: &Rival| r.why == Doubt::Next && r.backend.may_have_endpoints();
        if found.len() == MOST || why == Doubt::Next && found.iter().any(alive) {
            break;
        }
        let Some(via) = rule.backends.first() else {
            continue;
        };
        let backend = behind(cx, via, &make, entrance, share);
        found.push(Rival { rule, why, backend });
    }
    found
}

/// The best rule for the page that this controller does not take, where it is better than the one that it takes.
fn elsewhere(
    declared: &Declarations,
    entrance: &Entrance,
    request: &Request,
    taken: Option<&Rule>,
) -> Option<Rule> {
    let controller = entrance.controller.found()?;
    let ours = |i: &Arc<Ingress>| controller.ingresses.iter().any(|o| Arc::ptr_eq(o, i));
    let others: Vec<&Arc<Ingress>> = declared
        .all
        .iter()
        .filter(|d| d.by_name)
        .map(|d| &d.ingress)
        .filter(|i| !ours(i))
        .collect();
    let rules = ingress::rules(others, |h| ingress_host_matches(h, &request.host));
    let path = request.path_only();
    let covers = |r: &&Rule| !r.is_default && r.path().covers(path);
    let best = rules.iter().filter(covers).map(rank).min()?;
    if taken.is_some_and(|t| best >= rank(t)) {
        return None;
    }
    let differs = |r: &&Rule| taken.is_none_or(|t| !same_backends(r, t));
    let mut all = rules.iter().filter(covers).filter(|r| rank(r) == best);
    all.find(differs).cloned()
}
