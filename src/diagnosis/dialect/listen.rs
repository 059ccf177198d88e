//! The ports on which a controller's pods take requests, by its command line and its container ports.

use k8s_openapi::api::core::v1::{Pod, Service};

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::semantics::port::{declared, target_port};

/// Names that charts give to the container port for a scheme.
const HTTPS_NAMES: &[&str] = &["https", "websecure"];
const HTTP_NAMES: &[&str] = &["http", "web"];

/// The pod's port for a scheme: as the command line says, else by the usual port names, else where the Service leads.
pub fn port(
    family: &Family,
    args: &Args,
    pod: &Pod,
    https: bool,
    service: Option<(&Service, u16)>,
) -> Option<u16> {
    let by_args = match family {
        Family::Traefik => entry_point(args, https).and_then(|(_, port)| port),
        Family::IngressNginx => {
            let key = if https { "https-port" } else { "http-port" };
            args.value(key).and_then(|v| v.parse().ok())
        }
        _ => None,
    };
    let names = if https { HTTPS_NAMES } else { HTTP_NAMES };
    by_args
        .or_else(|| {
            let named =
                declared(pod).find(|p| p.name.as_deref().is_some_and(|n| names.contains(&n)));
            named.and_then(|p| u16::try_from(p.container_port).ok())
        })
        .or_else(|| service.and_then(|(service, port)| behind(service, port, pod)))
}

/// Where a port of the Service before the controller leads in its pod.
pub fn behind(service: &Service, port: u16, pod: &Pod) -> Option<u16> {
    let ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let found = ports.into_iter().find(|p| p.port == i32::from(port))?;
    u16::try_from(target_port(found, pod)?).ok()
}

/// A Traefik entry point for a scheme: its name, and its port where the command line gives one. Which one takes https is told by
/// its `http.tls`, else by its usual name.
fn entry_point(args: &Args, https: bool) -> Option<(String, Option<u16>)> {
    let all = entry_points(args);
    let tls = |name: &str| {
        args.is_on(&format!("entrypoints.{name}.http.tls"))
            || args.any_key(&format!("entrypoints.{name}.http.tls."))
    };
    let names = if https { HTTPS_NAMES } else { HTTP_NAMES };
    let named = || all.iter().find(|(name, _)| names.contains(&name.as_str()));
    if https {
        let by_tls = all.iter().find(|(name, _)| tls(name));
        by_tls.or_else(named).cloned()
    } else {
        named()
            .or_else(|| {
                all.iter()
                    .find(|(name, _)| !tls(name) && name != "traefik" && name != "metrics")
            })
            .cloned()
    }
}

/// Traefik's entry points, as its command line names them. `:8443/tcp` and `10.0.0.1:8443` are addresses too.
pub fn entry_points(args: &Args) -> Vec<(String, Option<u16>)> {
    args.matching("entrypoints.", ".address")
        .map(|(name, address)| {
            let port = address.split('/').next().and_then(|a| a.rsplit_once(':'));
            (name.to_owned(), port.and_then(|(_, p)| p.parse().ok()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Pod {
        serde_json::from_value(json!({"spec": {"containers": [{"name": "c", "ports": [
            {"name": "http", "containerPort": 80}, {"name": "https", "containerPort": 443}]}]}}))
        .expect("a Pod")
    }

    #[test]
    fn traefik_says_it_on_its_command_line() {
        let args = Args::of([
            "--entrypoints.metrics.address=:9100/tcp",
            "--entryPoints.web.address=:8000/tcp",
            "--entrypoints.secure.address=10.0.0.1:8443/tcp",
            "--entrypoints.secure.http.tls=true",
        ]);
        let bare = serde_json::from_value(json!({"spec": {"containers": []}})).expect("a Pod");
        let of = |https| port(&Family::Traefik, &args, &bare, https, None);
        assert_eq!(of(true), Some(8443));
        assert_eq!(of(false), Some(8000));
    }

    #[test]
    fn else_the_names_of_its_ports_then_the_service() {
        let none = Args::default();
        assert_eq!(
            port(&Family::IngressNginx, &none, &pod(), true, None),
            Some(443)
        );
        let moved = Args::of(["--https-port=8443"]);
        assert_eq!(
            port(&Family::IngressNginx, &moved, &pod(), true, None),
            Some(8443)
        );
        let bare: Pod = serde_json::from_value(json!({"spec": {"containers": []}})).expect("a Pod");
        let service: Service =
            serde_json::from_value(json!({"spec": {"ports": [{"port": 443, "targetPort": 9443}]}}))
                .expect("a Service");
        let of = |s| port(&Family::Other("x".to_owned()), &none, &bare, true, s);
        assert_eq!(of(Some((&service, 443))), Some(9443));
        assert_eq!(of(Some((&service, 80))), None);
        assert_eq!(of(None), None);
    }
}
