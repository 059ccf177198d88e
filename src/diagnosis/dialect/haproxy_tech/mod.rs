//! HAProxy Kubernetes Ingress Controller (haproxytech/kubernetes-ingress).

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::author::Author;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::passthrough::Passthrough;
use crate::diagnosis::dialect::questions::Dialect;
use crate::diagnosis::dialect::scope::Scope;
use crate::diagnosis::dialect::upstream::ProtocolAnnotation;
use crate::diagnosis::semantics::endpoints::Conditions;
use crate::facts::{HttpAnswer, Kind};

/// The make.
pub static HAPROXY_TECH: HaproxyTech = HaproxyTech;

/// HAProxy Technologies' controller.
pub struct HaproxyTech;

impl Dialect for HaproxyTech {
    fn slug(&self) -> &'static str {
        "haproxytech"
    }

    fn title(&self) -> &'static str {
        "HAProxy Kubernetes Ingress"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        vec![
            "haproxy.org/".to_owned(),
            "haproxy.com/".to_owned(),
            "ingress.kubernetes.io/".to_owned(),
        ]
    }

    fn controllers(&self) -> &'static [&'static str] {
        &["haproxy.org/ingress-controller"]
    }

    // pkg/store/store.go (`IsIngressClassSupported`): `…/VALUE` with --ingress.class=VALUE.
    fn is_controller(&self, controller: &str) -> bool {
        controller.starts_with("haproxy.org/ingress-controller")
    }

    fn labels(&self) -> &'static [&'static str] {
        &["kubernetes-ingress"]
    }

    fn is_image(&self, image: Repository) -> bool {
        image.is("haproxytech/kubernetes-ingress")
    }

    fn takes_annotation(&self, args: &Args, class: &str) -> bool {
        args.value("ingress.class") == Some(class)
    }

    // pkg/store/convert.go: without --ingress.class.
    fn takes_classless(&self, args: &Args) -> bool {
        args.value("ingress.class").is_none_or(str::is_empty)
    }

    // pkg/store/store.go (`isRelevantNamespace`): the white list counts alone where it is given.
    fn scope(&self, args: &Args) -> Scope {
        Scope::default().each_namespace(args, "namespace-whitelist", "namespace-blacklist")
    }

    // pkg/k8s (endpoint slices): `ready` has to be there and true.
    fn is_usable(&self, conditions: Conditions) -> bool {
        conditions.ready == Some(true)
    }

    // pkg/haproxy/certs/main.go: one pair for each kind of key.
    fn key_pairs(&self) -> &'static [&'static str] {
        &["rsa", "ecdsa", "dsa"]
    }

    // pkg/ingress/ingress.go: by the Ingress. The ConfigMap may say it for all, which is not read.
    fn passthrough(&self) -> Option<Passthrough> {
        Some(Passthrough::by(&self.annotation_prefixes()))
    }

    // pkg/annotations: server-ssl of the Service, a boolean.
    fn protocol_annotation(&self) -> Option<ProtocolAnnotation> {
        Some(ProtocolAnnotation {
            on: Kind::Service,
            key: "haproxy.org/server-ssl".to_owned(),
            http: "false",
            https: "true",
        })
    }

    fn wrote(&self, answer: &HttpAnswer) -> Option<Author> {
        no_server(answer)
    }

    // pkg/annotations/ingress: path-rewrite, set-host.
    fn rewriting(&self) -> Vec<String> {
        vec![
            "haproxy.org/path-rewrite".to_owned(),
            "haproxy.org/set-host".to_owned(),
        ]
    }
}

/// HAProxy's own page (src/http.c, `http_err_msgs`). Every controller around it writes the same.
fn no_server(answer: &HttpAnswer) -> Option<Author> {
    let words = "No server is available to handle this request";
    (answer.status == 503 && answer.body.contains(words))
        .then(|| Author::controller("HAProxy", "haproxy"))
}
