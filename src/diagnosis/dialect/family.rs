//! The controllers that hops tells apart, and how each is recognised.

use crate::diagnosis::dialect::args::Args;

/// An ingress controller's make: decides the dialect in which it reads Ingresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// kubernetes/ingress-nginx.
    IngressNginx,
    /// Traefik, provider kubernetesIngress.
    Traefik,
    /// haproxytech/kubernetes-ingress.
    HaproxyTech,
    /// jcmoraisjr/haproxy-ingress.
    HaproxyIngress,
    /// F5 NGINX Ingress Controller (`nginx/nginx-ingress`), another project than ingress-nginx.
    F5Nginx,
    /// AWS Load Balancer Controller: its data plane is outside the cluster.
    AwsLoadBalancer,
    /// GKE's built-in controller: no pod, often no IngressClass.
    Gce,
    /// Some other controller, by its controller string or class.
    Other(String),
}

impl Family {
    /// From `IngressClass.spec.controller`.
    pub fn of_controller(controller: &str) -> Self {
        match controller {
            "k8s.io/ingress-nginx" => Self::IngressNginx,
            "traefik.io/ingress-controller" => Self::Traefik,
            "haproxy-ingress.github.io/controller" => Self::HaproxyIngress,
            "nginx.org/ingress-controller" => Self::F5Nginx,
            "ingress.k8s.aws/alb" | "eks.amazonaws.com/alb" => Self::AwsLoadBalancer,
            c if c.starts_with("haproxy.org/ingress-controller") => Self::HaproxyTech,
            other => Self::Other(other.to_owned()),
        }
    }

    /// A guess from a class name alone, for when the IngressClass may not be read.
    pub fn of_class_name(class: &str) -> Option<Self> {
        match class {
            "nginx" => Some(Self::IngressNginx),
            "traefik" => Some(Self::Traefik),
            "alb" => Some(Self::AwsLoadBalancer),
            "gce" | "gce-internal" => Some(Self::Gce),
            _ => None,
        }
    }

    /// From a container's image and arguments.
    pub fn of_container(image: &str, args: &Args) -> Option<Self> {
        let repository = image.split('@').next().unwrap_or(image);
        let after_slash = repository.rfind('/').map_or(0, |i| i + 1);
        let repository = match repository[after_slash..].find(':') {
            Some(i) => &repository[..after_slash + i],
            None => repository,
        };
        let is = |tail: &str| repository == tail || repository.ends_with(&format!("/{tail}"));
        if is("ingress-nginx/controller")
            || is("nginx-ingress-controller") && !repository.contains("nginxinc")
            || args.any_key("controller-class") && args.any_key("election-id")
        {
            Some(Self::IngressNginx)
        } else if is("traefik") || args.any_key("providers.kubernetesingress") {
            Some(Self::Traefik)
        } else if is("haproxytech/kubernetes-ingress") {
            Some(Self::HaproxyTech)
        } else if is("jcmoraisjr/haproxy-ingress") {
            Some(Self::HaproxyIngress)
        } else if is("nginx/nginx-ingress")
            || is("nginxinc/nginx-ingress")
            || is("nginx-ic/nginx-plus-ingress")
        {
            Some(Self::F5Nginx)
        } else if is("aws-load-balancer-controller") {
            Some(Self::AwsLoadBalancer)
        } else {
            None
        }
    }

    /// Whether requests go on while its pods are down, because something else carries them.
    pub const fn data_plane_is_elsewhere(&self) -> bool {
        matches!(self, Self::AwsLoadBalancer | Self::Gce)
    }

    /// As a person calls it.
    pub fn title(&self) -> &str {
        match self {
            Self::IngressNginx => "ingress-nginx",
            Self::Traefik => "Traefik",
            Self::HaproxyTech => "HAProxy Kubernetes Ingress",
            Self::HaproxyIngress => "HAProxy Ingress",
            Self::F5Nginx => "F5 NGINX Ingress Controller",
            Self::AwsLoadBalancer => "AWS Load Balancer Controller",
            Self::Gce => "GKE Ingress",
            Self::Other(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_apart() {
        let none = Args::default();
        for (image, family) in [
            (
                "registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:00",
                Some(Family::IngressNginx),
            ),
            (
                "mirror:5000/ingress-nginx/controller",
                Some(Family::IngressNginx),
            ),
            ("docker.io/library/traefik:v3.7", Some(Family::Traefik)),
            ("traefik", Some(Family::Traefik)),
            ("nginx/nginx-ingress:5.0", Some(Family::F5Nginx)),
            ("nginx:1.29", None),
            ("example.com/my-traefik-dashboard", None),
        ] {
            assert_eq!(Family::of_container(image, &none), family, "{image}");
        }
        let renamed = Args::of(["--providers.kubernetesingress"]);
        assert_eq!(
            Family::of_container("local/proxy:1", &renamed),
            Some(Family::Traefik)
        );
    }
}
