//! The ports on which a controller's pods take requests, by its command line and its container ports.

use k8s_openapi::api::core::v1::{Pod, Service};

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::questions::Dialect;
use crate::diagnosis::semantics::port::{behind, declared};

/// Names that charts give to the container port for a scheme.
pub(super) const HTTPS_NAMES: &[&str] = &["https", "websecure"];
pub(super) const HTTP_NAMES: &[&str] = &["http", "web"];

/// The pod's port for a scheme: as the command line says, else by the usual port names, else where the Service leads.
pub fn port(
    dialect: &dyn Dialect,
    args: &Args,
    pod: &Pod,
    https: bool,
    service: Option<(&Service, u16)>,
) -> Option<u16> {
    let names = if https { HTTPS_NAMES } else { HTTP_NAMES };
    dialect
        .listens(args, https)
        .or_else(|| {
            let named =
                declared(pod).find(|p| p.name.as_deref().is_some_and(|n| names.contains(&n)));
            named.and_then(|p| u16::try_from(p.container_port).ok())
        })
        .or_else(|| service.and_then(|(service, port)| behind(service, port, pod)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::dialect::make::Make;
    use serde_json::json;

    fn pod() -> Pod {
        serde_json::from_value(json!({"spec": {"containers": [{"name": "c", "ports": [
            {"name": "http", "containerPort": 80}, {"name": "https", "containerPort": 443}]}]}}))
        .expect("a Pod")
    }

    #[test]
    fn else_the_names_of_its_ports_then_the_service() {
        let none = Args::default();
        let nginx = Make::of_controller("k8s.io/ingress-nginx");
        assert_eq!(port(&*nginx, &none, &pod(), true, None), Some(443));
        let moved = Args::of(["--https-port=8443"]);
        assert_eq!(port(&*nginx, &moved, &pod(), true, None), Some(8443));
        let bare: Pod = serde_json::from_value(json!({"spec": {"containers": []}})).expect("a Pod");
        let service: Service =
            serde_json::from_value(json!({"spec": {"ports": [{"port": 443, "targetPort": 9443}]}}))
                .expect("a Service");
        let other = Make::other("x");
        let of = |s| port(&*other, &none, &bare, true, s);
        assert_eq!(of(Some((&service, 443))), Some(9443));
        assert_eq!(of(Some((&service, 80))), None);
        assert_eq!(of(None), None);
    }
}
