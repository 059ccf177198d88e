//! Who declares the host: the Ingresses with a rule for it, and which controller takes each.

pub mod claim;
pub mod discovery;
pub mod gateways;

use std::sync::Arc;

use k8s_openapi::api::networking::v1::{Ingress, IngressClass, IngressTLS};

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::declared::claim::{Claim, claim};
use crate::diagnosis::declared::discovery::Discovery;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::{self, passthrough};
use crate::diagnosis::routing::ingresses::{Ingresses, named, serves_any_host};
use crate::diagnosis::semantics::host::ingress_host_matches;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::{Gap, Unknown};

/// An Ingress that has a rule, a TLS entry or a default backend for the host.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The Ingress.
    pub ingress: Arc<Ingress>,
    /// Who takes it.
    pub claim: Seen<Claim>,
    /// It names the host itself or by a wildcard, and does not merely serve every host.
    pub by_name: bool,
}

/// What the cluster says about the host.
#[derive(Clone, Debug)]
pub struct Declarations {
    /// Ingresses that declare it, in the order namespace, name.
    pub all: Vec<Declaration>,
    /// Every Ingress that was seen.
    pub ingresses: Arc<Ingresses>,
    /// Names of the IngressClasses, when they may be read.
    pub classes: Seen<Result<Vec<String>, Unknown>>,
    /// Why there may be Ingresses that were not seen.
    pub missing: Option<Gap>,
    /// Controllers found by label.
    pub controllers: Seen<Result<Discovery, Unknown>>,
}

impl Declarations {
    /// Reads it.
    pub fn read(cx: &Cx) -> Seen<Result<Self, Unknown>> {
        let (ingresses, missed) = cx.watch(|| cx.list_widely_as(dialect::index));
        let classes = cx.seen(|| cx.list::<IngressClass>(None, None, None));
        let controllers = cx.seen(|| discovery::by_label(cx));
        Seen::new(Self::of(cx, ingresses, classes, controllers), missed)
    }

    fn of(
        cx: &Cx,
        ingresses: Result<(Arc<Ingresses>, Option<Gap>), Unknown>,
        classes: Seen<Result<Listed<IngressClass>, Unknown>>,
        controllers: Seen<Result<Discovery, Unknown>>,
    ) -> Result<Self, Unknown> {
        let (ingresses, missing) = ingresses?;
        let host = cx.target.host.as_str();
        let makes = makes(&controllers);
        let mut all: Vec<Declaration> = ingresses
            .about(host)
            .filter_map(|ingress| {
                let by_name = names(ingress, host) || is_also_called(&makes, ingress, host);
                if !by_name && !serves_any_host(ingress) {
                    return None;
                }
                Some(Declaration {
                    ingress: Arc::clone(ingress),
                    claim: cx.seen(|| {
                        claim(ingress, &classes, &controllers, || {
                            discovery::everywhere(cx)
                        })
                    }),
                    by_name,
                })
            })
            .collect();
        all.sort_by(|a, b| {
            let key = |d: &Declaration| {
                (
                    namespace_of(&*d.ingress).to_owned(),
                    name_of(&*d.ingress).to_owned(),
                )
            };
            key(a).cmp(&key(b))
        });
        Ok(Self {
            all,
            ingresses,
            classes: classes.instead(match classes.glance() {
                Ok(c) => Ok(c.items.iter().map(|c| name_of(&**c).to_owned()).collect()),
                Err(unknown) => Err(unknown.clone()),
            }),
            missing,
            controllers,
        })
    }

    /// Whether a TLS entry of some Ingress covers the host, or one that names it wants its TLS passed on.
    pub fn wants_tls(&self, host: &str) -> bool {
        let passed = |d: &Declaration| d.by_name && passthrough::asks(&d.ingress);
        self.all
            .iter()
            .any(|d| tls_entry(&d.ingress, host).is_some() || passed(d))
    }
}

/// The TLS entry that covers a host: one that lists it, else one that lists none on an Ingress with a rule for it.
pub fn tls_entry<'a>(ingress: &'a Ingress, host: &str) -> Option<(usize, &'a IngressTLS)> {
    let spec = ingress.spec.as_ref()?;
    let entries = || spec.tls.iter().flatten().enumerate();
    let listed = entries().find(|(_, t)| {
        t.hosts
            .iter()
            .flatten()
            .any(|h| !h.is_empty() && ingress_host_matches(h, host))
    });
    listed.or_else(|| {
        let has_rule = spec.rules.iter().flatten().any(|r| {
            r.host
                .as_deref()
                .is_some_and(|h| !h.is_empty() && ingress_host_matches(h, host))
        });
        entries().find(|(_, t)| has_rule && t.hosts.as_ref().is_none_or(Vec::is_empty))
    })
}

fn names(ingress: &Ingress, host: &str) -> bool {
    named(ingress).any(|h| ingress_host_matches(h, host))
}

/// Whether some make takes it for another name of the Ingress's hosts.
fn is_also_called(makes: &[Make], ingress: &Ingress, host: &str) -> bool {
    let annotated = ingress.metadata.annotations.is_some();
    annotated && makes.iter().any(|make| make.also_called(ingress, host))
}

/// Every make: those that run here as their command lines have them.
fn makes(controllers: &Result<Discovery, Unknown>) -> Vec<Make> {
    let running = controllers.iter().flat_map(|c| &c.workloads);
    let running: Vec<Make> = running.map(|w| w.make.under(&w.args)).collect();
    let usual = dialect::ALL.iter().map(|d| Make::known(*d));
    let usual = usual.filter(|make| running.iter().all(|r| r.slug() != make.slug()));
    usual.chain(running.iter().cloned()).collect()
}
