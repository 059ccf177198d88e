//! Which controller takes an Ingress: the class field, the old annotation, and what each make does without either.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::{Ingress, IngressClass};

use crate::diagnosis::ask::cx::Listed;
use crate::diagnosis::declared::discovery::{Discovery, Workload};
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::Unknown;

/// The annotation that named a class before `spec.ingressClassName` did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// Who takes an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A controller of this make.
    By {
        /// The make.
        family: Family,
        /// `IngressClass.spec.controller`, where a class leads there.
        controller: Option<String>,
        /// The class by which it is taken, if any.
        class: Option<String>,
        /// Guessed from the class name, because the IngressClass may not be read.
        probable: bool,
    },
    /// It names no class, and no controller takes such.
    NoClass,
    /// The class that it names does not exist.
    NoSuchClass {
        /// As it stands in the Ingress.
        name: String,
        /// It stands in the annotation.
        by_annotation: bool,
    },
    /// Cannot be told.
    Unknown(Unknown),
}

impl Claim {
    /// The make, if somebody takes it.
    pub const fn family(&self) -> Option<&Family> {
        match self {
            Self::By { family, .. } => Some(family),
            _ => None,
        }
    }
}

/// The class that an Ingress names, and whether by annotation. The field wins, as with ingress-nginx and Traefik.
pub fn class_of(ingress: &Ingress) -> Option<(&str, bool)> {
    let field = ingress
        .spec
        .as_ref()
        .and_then(|s| s.ingress_class_name.as_deref());
    let annotation = ingress
        .metadata
        .annotations
        .as_ref()
        .and_then(|a| a.get(CLASS_ANNOTATION));
    match (field, annotation) {
        (Some(class), _) => Some((class, false)),
        (None, Some(class)) if !class.is_empty() => Some((class, true)),
        _ => None,
    }
}

/// Who takes the Ingress. `wide` is what is known of all controllers of the cluster and is called only when the answer hangs
/// on the absence of one.
pub fn claim(
    ingress: &Ingress,
    classes: &Result<Listed<IngressClass>, Unknown>,
    near: &Result<Discovery, Unknown>,
    wide: impl Fn() -> Result<Discovery, Unknown>,
) -> Claim {
    match class_of(ingress) {
        Some((class, false)) => by_field(class, classes),
        Some((class, true)) => by_annotation(class, classes, near, wide),
        None => classless(ingress, near, wide),
    }
}

fn by_field(class: &str, classes: &Result<Listed<IngressClass>, Unknown>) -> Claim {
    let hidden = match classes {
        Ok(listed) => match (find_class(class, &listed.items), &listed.missing) {
            (Some(claim), _) => return claim,
            (None, Some(gap)) => Unknown::Gap(gap.clone()),
            (None, None) => {
                return Claim::NoSuchClass {
                    name: class.to_owned(),
                    by_annotation: false,
                };
            }
        },
        Err(unknown) => unknown.clone(),
    };
    match Family::of_class_name(class) {
        Some(family) if hidden != Unknown::Waiting => Claim::By {
            family,
            controller: None,
            class: Some(class.to_owned()),
            probable: true,
        },
        _ => Claim::Unknown(hidden),
    }
}

fn find_class(class: &str, classes: &[Arc<IngressClass>]) -> Option<Claim> {
    let object = classes.iter().find(|c| name_of(&***c) == class)?;
    let controller = object
        .spec
        .as_ref()
        .and_then(|s| s.controller.clone())
        .unwrap_or_default();
    Some(Claim::By {
        family: Family::of_controller(&controller),
        controller: Some(controller),
        class: Some(class.to_owned()),
        probable: false,
    })
}

fn by_annotation(
    class: &str,
    classes: &Result<Listed<IngressClass>, Unknown>,
    near: &Result<Discovery, Unknown>,
    wide: impl Fn() -> Result<Discovery, Unknown>,
) -> Claim {
    let taken = |family| Claim::By {
        family,
        controller: None,
        class: Some(class.to_owned()),
        probable: false,
    };
    // GKE knows the annotation only, and shows neither a pod nor an IngressClass.
    if matches!(class, "gce" | "gce-internal" | "gce-regional-external") {
        return taken(Family::Gce);
    }
    let running = |found: &Discovery| {
        found
            .workloads
            .iter()
            .find(|w| takes_annotation(w, class))
            .map(|w| taken(w.family.clone()))
    };
    let listed = classes.as_ref().ok();
    let object = || listed.and_then(|c| find_class(class, &c.items));
    let all_classes = listed.is_some_and(|c| c.missing.is_none());
    match near.as_ref().map(running) {
        Ok(Some(claim)) => return claim,
        Err(Unknown::Waiting) => return Claim::Unknown(Unknown::Waiting),
        _ => {}
    }
    if let Some(claim) = object() {
        return claim;
    }
    match wide() {
        Ok(found) => running(&found).unwrap_or_else(|| {
            if found.complete && all_classes {
                Claim::NoSuchClass {
                    name: class.to_owned(),
                    by_annotation: true,
                }
            } else {
                guess_or_unseen(class, taken)
            }
        }),
        Err(Unknown::Waiting) => Claim::Unknown(Unknown::Waiting),
        Err(gap) => match Family::of_class_name(class) {
            Some(family) => taken(family),
            None => Claim::Unknown(gap),
        },
    }
}

fn guess_or_unseen(class: &str, taken: impl Fn(Family) -> Claim) -> Claim {
    Family::of_class_name(class).map_or_else(|| Claim::Unknown(unseen()), taken)
}

fn unseen() -> Unknown {
    Unknown::Gap(crate::facts::Gap::NotAsked {
        why: "not every Deployment and DaemonSet may be listed".to_owned(),
    })
}

fn takes_annotation(workload: &Workload, class: &str) -> bool {
    let args = &workload.args;
    match workload.family {
        Family::Traefik => match args.value("providers.kubernetesingress.ingressclass") {
            None | Some("") => class == "traefik",
            Some(own) => own == class,
        },
        Family::IngressNginx => args.value("ingress-class").unwrap_or("nginx") == class,
        Family::HaproxyTech => args.value("ingress.class") == Some(class),
        Family::HaproxyIngress => args.value("ingress-class").unwrap_or("haproxy") == class,
        Family::AwsLoadBalancer => args.value("ingress-class").unwrap_or("alb") == class,
        Family::F5Nginx => args.value("ingress-class").unwrap_or("nginx") == class,
        Family::Gce | Family::Other(_) => false,
    }
}

fn classless(
    ingress: &Ingress,
    near: &Result<Discovery, Unknown>,
    wide: impl Fn() -> Result<Discovery, Unknown>,
) -> Claim {
    let running = |found: &Discovery| {
        found
            .workloads
            .iter()
            .find(|w| takes_classless(w))
            .map(|w| Claim::By {
                family: w.family.clone(),
                controller: None,
                class: None,
                probable: false,
            })
    };
    match near.as_ref().map(running) {
        Ok(Some(claim)) => return claim,
        Err(Unknown::Waiting) => return Claim::Unknown(Unknown::Waiting),
        _ => {}
    }
    // GKE serves classless Ingresses and leaves these marks.
    let marks = [
        "ingress.kubernetes.io/backends",
        "ingress.kubernetes.io/url-map",
    ];
    let annotations = ingress.metadata.annotations.as_ref();
    if annotations.is_some_and(|a| marks.iter().any(|m| a.contains_key(*m))) {
        return Claim::By {
            family: Family::Gce,
            controller: None,
            class: None,
            probable: true,
        };
    }
    match wide() {
        Ok(found) => running(&found).unwrap_or_else(|| {
            if found.complete {
                Claim::NoClass
            } else {
                Claim::Unknown(unseen())
            }
        }),
        Err(unknown) => Claim::Unknown(unknown),
    }
}

/// Whether this controller serves an Ingress that names no class at all.
pub fn takes_classless(workload: &Workload) -> bool {
    let args = &workload.args;
    match workload.family {
        Family::Traefik => {
            serves_ingresses(workload)
                && args
                    .value("providers.kubernetesingress.ingressclass")
                    .is_none_or(str::is_empty)
        }
        Family::IngressNginx | Family::HaproxyIngress => args.is_on("watch-ingress-without-class"),
        Family::HaproxyTech => args.value("ingress.class").is_none_or(str::is_empty),
        _ => false,
    }
}

/// Whether Traefik's provider for plain Ingresses is on. Without any provider among the arguments the configuration stands in a
/// file that hops does not read; the provider is then taken to be on.
fn serves_ingresses(workload: &Workload) -> bool {
    let args = &workload.args;
    let provider = "providers.kubernetesingress";
    args.is_on(provider)
        || args.any_key("providers.kubernetesingress.")
        || !args.any_key("providers.")
}

/// Whether this workload is one that takes what the claim says.
pub fn implements(workload: &Workload, claim: &Claim) -> bool {
    let Claim::By {
        family,
        controller,
        class,
        ..
    } = claim
    else {
        return false;
    };
    let args = &workload.args;
    let same_family = workload.family == *family;
    match workload.family {
        Family::IngressNginx => {
            let own = args
                .value("controller-class")
                .unwrap_or("k8s.io/ingress-nginx");
            controller.as_deref().map_or(same_family, |c| c == own)
        }
        Family::Traefik => {
            // Traefik also has a provider that serves the classes of ingress-nginx.
            if *family == Family::IngressNginx {
                return args.any_key("providers.kubernetesingressnginx");
            }
            let filter = args
                .value("providers.kubernetesingress.ingressclass")
                .filter(|f| !f.is_empty());
            same_family && filter.is_none_or(|f| class.as_deref().is_none_or(|c| c == f))
        }
        _ => same_family,
    }
}
