//! What differs between two states of an object, in the words of a person who edits it: one field, before and after.

use serde_json::{Map, Value};

use crate::facts::Kind;

/// Bookkeeping and clocks, wherever they stand: a difference in these alone is none.
const NOISE: &[&str] = &[
    "resourceVersion",
    "generation",
    "managedFields",
    "observedGeneration",
    "lastHeartbeatTime",
    "lastProbeTime",
    "lastTransitionTime",
    "lastUpdateTime",
    "renewTime",
    "endpoints.kubernetes.io/last-change-trigger-time",
];

/// The same for Events, which count what they say again.
const EVENT_NOISE: &[&str] = &[
    "count",
    "lastTimestamp",
    "eventTime",
    "series",
    "lastObservedTime",
];

/// The longest text that is quoted, in characters.
const LONGEST: usize = 60;

/// The first field that differs, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `.spec.selector.app`.
    pub path: String,
    /// `"fronted" → "frontend"`, `added`, `removed`, `changed`.
    pub what: String,
}

/// The most telling difference between two states of an object: what somebody wants comes before what came of it. None where only
/// clocks went on.
pub fn difference(kind: Kind, before: &Value, after: &Value) -> Option<Difference> {
    const FIRST: [&str; 2] = ["spec", "data"];
    const LAST: [&str; 1] = ["status"];
    let (before, after) = (quiet(kind, before), quiet(kind, after));
    if before == after {
        return None;
    }
    let (Value::Object(before), Value::Object(after)) = (&before, &after) else {
        return Some(changed(""));
    };
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let middle = |key: &&&String| !FIRST.contains(&key.as_str()) && !LAST.contains(&key.as_str());
    // In alphabetic order "metadata" would come after a list of endpoints; labels say more than what follows from them.
    let metadata = |key: &&&String| key.as_str() == "metadata";
    let rest = || keys.iter().filter(middle);
    let order = FIRST
        .iter()
        .copied()
        .chain(rest().filter(metadata).map(|k| k.as_str()))
        .chain(rest().filter(|k| !metadata(k)).map(|k| k.as_str()))
        .chain(LAST);
    let secret = kind == Kind::Secret;
    for key in order {
        let mut path = format!(".{key}");
        let what = if key == "metadata" {
            in_metadata(before.get(key), after.get(key), &mut path)
        } else {
            compare(before.get(key), after.get(key), &mut path)
        };
        let Some(what) = what else { continue };
        if secret && (key == "data" || path.ends_with(NOTE)) {
            // The values of a Secret are nobody's business, and the edge's word on its key is no field of it.
            let path = if key == "data" {
                path
            } else {
                ".data.tls.key".to_owned()
            };
            return Some(changed(&path));
        }
        return Some(Difference { path, what });
    }
    None
}

/// The end of the path of the edge's word about a private key.
const NOTE: &str = "[hops/private-key]";

fn changed(path: &str) -> Difference {
    Difference {
        path: path.to_owned(),
        what: "changed".to_owned(),
    }
}

fn in_metadata(before: Option<&Value>, after: Option<&Value>, path: &mut String) -> Option<String> {
    let length = path.len();
    for key in ["labels", "annotations"] {
        path.truncate(length);
        path.push('.');
        path.push_str(key);
        let of = |metadata: Option<&Value>| metadata.and_then(|m| m.get(key)).cloned();
        let (before, after) = (of(before), of(after));
        let empty = Value::Object(Map::new());
        // Named by their keys even where there was none before.
        let what = compare(
            Some(before.as_ref().unwrap_or(&empty)),
            Some(after.as_ref().unwrap_or(&empty)),
            path,
        );
        if what.is_some() {
            return what;
        }
    }
    path.truncate(length);
    let rest = |metadata: Option<&Value>| {
        let mut metadata = metadata.cloned();
        if let Some(Value::Object(fields)) = &mut metadata {
            fields.retain(|key, _| key != "labels" && key != "annotations");
        }
        metadata
    };
    compare(rest(before).as_ref(), rest(after).as_ref(), path)
}

/// What became of a value; `path` then leads to it. None where nothing did.
fn compare(before: Option<&Value>, after: Option<&Value>, path: &mut String) -> Option<String> {
    if before == after {
        return None;
    }
    match (before, after) {
        (None, _) => Some("added".to_owned()),
        (_, None) => Some("removed".to_owned()),
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            let key = keys.into_iter().find(|k| before.get(*k) != after.get(*k))?;
            let bare = key
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
            if bare || path == ".data" {
                path.push('.');
                path.push_str(key);
            } else {
                path.push('[');
                path.push_str(key);
                path.push(']');
            }
            compare(before.get(key), after.get(key), path)
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            let at = before.iter().zip(after).take_while(|(b, a)| b == a).count();
            path.push('[');
            path.push_str(&at.to_string());
            path.push(']');
            let (old, new) = (&before[at..], &after[at..]);
            // What stays behind the first difference tells a new item from one that is not as it was.
            if new.len() > old.len() && new.ends_with(old) {
                Some("added".to_owned())
            } else if old.len() > new.len() && old.ends_with(new) {
                Some("removed".to_owned())
            } else {
                compare(old.first(), new.first(), path)
            }
        }
        (Some(before), Some(after)) => Some(match (scalar(before), scalar(after)) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            _ => "changed".to_owned(),
        }),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.chars().count() > LONGEST => {
            let start: String = text.chars().take(LONGEST).collect();
            Some(Value::String(start + "…").to_string())
        }
        Value::Object(_) | Value::Array(_) => None,
        other => Some(other.to_string()),
    }
}

/// Without noise.
fn quiet(kind: Kind, value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !NOISE.contains(&key.as_str()))
            .filter(|(key, _)| kind != Kind::Event || !EVENT_NOISE.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), quiet(kind, value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| quiet(kind, item)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(kind: Kind, before: &Value, after: &Value) -> Option<(String, String)> {
        difference(kind, before, after).map(|d| (d.path, d.what))
    }

    fn service(value: &Value) -> Option<(String, String)> {
        let before = json!({
            "metadata": {"name": "web", "labels": {"app": "web"}, "resourceVersion": "1"},
            "spec": {"selector": {"app": "fronted"}, "ports": [{"port": 80, "targetPort": 8080}, {"port": 443}]},
            "status": {"loadBalancer": {}},
        });
        let mut after = before.clone();
        for (pointer, new) in value.as_object().expect("edits") {
            *after.pointer_mut(pointer).expect("a place") = new.clone();
        }
        words(Kind::Service, &before, &after)
    }

    #[allow(clippy::unnecessary_wraps)] // compared with what may be none
    fn some(path: &str, what: &str) -> Option<(String, String)> {
        Some((path.to_owned(), what.to_owned()))
    }

    #[test]
    fn one_field_is_named_with_its_values() {
        assert_eq!(
            service(&json!({"/spec/selector/app": "frontend"})),
            some(".spec.selector.app", "\"fronted\" → \"frontend\"")
        );
        assert_eq!(
            service(&json!({"/spec/ports/0/targetPort": 9090})),
            some(".spec.ports[0].targetPort", "8080 → 9090")
        );
        assert_eq!(
            service(&json!({"/spec/selector": {}})),
            some(".spec.selector.app", "removed")
        );
        assert_eq!(
            service(&json!({"/metadata/labels": {"app": "web", "example.com/tier": "front"}})),
            some(".metadata.labels[example.com/tier]", "added")
        );
    }

    #[test]
    fn items_come_and_go() {
        let (a, b, c) = (
            json!({"port": 80, "targetPort": 8080}),
            json!({"port": 443}),
            json!({"port": 8443}),
        );
        for (ports, path, what) in [
            (json!([a, b, c]), ".spec.ports[2]", "added"),
            (json!([c, a, b]), ".spec.ports[0]", "added"),
            (json!([b]), ".spec.ports[0]", "removed"),
            (json!([a]), ".spec.ports[1]", "removed"),
            (json!([a, c]), ".spec.ports[1].port", "443 → 8443"),
        ] {
            assert_eq!(service(&json!({"/spec/ports": ports})), some(path, what));
        }
    }

    #[test]
    fn wishes_come_before_what_came_of_them() {
        let edits = json!({"/status/loadBalancer": {"ingress": []}, "/metadata/labels/app": "x", "/spec/ports/1/port": 1});
        assert_eq!(service(&edits), some(".spec.ports[1].port", "443 → 1"));
        let edits = json!({"/status/loadBalancer": {"ingress": []}, "/metadata/labels/app": "x"});
        assert_eq!(
            service(&edits),
            some(".metadata.labels.app", "\"web\" → \"x\"")
        );
        let edits = json!({"/status/loadBalancer": {"ingress": []}});
        assert_eq!(
            service(&edits),
            some(".status.loadBalancer.ingress", "added")
        );
        let slice = |label: &str, ready: bool| json!({"metadata": {"labels": {"a": label}}, "endpoints": [{"conditions": {"ready": ready}}]});
        assert_eq!(
            words(Kind::EndpointSlice, &slice("x", true), &slice("x", false)),
            some(".endpoints[0].conditions.ready", "true → false")
        );
        assert_eq!(
            words(Kind::EndpointSlice, &slice("x", true), &slice("y", false)),
            some(".metadata.labels.a", "\"x\" → \"y\"")
        );
    }

    #[test]
    fn clocks_and_bookkeeping_are_no_difference() {
        assert_eq!(service(&json!({"/metadata/resourceVersion": "2"})), None);
        let node = |beat: &str, ready: &str| json!({"status": {"conditions": [{"type": "Ready", "status": ready, "lastHeartbeatTime": beat, "lastTransitionTime": beat}]}});
        assert_eq!(
            words(Kind::Node, &node("1", "True"), &node("2", "True")),
            None
        );
        assert_eq!(
            words(Kind::Node, &node("1", "True"), &node("2", "False")),
            some(".status.conditions[0].status", "\"True\" → \"False\"")
        );
        let event = |count: u32, message: &str| json!({"count": count, "lastTimestamp": count, "message": message});
        assert_eq!(words(Kind::Event, &event(1, "a"), &event(2, "a")), None);
        assert!(words(Kind::Event, &event(1, "a"), &event(2, "b")).is_some());
        // The same field of another kind is a wish.
        assert!(words(Kind::Deployment, &event(1, "a"), &event(2, "a")).is_some());
    }

    #[test]
    fn nothing_of_a_secret_is_quoted() {
        let secret = |value: &str, note: &str| json!({"metadata": {"annotations": {"hops/private-key": note}}, "data": {"tls.crt": value}});
        assert_eq!(
            words(
                Kind::Secret,
                &secret("b25l", "matches"),
                &secret("dHdv", "matches")
            ),
            some(".data.tls.crt", "changed")
        );
        assert_eq!(
            words(
                Kind::Secret,
                &secret("b25l", "matches"),
                &secret("b25l", "mismatch")
            ),
            some(".data.tls.key", "changed")
        );
    }

    #[test]
    fn a_long_text_is_cut_and_odd_shapes_pass() {
        let long = "x".repeat(100);
        let (_, what) = service(&json!({"/spec/selector/app": long})).expect("a difference");
        assert_eq!(what, format!("\"fronted\" → \"{}…\"", "x".repeat(60)));
        assert_eq!(service(&json!({"/spec": "odd"})), some(".spec", "changed"));
        assert_eq!(words(Kind::Pod, &json!(1), &json!(2)), some("", "changed"));
    }
}
