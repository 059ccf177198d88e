//! The rule that takes a request, of all routes that are attached to the listeners which may serve its host.

use super::matching::{Held, hold, routed_path};
use super::order::{Order, Rank, Tie, is_written_alike, rank, tie};
use super::rules;
use super::{Grants, Route, Ways};
use crate::diagnosis::routing::Rule;
use crate::diagnosis::semantics::host::gateway_host_matches;
use crate::target::Request;

/// What becomes of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chosen {
    /// Rules that take it, the one that does first.
    pub matching: Vec<Rule>,
    /// How many of them, from the first on, have the same rank where nothing else decides.
    pub tied: usize,
    /// Rules for its host that do not, and why.
    pub passed: Vec<(Rule, String)>,
    /// Why that is not certain, if so.
    pub unsure: Option<String>,
}

/// Chooses. `attached`: routes with the number of a listener and the hosts by which they are attached to it; `serving`: the listeners that may
/// serve the host.
pub fn choose<'a>(
    attached: impl IntoIterator<Item = (&'a Route, usize, &'a [String])>,
    serving: &[usize],
    grants: &Grants,
    request: &Request,
    ways: Ways,
) -> Chosen {
    let path = routed_path(request.path_only(), ways);
    let mut chosen = Chosen::default();
    let mut taking: Vec<(Taker, Option<String>)> = Vec::new();
    for (route, listener, hosts) in attached {
        if !serving.contains(&listener) {
            continue;
        }
        let covers = |h: &&String| gateway_host_matches(h, &request.host);
        let covering: Vec<String> = hosts.iter().filter(covers).cloned().collect();
        if covering.is_empty() {
            continue;
        }
        let all = rules::of(route, &covering, grants);
        let count = all.iter().map(|n| n.at.0 + 1).max().unwrap_or(0);
        for numbered in all {
            let why = match hold(&numbered.rule.matches[0], request, &path, ways) {
                Held::No(why) => {
                    chosen.passed.push((numbered.rule, why));
                    continue;
                }
                Held::Yes => None,
                Held::Unsure(why) => Some(why),
            };
            let taker = Taker {
                rank: rank(&numbered, &request.host, ways.order, (hosts, count)),
                tie: tie(&numbered),
                rule: numbered.rule,
                hosts,
            };
            taking.push((taker, why));
        }
    }
    taking.sort_by(|(a, _), (b, _)| (&a.rank, &a.tie).cmp(&(&b.rank, &b.tie)));
    // A route may be attached to several listeners that serve the host.
    let mut known: Vec<Tie> = Vec::new();
    taking.retain(|(taker, _)| {
        let is_new = !known.contains(&taker.tie);
        if is_new {
            known.push(taker.tie.clone());
        }
        is_new
    });
    let mut certain: Vec<Taker> = Vec::new();
    for (taker, unsure) in taking {
        match unsure {
            // It may go before all that follow.
            Some(why) if certain.is_empty() => {
                let rule = taker.rule;
                chosen
                    .unsure
                    .get_or_insert_with(|| format!("{}: {why}", rule.display()));
                chosen.passed.push((rule, why));
            }
            Some(why) => chosen.passed.push((taker.rule, why)),
            None => certain.push(taker),
        }
    }
    let (takers, tied) = if ways.order == Order::Sum {
        may_be_first(certain)
    } else {
        let one = usize::from(!certain.is_empty());
        (certain, one)
    };
    chosen.matching = takers.into_iter().map(|taker| taker.rule).collect();
    chosen.tied = tied;
    chosen
}

/// A rule that takes the request.
struct Taker<'a> {
    rank: Rank,
    tie: Tie,
    rule: Rule,
    /// All by which its route is attached.
    hosts: &'a [String],
}

/// Puts first those of which any may be the one, and says how many: those of the highest sum, with and without those whose rule an older
/// one has, too, for it hangs on the version whether these are there.
fn may_be_first(takers: Vec<Taker>) -> (Vec<Taker>, usize) {
    let alike = |a: &Taker, b: &Taker| is_written_alike((&a.rule, a.hosts), (&b.rule, b.hosts));
    let is_out = |t: &Taker| takers.iter().any(|o| o.tie < t.tie && alike(o, t));
    let out: Vec<bool> = takers.iter().map(is_out).collect();
    let highest = takers.first().map(|t| t.rank.clone());
    let there = takers.iter().zip(&out).find(|(_, out)| !**out);
    let highest_there = there.map(|(t, _)| t.rank.clone());
    let may = |t: &Taker, out: bool| {
        let rank = Some(&t.rank);
        rank == highest.as_ref() || !out && rank == highest_there.as_ref()
    };
    let keyed = takers.into_iter().zip(out);
    let keyed = keyed.map(|(t, out)| ((!may(&t, out), out), t));
    let mut keyed: Vec<((bool, bool), Taker)> = keyed.collect();
    keyed.sort_by_key(|(key, _)| *key);
    let tied = keyed.iter().filter(|((not, _), _)| !not).count();
    (keyed.into_iter().map(|(_, taker)| taker).collect(), tied)
}
