//! Services, by `ValidateService` of `pkg/apis/core/validation`.

use serde_json::Value;

use super::names::{LABEL, is_label, is_port_name, labels};
use super::{Faults, is_port, items, key, text};
use crate::answer::objects::place::{Step, below};

const TYPES: [&str; 4] = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// The rules.
pub(super) fn rules(object: &Value, faults: &mut Faults) {
    let (spec, whole) = (&object["spec"], key("spec"));
    let kind = text(spec, "type")
        .filter(|t| !t.is_empty())
        .unwrap_or("ClusterIP");
    if !TYPES.contains(&kind) {
        let why = format!("is {kind:?}: it has to be one of {}", TYPES.join(", "));
        faults.add(below(&whole, "type"), why, "");
    }
    if let Some(selector) = spec.get("selector").and_then(Value::as_object) {
        labels(selector, &below(&whole, "selector"), faults);
    }
    let external = kind == "ExternalName";
    if external && text(spec, "externalName").is_none_or(str::is_empty) {
        faults.add(below(&whole, "externalName"), "is missing", "");
    }
    let ports = items(spec, &whole, "ports");
    let headless = text(spec, "clusterIP") == Some("None");
    let listed = spec
        .get("ports")
        .is_none_or(|p| p.is_null() || p.is_array());
    if ports.is_empty() && !external && !headless && listed {
        faults.add(below(&whole, "ports"), "is missing", "");
    }
    let (mut names, mut numbers) = (Vec::new(), Vec::new());
    for (at, port) in &ports {
        let name = text(port, "name").unwrap_or_default();
        let protocol = text(port, "protocol").unwrap_or("TCP");
        if name.is_empty() && ports.len() > 1 {
            faults.add(
                below(at, "name"),
                "is missing: each of several ports needs one",
                "",
            );
        } else if !name.is_empty() && !is_label(name) {
            let why = format!("is {name:?}: the name of a port {LABEL}");
            faults.add(below(at, "name"), why, "");
        } else if !name.is_empty() && names.contains(&name) {
            faults.add(
                below(at, "name"),
                format!("is {name:?}, which stands there twice"),
                "",
            );
        }
        names.push(name);
        if !PROTOCOLS.contains(&protocol) {
            let why = format!(
                "is {protocol:?}: it has to be one of {}",
                PROTOCOLS.join(", ")
            );
            faults.add(below(at, "protocol"), why, "");
        }
        numbered(port, at, kind, faults);
        let number = port.get("port").and_then(Value::as_i64);
        if number.is_some() && numbers.contains(&(protocol, number)) {
            let number = number.unwrap_or_default();
            faults.add(
                at.clone(),
                format!("is {protocol} {number}, which stands there twice"),
                "",
            );
        }
        numbers.push((protocol, number));
    }
}

fn numbered(port: &Value, at: &[Step], kind: &str, faults: &mut Faults) {
    match port.get("port").filter(|p| !p.is_null()) {
        None => faults.add(below(at, "port"), "is missing", ""),
        Some(number) if number.is_number() && !is_port(number) => {
            let why = format!("is {number}: a port is between 1 and 65535");
            faults.add(below(at, "port"), why, "");
        }
        Some(_) => {}
    }
    match port.get("targetPort") {
        Some(Value::String(name)) if !is_port_name(name) => {
            let why = format!(
                "is {name:?}: the name of a port has up to 15 lower-case letters, digits and '-', at least one of them a letter"
            );
            let fix = if name.parse::<u16>().is_ok() {
                "write a number without quotes"
            } else {
                ""
            };
            faults.add(below(at, "targetPort"), why, fix);
        }
        // 0 is the port's own number.
        Some(number) if number.is_number() && !is_port(number) && *number != 0 => {
            let why = format!("is {number}: a port is between 1 and 65535");
            faults.add(below(at, "targetPort"), why, "");
        }
        _ => {}
    }
    let node_port = port.get("nodePort").and_then(Value::as_i64);
    if node_port.is_some_and(|n| n != 0) && ["ClusterIP", "ExternalName"].contains(&kind) {
        let why = format!("may not be set for a Service of type {kind}");
        faults.add(below(at, "nodePort"), why, "make it type: NodePort");
    }
}
