//! TLS: the certificate that the host should be served with, and the one that is.

pub mod checks;
pub mod control;
mod gateway;

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Progress, Stage, Stop};
use crate::diagnosis::declared::tls_entry;
use crate::diagnosis::dialect::passthrough;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::route::Route;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::routing::gateway::Listener;
use crate::diagnosis::routing::{Declared, Granted, Place};
use crate::diagnosis::semantics::meta::namespace_of;
use crate::facts::secret::{Secret, TlsSecret};
use crate::facts::{Certificate, Gap, Handshake, TlsAnswer, Unknown};

/// Where a certificate for the host is named: a TLS entry of an Ingress that covers it, or a listener of a Gateway; and its Secret.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The field that names the Secret.
    pub place: Place,
    /// The namespace in which the Secret has to be.
    pub namespace: String,
    /// The Secret that it names, if any.
    pub secret_name: Option<String>,
    /// Whether it may be used from there.
    pub granted: Seen<Granted>,
    /// The Secret: none when the API server says that there is none.
    pub secret: Seen<Result<Option<Arc<TlsSecret>>, Unknown>>,
}

impl Entry {
    /// The namespace in which the Secret has to be.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Of an Ingress; none where no TLS entry of it covers the host.
    fn of_ingress(cx: &Cx, ingress: &Arc<Ingress>) -> Option<Self> {
        let (index, entry) = tls_entry(ingress, &cx.target.host)?;
        Some(Self::named(
            cx,
            Place {
                declared: Declared::Ingress(Arc::clone(ingress)),
                pointer: format!("/spec/tls/{index}/secretName"),
            },
            (namespace_of(&**ingress), entry.secret_name.clone()),
            Seen::known(Granted::Yes),
        ))
    }

    fn named(
        cx: &Cx,
        place: Place,
        (namespace, name): (&str, Option<String>),
        granted: Seen<Granted>,
    ) -> Self {
        let secret_name = name.filter(|n| !n.is_empty());
        let secret = cx.seen(|| match &secret_name {
            Some(name) => cx
                .get::<Secret>(Some(namespace), name)
                .map(|s| s.map(|s| s.tls())),
            None => Ok(None),
        });
        Self {
            place,
            namespace: namespace.to_owned(),
            secret_name,
            granted,
            secret,
        }
    }
}

/// Both sides of the certificate.
#[derive(Clone, Debug)]
pub struct Tls<'a> {
    /// TLS entries that cover the host, on Ingresses that a controller takes.
    pub entries: Seen<Vec<Entry>>,
    /// Handshakes, one an address that accepts connections.
    pub handshakes: Seen<Vec<(std::net::SocketAddr, &'a TlsAnswer)>>,
    /// The handshakes for a name that no rule has, at addresses where it matters whose certificate is served.
    pub controls: Vec<Asked<'a, TlsAnswer>>,
    /// Some controller takes an Ingress for the host.
    pub claimed: bool,
    /// TLS goes to the pods as it comes: the certificate is theirs, and no Secret of an Ingress matters.
    pub passed_on: bool,
    /// Somebody asks for that, and whether the controller was told to could not be seen.
    pub perhaps_passed_on: Seen<bool>,
    host: String,
}

impl Tls<'_> {
    /// The leaf that was served first.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.handshakes.iter().find_map(|(_, t)| t.chain.first())
    }

    /// The certificates in the Secrets, with the entries that name them.
    pub fn stored(&self) -> impl Iterator<Item = (&Entry, &Certificate)> {
        self.entries.iter().filter_map(|entry| {
            let secret = entry.secret.as_ref().ok()?.as_ref()?;
            Some((entry, secret.chain.as_ref().ok()?.first()?))
        })
    }

    /// Whether a certificate is that of a Secret.
    pub fn is_stored(&self, leaf: &Certificate) -> bool {
        self.stored()
            .any(|(_, stored)| stored.serial == leaf.serial)
    }

    /// Whether the pods may end it: what they serve may bear any name, as another controller may run in them.
    pub fn may_be_the_pods(&self) -> bool {
        self.passed_on || *self.perhaps_passed_on
    }

    fn is_waiting_for_secrets(&self) -> bool {
        let waiting = |e: &Entry| matches!(e.secret.glance(), Err(Unknown::Waiting));
        self.entries.iter().any(waiting)
    }

    /// Whether some address shakes hands with others, and not with hops: with those who have a certificate of their own, or who take
    /// larger chains.
    pub fn turns_hops_away(&self) -> bool {
        let turns = |h: &Handshake| wants_client_certificate(h) || h.is_too_large();
        self.handshakes.iter().any(|(_, t)| turns(&t.handshake))
    }
}

/// Whether the server ends the handshake because the client brings no certificate. TLS 1.3 has an alert for it; servers of TLS 1.2 call
/// it a bad certificate, and hops never sends one.
pub fn wants_client_certificate(handshake: &Handshake) -> bool {
    matches!(handshake, Handshake::Alert(name) if name == "certificate_required" || name == "bad_certificate")
}

/// Reads the Secrets and looks at the handshakes.
pub fn resolve<'a>(
    cx: &Cx<'a>,
    declared: &Seen<Vec<Declared>>,
    listener: Option<&Listener>,
    controller: Option<&Controller>,
    route: &Stage<Route>,
    lb: Option<&LoadBalancer<'a>>,
) -> Stage<Tls<'a>> {
    Stage::resolve(cx, |stage| {
        // Which Secrets matter hangs on the route only where somebody asks for TLS to be passed on.
        let asks = |d: &Declared| d.ingress().is_some_and(|i| passthrough::asks(i));
        let asked = declared.iter().any(asks) || listener.is_some_and(|l| l.spec.passes_tls());
        if asked && *route.progress() == Progress::Waiting && route.found().is_none() {
            return Err(Stop::Waiting);
        }
        let passed_on = asked && route.found().is_some_and(Route::passes_tls);
        let unseen = |c: &Controller| c.make.passthrough().is_some() && c.workloads.is_empty();
        let perhaps_passed_on = cx.seen(|| asked && !passed_on && controller.is_none_or(unseen));
        let judged: &[Declared] = if passed_on || *perhaps_passed_on {
            &[]
        } else {
            declared
        };
        let ingresses = judged.iter().filter_map(Declared::ingress);
        let mut entries: Vec<Entry> = ingresses
            .filter_map(|ingress| Entry::of_ingress(cx, ingress))
            .collect();
        if let Some(listener) = listener.filter(|_| !passed_on) {
            entries.extend(gateway::entries(cx, listener));
        }
        let entries = declared.instead(entries);
        for entry in entries.glance() {
            let Some(name) = &entry.secret_name else {
                continue;
            };
            stage.node(
                "Secret",
                Some(entry.namespace()),
                name,
                secret_words(&entry.secret),
            );
        }
        let attempts = || lb.iter().flat_map(|l| l.attempts());
        let handshakes: Seen<Vec<_>> = cx.seen(|| {
            attempts()
                .filter_map(|k| k.tls.as_ref().ok().map(|t| (k.to, *t)))
                .collect()
        });
        for (to, answer) in handshakes.glance() {
            for cert in &answer.chain {
                let until = cert.not_after.strftime("%Y-%m-%d");
                let detail = format!("served by {to}, from {}, until {until}", cert.issuer);
                stage.node("Certificate", None, &cert.subject, detail);
            }
        }
        let mut found = Tls {
            entries,
            handshakes,
            controls: Vec::new(),
            claimed: controller.is_some(),
            passed_on,
            perhaps_passed_on,
            host: cx.target.host.clone(),
        };
        found.controls = control::ask(cx, &found);
        let waiting = lb.is_none()
            || found.controls.iter().any(Asked::is_waiting)
            || attempts().any(Attempt::is_waiting)
            || found.is_waiting_for_secrets();
        stage.summary = summary(cx, &found);
        let proven = !found.handshakes.is_empty() || has_a_secret_that_fits(&found);
        // A handshake that was to be made and cannot be told leaves open what is served.
        let untold = attempts().find_map(|k| match &*k.tls {
            Err(Unknown::Gap(gap)) if !gap.is_on_purpose() => Some(gap.clone()),
            _ => None,
        });
        stage.find_in_parts(found);
        if waiting {
            return Err(Stop::Waiting);
        }
        if let Some(gap) = untold {
            return Err(Stop::Gap(gap));
        }
        if !proven {
            return Err(Stop::Gap(Gap::NotAsked {
                why: "no handshake was seen".to_owned(),
            }));
        }
        Ok(())
    })
}

/// Without a handshake the Secret alone tells little: that it is there and fits is fine, that it cannot be seen is not known.
fn has_a_secret_that_fits(found: &Tls) -> bool {
    let mut entries = found.entries.iter();
    entries.any(|e| matches!(&*e.secret, Ok(Some(s)) if s.chain.is_ok()))
}

fn secret_words(secret: &Result<Option<Arc<TlsSecret>>, Unknown>) -> String {
    match secret {
        Ok(Some(s)) => match &s.chain {
            Ok(chain) => chain.first().map_or_else(String::new, |leaf| {
                format!(
                    "{}, until {}",
                    leaf.names.join(", "),
                    leaf.not_after.strftime("%Y-%m-%d")
                )
            }),
            Err(why) => why.clone(),
        },
        Ok(None) => "not found".to_owned(),
        Err(Unknown::Waiting) => "…".to_owned(),
        Err(Unknown::Gap(gap)) => gap.to_string(),
    }
}

fn summary(cx: &Cx, found: &Tls) -> String {
    let secret = found.entries.iter().find_map(|e| {
        let name = e.secret_name.as_ref()?;
        Some(format!("Secret {}/{name}", e.namespace()))
    });
    if let Some(leaf) = found.leaf() {
        let days = (leaf.not_after.as_second() - cx.settings.now.as_second()).div_euclid(86_400);
        let left = if days < 0 {
            format!("expired {} days ago", -days)
        } else {
            format!("{days} days left")
        };
        if found.fallback(leaf).is_some() {
            return format!("served: {} (a default certificate)", leaf.subject);
        }
        // Which Secret it came from is said only where the Secret was read and is the same certificate.
        return match secret {
            _ if found.passed_on => format!("{} served by the pods, {left}", leaf.subject),
            Some(secret) if found.is_stored(leaf) => format!("{secret} served, {left}"),
            _ => format!("{} served, {left}", leaf.subject),
        };
    }
    if let Some((_, answer)) = found.handshakes.first() {
        return match &answer.handshake {
            Handshake::Done => "handshake without a certificate".to_owned(),
            Handshake::NoConnection(_) => "no connection".to_owned(),
            Handshake::Alert(alert) if alert == "certificate_required" => {
                "wants a certificate of the client's".to_owned()
            }
            Handshake::Alert(alert) => format!("refused with alert {alert}"),
            Handshake::NotTls(_) => "the other side does not speak TLS".to_owned(),
            Handshake::TimedOut => "no answer to the handshake".to_owned(),
            Handshake::Closed => "the connection was closed during the handshake".to_owned(),
            Handshake::Other(why) => why.clone(),
        };
    }
    match (&secret, found.entries.first()) {
        _ if found.passed_on => "goes to the pods as it comes".to_owned(),
        _ if *found.perhaps_passed_on => "may go to the pods as it comes".to_owned(),
        (Some(secret), Some(e)) => format!("{secret}: {}", secret_words(&e.secret)),
        _ if found.entries.is_empty() => {
            let who = if found.claimed {
                "no TLS entry covers the host"
            } else {
                "no Ingress covers the host"
            };
            who.to_owned()
        }
        (_, entry) => entry.map_or_else(String::new, |e| {
            format!("{} names no Secret", e.place.declared.label())
        }),
    }
}
