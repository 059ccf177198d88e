//! The Secret exists, in another namespace than the Ingress.

use crate::diagnosis::checks::elsewhere::{Hit, elsewhere};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::facts::secret::Secret;
use crate::facts::{Certificate, Kind};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-secret-wrong-namespace",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the Secret with the certificate is in another namespace",
    explain: include_str!("tls_secret_wrong_namespace.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((tls, lent)) = super::wanting(case) else {
        return;
    };
    let host = &case.target.host;
    for entry in &tls.entries {
        let (Some(name), Ok(None)) = (&entry.secret_name, &*entry.secret) else {
            continue;
        };
        let here = entry.namespace();
        let Some(found) = elsewhere::<Secret>(case, name, here) else {
            continue;
        };
        // A common name alone is no proof: it has to be a certificate for the host, or the only one.
        let for_host = found
            .hits
            .iter()
            .find(|hit| leaf(hit).is_some_and(|leaf| leaf.covers(host)));
        let only = match found.hits.as_slice() {
            [hit] if found.more == 0 && hit.object.is_none() => Some(hit),
            _ => None,
        };
        let Some(hit) = for_host.or(only) else {
            continue;
        };
        let there = &hit.namespace;
        let mut why = match entry.place.declared.ingress() {
            Some(_) => "an Ingress can only use Secrets of its own namespace, so the controller has no certificate for the host".to_owned(),
            None => format!("a listener that names no other namespace means Secrets of {here}, so the controller has no certificate for the host"),
        };
        if hit.object.is_none() {
            why = format!("{why}; whether that Secret is for {host} may not be read");
        }
        let mut draft = sink
            .find(
                &CHECK,
                subject(Kind::Secret, Some(there), name),
                format!(
                    "Secret {name} is in namespace {there}{}, {} needs it in {here}",
                    found.others(),
                    entry.place.declared.label()
                ),
            )
            .severity(if lent || hit.object.is_none() {
                Severity::Warning
            } else {
                Severity::Error
            })
            .why(why)
            .see(super::secret_field(entry))
            .see(Evidence::Absent {
                what: format!("Secret {here}/{name}"),
                looked: "the API server has none of that name".to_owned(),
            })
            .see(Evidence::field(
                format!("Secret {there}/{name}"),
                ".metadata.namespace",
                there,
            ));
        if let Some(leaf) = leaf(hit) {
            draft = draft.see(Evidence::raw(
                format!("Secret {there}/{name}"),
                ".data.tls.crt names",
                leaf.names.join(", "),
            ));
        }
        if let Some((to, leaf)) = super::served(tls) {
            draft = draft.see(super::leaf_line(case, to, leaf));
        }
        draft
            .fix(format!(
                "have the certificate issued into namespace {here} (cert-manager: a Certificate there); to see whether it comes from cert-manager:"
            ))
            .run(format!("{} get certificate", case.settings.kubectl_in(there)))
            .done();
        return;
    }
}

/// The certificate in it, as far as it could be read.
fn leaf(hit: &Hit<Secret>) -> Option<Certificate> {
    let secret = hit.object.as_deref()?.tls();
    secret.chain.as_ref().ok()?.first().cloned()
}
