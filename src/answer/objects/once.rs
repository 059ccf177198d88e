//! That no object is given twice: of two, only one can be compared with anything.

use std::collections::HashMap;

use serde_json::Value;

use super::told::{Object, place_of};
use crate::facts::Kind;

/// Where each object stands.
#[derive(Debug, Default)]
pub(super) struct Once {
    places: HashMap<(Kind, String, String), String>,
    /// The first that stands twice, and where.
    twice: Option<String>,
}

impl Once {
    /// Notes one.
    pub fn note(&mut self, kind: Kind, value: &Value, object: &Object) {
        if self.twice.is_some() {
            return;
        }
        let (namespace, name) = (place_of(value, "namespace"), place_of(value, "name"));
        let namespace = if kind.namespaced() { namespace } else { "" };
        let place = object.place(&[]);
        let key = (kind, namespace.to_owned(), name.to_owned());
        if let Some(first) = self.places.get(&key) {
            let slash = if namespace.is_empty() { "" } else { "/" };
            self.twice = Some(format!(
                "{} {namespace}{slash}{name} is given twice, at {first} and at {place}",
                kind.title()
            ));
            return;
        }
        self.places.insert(key, place);
    }

    /// The first that was noted twice, in words.
    pub fn twice(&self) -> Option<&str> {
        self.twice.as_deref()
    }
}
