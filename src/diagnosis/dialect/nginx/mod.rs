//! ingress-nginx (kubernetes/ingress-nginx).

mod canary;
mod choose;
mod fallback;
mod guards;
mod locations;
mod notes;
mod path;
#[cfg(test)]
mod peers_tests;
mod redirects;
mod server;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod told_tests;

use std::cmp::Reverse;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, ServiceBackendPort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use self::notes::Notes;
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::author::Author;
use crate::diagnosis::dialect::dropped::Argument;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::passthrough::Passthrough;
use crate::diagnosis::dialect::questions::{
    Claimed, Dialect, ProxyProtocol, Refusal, Settings, Snippet, Spoken, Turning, Unloadable,
};
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::dialect::scope::Scope;
use crate::diagnosis::dialect::upstream::{HostAnnotation, ProtocolAnnotation};
use crate::diagnosis::dialect::{Reader, Resolution};
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{BackendRef, Rule, Share};
use crate::diagnosis::semantics::endpoints::{port_by_name, ports_of};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::semantics::port;
use crate::diagnosis::semantics::service::service_type;
use crate::facts::config::USE_PROXY_PROTOCOL;
use crate::facts::{Certificate, HttpAnswer, Kind};
use crate::target::Request;

/// The make.
pub static INGRESS_NGINX: IngressNginx = IngressNginx {
    notes: Notes::USUAL,
};

/// ingress-nginx.
pub struct IngressNginx {
    notes: Notes,
}

/// Whose turn comes first: the oldest Ingress, in the same second the later name (`sortIngressSlice`).
fn turn(rule: &Rule) -> (Option<i64>, Reverse<String>) {
    let (age, namespace, name) = rule.age_then_name();
    (age, Reverse(format!("{namespace}/{name}")))
}

/// The same of an Ingress.
fn turn_of(ingress: &Ingress) -> (Option<i64>, Reverse<String>) {
    let created = ingress.metadata.creation_timestamp.as_ref();
    let name = format!("{}/{}", namespace_of(ingress), name_of(ingress));
    (created.map(|t| t.0.as_second()), Reverse(name))
}

const PASSTHROUGH: &str = "enable-ssl-passthrough";
const NO_EXTERNAL_NAMES: &str = "disable-svc-external-name";
const CONTROLLER: &str = "k8s.io/ingress-nginx";

impl Dialect for IngressNginx {
    fn slug(&self) -> &'static str {
        "ingress-nginx"
    }

    fn title(&self) -> &'static str {
        "ingress-nginx"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        vec![self.notes.prefix().to_owned()]
    }

    // internal/ingress/annotations: ipallowlist, ipdenylist, auth, authreq, authtls.
    fn turning_away(&self) -> Vec<Turning> {
        guards::turning(&self.notes)
    }

    // internal/ingress/annotations/authreq.
    fn auth_url(&self) -> Option<String> {
        Some(self.notes.key("auth-url"))
    }

    // internal/ingress/annotations/rewrite; rootfs/etc/nginx/lua/lua_ingress.lua (`rewrite`).
    fn upgrade(
        &self,
        ingress: &Ingress,
        request: &Request,
        covered: bool,
        config: &Settings,
    ) -> Option<Redirect> {
        redirects::upgrade(&self.notes, ingress, request, covered, config)
    }

    fn unloadable(&self, ingresses: &[&Arc<Ingress>]) -> Option<Unloadable> {
        locations::twice(&self.notes, ingresses)
    }

    // pkg/flags; internal/ingress/annotations/sslpassthrough.
    fn passthrough(&self) -> Option<Passthrough> {
        Some(Passthrough {
            switch: Some(PASSTHROUGH),
            ..Passthrough::by(&self.annotation_prefixes())
        })
    }

    fn snippet(
        &self,
        rule: &Rule,
        version: Option<(u32, u32)>,
        config: Option<&Settings>,
    ) -> Option<Snippet> {
        guards::snippet(&self.notes, rule, version, config?)
    }

    fn wants_config(&self, ingress: &Ingress) -> bool {
        guards::has_snippet(&self.notes, ingress)
    }

    fn config_map<'a>(&self, args: &'a Args) -> Option<&'a str> {
        args.value("configmap").filter(|v| !v.is_empty())
    }

    // kubernetes.io/blog, 2025-11-11: retired in March 2026. What vendors build themselves they may mend themselves.
    fn retired(&self, image: Repository, _version: Option<(u32, u32)>) -> Option<&'static str> {
        let own = image.contains("ingress-nginx/controller");
        own.then_some("ingress-nginx was retired in March 2026: its last release is 1.15.1, and nobody mends it any more")
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
            .without_catch_all(args, "disable-catch-all")
            .namespace_labels(args, "watch-namespace-selector")
    }

    // pkg/flags: --controller-class is what the IngressClass has to say.
    fn implements(&self, args: &Args, claimed: &Claimed) -> bool {
        let own = args.value("controller-class").unwrap_or(CONTROLLER);
        let same_make = claimed.make == self.slug();
        // internal/ingress/controller/store: with --ingress-class-by-name the class's name is enough.
        let by_name = args.is_on("ingress-class-by-name")
            && claimed.class == Some(args.value("ingress-class").unwrap_or("nginx"));
        by_name || claimed.controller.map_or(same_make, |c| c == own)
    }

    // pkg/flags: --annotations-prefix.
    fn speaks(&self, args: &Args, _claimed: &Claimed) -> Option<Spoken> {
        Notes::told(args).map(|notes| Spoken::Told(Arc::new(Self { notes })))
    }

    fn choose(
        &self,
        rules: Vec<Rule>,
        reader: Reader,
        peers: Peers,
        request: &Request,
    ) -> Resolution {
        choose::resolve(&self.notes, rules, reader, peers, request)
    }

    fn settle(&self, backends: &[&BackendRef], shares: &mut [Share], usable: &[bool]) {
        fallback::settle(backends, shares, usable);
    }

    fn also_called(&self, ingress: &Ingress, host: &str) -> bool {
        server::also_called(&self.notes, ingress, host)
    }

    fn other_names(&self, ingress: &Ingress) -> Vec<String> {
        server::other_names(ingress)
    }

    fn may_lean(&self, ingress: &Ingress) -> bool {
        notes::any(ingress, canary::NAME).next().is_some()
    }

    fn known_as(&self, ingresses: &[Arc<Ingress>], host: &str) -> Option<String> {
        server::known_as(&self.notes, ingresses, host)
    }

    // internal/ingress/controller (`serviceEndpoints`): the first port whose number, targetPort or name it is.
    fn service_port<'s>(
        &'s self,
        service: &'s Service,
        backend: &ServiceBackendPort,
    ) -> Option<&'s ServicePort> {
        let all = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
        let fits = |found: Option<&ServicePort>, p: &ServicePort| found.is_some_and(|f| f == p);
        let by_port = port::by_port(service, backend);
        let by_target = port::by_target_port(service, backend);
        let mut all = all.into_iter();
        all.find(|p| fits(by_port, p) || fits(by_target, p))
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
            key: self.notes.key("backend-protocol"),
            http: "HTTP",
            https: "HTTPS",
        })
    }

    // internal/ingress/annotations: rewrite, upstreamvhost.
    fn rewriting(&self) -> Vec<String> {
        let names = ["rewrite-target", "upstream-vhost", "app-root"];
        names.map(|name| self.notes.key(name)).into()
    }

    // internal/ingress/annotations/upstreamvhost: `proxy_set_header Host` is the user's unless it says another.
    fn host_annotation(&self) -> Option<HostAnnotation> {
        Some(HostAnnotation {
            on: Kind::Ingress,
            key: self.notes.key("upstream-vhost"),
            value: None,
        })
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
        match self.config_map(args) {
            Some(named) => ProxyProtocol::InConfigMap(named.to_owned(), USE_PROXY_PROTOCOL),
            None => ProxyProtocol::Off("--configmap"),
        }
    }

    // internal/ingress/controller/controller.go (`syncIngress`): a Warning when it failed, else Normal.
    fn reload_event(&self) -> Option<&'static str> {
        Some("RELOAD")
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
