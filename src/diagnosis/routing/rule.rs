//! A rule: which requests it takes, and where it sends them.

use k8s_openapi::api::networking::v1::ServiceBackendPort;

use super::gateway::Route;
use super::{Declared, Place};
use crate::diagnosis::semantics::path::prefix_matches;
use crate::facts::Unknown;
use crate::facts::gateway::Filter;

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
    /// An expression, of Gateway API.
    Regex(String),
}

impl PathMatch {
    /// The path as written; `/` when left out.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(path) | Self::Prefix(path) | Self::ByMake(path) | Self::Regex(path) => path,
        }
    }

    /// Whether it covers a path by the specification of Ingress, which reads as a prefix what it leaves to the make and knows no expressions.
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Self::Exact(written) => written == path,
            Self::Prefix(written) | Self::ByMake(written) => prefix_matches(written, path),
            Self::Regex(_) => false,
        }
    }

    /// `Exact`, `Prefix`, `ImplementationSpecific` or `RegularExpression`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Exact(_) => "Exact",
            Self::Prefix(_) => "Prefix",
            Self::ByMake(_) => "ImplementationSpecific",
            Self::Regex(_) => "RegularExpression",
        }
    }
}

/// What a request has to look like, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its path.
    pub path: PathMatch,
    /// Its method; any where there is none.
    pub method: Option<String>,
    /// Its headers.
    pub headers: Vec<ValueMatch>,
    /// The parameters of its query.
    pub query: Vec<ValueMatch>,
}

impl Match {
    /// Of a path alone.
    pub const fn of(path: PathMatch) -> Self {
        Self {
            path,
            method: None,
            headers: Vec::new(),
            query: Vec::new(),
        }
    }
}

impl Match {
    /// `/cart (Prefix)`, with what else it wants.
    fn words(&self, declared: &Declared) -> String {
        let kind = match (&self.path, declared) {
            (PathMatch::Prefix(_), Declared::Route(_)) => "PathPrefix",
            (path, _) => path.kind(),
        };
        let mut words = format!("{} ({kind})", self.path.text());
        if let Some(method) = &self.method {
            words = format!("{method} {words}");
        }
        for header in &self.headers {
            words = format!("{words}, header {}", header.words());
        }
        for parameter in &self.query {
            words = format!("{words}, query {}", parameter.words());
        }
        words
    }
}

impl ValueMatch {
    /// `X-Canary=always`, `X-Canary~always|never`.
    fn words(&self) -> String {
        let sign = if self.regex { '~' } else { '=' };
        format!("{}{sign}{}", self.name, self.value)
    }
}

/// A header or a parameter of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueMatch {
    /// Its name.
    pub name: String,
    /// What it has to be.
    pub value: String,
    /// That is an expression.
    pub regex: bool,
}

/// Whether an object of another namespace may be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It is of the same namespace, or a ReferenceGrant allows it.
    Yes,
    /// Nothing allows it.
    No,
    /// It could not be seen.
    Unseen(Unknown),
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
    /// Whether the rule may lead there.
    pub granted: Granted,
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
    /// What is done to a request, by Gateway API.
    pub filters: Vec<Filter>,
    /// Where it leads; several share the requests by weight.
    pub backends: Vec<BackendRef>,
}

impl Rule {
    /// Whether it takes gRPC calls.
    pub fn is_of_calls(&self) -> bool {
        let route = self.place.declared.route();
        route.is_some_and(Route::is_of_calls)
    }

    /// `Ingress shop/shop: /cart (Prefix)`.
    pub fn display(&self) -> String {
        let label = self.place.declared.label();
        if self.is_default {
            return format!("{label}: default backend");
        }
        let words: Vec<String> = self
            .matches
            .iter()
            .map(|m| m.words(&self.place.declared))
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
