//! What of a set of files would not get into a cluster: told by the edge that reads them, judged by a check.

use serde::{Deserialize, Serialize};

/// An object in files, or what was meant to be one, that an API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The file, and the line at which the object begins: `shop.yaml:9`.
    pub place: String,
    /// `Ingress`; empty where it cannot be told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name; empty where it cannot be told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What is wrong with it; never empty.
    pub faults: Vec<Fault>,
    /// The rest of it was read all the same, or it is plainly no object.
    pub read: bool,
}

/// One thing that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The file and the line: `shop.yaml:14`.
    pub place: String,
    /// `.spec.rules[0].http.paths[0].pathType`; empty where it is about the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What is wrong, to be read after the field: `is missing`.
    pub why: String,
    /// What to do, as a sentence without a full stop; empty where the reason says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
    /// Every API server refuses it. Otherwise only a client that has its objects validated, as kubectl does, sees it refused.
    pub certain: bool,
}

impl Refused {
    /// `Ingress shop/web`, as far as it can be told.
    pub fn display(&self) -> String {
        match (self.kind.as_str(), self.name.as_str(), &self.namespace) {
            ("", ..) => "what stands there".to_owned(),
            (kind, "", _) => kind.to_owned(),
            (kind, name, Some(ns)) => format!("{kind} {ns}/{name}"),
            (kind, name, None) => format!("{kind} {name}"),
        }
    }

    /// Whether every API server refuses it.
    pub fn is_certain(&self) -> bool {
        self.faults.iter().any(|f| f.certain)
    }
}

impl Fault {
    /// `shop.yaml:14: .spec.rules[0].http.paths[0].pathType is missing`.
    pub fn line(&self) -> String {
        let separator = if self.field.is_empty() { "" } else { " " };
        format!("{}: {}{separator}{}", self.place, self.field, self.why)
    }
}
