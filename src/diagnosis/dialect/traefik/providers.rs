//! Which of Traefik's providers for Ingresses are on, by its command line.

use crate::diagnosis::dialect::args::Args;

pub(super) const PROVIDER: &str = "providers.kubernetesingress";
const CLASS_FILTER: &str = "providers.kubernetesingress.ingressclass";
const GATEWAY_PROVIDER: &str = "providers.kubernetesgateway";
const NGINX_PROVIDER: &str = "providers.kubernetesingressnginx";
pub(super) const EXTERNAL_NAMES: &str = "providers.kubernetesingress.allowexternalnameservices";

/// Whether the provider kubernetesIngress is on. Without any provider among the arguments the configuration stands in a file that hops
/// does not read; the provider is then taken to be on.
pub(super) fn serves_ingresses(args: &Args) -> bool {
    args.is_on(PROVIDER)
        || args.any_key("providers.kubernetesingress.")
        || !serves_by_arguments(args)
}

/// Whether its settings are on the command line. Otherwise they are in a file or in the environment, which hops does not read.
pub(super) fn serves_by_arguments(args: &Args) -> bool {
    args.any_key("providers.")
}

/// Whether the provider kubernetesGateway is on.
pub(super) fn serves_gateways(args: &Args) -> bool {
    args.is_on(GATEWAY_PROVIDER) || args.any_key("providers.kubernetesgateway.")
}

/// The class that it filters by, if any.
pub(super) fn filter(args: &Args) -> Option<&str> {
    args.value(CLASS_FILTER).filter(|f| !f.is_empty())
}

/// Whether the provider kubernetesIngressNGINX takes such Ingresses (pkg/provider/kubernetes/ingress-nginx): by the controller string of
/// the class, else by the class that the annotation names.
pub(super) fn serves_as_nginx(args: &Args, controller: Option<&str>, class: Option<&str>) -> bool {
    let set = |key: &str| args.value(key).filter(|v| !v.is_empty());
    let own = set("providers.kubernetesingressnginx.controllerclass");
    let own_class = set("providers.kubernetesingressnginx.ingressclass");
    let is_meant = match (controller, class) {
        (Some(controller), _) => controller == own.unwrap_or("k8s.io/ingress-nginx"),
        (None, Some(class)) => class == own_class.unwrap_or("nginx"),
        (None, None) => false,
    };
    args.any_key(NGINX_PROVIDER) && is_meant
}
