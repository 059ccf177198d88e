//! A rule: which requests it takes, and where it sends them.

use k8s_openapi::api::networking::v1::ServiceBackendPort;

use super::Place;
use crate::diagnosis::semantics::path::prefix_matches;

/// A host as a rule writes it; empty for every host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(pub String);

impl HostPattern {
    /// How specific it is: exact before wildcard before none.
    pub fn rank(&self) -> u8 {
        match self.0.as_str() {
            "" => 2,
            p if p.starts_with("*.") => 1,
            _ => 0,
        }
    }
}

/// A path as a rule writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathMatch {
    /// This path and no other.
    Exact(String),
    /// This path and what is below it.
    Prefix(String),
    /// The controller's make decides how it is read.
    ByMake(String),
}

impl PathMatch {
    /// The path as written; `/` when left out.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(path) | Self::Prefix(path) | Self::ByMake(path) => path,
        }
    }

    /// Whether it covers a path by the specification, which reads as a prefix what it leaves to the make.
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::Exact(written) => written == path,
            Self::Prefix(written) | Self::ByMake(written) => prefix_matches(written, path),
        }
    }

    /// `Exact`, `Prefix` or `ImplementationSpecific`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Exact(_) => "Exact",
            Self::Prefix(_) => "Prefix",
            Self::ByMake(_) => "ImplementationSpecific",
        }
    }
}

/// What a request has to look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its path.
    pub path: PathMatch,
}

/// What a rule leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A Service.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Another object, by kind and name.
    Other(String),
}

/// One of the places to which a rule leads.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendRef {
    /// Where it is written.
    pub place: Place,
    /// What it is.
    pub to: Destination,
    /// The Service's port, as written.
    pub port: Option<ServiceBackendPort>,
    /// Its share, relative to the other backends of the rule.
    pub weight: u32,
}

impl BackendRef {
    /// The Service's namespace and name.
    pub fn service(&self) -> Option<(&str, &str)> {
        match &self.to {
            Destination::Service { namespace, name } => Some((namespace, name)),
            Destination::Other(_) => None,
        }
    }

    /// Whether it is the same Service and port, wherever it is written.
    pub fn is_same(&self, other: &Self) -> bool {
        self.to == other.to && self.port == other.port
    }

    /// `frontend:http`.
    pub fn words(&self) -> String {
        let Some((_, name)) = self.service() else {
            return "a resource backend".to_owned();
        };
        let port = self.port.as_ref();
        let number = port.and_then(|p| p.number).map(|n| n.to_string());
        let name_of_port = port.and_then(|p| p.name.clone());
        let port = number.or(name_of_port);
        format!("{name}:{}", port.unwrap_or_else(|| "no port".to_owned()))
    }

    /// `shop/frontend:http`, for the scope of findings.
    pub fn id(&self) -> String {
        let namespace = match &self.to {
            Destination::Service { namespace, .. } => namespace,
            Destination::Other(_) => self.place.declared.namespace(),
        };
        format!("{namespace}/{}", self.words())
    }
}

/// One rule for one host.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Where it is written.
    pub place: Place,
    /// It takes what nothing else takes: `.spec.defaultBackend`.
    pub is_default: bool,
    /// Hosts, any of them.
    pub hosts: Vec<HostPattern>,
    /// Matches, any of them; an Ingress path is exactly one.
    pub matches: Vec<Match>,
    /// Where it leads; several share the requests by weight.
    pub backends: Vec<BackendRef>,
}

impl Rule {
    /// `Ingress shop/shop: /cart (Prefix)`.
    pub fn display(&self) -> String {
        let label = self.place.declared.label();
        if self.is_default {
            return format!("{label}: default backend");
        }
        let words: Vec<String> = self
            .matches
            .iter()
            .map(|m| format!("{} ({})", m.path.text(), m.path.kind()))
            .collect();
        format!("{label}: {}", words.join(", "))
    }

    /// `frontend:http`; of several with their share.
    pub fn backend_words(&self) -> String {
        if let [one] = self.backends.as_slice() {
            return one.words();
        }
        let weighted = self.backends.iter().filter(|b| b.weight > 0);
        let words: Vec<String> = weighted
            .map(|b| format!("{} (weight {})", b.words(), b.weight))
            .collect();
        words.join(", ")
    }

    /// An annotation of its object.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.place.declared.annotation(key)
    }

    /// The path that it matches, of an API whose rules have exactly one.
    pub fn path(&self) -> &PathMatch {
        &self.matches[0].path
    }

    /// The host of an API whose rules have exactly one.
    pub fn host(&self) -> &HostPattern {
        &self.hosts[0]
    }

    /// For "the oldest first".
    pub fn age_then_name(&self) -> (Option<i64>, String, String) {
        let declared = &self.place.declared;
        (
            declared.created().map(|t| t.0.as_second()),
            declared.namespace().to_owned(),
            declared.name().to_owned(),
        )
    }
}

/// Whether two rules lead to the same places.
pub fn same_backends(a: &Rule, b: &Rule) -> bool {
    a.backends.len() == b.backends.len()
        && a.backends
            .iter()
            .zip(&b.backends)
            .all(|(a, b)| a.is_same(b))
}
