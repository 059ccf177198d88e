//! What an API server would refuse of an object that stands in a file, and the object as far as it can be read all the same. Only what
//! was never in a cluster is examined: what a server gave away, it had taken.
//!
//! The rules are those of `pkg/apis/*/validation` of Kubernetes, as far as they concern what a request passes.

mod ingress;
mod names;
mod service;
mod shape;
#[cfg(test)]
mod tests;
mod workload;

use serde_json::Value;

use crate::answer::objects::older;
use crate::answer::objects::place::{Path, Step, at, below};
use crate::facts::Kind;

/// One thing that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where in the object.
    pub path: Path,
    /// What is wrong, to be read after the path.
    pub why: String,
    /// What to do; empty where the reason says it.
    pub fix: String,
    /// Every API server refuses it, and not only a client that has its objects validated.
    pub certain: bool,
}

/// What was found of one object.
#[derive(Default)]
pub(super) struct Faults(Vec<Found>);

impl Faults {
    /// Something that every API server refuses.
    fn add(&mut self, path: Path, why: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Found {
            path,
            why: why.into(),
            fix: fix.into(),
            certain: true,
        });
    }

    /// Something that is refused where a client asks for validation, and dropped without a word elsewhere.
    fn doubt(&mut self, path: Path, why: impl Into<String>, fix: impl Into<String>) {
        self.add(path, why, fix);
        if let Some(last) = self.0.last_mut() {
            last.certain = false;
        }
    }
}

/// An object that was examined.
pub(super) struct Examined {
    /// The object, mended where that could be done.
    pub object: Value,
    /// What is wrong with it.
    pub faults: Vec<Found>,
    /// It can be read.
    pub read: bool,
}

/// Examines an object of a kind that hops reads.
pub(super) fn examine(kind: Kind, mut object: Value) -> Examined {
    let mut faults = Faults::default();
    let version = object["apiVersion"].as_str().unwrap_or_default().to_owned();
    let older = version != kind.api_version();
    if older {
        faults.add(
            key("apiVersion"),
            format!("is {version}, which no API server {}", gone(kind)),
            format!("write it as {}", kind.api_version()),
        );
    }
    names::metadata(kind, &object, &mut faults);
    shape::quantities(&mut object);
    shape::text_maps(kind, &mut object, &mut faults);
    if !older {
        match kind {
            Kind::Ingress => ingress::rules(&object, &mut faults),
            Kind::Service => service::rules(&object, &mut faults),
            _ => {}
        }
        workload::rules(kind, &object, &mut faults);
        if kind == Kind::Ingress {
            older::ingress(&mut object);
        }
    }
    let read = shape::mend(kind, older, &mut object, &mut faults);
    Examined {
        object,
        faults: faults.0,
        read,
    }
}

/// Since when a kind is not served in its older versions.
fn gone(kind: Kind) -> &'static str {
    match kind {
        Kind::EndpointSlice => "since Kubernetes 1.25 takes",
        _ => "since Kubernetes 1.22 takes",
    }
}

/// Why no API server has this kind in this version; none where it may be of some extension.
pub(super) fn misplaced(version: &str, kind: &str) -> Option<(String, Option<Kind>)> {
    const BUILT_IN: [&str; 6] = [
        "v1",
        "apps/v1",
        "batch/v1",
        "discovery.k8s.io/v1",
        "networking.k8s.io/v1",
        "extensions/v1beta1",
    ];
    if Kind::of(version, kind).is_some() {
        return None;
    }
    let known = Kind::ALL.into_iter().find(|k| k.name() == kind)?;
    let right = known.api_version();
    let before = ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"].contains(&version);
    if before {
        let why = format!("is {version}, which no API server since Kubernetes 1.16 takes");
        // Its fields were the same, as far as hops reads them.
        return Some((why, Some(known)));
    }
    BUILT_IN.contains(&version).then(|| {
        (
            format!("is {version}, where there is no {kind}: it is in {right}"),
            None,
        )
    })
}

fn key(name: &str) -> Path {
    vec![Step::Key(name.to_owned())]
}

fn path(names: &[&str]) -> Path {
    names.iter().map(|n| Step::Key((*n).to_owned())).collect()
}

/// The text at a field.
fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

/// The items of a list at a field, each with its path.
fn items<'v>(value: &'v Value, whole: &[Step], field: &str) -> Vec<(Path, &'v Value)> {
    let list = value.get(field).and_then(Value::as_array);
    let of = |(number, item)| {
        let mut path = below(whole, field);
        path.push(Step::Item(number));
        (path, item)
    };
    list.into_iter().flatten().enumerate().map(of).collect()
}

/// Whether there is something at a path.
fn is_set(object: &Value, path: &[Step]) -> bool {
    at(object, path).is_some_and(|v| !v.is_null())
}

/// A port number that there can be.
fn is_port(value: &Value) -> bool {
    value.as_i64().is_some_and(|n| (1..=65535).contains(&n))
}
