//! Another certificate is served than the one in the Secret.

use std::net::SocketAddr;

use crate::diagnosis::checks::causes::{NO_CLASS, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::declared::tls_entry;
use crate::diagnosis::dialect::author::cdn;
use crate::diagnosis::hops::tls::Tls;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::facts::secret::Secret;
use crate::facts::{Certificate, TlsAnswer};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-served-differs",
    hop: Hop::Tls,
    severity: Severity::Warning,
    title: "another certificate is served than the one in the Secret",
    explain: include_str!("tls_served_differs.md"),
    symptom_of: &[
        WRONG_ADDRESS,
        NO_CLASS,
        &[
            "ctl-not-installed",
            "ctl-config-reload-failed",
            "host-no-rule",
        ],
    ],
    run: Run::Entrance(run),
};

/// Where the other certificate comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The controller's pods serve the Secret's.
    Before,
    /// They serve another one too.
    Controller,
    /// They were not asked.
    Unseen,
}

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let controller = case.entrance.controller.found();
    let elsewhere = controller.is_none_or(|c| c.make.data_plane_is_elsewhere());
    if elsewhere || case.is_waiting_inside() {
        return;
    }
    let stored: Vec<_> = tls.stored().collect();
    // Without the number of each nothing can be compared; with a Secret unread the certificate may be that one's.
    let unread = tls.entries.iter().any(|e| e.secret.is_err());
    let unnumbered = stored.iter().any(|(_, c)| c.serial.is_empty());
    if stored.is_empty() || unnumbered || unread {
        return;
    }
    let is_stored = |c: &Certificate| tls.is_stored(c);
    let differs =
        |c: &Certificate| !c.serial.is_empty() && tls.fallback(c).is_none() && !is_stored(c);
    let Some((to, leaf, at_all)) = super::bad(case, tls, differs) else {
        return;
    };
    let origin = origin(case, is_stored);
    let Some(severity) = severity(case, tls, (to, leaf), origin, at_all) else {
        return;
    };
    let host = &case.target.host;
    let cdn = case
        .attempts()
        .iter()
        .filter_map(Attempt::response)
        .find_map(cdn);
    let other = other_ingress(case, tls, leaf);
    let default = super::control_line(case, tls, leaf);
    let title = match (origin, &other) {
        (Origin::Before, _) => format!(
            "TLS of {host} ends before the controller, with a certificate by {:?}",
            leaf.issuer
        ),
        (_, Some((ingress, _))) => {
            format!("{host} is served with the certificate of {ingress}, another Ingress")
        }
        _ if default.is_some() => format!(
            "{host} is served with the default certificate {:?} in place of its Secret's",
            leaf.subject
        ),
        _ => format!(
            "{host} is served with another certificate than its Secret's, by {:?}",
            leaf.issuer
        ),
    };
    let why = match (origin, cdn, &other) {
        (Origin::Before, Some(author), _) => format!("requests pass {} first, which has a certificate of its own", author.title),
        (Origin::Before, None, _) => "the controller's pods serve the Secret's certificate; a load balancer or a CDN before them has its own".to_owned(),
        (_, _, Some(_)) => "both name the host, and only one certificate can be served for it".to_owned(),
        _ if default.is_some() => "every name without a certificate of its own gets it: whoever answers at the address has not loaded the Secret".to_owned(),
        (Origin::Controller, ..) => "the controller's pods do not serve the Secret's certificate either: they have not loaded it, or something else gives them this one".to_owned(),
        (Origin::Unseen, ..) => "TLS ends before the controller, or the controller has not loaded the Secret; its pods were not asked".to_owned(),
    };
    let mut draft = sink
        .find(&CHECK, host_subject(host), title)
        .severity(severity)
        .why(why)
        .see(super::leaf_line(case, to, leaf))
        .see(Evidence::raw(
            "that certificate",
            "serial number",
            &leaf.serial,
        ))
        .see(default);
    for (entry, stored) in &stored {
        let name = entry.secret_name.as_deref().unwrap_or_default();
        let secret = format!("Secret {}/{name}", entry.namespace());
        let until = stored.not_after.strftime("%Y-%m-%d");
        let value = format!("{}, until {until}", stored.serial);
        draft = draft.see(Evidence::raw(secret, ".data.tls.crt serial number", value));
    }
    for asked in inside(case) {
        let Ok(answer) = *asked.answer else { continue };
        let words = answer
            .chain
            .first()
            .map_or("no certificate".to_owned(), |c| {
                format!(
                    "{:?} by {:?}, serial number {}",
                    c.subject, c.issuer, c.serial
                )
            });
        draft = draft.see(case.evidence(&asked.question, words));
    }
    if let Some((ingress, secret)) = &other {
        draft = draft.see(Evidence::field(ingress, ".spec.tls[].secretName", secret));
    }
    let fix = match (origin, &other) {
        (Origin::Before, _) => {
            "keep the certificate where TLS ends up to date; the Secret's is not seen by users"
        }
        (_, Some(_)) => "let one Ingress alone have a TLS entry for the host",
        _ => {
            "compare what the controller's pods serve with the Secret, and see the controller's log"
        }
    };
    draft = draft.fix(fix);
    if let (false, Some(workload)) = (
        origin == Origin::Before,
        controller.and_then(|c| c.workloads.first()),
    ) {
        let kubectl = case.settings.kubectl_in(&workload.namespace);
        let name = crate::diagnosis::shell::quote(&workload.kubectl_name());
        draft = draft.run(format!("{kubectl} logs {name} --tail=50"));
    }
    draft.done();
}

fn inside<'c>(case: &'c Case) -> impl Iterator<Item = &'c Asked<'c, TlsAnswer>> {
    let replicas = case.entrance.inside.replicas.iter();
    replicas.filter_map(|r| r.tls.as_ref())
}

fn origin(case: &Case, is_stored: impl Fn(&Certificate) -> bool) -> Origin {
    let leaves = inside(case).filter_map(|a| a.answer.as_ref().ok()?.chain.first());
    let same: Vec<bool> = leaves.map(is_stored).collect();
    match same.as_slice() {
        [] => Origin::Unseen,
        all if all.iter().all(|same| *same) => Origin::Before,
        _ => Origin::Controller,
    }
}

/// How bad it is; none where the Secret's certificate would be no better.
fn severity(
    case: &Case,
    tls: &Tls,
    (to, leaf): (SocketAddr, &Certificate),
    origin: Origin,
    at_all: Severity,
) -> Option<Severity> {
    let now = case.settings.now;
    // That one is early has reasons of its own.
    if leaf.not_before > now {
        return None;
    }
    let good = |c: &Certificate| c.covers(&case.target.host) && c.not_after >= now;
    let stored_good = tls.stored().any(|(_, c)| good(c));
    let refused = tls
        .handshakes
        .iter()
        .any(|(at, t)| *at == to && t.refused.is_some());
    match (good(leaf), origin) {
        (false, _) if !stored_good => None,
        (false, _) => Some(at_all),
        (true, Origin::Controller) => Some(Severity::Warning),
        (true, _) if refused => Some(Severity::Warning),
        (true, _) => Some(Severity::Info),
    }
}

/// Another Ingress that names the host and has a Secret with this certificate: its label and the Secret's name.
fn other_ingress(case: &Case, tls: &Tls, leaf: &Certificate) -> Option<(String, String)> {
    let declared = case.journey.declared.as_ref().ok()?;
    let known = |label: &str| {
        tls.entries
            .iter()
            .any(|e| e.place.declared.label() == label)
    };
    declared.all.iter().find_map(|declared| {
        let ingress = &*declared.ingress;
        let label = label_of(ingress);
        let (_, entry) = tls_entry(ingress, &case.target.host)?;
        let name = entry
            .secret_name
            .clone()
            .filter(|n| !n.is_empty() && !known(&label))?;
        let secret = case.get::<Secret>(Some(namespace_of(ingress)), &name);
        let secret = secret.ok()??.tls();
        let same = secret.chain.as_ref().ok()?.first()?.serial == leaf.serial;
        same.then_some((label, name))
    })
}
