//! Ingress (networking.k8s.io/v1) as rules: one a path, one for the default backend.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend};

use super::ingresses::Ingresses;
use super::{
    BackendRef, Declared, Destination, Granted, HostPattern, Match, PathMatch, Place, Rule,
};

/// The Ingresses of every host that one controller takes. They are told only where somebody asks, and only those that can matter: a walk
/// over all of a large cluster's is not done for nothing.
#[derive(Clone, Copy)]
pub struct Peers<'a> {
    seen: &'a Ingresses,
    here: &'a [Arc<Ingress>],
    takes: &'a dyn Fn(&Ingress) -> bool,
}

impl<'a> Peers<'a> {
    /// Those of the Ingresses seen that the controller takes.
    pub const fn new(seen: &'a Ingresses, takes: &'a dyn Fn(&Ingress) -> bool) -> Self {
        Self {
            seen,
            here: &[],
            takes,
        }
    }

    /// The same, about the host that some of them declare.
    #[must_use]
    pub const fn about(self, here: &'a [Arc<Ingress>]) -> Self {
        Self { here, ..self }
    }

    /// Those that declare the host.
    pub const fn here(&self) -> &'a [Arc<Ingress>] {
        self.here
    }

    /// Those that may hang on the ones that lead to a backend, and all by which that is decided; none where none may.
    pub fn leaning_on(&self, backend: &BackendRef) -> Vec<&'a Arc<Ingress>> {
        let Destination::Service { namespace, name } = &backend.to else {
            return Vec::new();
        };
        let all = self.seen.leaning_on(namespace, name);
        all.filter(|i| (self.takes)(i)).collect()
    }

    /// Those that share a host or a Service with a rule's Ingress.
    pub fn beside(&self, rule: &Rule) -> Vec<&'a Arc<Ingress>> {
        let own = rule.place.declared.ingress().into_iter();
        let all = own.flat_map(|ingress| self.seen.beside(ingress));
        all.filter(|i| (self.takes)(i)).collect()
    }
}

/// Every path whose rule's host is covered, and default backends, in the order written.
pub fn rules<'i>(
    ingresses: impl IntoIterator<Item = &'i Arc<Ingress>>,
    covers: impl Fn(&str) -> bool,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    for ingress in ingresses {
        let Some(spec) = &ingress.spec else { continue };
        for (i, rule) in spec.rules.iter().flatten().enumerate() {
            let pattern = rule.host.as_deref().unwrap_or_default();
            if !covers(pattern) {
                continue;
            }
            for (j, path) in rule.http.iter().flat_map(|h| &h.paths).enumerate() {
                rules.push(of_path(ingress, pattern, (i, j), path));
            }
        }
        if let Some(backend) = &spec.default_backend {
            let place = place(ingress, "/spec/defaultBackend".to_owned());
            rules.push(Rule {
                backends: vec![backend_ref(place.clone(), backend)],
                place,
                is_default: true,
                hosts: vec![HostPattern(String::new())],
                matches: vec![Match::of(PathMatch::Prefix("/".to_owned()))],
                filters: Vec::new(),
            });
        }
    }
    rules
}

fn of_path(
    ingress: &Arc<Ingress>,
    host: &str,
    (i, j): (usize, usize),
    path: &HTTPIngressPath,
) -> Rule {
    let place = place(ingress, format!("/spec/rules/{i}/http/paths/{j}"));
    let text = path.path.clone().filter(|p| !p.is_empty());
    let text = text.unwrap_or_else(|| "/".to_owned());
    Rule {
        backends: vec![backend_ref(place.below("/backend"), &path.backend)],
        place,
        is_default: false,
        hosts: vec![HostPattern(host.to_owned())],
        matches: vec![Match::of(match path.path_type.as_str() {
            "Exact" => PathMatch::Exact(text),
            "Prefix" => PathMatch::Prefix(text),
            _ => PathMatch::ByMake(text),
        })],
        filters: Vec::new(),
    }
}

fn place(ingress: &Arc<Ingress>, pointer: String) -> Place {
    Place {
        declared: Declared::Ingress(Arc::clone(ingress)),
        pointer,
    }
}

/// A backend lies in the Ingress's own namespace: there is no other way to say it.
fn backend_ref(place: Place, backend: &IngressBackend) -> BackendRef {
    let namespace = place.declared.namespace().to_owned();
    let (to, port) = if let Some(service) = &backend.service {
        let name = service.name.clone();
        let to = Destination::Service { namespace, name };
        (to, service.port.clone())
    } else {
        let resource = backend.resource.as_ref();
        let words = resource.map(|r| format!("{} {}", r.kind, r.name));
        (Destination::Other(words.unwrap_or_default()), None)
    };
    BackendRef {
        place,
        to,
        port,
        weight: 1,
        granted: Granted::Yes,
    }
}
