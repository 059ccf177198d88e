//! Which rule goes before which, where several take a request.

use std::cmp::Reverse;

use super::rules::Numbered;
use crate::diagnosis::routing::{PathMatch, Rule, ValueMatch};
use crate::diagnosis::semantics::host::gateway_host_matches;

/// How an implementation puts rules in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the specification says (gateway.networking.k8s.io/v1 `HTTPRouteRule.matches`). It leaves open where expressions stand: here
    /// between exact paths and prefixes, as Envoy Gateway has them.
    Specification,
    /// The same, but a path counts with its final slash, a method as one header among the others, and of as many headers or parameters
    /// the rule with fewer expressions goes first (Envoy Gateway, internal/gatewayapi/sort.go).
    MethodAsHeader,
    /// By a sum, as Traefik has it (pkg/provider/kubernetes/gateway/httproute.go `buildMatchRule`): an exact path 100000, another one
    /// 10000 and 100 a character, the prefix `/` 1; a method 1000, each header 100, each parameter 10, each character of the host 1, and
    /// 1 for each rule of the route from this one on. Of equal sums any may go first (pkg/server/router/router.go goes over a map).
    Sum,
}

/// What is compared: less is first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    host: (Reverse<usize>, Reverse<usize>),
    sum: Reverse<usize>,
    path: (u8, Reverse<usize>),
    method: bool,
    /// How many, and how many of them are no expressions.
    headers: Reverse<(usize, usize)>,
    query: Reverse<(usize, usize)>,
}

/// Age, then name, then place: it decides where nothing else does.
pub type Tie = ((Option<i64>, String, String), (usize, usize));

/// The rank of a rule for a host. `hosts`: all by which its route is attached; `of_route`: how many rules that has.
pub fn rank(
    numbered: &Numbered,
    host: &str,
    order: Order,
    (hosts, of_route): (&[String], usize),
) -> Rank {
    let rule = &numbered.rule;
    let wanted = &rule.matches[0];
    let mut rank = Rank {
        host: (Reverse(0), Reverse(0)),
        sum: Reverse(0),
        path: (0, Reverse(0)),
        method: false,
        headers: Reverse((0, 0)),
        query: Reverse((0, 0)),
    };
    match order {
        Order::Specification | Order::MethodAsHeader => {
            let as_header = order == Order::MethodAsHeader;
            rank.host = host_rank(rule, host);
            let text = wanted.path.text();
            rank.path = match &wanted.path {
                PathMatch::Exact(_) => (0, Reverse(0)),
                PathMatch::Regex(_) => (1, Reverse(text.len())),
                PathMatch::Prefix(_) | PathMatch::ByMake(_) if as_header && text != "/" => {
                    (2, Reverse(text.len()))
                }
                PathMatch::Prefix(_) | PathMatch::ByMake(_) => {
                    (2, Reverse(text.trim_end_matches('/').len()))
                }
            };
            let (headers, query) = (wanted.headers.len(), wanted.query.len());
            if as_header {
                let method = usize::from(wanted.method.is_some());
                rank.headers = Reverse((headers + method, exact(&wanted.headers) + method));
                rank.query = Reverse((query, exact(&wanted.query)));
            } else {
                rank.method = wanted.method.is_none();
                rank.headers = Reverse((headers, 0));
                rank.query = Reverse((query, 0));
            }
        }
        Order::Sum => {
            let from_here = of_route.saturating_sub(numbered.at.0);
            rank.sum = Reverse(sum(rule, hosts) + from_here);
        }
    }
    rank
}

/// What decides between rules of one rank.
pub fn tie(numbered: &Numbered) -> Tie {
    (numbered.rule.age_then_name(), numbered.at)
}

/// Letters of a host that is no wildcard, then letters of any.
fn host_rank(rule: &Rule, host: &str) -> (Reverse<usize>, Reverse<usize>) {
    let covering = rule
        .hosts
        .iter()
        .filter(|h| gateway_host_matches(&h.0, host));
    let longest = covering.map(|h| {
        let exact = if h.0.starts_with('*') { 0 } else { h.0.len() };
        (Reverse(exact), Reverse(h.0.len()))
    });
    longest.min().unwrap_or((Reverse(0), Reverse(0)))
}

fn exact(wanted: &[ValueMatch]) -> usize {
    wanted.iter().filter(|w| !w.regex).count()
}

fn sum(rule: &Rule, hosts: &[String]) -> usize {
    let wanted = &rule.matches[0];
    let path = match &wanted.path {
        PathMatch::Exact(_) => 100_000,
        PathMatch::Prefix(text) if text == "/" => 1,
        other => 10_000 + other.text().len() * 100,
    };
    let method = if wanted.method.is_some() { 1000 } else { 0 };
    let hosts = hosts.iter().map(String::len).max();
    path + method + wanted.headers.len() * 100 + wanted.query.len() * 10 + hosts.unwrap_or(0)
}

/// Whether Traefik writes the rules of two alike: since some 3.7 only the older of such is there, whatever their sums (measured with
/// 3.7.15: the other one has no router, and is accepted all the same).
pub fn is_written_alike((a, of_a): (&Rule, &[String]), (b, of_b): (&Rule, &[String])) -> bool {
    let path = |rule: &Rule| match &rule.matches[0].path {
        PathMatch::Prefix(text) if text != "/" => {
            PathMatch::Prefix(text.trim_end_matches('/').to_owned())
        }
        other => other.clone(),
    };
    let (x, y) = (&a.matches[0], &b.matches[0]);
    of_a == of_b
        && path(a) == path(b)
        && (&x.method, &x.headers, &x.query) == (&y.method, &y.headers, &y.query)
}
