//! An object's name, from its metadata and in words.

use crate::facts::{Kind, Typed};

/// `Ingress shop/web`, `IngressClass traefik`.
pub fn display(kind: Kind, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(ns) => format!("{} {ns}/{name}", kind.title()),
        None => format!("{} {name}", kind.title()),
    }
}

/// The namespace of an object's metadata, or `default`.
pub fn namespace_of<T: Typed>(object: &T) -> &str {
    object.metadata().namespace.as_deref().unwrap_or("default")
}

/// The name in an object's metadata.
pub fn name_of<T: Typed>(object: &T) -> &str {
    object.metadata().name.as_deref().unwrap_or_default()
}

/// `Ingress shop/web` from the object itself.
pub fn label_of<T: Typed>(object: &T) -> String {
    let meta = object.metadata();
    display(T::OF, meta.namespace.as_deref(), name_of(object))
}
