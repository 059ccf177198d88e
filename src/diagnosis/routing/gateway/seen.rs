//! Every route of a kind that was seen, so that a walk finds those of its host without going over all of them.

use std::collections::{BTreeSet, HashMap};

use super::Route;

/// Routes, with where to look for what.
#[derive(Debug, Default)]
pub struct Routes {
    all: Vec<Route>,
    /// By their hosts in lower case; `*.example.com` lies under that.
    by_host: HashMap<String, Vec<usize>>,
    /// Those without hosts, which have those of their listeners.
    any: Vec<usize>,
}

impl Routes {
    /// Looks at each once.
    pub fn new(all: Vec<Route>) -> Self {
        let mut seen = Self {
            all,
            ..Self::default()
        };
        for (at, route) in seen.all.iter().enumerate() {
            for host in route.hosts() {
                let places = seen.by_host.entry(host.to_ascii_lowercase()).or_default();
                places.push(at);
            }
            if route.hosts().is_empty() {
                seen.any.push(at);
            }
        }
        seen
    }

    /// Those that may serve a host, in the order of the list.
    pub fn about(&self, host: &str) -> impl Iterator<Item = &Route> {
        let host = host.to_ascii_lowercase();
        let dots = host.match_indices('.');
        let wildcards = dots.map(|(at, _)| format!("*{}", &host[at..]));
        let keys = std::iter::once(host.clone()).chain(wildcards);
        let named = keys.filter_map(|key| self.by_host.get(&key));
        let places: BTreeSet<usize> = named.chain([&self.any]).flatten().copied().collect();
        places.into_iter().map(|at| &self.all[at])
    }

    /// Each.
    pub fn all(&self) -> &[Route] {
        &self.all
    }

    /// Every host that is named, in lower case.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.by_host.keys().map(String::as_str)
    }
}
