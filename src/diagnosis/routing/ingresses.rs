//! Every Ingress that was seen, so that a walk finds those of its host without going over all of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};

use crate::diagnosis::semantics::meta::namespace_of;

/// Positions in the list, in its order.
type Places = Vec<usize>;

/// The Ingresses, with where to look for what.
#[derive(Debug, Default)]
pub struct Ingresses {
    all: Vec<Arc<Ingress>>,
    /// By the host of a rule or a TLS entry, in lower case and without its last dot, and by other names that some make may take for
    /// these. Those of `*.example.com` lie under that.
    by_host: HashMap<String, Places>,
    /// Those with a rule for every host, or a default backend.
    any: Places,
    /// Those whose annotations may hang them on other Ingresses.
    leaning: Places,
    /// By namespace and Service of a backend.
    by_service: HashMap<String, HashMap<String, Places>>,
    hosts: OnceLock<Vec<String>>,
}

impl Ingresses {
    /// Looks at each once. `other_names`: names by which some make may call its hosts, in lower case. `may_lean`: whether some make may hang
    /// it on others.
    pub fn new(
        all: Vec<Arc<Ingress>>,
        other_names: impl Fn(&Ingress) -> Vec<String>,
        may_lean: impl Fn(&Ingress) -> bool,
    ) -> Self {
        let mut seen = Self {
            all,
            ..Self::default()
        };
        for (at, ingress) in seen.all.iter().enumerate() {
            // A list says a place once, however many rules of the Ingress lead to it.
            let add = |places: &mut Places| {
                if places.last() != Some(&at) {
                    places.push(at);
                }
            };
            for host in named(ingress) {
                match key(host) {
                    Some(key) => add(seen.by_host.entry(key).or_default()),
                    None => add(&mut seen.any),
                }
            }
            if ingress.metadata.annotations.is_some() {
                for host in other_names(ingress) {
                    add(seen.by_host.entry(host).or_default());
                }
                if may_lean(ingress) {
                    add(&mut seen.leaning);
                }
            }
            if serves_any_host(ingress) {
                add(&mut seen.any);
            }
            for service in services(ingress) {
                let namespace = namespace_of(&**ingress).to_owned();
                let of_namespace = seen.by_service.entry(namespace).or_default();
                add(of_namespace.entry(service.to_owned()).or_default());
            }
        }
        seen
    }

    /// Each, in the order of the list.
    pub fn all(&self) -> &[Arc<Ingress>] {
        &self.all
    }

    /// Those that may have a rule, a TLS entry or a default backend for a host, in the order of the list: all that do, and perhaps some
    /// that do not.
    pub fn about(&self, host: &str) -> impl Iterator<Item = &Arc<Ingress>> {
        let host = host.to_ascii_lowercase();
        let wildcard = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        let keys = [Some(host), wildcard].into_iter().flatten();
        let named = keys.filter_map(|key| self.by_host.get(&key));
        let all: BTreeSet<usize> = named.chain([&self.any]).flatten().copied().collect();
        self.at(all)
    }

    /// Those that may hang on the ones that lead to a Service, with all that decides whether they do: other Ingresses of their hosts and
    /// Services. None where none of these may.
    pub fn leaning_on(
        &self,
        namespace: &str,
        service: &str,
    ) -> impl Iterator<Item = &Arc<Ingress>> {
        let main = self.leading_to(namespace, service);
        let mut all = BTreeSet::new();
        if !self.leaning.is_empty() {
            let hosts = main.iter().flat_map(|at| self.of_hosts(&self.all[*at]));
            let leaning: BTreeSet<usize> = hosts
                .filter(|at| self.leaning.binary_search(at).is_ok())
                .collect();
            if !leaning.is_empty() {
                all = self.around(leaning.iter().map(|at| &*self.all[*at]));
                all.extend(main);
            }
        }
        self.at(all)
    }

    /// Those that share a host or a Service with an Ingress, itself among them.
    pub fn beside(&self, ingress: &Ingress) -> impl Iterator<Item = &Arc<Ingress>> {
        self.at(self.around([ingress]))
    }

    /// Every host that some Ingress names, lower-case and sorted.
    pub fn hosts(&self) -> &[String] {
        self.hosts.get_or_init(|| {
            let all = self.all.iter().flat_map(|i| named(i));
            let set: BTreeSet<String> = all
                .map(|h| h.trim_end_matches('.').to_ascii_lowercase())
                .collect();
            set.into_iter().collect()
        })
    }

    fn at(&self, places: BTreeSet<usize>) -> impl Iterator<Item = &Arc<Ingress>> {
        places.into_iter().map(|at| &self.all[at])
    }

    fn around<'i>(&self, some: impl IntoIterator<Item = &'i Ingress>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for ingress in some {
            all.extend(self.of_hosts(ingress));
            for service in services(ingress) {
                all.extend(self.leading_to(namespace_of(ingress), service));
            }
        }
        all
    }

    /// Those with a rule for a host of an Ingress's rules, as it is written there.
    fn of_hosts<'i>(&'i self, ingress: &'i Ingress) -> impl Iterator<Item = usize> + 'i {
        let keys = named(ingress).filter_map(key);
        let named_so = keys.filter_map(|key| self.by_host.get(&key));
        let for_all = serves_any_host(ingress) || named(ingress).any(|h| key(h).is_none());
        named_so
            .chain(for_all.then_some(&self.any))
            .flatten()
            .copied()
    }

    fn leading_to(&self, namespace: &str, service: &str) -> &[usize] {
        let all = self.by_service.get(namespace).and_then(|n| n.get(service));
        all.map_or(&[], Vec::as_slice)
    }
}

/// Under what a host lies; none for one that covers every name.
fn key(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// The hosts that an Ingress's rules and TLS entries name, as written.
pub fn named(ingress: &Ingress) -> impl Iterator<Item = &str> {
    let spec = ingress.spec.as_ref();
    let rules = spec
        .into_iter()
        .flat_map(|s| s.rules.iter().flatten())
        .filter_map(|r| r.host.as_deref());
    let tls = spec
        .into_iter()
        .flat_map(|s| s.tls.iter().flatten())
        .flat_map(|t| t.hosts.iter().flatten())
        .map(String::as_str);
    rules.chain(tls).filter(|h| !h.is_empty())
}

/// Whether an Ingress has a rule for every host, or a default backend.
pub fn serves_any_host(ingress: &Ingress) -> bool {
    ingress.spec.as_ref().is_some_and(|s| {
        s.default_backend.is_some()
            || s.rules
                .iter()
                .flatten()
                .any(|r| r.host.as_deref().unwrap_or_default().is_empty())
    })
}

/// The Services that an Ingress leads to.
fn services(ingress: &Ingress) -> impl Iterator<Item = &str> {
    let spec = ingress.spec.iter();
    spec.flat_map(|s| {
        let rules = s.rules.iter().flatten();
        let paths = rules.flat_map(|r| r.http.iter().flat_map(|h| &h.paths));
        let all = paths.map(|p| &p.backend).chain(&s.default_backend);
        all.filter_map(|b: &IngressBackend| Some(b.service.as_ref()?.name.as_str()))
    })
}
