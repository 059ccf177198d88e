//! The Ingress specification (networking/v1 types): for controllers without a dialect of their own here.

use super::{Passed, Resolution, path_miss, tied};
use crate::diagnosis::routing::{PathMatch, Rule};

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
    let rank = |r: &Rule| {
        (
            r.is_default,
            r.host().rank(),
            std::cmp::Reverse(r.path().text().trim_end_matches('/').len()),
            !matches!(r.path(), PathMatch::Exact(_)),
        )
    };
    matching.sort_by_key(|r| (rank(r), r.age_then_name()));
    let tied = tied(&matching, rank);
    Resolution {
        matching,
        tied,
        passed,
        dropped: Vec::new(),
        orphans: Vec::new(),
        approximate: None,
    }
}
