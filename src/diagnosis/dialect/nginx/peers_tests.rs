//! What is found by an index is what going over all Ingresses finds: their hosts, and canaries with all that decides about them.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use proptest::prelude::*;

use super::canary::{canary_of, finds_primary, first_of, has_primary, is_canary};
use super::notes::Notes;
use super::server::also_called;
use crate::diagnosis::dialect::index;
use crate::diagnosis::dialect::tests::ingress as written;
use crate::diagnosis::routing::ingress::{Peers, rules};
use crate::diagnosis::routing::ingresses::{named, serves_any_host};
use crate::diagnosis::semantics::host::ingress_host_matches;

/// Hosts of rules; few, so that many are the same.
const HOSTS: [&str; 9] = [
    "a.com",
    "A.com.",
    "*.a.com",
    "x.a.com",
    "www.b.com",
    "b.com",
    "-",
    ".",
    "*.A.com.",
];
const PATHS: [&str; 2] = ["/", "/x"];
const KINDS: [&str; 2] = ["P", "E"];
const PREFIXES: [&str; 2] = ["nginx.ingress.kubernetes.io", "example.com/own"];

/// One rule: host, path, type and Service.
type Line = (usize, usize, usize, usize);

fn made(
    n: usize,
    namespace: usize,
    created: i64,
    lines: &[Line],
    notes: (u8, usize),
) -> Arc<Ingress> {
    let text: Vec<String> = lines
        .iter()
        .map(|(h, p, k, s)| format!("{} {} {} s{s}", HOSTS[*h], PATHS[*p], KINDS[*k]))
        .collect();
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    let mut object = (*written(&format!("n{namespace}/i{n}"), created, &text)).clone();
    let (which, prefix) = notes;
    let key = |name: &str| format!("{}/{name}", PREFIXES[prefix]);
    object.metadata.annotations = match which {
        0 | 1 => Some([(key("canary"), "true".to_owned())].into()),
        2 => Some([(key("canary"), "false".to_owned())].into()),
        3 => Some([(key("server-alias"), "c.com, X.A.COM,,b.com".to_owned())].into()),
        4 => Some([(key("from-to-www-redirect"), "true".to_owned())].into()),
        _ => None,
    };
    if which == 5 {
        let spec = object.spec.as_mut().expect("a spec");
        let first = &spec.rules.as_ref().expect("rules")[0];
        let paths = &first.http.as_ref().expect("paths").paths;
        spec.default_backend = Some(paths[0].backend.clone());
    }
    Arc::new(object)
}

fn clusters() -> impl Strategy<Value = Vec<Arc<Ingress>>> {
    let line = (0..HOSTS.len(), 0..PATHS.len(), 0..KINDS.len(), 0..3usize);
    let lines = proptest::collection::vec(line, 1..4);
    let one = (0..2usize, 0..3i64, lines, (0..9u8, 0..PREFIXES.len()));
    proptest::collection::vec(one, 1..9).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        let made =
            numbered.map(|(n, (ns, created, lines, notes))| made(n, ns, created, &lines, notes));
        made.collect()
    })
}

fn names(all: &[&Arc<Ingress>]) -> Vec<String> {
    all.iter().filter_map(|i| i.metadata.name.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn those_of_a_host_are_found(all in clusters(), prefix in 0..PREFIXES.len()) {
        let notes = Notes::beginning(PREFIXES[prefix]);
        let seen = index(all.clone());
        for host in ["a.com", "x.a.com", "y.x.a.com", "b.com", "www.b.com", "www.www.b.com", "c.com", "d.com", ".a.com"] {
            let declares = |i: &Ingress| {
                named(i).any(|h| ingress_host_matches(h, host)) || also_called(&notes, i, host) || serves_any_host(i)
            };
            let naive: Vec<&Arc<Ingress>> = all.iter().filter(|i| declares(i)).collect();
            let found: Vec<&Arc<Ingress>> = seen.about(host).filter(|i| declares(i)).collect();
            prop_assert_eq!(names(&found), names(&naive), "{}", host);
        }
    }

    #[test]
    fn canaries_are_those_that_going_over_all_finds(all in clusters(), prefix in 0..PREFIXES.len(), skipped in 0..9usize) {
        let notes = Notes::beginning(PREFIXES[prefix]);
        let seen = index(all.clone());
        let skipped = format!("i{skipped}");
        let takes = |i: &Ingress| i.metadata.name.as_deref() != Some(&skipped);
        let peers = Peers::new(&seen, &takes);
        let every = || rules(all.iter().filter(|i| takes(i)), |_| true);
        for rule in every() {
            if is_canary(&notes, &rule) {
                let naive = finds_primary(&notes, &rule, every());
                prop_assert_eq!(has_primary(&notes, &rule, peers), naive);
            } else {
                let main = &rule.backends[0];
                prop_assert_eq!(canary_of(&notes, main, peers), first_of(&notes, main, every()));
            }
        }
    }
}
