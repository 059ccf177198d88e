//! Where in which object something is written: evidence, YAML line and JSON patch all come from it.

use std::fmt::Write as _;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::facts::{Kind, Typed};

/// The object in which routing is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Declared {
    /// An Ingress.
    Ingress(Arc<Ingress>),
}

impl Declared {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Ingress(_) => Ingress::OF,
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::Ingress(ingress) => &ingress.metadata,
        }
    }

    /// `Ingress shop/web`.
    pub fn label(&self) -> String {
        match self {
            Self::Ingress(ingress) => label_of(&**ingress),
        }
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Ingress(ingress) => namespace_of(&**ingress),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Ingress(ingress) => name_of(&**ingress),
        }
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
        let Declared::Ingress(own) = &self.declared;
        Arc::ptr_eq(own, ingress)
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
