//! The Ingress specification (networking/v1 types): for controllers without a dialect of their own here.

use std::cmp::Reverse;

use super::{Passed, Resolution, path_miss, tied};
use crate::diagnosis::routing::{PathMatch, Rule};

/// How good a rule is for the pages that it covers, the best first: what its author may expect of any controller.
pub fn rank(rule: &Rule) -> Rank {
    (
        rule.is_default,
        rule.host().rank(),
        Reverse(rule.path().text().trim_end_matches('/').len()),
        !matches!(rule.path(), PathMatch::Exact(_)),
    )
}

/// A default backend, the host's kind, the path's length, its kind.
pub type Rank = (bool, u8, Reverse<usize>, bool);

/// Most specific host, then longest path, then Exact before Prefix. Between Ingresses the specification decides nothing.
pub(super) fn resolve(rules: Vec<Rule>, path: &str) -> Resolution {
    let mut matching = Vec::new();
    let mut passed = Vec::new();
    for rule in rules {
        if rule.path().covers(path) {
            matching.push(rule);
        } else {
            let why = path_miss(&rule, path);
            passed.push(Passed { rule, why });
        }
    }
    matching.sort_by_key(|r| (rank(r), r.age_then_name()));
    let tied = tied(&matching, rank);
    Resolution {
        matching,
        tied,
        passed,
        dropped: Vec::new(),
        passes_tls: false,
        guards: Vec::new(),
        rewrites: None,
        doubt: None,
        redirect: None,
        spillover: None,
        orphans: Vec::new(),
        approximate: None,
    }
}
