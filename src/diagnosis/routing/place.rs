//! Where in which object something is written: evidence, YAML line and JSON patch all come from it.

use std::fmt::Write as _;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use super::gateway::Route;
use crate::diagnosis::semantics::meta::display;
use crate::facts::gateway::{Gateway, ListenerSet};
use crate::facts::{Kind, Typed};

/// The object in which routing is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Declared {
    /// An Ingress.
    Ingress(Arc<Ingress>),
    /// A Gateway: its listeners.
    Gateway(Arc<Gateway>),
    /// Listeners that are added to a Gateway.
    ListenerSet(Arc<ListenerSet>),
    /// A route of Gateway API.
    Route(Route),
    /// A pod that calls, or the workload that stands for its pods: whom it calls is written nowhere.
    Caller(Kind, Arc<ObjectMeta>),
}

impl Declared {
    /// The Ingress, if it is one.
    pub const fn ingress(&self) -> Option<&Arc<Ingress>> {
        match self {
            Self::Ingress(ingress) => Some(ingress),
            _ => None,
        }
    }

    /// The route of Gateway API, if it is one.
    pub const fn route(&self) -> Option<&Route> {
        match self {
            Self::Route(route) => Some(route),
            _ => None,
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Ingress(_) => Ingress::OF,
            Self::Gateway(_) => Gateway::OF,
            Self::ListenerSet(_) => ListenerSet::OF,
            Self::Route(route) => route.kind(),
            Self::Caller(kind, _) => *kind,
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::Ingress(ingress) => &ingress.metadata,
            Self::Gateway(gateway) => &gateway.metadata,
            Self::ListenerSet(set) => &set.metadata,
            Self::Route(route) => route.metadata(),
            Self::Caller(_, metadata) => metadata,
        }
    }

    /// `Ingress shop/web`.
    pub fn label(&self) -> String {
        let namespace = self.metadata().namespace.as_deref();
        display(self.kind(), namespace, self.name())
    }

    /// Its namespace, or `default`.
    pub fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or("default")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// An annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let annotations = self.metadata().annotations.as_ref()?;
        annotations.get(key).map(String::as_str)
    }

    /// When it was made.
    pub fn created(&self) -> Option<&Time> {
        self.metadata().creation_timestamp.as_ref()
    }
}

/// A field of such an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The object.
    pub declared: Declared,
    /// The field as a JSON pointer (RFC 6901): `/spec/rules/0/http/paths/1`.
    pub pointer: String,
}

impl Place {
    /// The field as kubectl writes it: `.spec.rules[0].http.paths[1]`.
    pub fn field(&self) -> String {
        let mut field = String::new();
        for part in self.pointer.split('/').skip(1) {
            // A key with dots, as of an annotation, stands in brackets as well.
            let bracketed = part.bytes().all(|b| b.is_ascii_digit()) || part.contains('.');
            let part = part.replace("~1", "/").replace("~0", "~");
            let _ = if bracketed {
                write!(field, "[{part}]")
            } else {
                write!(field, ".{part}")
            };
        }
        field
    }

    /// Whether it is in this very object.
    pub fn is_in(&self, ingress: &Arc<Ingress>) -> bool {
        let own = self.declared.ingress();
        own.is_some_and(|own| Arc::ptr_eq(own, ingress))
    }

    /// A field below it.
    #[must_use]
    pub fn below(&self, pointer: &str) -> Self {
        Self {
            declared: self.declared.clone(),
            pointer: format!("{}{pointer}", self.pointer),
        }
    }
}
