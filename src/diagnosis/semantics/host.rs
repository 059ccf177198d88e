//! Host names against patterns.

/// Whether a rule's host covers a name, by the Ingress rules (networking/v1 `IngressRule.host`): no host covers all,
/// `*.example.com` covers exactly one more label.
pub fn ingress_host_matches(pattern: &str, host: &str) -> bool {
    // Called for every rule of the cluster at every walk, so it allocates nothing.
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    match pattern.strip_prefix("*.") {
        _ if pattern.is_empty() => true,
        None => pattern.eq_ignore_ascii_case(host),
        Some(rest) => host
            .split_once('.')
            .is_some_and(|(label, tail)| !label.is_empty() && tail.eq_ignore_ascii_case(rest)),
    }
}

/// Whether a hostname of Gateway API covers a name (gateway.networking.k8s.io/v1 `Hostname`): none covers all, `*.example.com` covers one
/// more label or several.
pub fn gateway_host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        _ if pattern.is_empty() => true,
        None => pattern.eq_ignore_ascii_case(host),
        Some(suffix) => ends_below(host, suffix),
    }
}

/// Whether a name ends in `.example.com`, and something stands before it.
fn ends_below(host: &str, suffix: &str) -> bool {
    let at = host.len().checked_sub(suffix.len());
    let tail = at.filter(|at| *at > 0).and_then(|at| host.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
}

/// What two hostnames of Gateway API have in common: the narrower of them, where it lies in the other.
pub fn gateway_host_in_common<'h>(a: &'h str, b: &'h str) -> Option<&'h str> {
    let within = |inner: &str, outer: &str| match (inner.strip_prefix('*'), outer.strip_prefix('*'))
    {
        _ if outer.is_empty() => true,
        _ if inner.is_empty() => false,
        // Everything below `.a.example.com` is below `.example.com`.
        (Some(inner), Some(outer)) => inner.eq_ignore_ascii_case(outer) || ends_below(inner, outer),
        (Some(_), None) => false,
        (None, _) => gateway_host_matches(outer, inner),
    };
    if within(a, b) {
        Some(a)
    } else {
        within(b, a).then_some(b)
    }
}

/// How many edits (insert, delete, replace, swap of neighbours) lie between two names.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The candidates nearest to a word, at most `most`, nearest first; far ones are left out.
pub fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let limit = (word.len() / 3).max(2);
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|c| !c.is_empty())
        .map(|c| {
            let related = c.ends_with(&format!(".{word}")) || word.ends_with(&format!(".{c}"));
            (if related { 1 } else { distance(word, c) }, c)
        })
        .filter(|(d, _)| *d <= limit)
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(most).map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards_cover_one_label() {
        for (pattern, host, covered) in [
            ("shop.example.com", "shop.example.com", true),
            ("Shop.Example.COM.", "shop.example.com", true),
            ("*.example.com", "shop.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("", "anything", true),
            ("example.com", "shop.example.com", false),
        ] {
            assert_eq!(
                ingress_host_matches(pattern, host),
                covered,
                "{pattern} {host}"
            );
        }
    }

    #[test]
    fn hostnames_of_gateway_api_cover_any_depth_and_meet_in_the_narrower() {
        for (pattern, host, covered) in [
            ("", "a", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.EXAMPLE.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.example.com", "anexample.com", false),
            ("Example.com", "example.com", true),
            ("example.com", "a.example.com", false),
        ] {
            assert_eq!(
                gateway_host_matches(pattern, host),
                covered,
                "{pattern} {host}"
            );
        }
        // The table of the specification's conformance test on hostname intersection.
        for (listener, route, common) in [
            (
                "very.specific.com",
                "very.specific.com",
                Some("very.specific.com"),
            ),
            ("very.specific.com", "non.matching.com", None),
            ("very.specific.com", "*.nonmatching.io", None),
            (
                "very.specific.com",
                "*.specific.com",
                Some("very.specific.com"),
            ),
            ("*.wildcard.io", "wildcard.io", None),
            ("*.wildcard.io", "foo.wildcard.io", Some("foo.wildcard.io")),
            ("*.wildcard.io", "bar.wildcard.io", Some("bar.wildcard.io")),
            (
                "*.wildcard.io",
                "foo.bar.wildcard.io",
                Some("foo.bar.wildcard.io"),
            ),
            (
                "*.wildcard.io",
                "*.bar.wildcard.io",
                Some("*.bar.wildcard.io"),
            ),
            (
                "*.anotherwildcard.io",
                "*.anotherwildcard.io",
                Some("*.anotherwildcard.io"),
            ),
            ("", "*.wildcard.io", Some("*.wildcard.io")),
            ("a.wildcard.io", "", Some("a.wildcard.io")),
            ("", "", Some("")),
        ] {
            assert_eq!(
                gateway_host_in_common(listener, route),
                common,
                "{listener} {route}"
            );
            assert_eq!(
                gateway_host_in_common(route, listener),
                common,
                "{route} {listener}"
            );
        }
    }

    #[test]
    fn near_names_are_offered() {
        let hosts = ["shop.example.com", "api.example.com", "blog.example.org"];
        assert_eq!(nearest("shpo.example.com", hosts, 3)[0], "shop.example.com");
        assert_eq!(
            nearest("www.shop.example.com", hosts, 3)[0],
            "shop.example.com"
        );
        assert!(nearest("zzz.test", hosts, 3).is_empty());
        assert_eq!(
            nearest("shap-exemple", ["shop-example.c"], 3),
            ["shop-example.c"],
            "a third of the letters may differ"
        );
        for (word, far) in [
            ("x.io", "averylongname.x.io"),
            ("averylongname.x.io", "x.io"),
        ] {
            assert_eq!(nearest(word, [far], 3), [far], "one is the other's domain");
        }
    }

    #[test]
    fn neighbours_that_changed_places_are_one_edit() {
        for (a, b, edits) in [
            ("shop", "shop", 0),
            ("shop", "shpo", 1),
            ("shop", "hsop", 1),
            ("abcd", "badc", 2),
            ("shop", "spho", 2),
            ("shop", "shops", 1),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn a_wildcard_agrees_with_counting_labels(host in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}", base in "[a-c]{1,2}(\\.[a-c]{1,2}){0,2}") {
            let naive = host.ends_with(&format!(".{base}")) && host.split('.').count() == base.split('.').count() + 1;
            prop_assert_eq!(ingress_host_matches(&format!("*.{base}"), &host), naive);
        }

        #[test]
        fn what_two_hostnames_have_in_common_is_what_both_cover(
            a in "(\\*\\.)?[ab](\\.[ab]){0,2}", b in "(\\*\\.)?[ab](\\.[ab]){0,2}", host in "[ab](\\.[ab]){0,4}",
        ) {
            let both = gateway_host_matches(&a, &host) && gateway_host_matches(&b, &host);
            let common = gateway_host_in_common(&a, &b).is_some_and(|c| gateway_host_matches(c, &host));
            prop_assert_eq!(common, both);
        }

        #[test]
        fn distance_is_a_metric_at_the_ends(a in "[a-d]{0,6}", b in "[a-d]{0,6}") {
            prop_assert_eq!(distance(&a, &a), 0);
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
        }
    }
}
