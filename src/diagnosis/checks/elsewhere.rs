//! What is missing where it has to be, and is there in other namespaces: found by name in the whole cluster, whatever the namespaces
//! are called, and ranked.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Case;
use crate::diagnosis::semantics::host::distance;
use crate::diagnosis::semantics::meta::namespace_of;
use crate::facts::{Typed, Unknown};

/// Objects that are read of those that are there: the likeliest.
const MOST: usize = 8;
/// Namespaces in which many clusters keep what is meant for all.
const USUAL: [&str; 3] = ["cert-manager", "default", "kube-system"];

/// One of the name.
pub struct Hit<T> {
    /// Where it is.
    pub namespace: String,
    /// What it is; none where it is there and may not be read.
    pub object: Option<Arc<T>>,
}

/// All of the name.
pub struct Elsewhere<T> {
    /// The likeliest first.
    pub hits: Vec<Hit<T>>,
    /// Further ones, which were not read.
    pub more: usize,
}

impl<T> Elsewhere<T> {
    /// Those beside the one that is named, in words for behind it: nothing, or ` (and in 19 others)`.
    pub fn others(&self) -> String {
        match self.hits.len() + self.more {
            0 | 1 => String::new(),
            2 => " (and in one other)".to_owned(),
            all => format!(" (and in {} others)", all - 1),
        }
    }
}

/// Looks for a name in other namespaces than this one; none while answers are open. Who may not ask for the name in all namespaces
/// looks into the likely ones, and needs no further right for it.
pub fn elsewhere<T: Typed>(case: &Case, name: &str, here: &str) -> Option<Elsewhere<T>> {
    let likely = likely(case);
    let found = case.find::<T>(name);
    let is_known = match &found {
        Ok(_) => true,
        Err(Unknown::Gap(_)) => false,
        Err(Unknown::Waiting) => return None,
    };
    let mut namespaces: Vec<String> = match found {
        Ok(all) => all,
        Err(_) => likely.iter().cloned().collect(),
    };
    namespaces.retain(|ns| ns != here);
    namespaces.sort_by_cached_key(|ns| {
        let is_near = likely.contains(ns) || are_alike(here, ns);
        (!is_near, distance(here, ns), ns.clone())
    });
    let more = namespaces.len().saturating_sub(MOST);
    namespaces.truncate(MOST);
    let mut hits = Vec::new();
    let mut waiting = false;
    for namespace in namespaces {
        let object = if is_known {
            case.get::<T>(Some(&namespace), name)
        } else {
            case.aside().get::<T>(Some(&namespace), name)
        };
        match object {
            Ok(Some(object)) => hits.push(Hit {
                namespace,
                object: Some(object),
            }),
            Err(Unknown::Gap(_)) if is_known => hits.push(Hit {
                namespace,
                object: None,
            }),
            Err(Unknown::Waiting) => waiting = true,
            Ok(None) | Err(Unknown::Gap(_)) => {}
        }
    }
    let more = if is_known { more } else { 0 };
    (!waiting).then_some(Elsewhere { hits, more })
}

/// Namespaces that have to do with the host, and the usual ones.
fn likely(case: &Case) -> BTreeSet<String> {
    let controller = case.entrance.controller.found().into_iter();
    let workloads = controller.flat_map(|c| &c.workloads);
    let ingresses = case.journey.declared.iter().flat_map(|d| &d.all);
    let usual = USUAL.map(str::to_owned).into_iter();
    workloads
        .map(|w| w.namespace.clone())
        .chain(ingresses.map(|d| namespace_of(&*d.ingress).to_owned()))
        .chain([case.settings.namespace.clone()])
        .chain(usual)
        .collect()
}

/// Whether two namespaces share a word: `shop` and `shop-prod`.
fn are_alike(a: &str, b: &str) -> bool {
    let words = |name: &str| -> BTreeSet<String> {
        let long = name.split('-').filter(|word| word.len() > 2);
        long.map(str::to_owned).collect()
    };
    !words(a).is_disjoint(&words(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_of_one_family_are_alike() {
        for (a, b, alike) in [
            ("shop", "shop-prod", true),
            ("prod-shop", "shop", true),
            ("team-a", "team-b", true),
            ("shop", "store", false),
            ("a-b", "b-c", false),
        ] {
            assert_eq!(are_alike(a, b), alike, "{a} {b}");
        }
    }

    #[test]
    fn the_ones_that_are_not_named_are_counted() {
        let hit = || Hit::<()> {
            namespace: "a".to_owned(),
            object: None,
        };
        let words = |hits: usize, more| {
            let hits = std::iter::repeat_with(hit).take(hits).collect();
            Elsewhere { hits, more }.others()
        };
        assert_eq!(words(1, 0), "");
        assert_eq!(words(2, 0), " (and in one other)");
        assert_eq!(words(8, 12), " (and in 19 others)");
    }
}
