//! The Ingress specification (networking/v1 types): for controllers without a dialect of their own here.

use super::{Passed, Resolution, Rule, host_rank, path_miss, prefix_matches};

/// Most specific host, then longest path, then Exact before Prefix. Between Ingresses the specification decides nothing.
pub(super) fn resolve(rules: Vec<Rule>, path: &str) -> Resolution {
    let mut matching = Vec::new();
    let mut passed = Vec::new();
    for rule in rules {
        let matches = match rule.path_type.as_str() {
            "Exact" => rule.path == path,
            _ => prefix_matches(&rule.path, path),
        };
        if matches {
            matching.push(rule);
        } else {
            let why = path_miss(&rule, path);
            passed.push(Passed { rule, why });
        }
    }
    let rank = |r: &Rule| {
        (
            r.position.is_none(),
            host_rank(&r.host),
            std::cmp::Reverse(r.path.trim_end_matches('/').len()),
            r.path_type != "Exact",
        )
    };
    matching.sort_by_key(|r| (rank(r), r.age_then_name()));
    let tied = matching.first().map_or(0, |first| {
        matching.iter().filter(|r| rank(r) == rank(first)).count()
    });
    Resolution {
        matching,
        tied,
        passed,
        approximate: None,
    }
}
