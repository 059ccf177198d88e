//! ingress-nginx: one server a host, locations by length, the oldest Ingress first.
//!
//! Source: internal/ingress/controller (`getBackendServers`, `sortIngressSlice`) and rootfs/etc/nginx/template of
//! kubernetes/ingress-nginx; tie-breaks and regular expressions as measured on a running controller.

use std::cmp::Reverse;

use regex::RegexBuilder;

use super::{canary, turn};
use crate::diagnosis::dialect::{
    Passed, Resolution, before_winner, leads_to_resource, path_miss, resource,
};
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{Declared, HostPattern, PathMatch, Rule};
use crate::target::Request;

const USE_REGEX: &str = "nginx.ingress.kubernetes.io/use-regex";
const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";

pub(super) fn resolve(rules: Vec<Rule>, peers: Peers, request: &Request) -> Resolution {
    let path = request.path_only();
    // A canary only takes a share of its primary's requests.
    let (canaries, rules): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(canary::is_canary);
    let mut passed: Vec<Passed> = canaries
        .iter()
        .map(|rule| Passed {
            rule: rule.clone(),
            why: "a canary follows its primary".to_owned(),
        })
        .collect();
    let orphans = canaries
        .into_iter()
        .filter(|c| !canary::has_primary(c, peers));
    // The server is chosen by host alone; once chosen, nothing falls through to a less specific host.
    let server = rules
        .iter()
        .filter(|r| !r.is_default)
        .map(|r| r.host().rank())
        .min()
        .unwrap_or(2);
    let (here, elsewhere): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(|r| {
        if r.is_default {
            server == 2 || has_rule_at(r, server)
        } else {
            r.host().rank() == server
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
    let (mut matching, mut dropped) = (Vec::new(), Vec::new());
    let mut unsure = None;
    for rule in here {
        match matches(&rule, path, regex) {
            Ok(true) if leads_to_resource(&rule) => dropped.push(resource(rule)),
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
    let rank = |r: &Rule| {
        (
            r.is_default,
            Reverse(r.path().text().trim_end_matches('/').len()),
            !regex && !matches!(r.path(), PathMatch::Exact(_)),
            turn(r),
        )
    };
    matching.sort_by_key(rank);
    let dropped = before_winner(dropped, matching.first(), &mut passed, rank);
    if let Some(primary) = matching.first_mut() {
        primary.backends = canary::backends(primary, peers, request);
    }
    Resolution {
        tied: usize::from(!matching.is_empty()),
        matching,
        passed,
        dropped,
        orphans: orphans.collect(),
        approximate: unsure,
    }
}

/// Whether the Ingress of a default backend also has a rule in the chosen server.
fn has_rule_at(rule: &Rule, rank: u8) -> bool {
    let Declared::Ingress(ingress) = &rule.place.declared;
    let mut rules = ingress.spec.iter().flat_map(|s| s.rules.iter().flatten());
    rules.any(|r| HostPattern(r.host.clone().unwrap_or_default()).rank() == rank)
}

fn matches(rule: &Rule, path: &str, regex: bool) -> Result<bool, String> {
    if rule.is_default {
        return Ok(true);
    }
    if !regex {
        return Ok(rule.path().covers(path));
    }
    // One such annotation on the host turns every one of its paths into a case-insensitive expression, open at the end.
    RegexBuilder::new(&format!("^{}", rule.path().text()))
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build()
        .map(|r| r.is_match(path))
        .map_err(|_| {
            format!(
                "cannot tell whether expression {:?} matches",
                rule.path().text()
            )
        })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::dialect::make::Make;
    use crate::diagnosis::dialect::tests::{ingress, request, service};
    use crate::diagnosis::dialect::{Args, Arrival, Reader, resolve};
    use crate::diagnosis::routing::ingress::Peers;
    use k8s_openapi::api::networking::v1::Ingress;
    use std::sync::Arc;

    static MAKE: Make = Make::known(&super::super::INGRESS_NGINX);

    fn annotated(name: &str, lines: &[&str], key: &str, value: &str) -> Arc<Ingress> {
        let mut object = (*ingress(name, 1, lines)).clone();
        object.metadata.annotations = Some([(key.to_owned(), value.to_owned())].into());
        Arc::new(object)
    }

    fn winner(objects: &[Arc<Ingress>], host: &str, path: &str) -> Option<String> {
        let reader = Reader {
            make: &MAKE,
            args: &Args::default(),
            version: None,
            arrival: Arrival::default(),
        };
        let r = resolve(
            reader,
            objects,
            Peers::new(objects, &|_| true),
            &request(host, path),
        );
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
