//! ingress-nginx canaries: an Ingress that only takes a share of what another one gets.
//!
//! Source: internal/ingress/controller/controller.go (`mergeAlternativeBackends`, `canMergeBackend`),
//! internal/ingress/annotations/canary and rootfs/etc/nginx/lua/balancer.lua (`route_to_alternative_balancer`) of kubernetes/ingress-nginx;
//! checked against a running controller.

use regex::Regex;

use super::notes::{Notes, is_true};
use super::turn;
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{BackendRef, PathMatch, Rule, Share, ingress};
use crate::target::Request;

/// The annotation that makes one; the others begin so.
pub const NAME: &str = "canary";
/// A total of this or less is not taken: it is this then.
const LEAST_TOTAL: u32 = 100;

/// Whether an Ingress is a canary: Go's ParseBool.
pub fn is_canary(notes: &Notes, rule: &Rule) -> bool {
    notes.on(rule, NAME).is_some_and(is_true)
}

/// The backend of the winning rule and that of its canary, with their weights for this request. `peers` are the Ingresses of every host:
/// a canary hangs on its primary's Service port, and with that on every other rule that leads there.
pub fn backends(notes: &Notes, primary: &Rule, peers: Peers, request: &Request) -> Vec<BackendRef> {
    let main = primary.backends[0].clone();
    match canary_of(notes, &main, peers) {
        Some(canary) => share(notes, &main, &canary, request),
        None => vec![main],
    }
}

/// Whether a canary finds the rule whose requests it would share.
pub fn has_primary(notes: &Notes, canary: &Rule, peers: Peers) -> bool {
    finds_primary(
        notes,
        canary,
        ingress::rules(peers.beside(canary), |_| true),
    )
}

/// The same among these rules.
pub(super) fn finds_primary(notes: &Notes, canary: &Rule, rules: Vec<Rule>) -> bool {
    let mut primaries = rules.iter().filter(|r| !is_canary(notes, r));
    primaries.any(|r| is_same_location(canary, r) && !canary.backends[0].is_same(&r.backends[0]))
}

/// What becomes of the shares when a backend has no endpoint: nginx keeps no balancer for such a canary, so that the primary gets all;
/// and without one of the primary it answers 503 before it looks at the canary.
pub fn settle(shares: &mut [Share], usable: &[bool]) {
    if shares.len() == 2 && usable.contains(&false) {
        shares[0].weight = shares[0].total;
        shares[1].weight = 0;
    }
}

/// The first canary that shares this backend's requests: the oldest Ingress, in the same second the later name.
pub(super) fn canary_of(notes: &Notes, main: &BackendRef, peers: Peers) -> Option<Rule> {
    let rules = ingress::rules(peers.leaning_on(main), |_| true);
    first_of(notes, main, rules)
}

/// The same among these rules.
pub(super) fn first_of(notes: &Notes, main: &BackendRef, rules: Vec<Rule>) -> Option<Rule> {
    let (canaries, primaries): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|r| is_canary(notes, r));
    let mut found: Vec<&Rule> = canaries
        .iter()
        .filter(|canary| {
            let mut here = primaries.iter().filter(|r| is_same_location(canary, r));
            let leads_there = here.any(|r| r.backends[0].is_same(main));
            leads_there
                && !canary.backends[0].is_same(main)
                && !is_taken(canary, &primaries)
                && !is_taken_back(canary, &canaries, &primaries)
        })
        .collect();
    found.sort_by_key(|r| turn(r));
    found.first().map(|r| (*r).clone())
}

/// The same host, path and path type, letter by letter; what is left to the make is a prefix.
fn is_same_location(canary: &Rule, primary: &Rule) -> bool {
    let is_exact = |r: &Rule| matches!(r.path(), PathMatch::Exact(_));
    canary.is_default == primary.is_default
        && canary.host() == primary.host()
        && canary.path().text() == primary.path().text()
        && is_exact(canary) == is_exact(primary)
}

/// A Service port that an older Ingress uses for itself is no canary's.
fn is_taken(canary: &Rule, primaries: &[Rule]) -> bool {
    let older = |r: &&Rule| turn(r) < turn(canary);
    let mut older = primaries.iter().filter(older);
    older.any(|r| r.backends[0].is_same(&canary.backends[0]))
}

/// A canary of several rules is taken back whole where one of them finds its host and not its path.
fn is_taken_back(canary: &Rule, canaries: &[Rule], primaries: &[Rule]) -> bool {
    let siblings = canaries.iter().filter(|r| {
        r.place.declared == canary.place.declared && r.backends[0].is_same(&canary.backends[0])
    });
    siblings.into_iter().any(|sibling| {
        let mut host = primaries
            .iter()
            .filter(|r| r.host() == sibling.host())
            .peekable();
        host.peek().is_some() && !host.any(|r| is_same_location(sibling, r))
    })
}

/// What of a request's header or cookie decides, else the weight.
fn share(notes: &Notes, main: &BackendRef, canary: &Rule, request: &Request) -> Vec<BackendRef> {
    let (weight, total) = weights(notes, canary);
    let weight =
        match by_header(notes, canary, request).or_else(|| by_cookie(notes, canary, request)) {
            Some(true) => total,
            Some(false) => 0,
            None => weight.min(total),
        };
    let with = |backend: &BackendRef, weight| BackendRef {
        weight,
        ..backend.clone()
    };
    vec![
        with(main, total - weight),
        with(&canary.backends[0], weight),
    ]
}

/// `canary-weight` of `canary-weight-total`, as strconv.Atoi reads them: what is no number is none.
fn weights(notes: &Notes, canary: &Rule) -> (u32, u32) {
    let number = |key: &str| {
        let value = notes.on(canary, &format!("{NAME}-{key}"))?;
        value.parse::<i64>().ok()
    };
    let total = number("weight-total").and_then(|n| u32::try_from(n).ok());
    let weight = number("weight").map_or(0, |n| u32::try_from(n.max(0)).unwrap_or(u32::MAX));
    (weight, total.unwrap_or(LEAST_TOTAL).max(LEAST_TOTAL))
}

/// `Some` where the header decides: for the canary, or against it.
fn by_header(notes: &Notes, canary: &Rule, request: &Request) -> Option<bool> {
    let of = |key: &str| {
        let value = notes.on(canary, &format!("{NAME}-by-header{key}"));
        value.filter(|v| !v.is_empty())
    };
    let name = of("")?;
    let value = request
        .header(name)
        .or_else(|| request.header(&name.replace('_', "-")))?;
    if let Some(wanted) = of("-value") {
        return (value == wanted.trim()).then_some(true);
    }
    if let Some(pattern) = of("-pattern") {
        return match Regex::new(pattern) {
            Ok(pattern) => pattern.is_match(value).then_some(true),
            // nginx stays with the primary when it cannot read the expression.
            Err(_) => Some(false),
        };
    }
    always_or_never(value)
}

fn by_cookie(notes: &Notes, canary: &Rule, request: &Request) -> Option<bool> {
    let name = notes.on(canary, &format!("{NAME}-by-cookie"))?;
    always_or_never(request.cookie(name)?)
}

fn always_or_never(value: &str) -> Option<bool> {
    match value {
        "always" => Some(true),
        "never" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::dialect::index;
    use crate::diagnosis::dialect::tests::{ingress, request};
    use crate::target::Header;
    use k8s_openapi::api::networking::v1::Ingress;
    use std::sync::Arc;

    fn canary(name: &str, created: i64, line: &str, annotations: &[(&str, &str)]) -> Arc<Ingress> {
        let mut object = (*ingress(name, created, &[line])).clone();
        let marked = [("", "true")].iter().chain(annotations);
        let all = marked.map(|(k, v)| (Notes::USUAL.key(&format!("{NAME}{k}")), (*v).to_owned()));
        object.metadata.annotations = Some(all.collect());
        Arc::new(object)
    }

    /// Name and weight of each backend of the primary's rule.
    fn shares(objects: &[Arc<Ingress>], asked: &Request) -> Vec<(String, u32)> {
        let rules = ingress::rules(objects, |h| h == asked.host);
        let primary = rules
            .iter()
            .find(|r| {
                !is_canary(&Notes::USUAL, r) && asked.path_only().starts_with(r.path().text())
            })
            .expect("a primary");
        let backends = backends(
            &Notes::USUAL,
            primary,
            Peers::new(&index(objects.to_vec()), &|_| true),
            asked,
        );
        let name = |b: &BackendRef| b.service().map(|(_, n)| n.to_owned()).unwrap_or_default();
        backends.iter().map(|b| (name(b), b.weight)).collect()
    }

    fn with(headers: &[(&str, &str)]) -> Request {
        let mut asked = request("a.com", "/");
        let own = |(n, v): &(&str, &str)| Header::parse(&format!("{n}: {v}")).expect("a header");
        asked.headers = headers.iter().map(own).collect();
        asked
    }

    #[test]
    fn a_weight_is_a_share_of_its_total() {
        let primary = ingress("n/web", 1, &["a.com / P web"]);
        for (weight, total, main, share) in [
            ("30", None, 70, 30),
            ("0", None, 100, 0),
            ("100", None, 0, 100),
            ("300", Some("1000"), 700, 300),
            // A total of 100 or less counts for nothing.
            ("3", Some("10"), 97, 3),
            ("250", Some("200"), 0, 200),
            // What is no number is no weight.
            ("30%", None, 100, 0),
            ("-5", None, 100, 0),
        ] {
            let mut keys = vec![("-weight", weight)];
            keys.extend(total.map(|t| ("-weight-total", t)));
            let objects = [
                primary.clone(),
                canary("n/canary", 2, "a.com / P new", &keys),
            ];
            let expected = [("web".to_owned(), main), ("new".to_owned(), share)];
            assert_eq!(shares(&objects, &with(&[])), expected, "{weight} {total:?}");
        }
    }

    #[test]
    fn header_before_cookie_before_weight() {
        let primary = ingress("n/web", 1, &["a.com / P web"]);
        let keys = [
            ("-weight", "30"),
            ("-by-header", "X-Canary"),
            ("-by-cookie", "canary"),
        ];
        let plain = [primary.clone(), canary("n/c", 2, "a.com / P new", &keys)];
        let value = [
            primary.clone(),
            canary(
                "n/c",
                2,
                "a.com / P new",
                &[&keys[..], &[("-by-header-value", "eu")]].concat(),
            ),
        ];
        let pattern = [
            primary,
            canary(
                "n/c",
                2,
                "a.com / P new",
                &[&keys[..], &[("-by-header-pattern", "^e")]].concat(),
            ),
        ];
        for (objects, headers, share) in [
            (&plain, &[][..], 30),
            (&plain, &[("x-canary", "always")], 100),
            (&plain, &[("X-Canary", "never")], 0),
            (&plain, &[("X-Canary", "maybe")], 30),
            (&plain, &[("Cookie", "a=b; canary=always")], 100),
            (&plain, &[("Cookie", "canary=never")], 0),
            (
                &plain,
                &[("X-Canary", "never"), ("Cookie", "canary=always")],
                0,
            ),
            (
                &plain,
                &[("X-Canary", "maybe"), ("Cookie", "canary=always")],
                100,
            ),
            (&value, &[("X-Canary", "eu")], 100),
            (&value, &[("X-Canary", "always")], 30),
            (&value, &[("X-Canary", "EU")], 30),
            (&pattern, &[("X-Canary", "europe")], 100),
            (&pattern, &[("X-Canary", "never")], 30),
        ] {
            let found = shares(objects, &with(headers));
            assert_eq!(found[1], ("new".to_owned(), share), "{headers:?}");
        }
    }

    #[test]
    fn a_canary_follows_a_rule_that_is_written_the_same() {
        let primary = ingress("n/web", 1, &["a.com / P web"]);
        for (line, merged) in [
            ("a.com / P new", true),
            ("a.com / S new", true),
            ("a.com / E new", false),
            ("a.com /new P new", false),
            ("A.com / P new", false),
            ("b.com / P new", false),
            ("a.com / P web", false),
        ] {
            let objects = [
                primary.clone(),
                canary("n/c", 2, line, &[("-weight", "30")]),
            ];
            assert_eq!(shares(&objects, &with(&[])).len() == 2, merged, "{line}");
        }
        // It may stand in another namespace.
        let objects = [
            primary,
            canary("m/c", 2, "a.com / P new", &[("-weight", "30")]),
        ];
        assert_eq!(shares(&objects, &with(&[])).len(), 2);
    }

    #[test]
    fn the_first_canary_counts_and_others_get_nothing() {
        let objects = [
            ingress("n/web", 1, &["a.com / P web"]),
            canary("n/late", 9, "a.com / P late", &[("-weight", "50")]),
            canary("n/early", 3, "a.com / P early", &[("-weight", "10")]),
        ];
        let expected = [("web".to_owned(), 90), ("early".to_owned(), 10)];
        assert_eq!(shares(&objects, &with(&[])), expected);
    }

    #[test]
    fn a_service_of_an_older_ingress_is_no_canarys() {
        for (created, merged) in [(1, false), (9, true)] {
            let objects = [
                ingress("n/web", 1, &["a.com / P web"]),
                ingress("n/other", created, &["b.com / P new"]),
                canary("n/c", 3, "a.com / P new", &[("-weight", "20")]),
            ];
            assert_eq!(shares(&objects, &with(&[])).len() == 2, merged, "{created}");
        }
    }

    #[test]
    fn one_rule_that_finds_no_path_takes_the_whole_canary_back() {
        let two = |other: &str| {
            let mut object = (*canary("n/c", 3, "a.com / P new", &[("-weight", "20")])).clone();
            let more = (*ingress("n/c", 3, &[other])).clone();
            let rules = object
                .spec
                .as_mut()
                .and_then(|s| s.rules.as_mut())
                .expect("rules");
            rules.extend(more.spec.and_then(|s| s.rules).expect("rules"));
            Arc::new(object)
        };
        let primaries = ingress("n/web", 1, &["a.com / P web", "b.com / P web"]);
        for (other, merged) in [
            ("b.com / P new", true),
            ("b.com /x P new", false),
            ("nobody.com /x P new", true),
        ] {
            let objects = [primaries.clone(), two(other)];
            assert_eq!(shares(&objects, &with(&[])).len() == 2, merged, "{other}");
        }
    }

    #[test]
    fn another_host_with_the_same_backend_shares_the_canary() {
        let objects = [
            ingress("n/web", 1, &["a.com / P web"]),
            ingress("n/other", 1, &["b.com / P web"]),
            canary("n/c", 3, "b.com / P new", &[("-weight", "20")]),
        ];
        assert_eq!(shares(&objects, &with(&[])).len(), 2);
    }
}
