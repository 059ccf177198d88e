//! A controller's make, and how it is told from a workload, a class or the marks on an Ingress.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use k8s_openapi::api::networking::v1::Ingress;

use super::ALL;
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::by_gateway::ByGateway;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::questions::{Claimed, DataPlane, Dialect, Spoken};
use crate::facts::Certificate;

/// By what of a workload its make was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The container's image.
    Image,
    /// The container's command line.
    Arguments,
    /// The labels by which it was made for a Gateway.
    Labels,
}

/// The specification alone.
struct Specification;

impl Dialect for Specification {
    fn slug(&self) -> &'static str {
        "specification"
    }

    fn title(&self) -> &'static str {
        "an unknown controller"
    }
}

/// The make of a controller: one that hops knows, or another by its name. Its dialect's questions are its own.
#[derive(Clone)]
pub struct Make {
    dialect: Spoken,
    name: Option<String>,
}

impl Make {
    /// One that hops knows.
    pub const fn known(dialect: &'static dyn Dialect) -> Self {
        Self {
            dialect: Spoken::Usual(dialect),
            name: None,
        }
    }

    /// One that hops knows, in the dialect that it speaks here.
    pub const fn speaking(dialect: Spoken) -> Self {
        Self {
            dialect,
            name: None,
        }
    }

    /// The same as a command line has it, whatever class it takes.
    #[must_use]
    pub fn under(&self, args: &Args) -> Self {
        let any = Claimed {
            make: self.slug(),
            controller: None,
            class: None,
        };
        self.speaks(args, &any)
            .map_or_else(|| self.clone(), Self::speaking)
    }

    /// One that hops does not know, read by the specification.
    pub fn other(name: impl Into<String>) -> Self {
        Self {
            dialect: Spoken::Usual(&Specification),
            name: Some(name.into()),
        }
    }

    /// Nobody: what is meant is read by the specification.
    pub fn nobody() -> Self {
        Self::other("no controller")
    }

    /// From `IngressClass.spec.controller`.
    pub fn of_controller(controller: &str) -> Self {
        Self::find(|d| d.is_controller(controller)).unwrap_or_else(|| Self::other(controller))
    }

    /// From `GatewayClass.spec.controllerName`, as it reads Gateway API.
    pub fn of_gateway(controller: &str) -> Self {
        let known = |d: &&&'static dyn Dialect| d.gateway_controllers().contains(&controller);
        match ALL.iter().find(known) {
            Some(make) => Self::speaking(Spoken::Told(Arc::new(ByGateway::of(*make)))),
            None => Self {
                dialect: Spoken::Told(Arc::new(ByGateway::of(&Specification))),
                name: Some(controller.to_owned()),
            },
        }
    }

    /// A guess from a class name alone, for when the IngressClass may not be read.
    pub fn of_class_name(class: &str) -> Option<Self> {
        Self::find(|d| d.class_names().contains(&class))
    }

    /// The one that takes a class by annotation and shows neither a pod nor an IngressClass.
    pub fn of_annotation(class: &str) -> Option<Self> {
        Self::find(|d| d.annotation_classes().contains(&class))
    }

    /// The one that left its marks on an Ingress.
    pub fn of_marks(ingress: &Ingress) -> Option<Self> {
        let annotations = ingress.metadata.annotations.as_ref()?;
        Self::find(|d| d.marks().iter().any(|m| annotations.contains_key(*m)))
    }

    /// From a container's image, else from its arguments.
    pub fn of_container(image: &str, args: &Args) -> Option<(Self, Told)> {
        let image = Repository::of(image);
        let by_image = Self::find(|d| d.is_image(image)).map(|make| (make, Told::Image));
        by_image.or_else(|| Self::find(|d| d.is_command(args)).map(|make| (make, Told::Arguments)))
    }

    fn find(is: impl Fn(&dyn Dialect) -> bool) -> Option<Self> {
        ALL.iter().find(|d| is(**d)).map(|d| Self::known(*d))
    }

    /// As a person calls it.
    pub fn title(&self) -> &str {
        match &self.name {
            Some(name) => name,
            None => (**self).title(),
        }
    }

    /// Whether hops would recognise it where it runs.
    pub const fn is_known(&self) -> bool {
        self.name.is_none()
    }

    /// Whether requests go on while its pods are down, because something else carries them.
    pub fn data_plane_is_elsewhere(&self) -> bool {
        self.data_plane() == DataPlane::Elsewhere
    }
}

impl Deref for Make {
    type Target = dyn Dialect;

    fn deref(&self) -> &Self::Target {
        match &self.dialect {
            Spoken::Usual(dialect) => *dialect,
            Spoken::Told(dialect) => &**dialect,
        }
    }
}

impl PartialEq for Make {
    fn eq(&self, other: &Self) -> bool {
        (self.slug(), &self.name) == (other.slug(), &other.name)
    }
}

impl Eq for Make {}

impl fmt::Debug for Make {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Make").field(&self.title()).finish()
    }
}

/// The make whose annotations begin as this key does, if there is one.
pub fn owner_of_annotation(key: &str) -> Option<&'static dyn Dialect> {
    let of = |d: &&&dyn Dialect| {
        d.annotation_prefixes()
            .iter()
            .any(|p| key.starts_with(p.as_str()))
    };
    ALL.iter().find(of).copied()
}

/// Since when nobody mends what an image holds, if that is so.
pub fn retired(make: &Make, image: &str, version: Option<(u32, u32)>) -> Option<&'static str> {
    make.retired(Repository::of(image), version)
}

/// The label selector that finds the usual charts' controllers.
pub static USUAL_LABELS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<&str> = ALL.iter().flat_map(|d| d.labels()).copied().collect();
    format!("app.kubernetes.io/name in ({})", names.join(","))
});

/// The pairs that some controller takes from a Secret besides `tls.crt` and `tls.key`.
pub fn key_pairs() -> Vec<&'static str> {
    ALL.iter().flat_map(|d| d.key_pairs()).copied().collect()
}

/// Whether a certificate is what some controller makes up when it has none for the name.
pub fn is_made_up(leaf: &Certificate) -> bool {
    ALL.iter().any(|d| d.made_up(leaf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_apart_then_arguments() {
        let none = Args::default();
        let told = |image: &str, args: &Args| {
            Make::of_container(image, args).map(|(make, by)| (make.slug(), by))
        };
        for (image, slug) in [
            (
                "registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:00",
                Some("ingress-nginx"),
            ),
            (
                "mirror:5000/ingress-nginx/controller",
                Some("ingress-nginx"),
            ),
            ("docker.io/library/traefik:v3.7", Some("traefik")),
            ("traefik", Some("traefik")),
            ("nginx/nginx-ingress:5.0", Some("f5-nginx")),
            ("nginx:1.29", None),
            ("example.com/my-traefik-dashboard", None),
        ] {
            let wanted = slug.map(|s| (s, Told::Image));
            assert_eq!(told(image, &none), wanted, "{image}");
        }
        let renamed = Args::of(["--providers.kubernetesingress"]);
        let by_arguments = Some(("traefik", Told::Arguments));
        assert_eq!(told("local/proxy:1", &renamed), by_arguments);
        let image = Some(("ingress-nginx", Told::Image));
        assert_eq!(told("ingress-nginx/controller", &renamed), image);
    }

    #[test]
    fn makes_are_told_by_what_classes_say() {
        let slug = |controller: &str| Make::of_controller(controller).slug();
        assert_eq!(slug("k8s.io/ingress-nginx"), "ingress-nginx");
        assert_eq!(slug("haproxy.org/ingress-controller/second"), "haproxytech");
        assert_eq!(slug("eks.amazonaws.com/alb"), "aws-load-balancer");
        let other = Make::of_controller("example.com/gateway");
        assert_eq!(
            (other.title(), other.is_known()),
            ("example.com/gateway", false)
        );
        assert_ne!(other, Make::of_controller("example.com/other"));
        assert_eq!(Make::of_class_name("gce"), Make::of_annotation("gce"));
    }

    #[test]
    fn no_two_makes_share_a_name_or_a_controller() {
        let mut seen = std::collections::BTreeSet::new();
        for dialect in ALL {
            assert!(seen.insert(dialect.slug()), "{}", dialect.slug());
            for controller in dialect.controllers() {
                assert!(dialect.is_controller(controller));
                assert!(seen.insert(controller), "{controller}");
            }
        }
    }

    #[test]
    fn the_label_selector_names_every_chart() {
        assert_eq!(
            *USUAL_LABELS,
            "app.kubernetes.io/name in (ingress-nginx,rke2-ingress-nginx,traefik,haproxy-ingress,kubernetes-ingress,nginx-ingress,\
aws-load-balancer-controller)"
        );
    }
}
