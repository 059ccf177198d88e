//! Which controller takes an Ingress: the class field, the old annotation, and what each make does without either.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::{Ingress, IngressClass};

use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::declared::discovery::{Discovery, Workload};
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::questions::Claimed;
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::Unknown;

/// The annotation that named a class before `spec.ingressClassName` did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// Who takes an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A controller of this make.
    By {
        /// The make, as the class says it.
        make: Make,
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
    pub const fn make(&self) -> Option<&Make> {
        match self {
            Self::By { make, .. } => Some(make),
            _ => None,
        }
    }

    /// What a dialect is told of it.
    pub fn claimed(&self) -> Option<Claimed<'_>> {
        match self {
            Self::By {
                make,
                controller,
                class,
                ..
            } => Some(Claimed {
                make: make.slug(),
                controller: controller.as_deref(),
                class: class.as_deref(),
            }),
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
    match Make::of_class_name(class) {
        Some(make) if hidden != Unknown::Waiting => Claim::By {
            make,
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
        make: Make::of_controller(&controller),
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
    let taken = |make| Claim::By {
        make,
        controller: None,
        class: Some(class.to_owned()),
        probable: false,
    };
    if let Some(make) = Make::of_annotation(class) {
        return taken(make);
    }
    let running = |found: &Discovery| {
        found
            .workloads
            .iter()
            .find(|w| w.make.takes_annotation(&w.args, class))
            .map(|w| taken(w.make.clone()))
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
        Err(gap) => match Make::of_class_name(class) {
            Some(make) => taken(make),
            None => Claim::Unknown(gap),
        },
    }
}

fn guess_or_unseen(class: &str, taken: impl Fn(Make) -> Claim) -> Claim {
    Make::of_class_name(class).map_or_else(|| Claim::Unknown(unseen()), taken)
}

fn unseen() -> Unknown {
    Unknown::Gap(crate::facts::Gap::NotAsked {
        why: "not every Deployment and DaemonSet could be listed".to_owned(),
    })
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
            .find(|w| w.make.takes_classless(&w.args))
            .map(|w| Claim::By {
                make: w.make.clone(),
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
    if let Some(make) = Make::of_marks(ingress) {
        return Claim::By {
            make,
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

/// Whether this workload is one that takes what the claim says.
pub fn implements(workload: &Workload, claim: &Claim) -> bool {
    claim
        .claimed()
        .is_some_and(|claimed| workload.make.implements(&workload.args, &claimed))
}
