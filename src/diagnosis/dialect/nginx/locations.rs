//! Locations that Ingresses declare twice: nginx refuses the whole configuration for one of them, and every host keeps the old one.
//!
//! Source: internal/ingress/controller/util.go (`updateServerLocations`, `normalizePrefixPath`) of kubernetes/ingress-nginx.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use super::notes::Notes;
use super::{choose, turn_of};
use crate::diagnosis::dialect::questions::{Same, Unloadable};
use crate::diagnosis::semantics::meta::label_of;

/// A path as it is declared.
struct Declared<'i> {
    ingress: &'i Ingress,
    path: &'i str,
    kind: &'i str,
    /// The numbers of its rule and of its place there.
    at: (usize, usize),
}

/// The first host that has two paths which are one location.
pub fn twice(notes: &Notes, ingresses: &[&Arc<Ingress>]) -> Option<Unloadable> {
    let mut ordered: Vec<&&Arc<Ingress>> = ingresses.iter().collect();
    ordered.sort_by_key(|i| turn_of(i));
    let mut hosts: BTreeMap<String, Vec<Declared>> = BTreeMap::new();
    let primary = ordered.into_iter().filter(|i| !notes.is_on(i, "canary"));
    for ingress in primary {
        let rules = ingress.spec.iter().flat_map(|s| s.rules.iter().flatten());
        for (number, rule) in rules.enumerate() {
            let host = rule.host.as_deref().unwrap_or_default();
            let own = hosts.entry(host.to_ascii_lowercase()).or_default();
            let paths = rule.http.iter().flat_map(|http| &http.paths);
            own.extend(paths.enumerate().map(|(at, p)| Declared {
                ingress,
                path: p.path.as_deref().unwrap_or("/"),
                kind: &p.path_type,
                at: (number, at),
            }));
        }
    }
    hosts
        .into_iter()
        .find_map(|(host, paths)| of_host(notes, host, &paths))
}

fn of_host(notes: &Notes, host: String, paths: &[Declared]) -> Option<Unloadable> {
    // Expressions may stand twice; one makes all of the host's paths such.
    if paths
        .iter()
        .any(|d| choose::wants(notes, d.ingress, d.path))
    {
        return None;
    }
    // ImplementationSpecific is Prefix to it.
    let open = paths.iter().filter(|d| d.kind != "Exact");
    let mut known: Vec<&Declared> = Vec::new();
    for one in open.filter(|d| d.path != "/") {
        let bare = |path: &str| path.strip_suffix('/').unwrap_or(path).to_owned();
        let same = known.iter().find(|k| bare(k.path) == bare(one.path));
        match same {
            // The same path again is left out by the controller itself.
            Some(first) if first.path == one.path => {}
            Some(first) => {
                return Some(Unloadable {
                    host,
                    location: format!("{}/", bare(one.path)),
                    declared: [told(first), told(one)],
                });
            }
            None => known.push(one),
        }
    }
    None
}

fn told(declared: &Declared) -> Same {
    let (rule, path) = declared.at;
    Same {
        object: label_of(declared.ingress),
        field: format!(".spec.rules[{rule}].http.paths[{path}].path"),
        path: declared.path.to_owned(),
        kind: declared.kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use k8s_openapi::api::networking::v1::Ingress;

    use super::twice;
    use crate::diagnosis::dialect::nginx::notes::Notes;
    use crate::diagnosis::dialect::nginx::tests::noted;
    use crate::diagnosis::dialect::tests::ingress;

    fn location(objects: &[Arc<Ingress>]) -> Option<String> {
        let all: Vec<&Arc<Ingress>> = objects.iter().collect();
        twice(&Notes::USUAL, &all).map(|found| found.location)
    }

    #[test]
    fn as_a_running_controller_refuses_them() {
        let twice: &[&[&str]] = &[
            &["h /a P one", "h /a/ P two"],
            &["h /a/ S one", "h /a P two"],
        ];
        for lines in twice {
            assert_eq!(
                location(&[ingress("shop/i", 1, lines)]).as_deref(),
                Some("/a/"),
                "{lines:?}"
            );
        }
        let once: &[&[&str]] = &[
            &["h /a P one", "g /a/ P two"],
            &["h /a P one", "h /a/ E two"],
            &["h /a P one", "h /a E two"],
            &["h /a P one", "h /a/b P two"],
            &["h /a P one", "h /A/ P two"],
            &["h / P one", "h / S two"],
        ];
        for lines in once {
            assert_eq!(location(&[ingress("shop/i", 1, lines)]), None, "{lines:?}");
        }
    }

    #[test]
    fn of_two_ingresses_and_not_where_paths_are_expressions() {
        let one = ingress("shop/one", 1, &["h /a P one"]);
        let two = ingress("shop/two", 2, &["h /a/ P two"]);
        let objects = [one.clone(), two.clone()];
        assert_eq!(location(&objects).as_deref(), Some("/a/"));
        for note in [
            ("use-regex", "true"),
            ("rewrite-target", "/x"),
            ("canary", "true"),
        ] {
            assert_eq!(
                location(&[one.clone(), noted(two.clone(), &[note])]),
                None,
                "{note:?}"
            );
        }
    }
}
