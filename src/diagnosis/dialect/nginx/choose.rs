//! ingress-nginx: one server a host, locations by length, the oldest Ingress first.
//!
//! Source: internal/ingress/controller (`getBackendServers`, `sortIngressSlice`) and rootfs/etc/nginx/template of
//! kubernetes/ingress-nginx; tie-breaks and regular expressions as measured on a running controller.

use std::cmp::Reverse;

use regex::RegexBuilder;

use crate::diagnosis::dialect::{Passed, Resolution, Rule, host_rank, path_miss, prefix_matches};

const USE_REGEX: &str = "nginx.ingress.kubernetes.io/use-regex";
const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";
const CANARY: &str = "nginx.ingress.kubernetes.io/canary";

pub(super) fn resolve(rules: Vec<Rule>, path: &str) -> Resolution {
    // A canary only takes a share of its primary's requests.
    let (canaries, rules): (Vec<Rule>, Vec<Rule>) = rules
        .into_iter()
        .partition(|r| r.annotation(CANARY) == Some("true"));
    let mut passed: Vec<Passed> = canaries
        .into_iter()
        .map(|rule| Passed {
            rule,
            why: "a canary follows its primary".to_owned(),
        })
        .collect();
    // The server is chosen by host alone; once chosen, nothing falls through to a less specific host.
    let server = rules
        .iter()
        .filter(|r| r.position.is_some())
        .map(|r| host_rank(&r.host))
        .min()
        .unwrap_or(2);
    let (here, elsewhere): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(|r| {
        let of_server = host_rank(&r.host) == server;
        match r.position {
            Some(_) => of_server,
            None => server == 2 || has_rule_at(r, server),
        }
    });
    passed.extend(elsewhere.into_iter().map(|rule| Passed {
        rule,
        why: "another server block has the more specific host".to_owned(),
    }));
    let regex = here.iter().any(|r| {
        r.annotation(USE_REGEX) == Some("true")
            || r.annotation(REWRITE).is_some_and(|v| !v.is_empty())
    });
    let mut matching = Vec::new();
    let mut unsure = None;
    for rule in here {
        match matches(&rule, path, regex) {
            Ok(true) => matching.push(rule),
            Ok(false) => {
                let why = path_miss(&rule, path);
                passed.push(Passed { rule, why });
            }
            Err(why) => {
                unsure = Some(why.clone());
                passed.push(Passed { rule, why });
            }
        }
    }
    matching.sort_by_key(|r| {
        let (age, namespace, name) = r.age_then_name();
        (
            r.position.is_none(),
            Reverse(r.path.trim_end_matches('/').len()),
            !regex && r.path_type != "Exact",
            age,
            // In the same second the later name in the alphabet comes first.
            Reverse(format!("{namespace}/{name}")),
            r.position,
        )
    });
    Resolution {
        tied: usize::from(!matching.is_empty()),
        matching,
        passed,
        approximate: unsure,
    }
}

/// Whether the Ingress of a default backend also has a rule in the chosen server.
fn has_rule_at(rule: &Rule, rank: u8) -> bool {
    let rules = rule
        .ingress
        .spec
        .iter()
        .flat_map(|s| s.rules.iter().flatten());
    rules
        .into_iter()
        .any(|r| host_rank(r.host.as_deref().unwrap_or_default()) == rank)
}

fn matches(rule: &Rule, path: &str, regex: bool) -> Result<bool, String> {
    if rule.position.is_none() {
        return Ok(true);
    }
    if !regex {
        return Ok(match rule.path_type.as_str() {
            "Exact" => rule.path == path,
            _ => prefix_matches(&rule.path, path),
        });
    }
    // One such annotation on the host turns every one of its paths into a case-insensitive expression, open at the end.
    RegexBuilder::new(&format!("^{}", rule.path))
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build()
        .map(|r| r.is_match(path))
        .map_err(|_| format!("cannot tell whether expression {:?} matches", rule.path))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::dialect::make::Make;
    use crate::diagnosis::dialect::tests::{ingress, service};
    use crate::diagnosis::dialect::{Args, Reader, resolve};
    use std::sync::Arc;

    static MAKE: Make = Make::known(&super::super::INGRESS_NGINX);

    fn annotated(
        name: &str,
        lines: &[&str],
        key: &str,
        value: &str,
    ) -> Arc<crate::diagnosis::dialect::Ingress> {
        let mut object = (*ingress(name, 1, lines)).clone();
        object.metadata.annotations = Some([(key.to_owned(), value.to_owned())].into());
        Arc::new(object)
    }

    fn winner(
        objects: &[Arc<crate::diagnosis::dialect::Ingress>],
        host: &str,
        path: &str,
    ) -> Option<String> {
        let reader = Reader {
            make: &MAKE,
            args: &Args::default(),
            version: None,
        };
        let r = resolve(reader, objects, host, path);
        service(r.winner()).map(str::to_owned)
    }

    #[test]
    fn one_regex_changes_the_whole_host() {
        let plain = ingress("n/plain", 1, &["a.com /foo E s1"]);
        assert_eq!(
            winner(std::slice::from_ref(&plain), "a.com", "/foobar"),
            None
        );
        let regex = annotated(
            "n/regex",
            &["a.com /r/[a-z]+$ S s2"],
            super::USE_REGEX,
            "true",
        );
        let both = [plain, regex];
        assert_eq!(winner(&both, "a.com", "/FOObar").as_deref(), Some("s1"));
        assert_eq!(winner(&both, "a.com", "/r/ABC").as_deref(), Some("s2"));
        assert_eq!(winner(&both, "a.com", "/r/12"), None);
    }

    #[test]
    fn the_oldest_wins_and_the_later_name_breaks_the_tie() {
        let old = ingress("z/old", 1, &["a.com / P old"]);
        let young = ingress("a/young", 9, &["a.com / P young"]);
        assert_eq!(
            winner(&[young.clone(), old], "a.com", "/").as_deref(),
            Some("old")
        );
        let twin = ingress("b/twin", 9, &["a.com / P twin"]);
        assert_eq!(
            winner(&[young, twin], "a.com", "/").as_deref(),
            Some("twin")
        );
    }

    #[test]
    fn a_known_host_never_falls_back_to_no_host() {
        let objects = [
            ingress("n/a", 1, &["a.com /x P s1"]),
            ingress("n/any", 1, &["- / P any"]),
        ];
        assert_eq!(winner(&objects, "a.com", "/y"), None);
        assert_eq!(winner(&objects, "other.com", "/y").as_deref(), Some("any"));
    }
}
