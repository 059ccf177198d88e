//! ingress-nginx (kubernetes/ingress-nginx).

mod canary;
mod choose;

use std::cmp::Reverse;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::ServiceBackendPort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::author::Author;
use crate::diagnosis::dialect::dropped::Argument;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::questions::{Claimed, Dialect, ProxyProtocol, Refusal};
use crate::diagnosis::dialect::scope::Scope;
use crate::diagnosis::dialect::upstream::ProtocolAnnotation;
use crate::diagnosis::dialect::{Reader, Resolution};
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{Rule, Share};
use crate::diagnosis::semantics::endpoints::{port_by_name, ports_of};
use crate::diagnosis::semantics::port;
use crate::diagnosis::semantics::service::service_type;
use crate::facts::config::USE_PROXY_PROTOCOL;
use crate::facts::{Certificate, HttpAnswer, Kind};
use crate::target::Request;

/// The make.
pub static INGRESS_NGINX: IngressNginx = IngressNginx;

/// ingress-nginx.
pub struct IngressNginx;

/// Whose turn comes first: the oldest Ingress, in the same second the later name (`sortIngressSlice`).
fn turn(rule: &Rule) -> (Option<i64>, Reverse<String>) {
    let (age, namespace, name) = rule.age_then_name();
    (age, Reverse(format!("{namespace}/{name}")))
}

const NO_EXTERNAL_NAMES: &str = "disable-svc-external-name";
const CONTROLLER: &str = "k8s.io/ingress-nginx";

impl Dialect for IngressNginx {
    fn slug(&self) -> &'static str {
        "ingress-nginx"
    }

    fn title(&self) -> &'static str {
        "ingress-nginx"
    }

    fn controllers(&self) -> &'static [&'static str] {
        &[CONTROLLER]
    }

    fn class_names(&self) -> &'static [&'static str] {
        &["nginx"]
    }

    fn labels(&self) -> &'static [&'static str] {
        &["ingress-nginx", "rke2-ingress-nginx"]
    }

    // Bitnami and others publish it under its old name; nginxinc's of that name is another program.
    fn is_image(&self, image: Repository) -> bool {
        image.is("ingress-nginx/controller")
            || image.is("nginx-ingress-controller") && !image.contains("nginxinc")
    }

    // pkg/flags: no other controller has both.
    fn is_command(&self, args: &Args) -> bool {
        args.any_key("controller-class") && args.any_key("election-id")
    }

    // internal/ingress/controller/ingressclass: --ingress-class, `nginx` when left out.
    fn takes_annotation(&self, args: &Args, class: &str) -> bool {
        args.value("ingress-class").unwrap_or("nginx") == class
    }

    // internal/ingress/controller/ingressclass: --watch-ingress-without-class.
    fn takes_classless(&self, args: &Args) -> bool {
        args.is_on("watch-ingress-without-class")
    }

    // pkg/flags; internal/ingress/controller/store (`watchedNamespace`).
    fn scope(&self, args: &Args) -> Scope {
        Scope::default()
            .namespaces(args, "watch-namespace")
            .namespace_labels(args, "watch-namespace-selector")
    }

    // pkg/flags: --controller-class is what the IngressClass has to say.
    fn implements(&self, args: &Args, claimed: &Claimed) -> bool {
        let own = args.value("controller-class").unwrap_or(CONTROLLER);
        let same_make = claimed.make == self.slug();
        claimed.controller.map_or(same_make, |c| c == own)
    }

    fn choose(
        &self,
        rules: Vec<Rule>,
        _reader: Reader,
        peers: Peers,
        request: &Request,
    ) -> Resolution {
        choose::resolve(rules, peers, request)
    }

    fn settle(&self, shares: &mut [Share], usable: &[bool]) {
        canary::settle(shares, usable);
    }

    // internal/ingress/controller (`getBackendServers`, `serviceEndpoints`): the port, else the targetPort of that number or name.
    fn service_port<'s>(
        &self,
        service: &'s Service,
        backend: &ServiceBackendPort,
    ) -> Option<&'s ServicePort> {
        port::by_port(service, backend).or_else(|| port::by_target_port(service, backend))
    }

    // internal/ingress/controller/endpointslices.go: any port for an unnamed one, else a numeric targetPort whatever the slice says.
    fn slice_port(&self, slice: &EndpointSlice, port: &ServicePort) -> Option<i32> {
        let named = port_by_name(slice, port);
        if named.is_some() {
            return named;
        }
        let unnamed = port.name.as_deref().unwrap_or_default().is_empty();
        let any = || ports_of(slice, port).find_map(|p| p.port);
        if let Some(any) = unnamed.then(any).flatten() {
            return Some(any);
        }
        match &port.target_port {
            Some(IntOrString::Int(number)) => Some(*number),
            _ => None,
        }
    }

    // pkg/flags: --disable-svc-external-name; internal/ingress/controller (`serviceEndpoints`) then has no endpoint for it, and answers 503.
    fn refuses_service(&self, args: &Args, service: &Service) -> Option<Refusal> {
        let refused = service_type(service) == "ExternalName" && args.is_on(NO_EXTERNAL_NAMES);
        refused.then(|| Refusal {
            why: "ExternalName Services are switched off".to_owned(),
            argument: Argument::Given(format!("--{NO_EXTERNAL_NAMES}")),
            drops: false,
        })
    }

    // internal/ingress/annotations/backendprotocol: HTTP, HTTPS, AUTO_HTTP, GRPC, GRPCS, FCGI.
    fn protocol_annotation(&self) -> Option<ProtocolAnnotation> {
        Some(ProtocolAnnotation {
            on: Kind::Ingress,
            key: "nginx.ingress.kubernetes.io/backend-protocol",
            http: "HTTP",
            https: "HTTPS",
        })
    }

    // internal/ingress/annotations: rewrite, upstreamvhost.
    fn rewriting(&self) -> &'static [&'static str] {
        &[
            "nginx.ingress.kubernetes.io/rewrite-target",
            "nginx.ingress.kubernetes.io/upstream-vhost",
            "nginx.ingress.kubernetes.io/app-root",
        ]
    }

    // pkg/flags: --http-port, --https-port.
    fn listens(&self, args: &Args, https: bool) -> Option<u16> {
        let key = if https { "https-port" } else { "http-port" };
        args.value(key)?.parse().ok()
    }

    fn ports(&self, args: &Args) -> Vec<u16> {
        [false, true]
            .iter()
            .filter_map(|https| self.listens(args, *https))
            .collect()
    }

    // internal/ingress/controller/config: use-proxy-protocol of the ConfigMap.
    fn proxy_protocol(&self, args: &Args) -> ProxyProtocol {
        match args.value("configmap").filter(|v| !v.is_empty()) {
            Some(named) => ProxyProtocol::InConfigMap(named.to_owned(), USE_PROXY_PROTOCOL),
            None => ProxyProtocol::Off("--configmap"),
        }
    }

    fn signs(&self) -> bool {
        true
    }

    // nginx's error pages; ingress-nginx hides the version.
    fn wrote(&self, answer: &HttpAnswer) -> Option<Author> {
        let page = answer.status >= 300 && answer.body.contains("<center>nginx</center>");
        page.then(|| Author::controller(self.title(), "ingress-nginx"))
    }

    // internal/net/ssl: the certificate of `GetFakeSSLCert`.
    fn made_up(&self, leaf: &Certificate) -> bool {
        leaf.subject == "Kubernetes Ingress Controller Fake Certificate"
    }

    // internal/ingress/controller (`createServers`): a certificate that does not cover the host is left out.
    fn wants_name_in_certificate(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_port_is_a_port_too() {
        let service: Service = serde_json::from_value(json!({"spec": {"ports": [
            {"port": 80, "targetPort": 8080}, {"name": "web", "port": 81, "targetPort": "podweb"}]}}))
        .expect("a Service");
        for (backend, port) in [
            (json!({"number": 80}), Some(80)),
            (json!({"number": 8080}), Some(80)),
            (json!({"name": "podweb"}), Some(81)),
            (json!({"number": 9}), None),
        ] {
            let backend = serde_json::from_value(backend).expect("a port");
            let found = INGRESS_NGINX.service_port(&service, &backend);
            assert_eq!(found.map(|p| p.port), port, "{backend:?}");
        }
    }

    #[test]
    fn another_controller_class_is_another_controller() {
        let args = Args::of(["--controller-class=example.com/second"]);
        let by = |controller| Claimed {
            make: "ingress-nginx",
            controller,
            class: Some("nginx"),
        };
        assert!(INGRESS_NGINX.implements(&args, &by(Some("example.com/second"))));
        assert!(!INGRESS_NGINX.implements(&args, &by(Some(CONTROLLER))));
        assert!(INGRESS_NGINX.implements(&args, &by(None)));
    }
}
