//! Pods, and workloads with the templates of pods in them, by `pkg/apis/apps/validation` and `pkg/apis/core/validation`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::Value;

use super::names::{LABEL, is_label, is_port_name, labels};
use super::{Faults, is_port, is_set, items, key, path, text};
use crate::answer::objects::place::{Step, at, below};
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::Kind;

/// The rules, for kinds that have pods.
pub(super) fn rules(kind: Kind, object: &Value, faults: &mut Faults) {
    match kind {
        Kind::Pod => pod(&object["spec"], &key("spec"), faults),
        Kind::Deployment | Kind::DaemonSet | Kind::ReplicaSet | Kind::StatefulSet => {
            selector(object, faults);
            template(object, faults);
        }
        Kind::Job => template(object, faults),
        _ => {}
    }
}

fn template(object: &Value, faults: &mut Faults) {
    let whole = path(&["spec", "template"]);
    let meta = [whole.clone(), path(&["metadata", "labels"])].concat();
    if let Some(Value::Object(map)) = at(object, &meta) {
        labels(map, &meta, faults);
    }
    let spec = below(&whole, "spec");
    if let Some(found) = at(object, &spec).filter(|s| s.is_object()) {
        pod(found, &spec, faults);
    } else if !is_set(object, &spec) {
        faults.add(spec, "is missing", "");
    }
}

fn selector(object: &Value, faults: &mut Faults) {
    let at_selector = path(&["spec", "selector"]);
    let selector = &object["spec"]["selector"];
    let empty = |field: &str| match selector.get(field) {
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        other => other.is_none_or(Value::is_null),
    };
    if empty("matchLabels") && empty("matchExpressions") {
        faults.add(
            at_selector,
            "is missing",
            "add matchLabels with the labels of the template",
        );
        return;
    }
    let Ok(read) = serde_json::from_value::<LabelSelector>(selector.clone()) else {
        return;
    };
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    if !Selector::from(&read).holds(|key| labels.get(key).and_then(Value::as_str)) {
        let pairs = read.match_labels.iter().flatten();
        let wanted: Vec<String> = pairs.map(|(k, v)| format!("{k}={v}")).collect();
        let why = format!(
            "selects {}, and the template does not have these labels",
            if wanted.is_empty() {
                "by expressions".to_owned()
            } else {
                wanted.join(",")
            }
        );
        faults.add(
            at_selector,
            why,
            "give .spec.template.metadata.labels what the selector wants",
        );
    }
}

fn pod(spec: &Value, whole: &[Step], faults: &mut Faults) {
    let containers = items(spec, whole, "containers");
    if containers.is_empty()
        && spec
            .get("containers")
            .is_none_or(|c| c.is_null() || c.is_array())
    {
        faults.add(below(whole, "containers"), "is missing", "");
    }
    for (at, container) in containers {
        match text(container, "name").unwrap_or_default() {
            "" => faults.add(below(&at, "name"), "is missing", ""),
            name if !is_label(name) => {
                let why = format!("is {name:?}: the name of a container {LABEL}");
                faults.add(below(&at, "name"), why, "");
            }
            _ => {}
        }
        for (at, port) in items(container, &at, "ports") {
            let number = port.get("containerPort").filter(|n| n.is_number());
            if let Some(number) = number.filter(|n| !is_port(n)) {
                let why = format!("is {number}: a port is between 1 and 65535");
                faults.add(below(&at, "containerPort"), why, "");
            }
            if let Some(name) = text(port, "name").filter(|n| !n.is_empty() && !is_port_name(n)) {
                let why = format!(
                    "is {name:?}: the name of a port has up to 15 lower-case letters, digits and '-', at least one of them a letter"
                );
                faults.add(below(&at, "name"), why, "");
            }
        }
    }
}
