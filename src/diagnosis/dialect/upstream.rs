//! The protocol that a controller speaks to the pods, as the objects tell it.

use k8s_openapi::api::core::v1::{Service, ServicePort};

use crate::diagnosis::dialect::Rule;
use crate::diagnosis::dialect::family::Family;

/// What the controller speaks to the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Plain HTTP/1.
    Http,
    /// HTTP over TLS.
    Https,
    /// gRPC, h2c, FastCGI: nothing that a plain request could try.
    Other,
}

/// The annotation that sets the protocol, by make, and the object that carries it.
pub const fn annotation(family: &Family) -> Option<(&'static str, &'static str)> {
    match family {
        Family::IngressNginx => Some(("Ingress", "nginx.ingress.kubernetes.io/backend-protocol")),
        Family::Traefik => Some((
            "Service",
            "traefik.ingress.kubernetes.io/service.serversscheme",
        )),
        Family::HaproxyTech => Some(("Service", "haproxy.org/server-ssl")),
        Family::HaproxyIngress => Some(("Ingress", "haproxy-ingress.github.io/backend-protocol")),
        _ => None,
    }
}

/// Reads annotations and port. Traefik also takes https for port 443 and for ports whose name begins with it
/// (`pkg/provider/kubernetes/ingress`, `getProtocol`).
pub fn of(family: &Family, rule: &Rule, service: &Service, port: &ServicePort) -> Upstream {
    let on_service = |key: &str| {
        let all = service.metadata.annotations.as_ref();
        all.and_then(|a| a.get(key)).map(String::as_str)
    };
    let set = annotation(family).and_then(|(kind, key)| match kind {
        "Ingress" => rule.annotation(key),
        _ => on_service(key),
    });
    match (family, set) {
        (Family::HaproxyTech, Some("true")) => Upstream::Https,
        (_, Some(value)) if !value.is_empty() => match value.to_ascii_lowercase().as_str() {
            "http" | "auto_http" | "h1" => Upstream::Http,
            "https" | "h1-ssl" => Upstream::Https,
            _ => Upstream::Other,
        },
        (Family::Traefik, _)
            if port.port == 443 || port.name.as_deref().is_some_and(|n| n.starts_with("https")) =>
        {
            Upstream::Https
        }
        (Family::Traefik, _) if port.app_protocol.as_deref() == Some("kubernetes.io/h2c") => {
            Upstream::Other
        }
        _ => Upstream::Http,
    }
}
