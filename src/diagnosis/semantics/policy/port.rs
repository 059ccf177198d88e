//! The ports of a rule.

use k8s_openapi::api::networking::v1::NetworkPolicyPort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::doubt::Match;
use super::flow::{End, Flow};

/// Whether a rule's ports have a flow's; a rule without any has all.
pub(super) fn matches(ports: &[NetworkPolicyPort], flow: &Flow) -> Match {
    let mut each = ports.iter();
    (ports.is_empty() || each.any(|p| matches_one(p, flow))).into()
}

fn matches_one(port: &NetworkPolicyPort, flow: &Flow) -> bool {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    if protocol != flow.protocol.as_str() {
        return false;
    }
    let wanted = i32::from(flow.port);
    match (&port.port, port.end_port) {
        (None, _) => true,
        (Some(IntOrString::Int(first)), None) => *first == wanted,
        (Some(IntOrString::Int(first)), Some(last)) => (*first..=last).contains(&wanted),
        // A name is one of the pod that is spoken to, whichever side the rule is about.
        (Some(IntOrString::String(name)), _) => named(name, protocol, flow) == Some(wanted),
    }
}

/// The number that a name has at the destination.
fn named(name: &str, protocol: &str, flow: &Flow) -> Option<i32> {
    let End::Pod(pod) = &flow.destination else {
        return None;
    };
    let mut ports = pod.ports.iter();
    let found = ports.find(|p| p.name == name && p.protocol == protocol);
    found.map(|p| p.number)
}

/// A rule's ports, as a person says them: `TCP 80, TCP http, UDP 8000-8100`.
pub fn words(ports: &[NetworkPolicyPort]) -> String {
    let one = |p: &NetworkPolicyPort| {
        let protocol = p.protocol.as_deref().unwrap_or("TCP");
        match (&p.port, p.end_port) {
            (None, _) => format!("every {protocol} port"),
            (Some(IntOrString::Int(first)), Some(last)) => format!("{protocol} {first}-{last}"),
            (Some(IntOrString::Int(number)), None) => format!("{protocol} {number}"),
            (Some(IntOrString::String(name)), _) => format!("{protocol} {name}"),
        }
    };
    let all: Vec<String> = ports.iter().map(one).collect();
    if all.is_empty() {
        "every port".to_owned()
    } else {
        all.join(", ")
    }
}
