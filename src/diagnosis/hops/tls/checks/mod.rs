//! Pitfalls of certificates.

pub mod gateway_misdirected;
pub mod listener_refs_unresolved;
pub mod tls_cert_expired;
pub mod tls_cert_not_yet_valid;
pub mod tls_chain_incomplete;
pub mod tls_fallback_cert_served;
pub mod tls_handshake_failure;
pub mod tls_keypair_mismatch;
pub mod tls_plain_http_on_443;
pub mod tls_san_mismatch;
pub mod tls_secret_bad_keys;
pub mod tls_secret_missing;
pub mod tls_secret_wrong_namespace;
pub mod tls_served_differs;
pub mod tls_untrusted_issuer;

use std::net::SocketAddr;

use super::{Entry, Tls};
use crate::diagnosis::checks::Case;
use crate::diagnosis::dialect::author::who_answered;
use crate::diagnosis::hops::route::Route;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Asked;
use crate::facts::secret::PrivateKey;
use crate::facts::{Certificate, HttpAnswer};
use crate::report::{Evidence, Severity};

/// The TLS hop, once every handshake is through.
fn settled<'c>(case: &'c Case) -> Option<&'c Tls<'c>> {
    let tls = case.entrance.tls.found()?;
    let asked = !tls.controls.iter().any(Asked::is_waiting);
    (asked && case.settled()).then_some(tls)
}

/// The served leaf, with the address that served it.
fn served<'t>(tls: &'t Tls) -> Option<(SocketAddr, &'t Certificate)> {
    tls.handshakes
        .iter()
        .find_map(|(to, t)| Some((*to, t.chain.first()?)))
}

/// The first address whose certificate is bad in one way, and how bad that is: while another address serves a good one, or may,
/// some clients get through.
fn bad<'t>(
    case: &Case,
    tls: &'t Tls,
    is_bad: impl Fn(&Certificate) -> bool,
) -> Option<(SocketAddr, &'t Certificate, Severity)> {
    let leaves = || {
        let handshakes = tls.handshakes.iter();
        handshakes.filter_map(|(to, t)| Some((*to, t.chain.first()?)))
    };
    let (to, leaf) = leaves().find(|(_, leaf)| is_bad(leaf))?;
    let untold = case.attempts().iter().any(Attempt::is_untold);
    let severity = if !untold && leaves().all(|(_, leaf)| is_bad(leaf)) {
        Severity::Error
    } else {
        Severity::Warning
    };
    Some((to, leaf, severity))
}

/// The first of the Secrets' certificates, when all are bad in one way: for when no handshake shows which one is served.
fn all_stored_bad<'t>(
    case: &Case,
    tls: &'t Tls,
    is_bad: impl Fn(&Certificate) -> bool,
    says_nothing: impl Fn(&Certificate) -> bool,
) -> Option<(&'t Entry, &'t Certificate)> {
    // One that could not be read may be good.
    let unread = tls.entries.iter().any(|e| e.secret.is_err());
    if unread || case.journey.has_garbled_rules() {
        return None;
    }
    let stored: Vec<_> = tls.stored().collect();
    let leaves = tls.handshakes.iter().filter_map(|(_, t)| t.chain.first());
    let unseen = leaves.into_iter().all(says_nothing);
    let bad = unseen && stored.iter().all(|(_, leaf)| is_bad(leaf));
    stored.first().copied().filter(|_| bad)
}

/// The TLS hop where a missing Secret matters, and whether a certificate is lent from somewhere else all the same.
fn wanting<'c>(case: &'c Case) -> Option<(&'c Tls<'c>, bool)> {
    let declared = case.journey.declared.glance();
    if declared.as_ref().is_ok_and(|d| d.all.is_empty()) {
        // It is a Gateway that may want one.
        case.way();
    }
    let tls = settled(case)?;
    (!needs_no_secret(case, tls)).then(|| (tls, served_well(case, tls)))
}

/// Whether a missing Secret is of no account: some makes never read one, and clouds have certificates of their own.
fn needs_no_secret(case: &Case, tls: &Tls) -> bool {
    let Some(controller) = case.entrance.controller.found() else {
        return false;
    };
    let make = &controller.make;
    !make.reads_secrets() || make.data_plane_is_elsewhere() && served_well(case, tls)
}

/// Whether a client finds a certificate for the host, whatever the Secrets say. One controller may lend it from another Ingress.
fn served_well(case: &Case, tls: &Tls) -> bool {
    served(tls).is_some_and(|(_, leaf)| {
        leaf.covers(&case.target.host) && leaf.not_after >= case.settings.now
    })
}

/// Whether the controller serves its default certificate although the Secret is in order, and answers 404 itself: it has neither the
/// certificate nor the route.
pub fn is_not_taken_up(case: &Case) -> bool {
    let Some(tls) = settled(case) else {
        return false;
    };
    let controller = case.entrance.controller.found();
    // Who is not seen may not be there.
    if controller.is_none_or(|c| c.workloads.is_empty()) {
        return false;
    }
    let in_order = |e: &Entry| {
        let secret = e.secret.as_ref().ok()?.as_ref()?;
        let leaf = secret.chain.as_ref().ok()?.first()?;
        Some(secret.private_key == PrivateKey::Matches && leaf.covers(&case.target.host))
    };
    let responses = || case.attempts().iter().filter_map(Attempt::response);
    let unknown =
        |r: &HttpAnswer| r.status == 404 && who_answered(r).is_some_and(|a| a.is_controller);
    served(tls).is_some_and(|(_, leaf)| tls.fallback(leaf).is_some())
        && tls.entries.iter().any(|e| in_order(e) == Some(true))
        && responses().next().is_some()
        && responses().all(unknown)
}

/// `TLS handshake with 203.0.113.80:443 as shop.example.com: CN=…`.
fn leaf_line(case: &Case, to: SocketAddr, leaf: &Certificate) -> Evidence {
    let names = if leaf.names.is_empty() {
        "no names".to_owned()
    } else {
        leaf.names.join(", ")
    };
    let outcome = format!(
        "{:?} for {names}, by {:?}, until {}",
        leaf.subject,
        leaf.issuer,
        leaf.not_after.strftime("%Y-%m-%d %H:%M UTC")
    );
    case.evidence(&case.tls_question(to), outcome)
}

/// What a name that no rule has is served with, where that is the same.
fn control_line(case: &Case, tls: &Tls, leaf: &Certificate) -> Option<Evidence> {
    let control = tls.default_like(leaf)?;
    let shown = control.answer.as_ref().ok()?.chain.first()?;
    let words = if shown == leaf {
        "the same certificate".to_owned()
    } else {
        format!("another one by the name {:?}", shown.subject)
    };
    Some(case.evidence(&control.question, words))
}

/// The annotation by which TLS goes to the pods as it comes, where it does.
fn passthrough_line(case: &Case) -> Option<Evidence> {
    let passes = case.entrance.passes_tls();
    let controller = case.entrance.controller.found().filter(|_| passes)?;
    let passthrough = controller.make.passthrough()?;
    // Another rule of the host may say it.
    let mut rules = case
        .entrance
        .route
        .found()
        .into_iter()
        .flat_map(Route::rules);
    rules.find_map(|rule| {
        let (key, value) = passthrough.asked(rule)?;
        let field = format!(".metadata.annotations[{key}]");
        Some(Evidence::field(rule.place.declared.label(), field, value))
    })
}

/// The TLS entry's field that names the Secret.
fn secret_field(entry: &Entry) -> Option<Evidence> {
    let name = entry.secret_name.as_ref()?;
    let label = entry.place.declared.label();
    Some(Evidence::field(label, entry.place.field(), name))
}
