//! Namespaces by their labels, as far as they were seen.

use std::collections::BTreeMap;

use super::doubt::{Doubt, Match};
use crate::diagnosis::semantics::selector::Selector;

/// The label that the API server puts on every Namespace: its name.
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The Namespaces that were seen. Of another one only its name is certain.
#[derive(Clone, Debug, Default)]
pub struct Namespaces(BTreeMap<String, BTreeMap<String, String>>);

impl Namespaces {
    /// Takes one up.
    pub fn add(&mut self, name: impl Into<String>, labels: BTreeMap<String, String>) {
        self.0.insert(name.into(), labels);
    }

    /// The labels of one that was seen.
    pub fn labels(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.0.get(name)
    }

    /// Whether a selector selects a Namespace.
    pub(super) fn selected(&self, selector: &Selector, name: &str) -> Match {
        let seen = self.labels(name);
        Match::all(
            selector
                .requirements()
                .map(|(key, test)| match (key, seen) {
                    (NAME_LABEL, _) => test.holds(Some(name)).into(),
                    (_, Some(labels)) => test.holds(labels.get(key).map(String::as_str)).into(),
                    (_, None) => Match::Perhaps(Doubt::NamespaceLabel {
                        namespace: name.to_owned(),
                        key: key.to_owned(),
                    }),
                }),
        )
    }
}
