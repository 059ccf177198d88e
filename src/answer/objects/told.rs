//! What was read of a text: where each thing stands in it, and how that is told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::answer::objects::place::{self, Step, path_words};
use crate::answer::objects::refused::Found;
use crate::answer::objects::remote;
use crate::answer::objects::stream::FilesError;
use crate::answer::objects::yaml::{Reading, YamlError};
use crate::facts::{Fault, Refused};

/// A text, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    /// For places.
    pub name: &'t str,
    /// The text.
    pub whole: &'t str,
    /// Objects without a namespace belong to this one.
    pub namespace: &'t str,
    /// It is of a dump of a cluster.
    pub dumped: bool,
}

/// One object in a text.
pub(super) struct Object<'o> {
    /// Where in the document.
    pub at: &'o [Step],
    /// Of which text.
    pub text: Text<'o>,
    /// Of which document.
    pub reading: &'o Reading<'o>,
    /// Where in the document a key stands twice.
    pub doubled: Option<&'o [Step]>,
}

impl Object<'_> {
    /// `shop.yaml:9`: the line of a part of it.
    pub fn place(&self, part: &[Step]) -> String {
        let path = [self.at, part].concat();
        let line = self.reading.line - 1 + place::line(self.reading.text, &path);
        format!("{}:{line}", self.text.name)
    }

    pub fn fault(&self, found: &Found) -> Fault {
        Fault {
            place: self.place(&found.path),
            field: path_words(&found.path),
            why: found.why.clone(),
            fix: found.fix.clone(),
            certain: found.certain,
        }
    }

    /// Something about all of it.
    pub fn whole(&self, why: String) -> Fault {
        Fault {
            place: self.place(&[]),
            field: String::new(),
            why,
            fix: String::new(),
            certain: true,
        }
    }

    /// A key that stands twice, in the object or in the list around it.
    pub fn twice(&self) -> Vec<Fault> {
        let elsewhere = |at: &[Step]| !at.starts_with(self.at) && !self.at.starts_with(at);
        if self.doubled.is_some_and(elsewhere) {
            return Vec::new();
        }
        let of = |twice: &YamlError| Fault {
            place: format!("{}:{}", self.text.name, twice.line),
            field: String::new(),
            why: format!("{}: the later one was read", twice.why),
            fix: "take one of them away".to_owned(),
            // A client without validation sends the later one.
            certain: true,
        };
        self.reading.twice.iter().map(of).collect()
    }
}

/// How an object is called, as far as it says.
pub(super) struct Called {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

impl Called {
    pub fn of(value: &Value) -> Self {
        let namespace = place_of(value, "namespace");
        let kind = value.get("kind").and_then(Value::as_str);
        Self {
            kind: kind.unwrap_or_default().to_owned(),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
            name: place_of(value, "name").to_owned(),
        }
    }
}

/// A document that is no YAML.
pub(super) fn nothing_of(name: &str, error: &YamlError) -> Refused {
    let place = format!("{name}:{}", error.line);
    Refused {
        place: place.clone(),
        kind: String::new(),
        namespace: None,
        name: String::new(),
        faults: vec![Fault {
            place,
            field: String::new(),
            why: error.why.clone(),
            fix: String::new(),
            certain: true,
        }],
        read: false,
    }
}

/// Files in which there is no object that hops reads.
pub(super) fn nothing(
    paths: &[PathBuf],
    refused: &[Refused],
    passed_over: &BTreeMap<String, usize>,
) -> FilesError {
    let name = |p: &PathBuf| match (p.to_str(), remote::url(p)) {
        (Some("-"), _) => "standard input".to_owned(),
        (_, Some(url)) => remote::name(&url),
        _ => p.display().to_string(),
    };
    let paths: Vec<String> = paths.iter().map(name).collect();
    let others: Vec<&str> = passed_over.keys().map(String::as_str).collect();
    let fault = refused.first().and_then(|r| r.faults.first());
    let why = match (fault, &*others) {
        (Some(fault), _) => match refused.len() - 1 {
            0 => fault.line(),
            more => format!("{}, and {more} more", fault.line()),
        },
        (None, []) => "no object was given".to_owned(),
        (None, others) => format!(
            "hops reads none of the kinds that are there ({})",
            others.join(", ")
        ),
    };
    FilesError::Nothing {
        paths: paths.join(", "),
        why,
    }
}

/// Gives an object whose name the server completes the beginning of it as its name.
pub(super) fn complete(value: &mut Value) -> Option<Found> {
    let begin = place_of(value, "generateName").to_owned();
    if begin.is_empty() || !place_of(value, "name").is_empty() {
        return None;
    }
    value["metadata"]["name"] = begin.into();
    Some(Found {
        path: ["metadata", "generateName"]
            .map(|k| Step::Key(k.to_owned()))
            .to_vec(),
        why: "stands in place of a name, which kubectl apply refuses".to_owned(),
        fix: "give it a name, or use kubectl create".to_owned(),
        certain: false,
    })
}

/// A text of the metadata; empty where there is none.
pub(super) fn place_of<'v>(object: &'v Value, field: &str) -> &'v str {
    let found = object.get("metadata").and_then(|m| m.get(field)?.as_str());
    found.unwrap_or_default()
}
