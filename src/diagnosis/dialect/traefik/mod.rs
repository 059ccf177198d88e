//! Traefik: its provider for plain Ingresses, and the one for classes of ingress-nginx.
//!
//! Sources are paths of traefik/traefik.

mod choose;
#[cfg(test)]
mod choose_tests;
#[cfg(test)]
mod classes_tests;
mod entry_points;
mod middlewares;
mod providers;
mod router;
#[cfg(test)]
mod router_tests;
mod settings;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::Ingress;

use self::providers::{
    EXTERNAL_NAMES, PROVIDER, filter, serves_as_nginx, serves_by_arguments, serves_ingresses,
};
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::author::Author;
use crate::diagnosis::dialect::dropped::Argument;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::passthrough::Passthrough;
use crate::diagnosis::dialect::questions::{
    Claimed, Dialect, Plane, ProxyProtocol, Refusal, Spoken,
};
use crate::diagnosis::dialect::scope::Scope;
use crate::diagnosis::dialect::upstream::{HostAnnotation, ProtocolAnnotation, Upstream};
use crate::diagnosis::dialect::{Reader, Resolution};
use crate::diagnosis::routing::Rule;
use crate::diagnosis::routing::gateway::{Order, Ways};
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::semantics::endpoints::Conditions;
use crate::diagnosis::semantics::service::service_type;
use crate::facts::{Certificate, HttpAnswer, Kind};
use crate::target::Request;

/// The make, with its provider kubernetesIngress.
pub static TRAEFIK: Traefik = Traefik::Ingresses;

/// The same program with its provider kubernetesIngressNGINX.
static FOR_NGINX: Traefik = Traefik::NginxIngresses;

/// Which of its providers reads the Ingress.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Traefik {
    /// kubernetesIngress.
    Ingresses,
    /// kubernetesIngressNGINX.
    NginxIngresses,
}

impl Dialect for Traefik {
    fn slug(&self) -> &'static str {
        "traefik"
    }

    fn title(&self) -> &'static str {
        "Traefik"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        let own = match self {
            Self::Ingresses => "traefik.ingress.kubernetes.io/",
            Self::NginxIngresses => "nginx.ingress.kubernetes.io/",
        };
        vec![own.to_owned()]
    }

    // Traefik 1 and 2 (doc.traefik.io, deprecation): no fixes any more.
    fn retired(&self, _image: Repository, version: Option<(u32, u32)>) -> Option<&'static str> {
        let (major, _) = version?;
        (major < 3).then_some("Traefik 2 and what came before get no fixes any more")
    }

    fn controllers(&self) -> &'static [&'static str] {
        &["traefik.io/ingress-controller"]
    }

    fn class_names(&self) -> &'static [&'static str] {
        &["traefik"]
    }

    fn labels(&self) -> &'static [&'static str] {
        &["traefik"]
    }

    fn is_image(&self, image: Repository) -> bool {
        image.is("traefik")
    }

    fn is_command(&self, args: &Args) -> bool {
        args.any_key(PROVIDER)
    }

    // pkg/provider/kubernetes/ingress/kubernetes.go (`shouldProcessIngress`): `traefik` without a filter.
    fn takes_annotation(&self, args: &Args, class: &str) -> bool {
        filter(args).unwrap_or("traefik") == class || serves_as_nginx(args, None, Some(class))
    }

    // The same function: without a filter every Ingress without a class.
    fn takes_classless(&self, args: &Args) -> bool {
        serves_ingresses(args) && filter(args).is_none()
    }

    // pkg/provider/kubernetes/ingress/client.go (`WatchAll`), pkg/provider/kubernetes/ingress-nginx.
    fn scope(&self, args: &Args) -> Scope {
        match self {
            Self::Ingresses => Scope::default()
                .namespaces(args, "providers.kubernetesingress.namespaces")
                .without_class_field(
                    args,
                    "providers.kubernetesingress.disableingressclasslookup",
                )
                .labels(args, "providers.kubernetesingress.labelselector"),
            Self::NginxIngresses => Scope::default()
                .namespaces(args, "providers.kubernetesingressnginx.watchnamespace")
                .namespace_labels(
                    args,
                    "providers.kubernetesingressnginx.watchnamespaceselector",
                ),
        }
    }

    fn implements(&self, args: &Args, claimed: &Claimed) -> bool {
        if serves_as_nginx(args, claimed.controller, claimed.class) {
            return true;
        }
        let by_class = |f: &str| claimed.class.is_none_or(|c| c == f);
        claimed.make == self.slug() && filter(args).is_none_or(by_class)
    }

    fn speaks(&self, args: &Args, claimed: &Claimed) -> Option<Spoken> {
        let other = serves_as_nginx(args, claimed.controller, claimed.class);
        other.then_some(Spoken::Usual(&FOR_NGINX))
    }

    fn choose(
        &self,
        rules: Vec<Rule>,
        reader: Reader,
        _peers: Peers,
        request: &Request,
    ) -> Resolution {
        let mut resolution = choose::resolve(rules, reader, request, *self == Self::Ingresses);
        if *self == Self::NginxIngresses {
            let winner = resolution.winner();
            resolution.passes_tls = winner.is_some_and(|w| self.passes_tls(w, reader, request));
            // pkg/provider/kubernetes/ingress-nginx/build.go: routers by the length of their rule as well; its annotations are those
            // of ingress-nginx, with meanings of its own.
            let why = "annotations of ingress-nginx are not followed where Traefik reads them";
            resolution.approximate = Some(why.to_owned());
        }
        resolution
    }

    // `loadService` of pkg/provider/kubernetes/ingress takes what is ready, or says that it serves.
    fn is_usable(&self, conditions: Conditions) -> bool {
        match self {
            Self::Ingresses => {
                let serves = conditions.ready() || conditions.serving == Some(true);
                serves && !self.is_fenced(conditions)
            }
            Self::NginxIngresses => conditions.ready(),
        }
    }

    // The same function fences those of them that terminate. pkg/server/service/loadbalancer/wrr: they get the requests of sticky sessions
    // alone, and where all are fenced the answer is 503.
    fn is_fenced(&self, conditions: Conditions) -> bool {
        let leaving = conditions.terminating && conditions.serving == Some(true);
        *self == Self::Ingresses && leaving
    }

    // `loadConfigurationFromIngresses` of pkg/provider/kubernetes/ingress leaves such a router out, unless allowEmptyServices; the
    // provider for ingress-nginx keeps it and answers 503.
    fn drops_empty(&self, args: &Args) -> bool {
        *self == Self::Ingresses && !args.is_on("providers.kubernetesingress.allowemptyservices")
    }

    // pkg/provider/kubernetes/ingress-nginx/build.go: a router for TCP, whatever the arguments.
    fn passthrough(&self) -> Option<Passthrough> {
        let by_nginx = *self == Self::NginxIngresses;
        by_nginx.then(|| Passthrough::by(&self.annotation_prefixes()))
    }

    fn middlewares(&self, ingress: &Ingress, args: &Args) -> Vec<String> {
        match self {
            Self::Ingresses => middlewares::names(ingress, args),
            Self::NginxIngresses => Vec::new(),
        }
    }

    fn protocol_annotation(&self) -> Option<ProtocolAnnotation> {
        Some(match self {
            Self::Ingresses => ProtocolAnnotation {
                on: Kind::Service,
                key: "traefik.ingress.kubernetes.io/service.serversscheme".to_owned(),
                http: "http",
                https: "https",
            },
            Self::NginxIngresses => ProtocolAnnotation {
                on: Kind::Ingress,
                key: "nginx.ingress.kubernetes.io/backend-protocol".to_owned(),
                http: "HTTP",
                https: "HTTPS",
            },
        })
    }

    // pkg/provider/kubernetes/ingress (`getProtocol`): https also for port 443 and for ports whose name begins with it.
    fn upstream(&self, rule: &Rule, service: &Service, port: &ServicePort) -> Upstream {
        let annotation = self.protocol_annotation();
        if let Some(said) = annotation.and_then(|a| a.said(rule, service)) {
            return said;
        }
        let named = || port.name.as_deref().is_some_and(|n| n.starts_with("https"));
        match port.app_protocol.as_deref() {
            _ if *self == Self::NginxIngresses => Upstream::Http,
            _ if port.port == 443 || named() => Upstream::Https,
            Some("kubernetes.io/h2c") => Upstream::Other,
            _ => Upstream::Http,
        }
    }

    // What a middleware does is not read.
    fn host_annotation(&self) -> Option<HostAnnotation> {
        Some(match self {
            // pkg/provider/kubernetes/ingress (`loadService`): passHostHeader is true unless the Service says otherwise.
            Self::Ingresses => HostAnnotation {
                on: Kind::Service,
                key: "traefik.ingress.kubernetes.io/service.passhostheader".to_owned(),
                value: Some("false"),
            },
            Self::NginxIngresses => HostAnnotation {
                on: Kind::Ingress,
                key: "nginx.ingress.kubernetes.io/upstream-vhost".to_owned(),
                value: None,
            },
        })
    }

    fn rewriting(&self) -> Vec<String> {
        let keys: &[&str] = match self {
            Self::Ingresses => &["traefik.ingress.kubernetes.io/router.middlewares"],
            Self::NginxIngresses => &[
                "nginx.ingress.kubernetes.io/rewrite-target",
                "nginx.ingress.kubernetes.io/upstream-vhost",
                "nginx.ingress.kubernetes.io/app-root",
            ],
        };
        keys.iter().map(|k| (*k).to_owned()).collect()
    }

    fn listens(&self, args: &Args, https: bool) -> Option<u16> {
        entry_points::of_scheme(args, https).and_then(|(_, port)| port)
    }

    fn ports(&self, args: &Args) -> Vec<u16> {
        let all = entry_points::all(args).into_iter();
        all.filter_map(|(_, port)| port).collect()
    }

    fn published_service<'a>(&self, args: &'a Args) -> Option<&'a str> {
        args.value("providers.kubernetesingress.ingressendpoint.publishedservice")
            .or_else(|| args.value("providers.kubernetesingressnginx.publishservice"))
    }

    // pkg/config/static/entrypoints.go: each entry point has a setting of its own. Without any entry point there, all of it is in a file
    // or in the environment.
    fn proxy_protocol(&self, args: &Args) -> ProxyProtocol {
        let all = entry_points::all(args);
        if all.is_empty() {
            return ProxyProtocol::Elsewhere;
        }
        let on = all.iter().find_map(|(name, _)| {
            let prefix = format!("entrypoints.{name}.proxyprotocol.");
            args.any_key(&prefix).then(|| format!("--{prefix}…"))
        });
        on.map_or(
            ProxyProtocol::Off("--entrypoints.….proxyprotocol.…"),
            ProxyProtocol::On,
        )
    }

    fn gateway_controllers(&self) -> &'static [&'static str] {
        &["traefik.io/gateway-controller"]
    }

    // Its provider for Gateway API waits for the lists of all kinds before it looks at any Gateway, and since 3.7 TLSRoute v1 is one of them.
    fn wants_kinds(&self, version: Option<(u32, u32)>) -> &'static [Kind] {
        match version {
            Some(version) if version >= (3, 7) => &[Kind::TLSRoute],
            _ => &[],
        }
    }

    fn reads_gateways(&self, args: &Args) -> bool {
        providers::serves_gateways(args)
    }

    // pkg/provider/kubernetes/gateway: `buildMatchRule`, `loadMiddlewares` (what it does not know is an error, answered with 500),
    // `loadHTTPServers`, `getProtocol`. Listeners are matched with entry points by their ports.
    fn ways(&self) -> Ways {
        Ways {
            order: Order::Sum,
            whole_expressions: false,
            cleans_paths: true,
            decodes_paths: true,
            ports_of_pods: true,
            lacks: &["RequestMirror", "CORS", "ExternalAuth"],
            silence_is_ready: false,
            unweighted: 503,
            tls_by_port: true,
            ..Ways::SPECIFICATION
        }
    }

    fn plane(&self) -> Plane {
        Plane::Controller
    }

    fn signs(&self) -> bool {
        true
    }

    // pkg/middlewares and pkg/proxy write bare words, without a Server header; the 404 is that of Go's net/http.
    fn wrote(&self, answer: &HttpAnswer) -> Option<Author> {
        let unsigned = answer.header("server").unwrap_or_default().is_empty();
        match (answer.status, answer.body.trim()) {
            (404, "404 page not found") => Some(Author {
                title: "Traefik or a Go program",
                slug: "unknown",
                alike: Some("Traefik and Go programs"),
                is_controller: true,
            }),
            (503, "no available server")
            | (502, "Bad Gateway")
            | (504, "Gateway Timeout")
            | (500, "Internal Server Error")
                if unsigned =>
            {
                Some(Author::controller(self.title(), "traefik"))
            }
            _ => None,
        }
    }

    // pkg/tls/generate: the default certificate's name.
    fn made_up(&self, leaf: &Certificate) -> bool {
        leaf.subject == "TRAEFIK DEFAULT CERT"
    }

    // pkg/tls (`sniStrict` of a TLSOption): the only case in which it does not make one up.
    fn why_unrecognized_name(&self) -> &'static str {
        "with sniStrict Traefik refuses every name for which it has loaded no certificate"
    }

    // `loadService` of pkg/provider/kubernetes/ingress; the provider for ingress-nginx takes them.
    fn refuses_service(&self, args: &Args, service: &Service) -> Option<Refusal> {
        let refused = service_type(service) == "ExternalName" && !args.is_on(EXTERNAL_NAMES);
        (refused && *self == Self::Ingresses && serves_by_arguments(args)).then(|| Refusal {
            why: if args.is_on("providers.kubernetescrd.allowexternalnameservices") {
                "provider kubernetesingress reads the Ingress, and has a switch of its own for ExternalName Services: that of provider kubernetescrd does not count"
            } else {
                "ExternalName Services are not allowed unless they are switched on"
            }
            .to_owned(),
            argument: Argument::Missing(format!("--{EXTERNAL_NAMES}")),
            drops: true,
        })
    }
}
