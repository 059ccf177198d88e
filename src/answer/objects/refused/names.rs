//! Names, label keys and label values, by the rules of `k8s.io/apimachinery/pkg/util/validation`.

use serde_json::{Map, Value};

use super::{Faults, path, text};
use crate::answer::objects::place::below;
use crate::facts::Kind;

/// How a label reads, for sentences.
pub(super) const LABEL: &str =
    "has up to 63 lower-case letters, digits and '-', and begins and ends with a letter or digit";
/// How a name with dots reads.
pub(super) const SUBDOMAIN: &str =
    "has lower-case letters, digits, '-' and dots, and begins and ends with a letter or digit";

/// The names and labels of an object.
pub(super) fn metadata(kind: Kind, object: &Value, faults: &mut Faults) {
    let meta = &object["metadata"];
    let dotless = matches!(kind, Kind::Service | Kind::Namespace);
    let (fits, rule): (fn(&str) -> bool, _) = if dotless {
        (is_label, LABEL)
    } else {
        (is_subdomain, SUBDOMAIN)
    };
    // A name that the server completes ends as it likes.
    let made = meta.get("generateName").is_some();
    if let Some(name) = text(meta, "name").filter(|n| !made && !fits(n)) {
        let at = path(&["metadata", "name"]);
        faults.add(at, format!("is {name:?}: a name {rule}"), "");
    }
    if let Some(namespace) = text(meta, "namespace").filter(|n| !n.is_empty() && !is_label(n)) {
        let at = path(&["metadata", "namespace"]);
        faults.add(at, format!("is {namespace:?}: a namespace {LABEL}"), "");
    }
    if let Some(labels) = meta.get("labels").and_then(Value::as_object) {
        self::labels(labels, &path(&["metadata", "labels"]), faults);
    }
}

/// Keys and values of labels.
pub(super) fn labels(
    labels: &Map<String, Value>,
    whole: &[crate::answer::objects::place::Step],
    faults: &mut Faults,
) {
    for (key, value) in labels {
        if !is_qualified(key) {
            faults.add(below(whole, key), "is no key of a label", "");
        } else if value.as_str().is_some_and(|v| !is_label_value(v)) {
            let why = format!(
                "is {value}: a label's value has up to 63 letters, digits, '-', '_' and dots, and begins and ends with a letter or digit"
            );
            faults.add(below(whole, key), why, "");
        }
    }
}

fn is_edge(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// DNS-1123 label.
pub(super) fn is_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.chars().all(|c| is_edge(c) || c == '-')
        && name.starts_with(is_edge)
        && name.ends_with(is_edge)
}

/// DNS-1123 subdomain.
pub(super) fn is_subdomain(name: &str) -> bool {
    let part = |p: &str| {
        p.chars().all(|c| is_edge(c) || c == '-') && p.starts_with(is_edge) && p.ends_with(is_edge)
    };
    (1..=253).contains(&name.len()) && name.split('.').all(part)
}

/// The name of a port: of a container, or a targetPort.
pub(super) fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.chars().all(|c| is_edge(c) || c == '-')
        && name.chars().any(|c| c.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

fn is_name_part(text: &str, most: usize) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.len() <= most
        && text.chars().all(|c| edge(c) || "-_.".contains(c))
        && text.starts_with(edge)
        && text.ends_with(edge)
}

fn is_qualified(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name_part(name, 63),
        None => is_name_part(key, 63),
    }
}

fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_name_part(value, 63)
}
