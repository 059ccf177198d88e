//! Ports: from a rule to a Service's port, and from there to the port of a pod.

use k8s_openapi::api::core::v1::{ContainerPort, Pod, Service, ServicePort};
use k8s_openapi::api::networking::v1::ServiceBackendPort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// The Service port that a backend names, by the specification: that of its number or name. An empty name never means an unnamed port.
pub fn by_port<'s>(service: &'s Service, backend: &ServiceBackendPort) -> Option<&'s ServicePort> {
    let (number, name) = named(backend);
    ports(service).find(|p| {
        number.is_some_and(|n| p.port == n) || name.is_some_and(|n| p.name.as_deref() == Some(n))
    })
}

/// The Service port whose targetPort is the backend's number or name. Some makes take it so.
pub fn by_target_port<'s>(
    service: &'s Service,
    backend: &ServiceBackendPort,
) -> Option<&'s ServicePort> {
    let (number, name) = named(backend);
    ports(service).find(|p| match &p.target_port {
        Some(IntOrString::Int(target)) => number == Some(*target),
        Some(IntOrString::String(target)) => name == Some(target.as_str()),
        None => false,
    })
}

fn ports(service: &Service) -> impl Iterator<Item = &ServicePort> {
    service.spec.iter().flat_map(|s| s.ports.iter().flatten())
}

fn named(backend: &ServiceBackendPort) -> (Option<i32>, Option<&str>) {
    (
        backend.number.filter(|n| *n != 0),
        backend.name.as_deref().filter(|n| !n.is_empty()),
    )
}

/// Where a port of a Service leads in one pod.
pub fn behind(service: &Service, port: u16, pod: &Pod) -> Option<u16> {
    let found = ports(service).find(|p| p.port == i32::from(port))?;
    u16::try_from(target_port(found, pod)?).ok()
}

/// Where a Service port leads on one pod: a number, or none when its name is on no container of the pod.
///
/// As the EndpointSlice controller does it (`FindPort` in k8s.io/endpointslice): a number needs no declaration; a name is looked
/// up in containers, then in init containers that restart always.
pub fn target_port(port: &ServicePort, pod: &Pod) -> Option<i32> {
    let name = match &port.target_port {
        None => return Some(port.port),
        Some(IntOrString::Int(0)) => return Some(port.port),
        Some(IntOrString::Int(number)) => return Some(*number),
        Some(IntOrString::String(name)) => name,
    };
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    declared(pod)
        .find(|p| {
            p.name.as_deref() == Some(name) && p.protocol.as_deref().unwrap_or("TCP") == protocol
        })
        .map(|p| p.container_port)
}

/// The ports that a pod declares: of its containers, then of its sidecars (init containers that restart always).
pub fn declared(pod: &Pod) -> impl Iterator<Item = &ContainerPort> {
    let sidecars = pod
        .spec
        .iter()
        .flat_map(|s| s.init_containers.iter().flatten())
        .filter(|c| c.restart_policy.as_deref() == Some("Always"));
    pod.spec
        .iter()
        .flat_map(|s| &s.containers)
        .chain(sidecars)
        .flat_map(|c| c.ports.iter().flatten())
}

/// The target port as written: `8080`, `"http"`.
pub fn target_words(port: &ServicePort) -> String {
    match &port.target_port {
        Some(IntOrString::String(name)) => name.clone(),
        Some(IntOrString::Int(n)) if *n != 0 => n.to_string(),
        _ => port.port.to_string(),
    }
}

/// `http (80 → 8080)`.
pub fn words(port: &ServicePort) -> String {
    let way = format!("{} → {}", port.port, target_words(port));
    match port.name.as_deref().filter(|n| !n.is_empty()) {
        Some(name) => format!("{name} ({way})"),
        None => way,
    }
}

/// A Service's ports: `80/http, 443/https`.
pub fn list(service: &Service) -> String {
    let ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let words: Vec<String> = ports
        .map(|p| match p.name.as_deref().filter(|n| !n.is_empty()) {
            Some(name) => format!("{}/{name}", p.port),
            None => p.port.to_string(),
        })
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(ports: &Value) -> Service {
        serde_json::from_value(json!({"spec": {"ports": ports}})).expect("a Service")
    }

    fn backend(port: &Value) -> ServiceBackendPort {
        serde_json::from_value(port.clone()).expect("a port")
    }

    #[test]
    fn a_backend_names_a_port_or_its_target() {
        let svc = service(
            &json!([{"port": 80, "targetPort": 8080}, {"name": "web", "port": 81, "targetPort": "podweb"}, {"port": 82}]),
        );
        for (port, by_spec, by_target) in [
            (json!({"number": 80}), Some(80), None),
            (json!({"number": 8080}), None, Some(80)),
            (json!({"name": "web"}), Some(81), None),
            (json!({"name": "podweb"}), None, Some(81)),
            (json!({"name": ""}), None, None),
            (json!({"number": 0}), None, None),
        ] {
            let backend = backend(&port);
            assert_eq!(by_port(&svc, &backend).map(|p| p.port), by_spec, "{port}");
            let target = by_target_port(&svc, &backend).map(|p| p.port);
            assert_eq!(target, by_target, "{port}");
        }
    }

    #[test]
    fn ports_are_told_as_they_lead_on() {
        let svc = service(&json!([
            {"name": "http", "port": 80, "targetPort": 8080},
            {"name": "", "port": 81, "targetPort": "web"},
            {"port": 82, "targetPort": 0},
            {"port": 83}
        ]));
        let ports = svc.spec.iter().flat_map(|s| s.ports.iter().flatten());
        assert_eq!(
            ports.map(words).collect::<Vec<_>>(),
            ["http (80 → 8080)", "81 → web", "82 → 82", "83 → 83"]
        );
        assert_eq!(list(&svc), "80/http, 81, 82, 83");
        assert_eq!(list(&service(&json!([]))), "none");
    }

    #[test]
    fn a_name_is_looked_up_where_the_endpointslice_controller_looks() {
        let pod: Pod = serde_json::from_value(json!({"spec": {
            "containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]}],
            "initContainers": [
                {"name": "once", "ports": [{"name": "setup", "containerPort": 1}]},
                {"name": "side", "restartPolicy": "Always", "ports": [{"name": "proxy", "containerPort": 15001}]}]
        }})).expect("a Pod");
        let to = |target: Value| {
            let svc = service(&json!([{"port": 80, "targetPort": target}]));
            let port = svc
                .spec
                .as_ref()
                .and_then(|s| s.ports.as_ref())
                .map(|p| p[0].clone());
            target_port(&port.expect("a port"), &pod)
        };
        assert_eq!(to(json!("http")), Some(8080));
        assert_eq!(to(json!("proxy")), Some(15001));
        assert_eq!(
            to(json!("setup")),
            None,
            "an init container that ends opens nothing"
        );
        assert_eq!(to(json!("dns")), None, "UDP is not TCP");
        assert_eq!(to(json!(9999)), Some(9999), "a number needs no declaration");
    }
}
