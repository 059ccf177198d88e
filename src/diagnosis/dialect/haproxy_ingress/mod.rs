//! HAProxy Ingress (jcmoraisjr/haproxy-ingress).

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::ServiceBackendPort;

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::passthrough::Passthrough;
use crate::diagnosis::dialect::questions::Dialect;
use crate::diagnosis::dialect::scope::Scope;
use crate::diagnosis::dialect::upstream::ProtocolAnnotation;
use crate::diagnosis::semantics::port;
use crate::facts::Kind;

/// The make.
pub static HAPROXY_INGRESS: HaproxyIngress = HaproxyIngress;

/// The community's controller around HAProxy. Its error pages are HAProxy's own, which another make claims for both.
pub struct HaproxyIngress;

impl Dialect for HaproxyIngress {
    fn slug(&self) -> &'static str {
        "haproxy-ingress"
    }

    fn title(&self) -> &'static str {
        "HAProxy Ingress"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        vec![
            "haproxy-ingress.github.io/".to_owned(),
            "ingress.kubernetes.io/".to_owned(),
        ]
    }

    fn controllers(&self) -> &'static [&'static str] {
        &["haproxy-ingress.github.io/controller"]
    }

    fn labels(&self) -> &'static [&'static str] {
        &["haproxy-ingress"]
    }

    fn is_image(&self, image: Repository) -> bool {
        image.is("jcmoraisjr/haproxy-ingress")
    }

    // pkg/controller/services/cache.go (`IsValidIngress`): --ingress-class, `haproxy` when left out.
    fn takes_annotation(&self, args: &Args, class: &str) -> bool {
        args.value("ingress-class").unwrap_or("haproxy") == class
    }

    // pkg/controller/config/options.go.
    fn scope(&self, args: &Args) -> Scope {
        Scope::default().namespaces(args, "watch-namespace")
    }

    // The same function: --watch-ingress-without-class.
    fn takes_classless(&self, args: &Args) -> bool {
        args.is_on("watch-ingress-without-class")
    }

    // pkg/converters/utils (`FindServicePort`): the name or targetPort of any port first, then the port.
    fn service_port<'s>(
        &'s self,
        service: &'s Service,
        backend: &ServiceBackendPort,
    ) -> Option<&'s ServicePort> {
        port::by_target_port(service, backend).or_else(|| port::by_port(service, backend))
    }

    // pkg/converters/ingress/annotations (`ssl-passthrough`).
    fn passthrough(&self) -> Option<Passthrough> {
        Some(Passthrough::by(&self.annotation_prefixes()))
    }

    // pkg/converters/types/annotations.go: h1, h1-ssl, h2, h2-ssl and their aliases.
    fn protocol_annotation(&self) -> Option<ProtocolAnnotation> {
        Some(ProtocolAnnotation {
            on: Kind::Ingress,
            key: "haproxy-ingress.github.io/backend-protocol".to_owned(),
            http: "HTTP",
            https: "HTTPS",
        })
    }

    // pkg/converters/ingress/annotations: rewrite-target, app-root.
    fn rewriting(&self) -> Vec<String> {
        vec![
            "haproxy-ingress.github.io/rewrite-target".to_owned(),
            "haproxy-ingress.github.io/app-root".to_owned(),
            "ingress.kubernetes.io/rewrite-target".to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_port_comes_before_a_port() {
        let service: Service = serde_json::from_value(json!({"spec": {"ports": [
            {"port": 8080, "targetPort": 9000}, {"port": 80, "targetPort": 8080}]}}))
        .expect("a Service");
        let backend = serde_json::from_value(json!({"number": 8080})).expect("a port");
        let found = HAPROXY_INGRESS.service_port(&service, &backend);
        assert_eq!(found.map(|p| p.port), Some(80));
    }
}
