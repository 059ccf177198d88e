//! The private key in the Secret belongs to another certificate.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::facts::secret::PrivateKey;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-keypair-mismatch",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the private key in the Secret belongs to another certificate",
    explain: include_str!("tls_keypair_mismatch.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((tls, lent)) = super::wanting(case) else {
        return;
    };
    let host = &case.target.host;
    for entry in &tls.entries {
        let (Some(name), Ok(Some(secret))) = (&entry.secret_name, &*entry.secret) else {
            continue;
        };
        let (PrivateKey::Mismatch, Ok(chain)) = (secret.private_key, &secret.chain) else {
            continue;
        };
        let Some(leaf) = chain.first() else { continue };
        let namespace = entry.namespace();
        let object = format!("Secret {namespace}/{name}");
        // The pair is that of the first certificate, wherever the right one stands.
        let later = chain.iter().skip(1).any(|c| c.covers(host)) && !leaf.covers(host);
        let (severity, why) = if lent {
            (
                Severity::Warning,
                "a fitting certificate is served all the same, an older one or one that is lent; it may go at any time",
            )
        } else {
            (
                Severity::Error,
                "the controller cannot use the pair, and serves a default certificate, which no client accepts",
            )
        };
        let subjects: Vec<&str> = chain.iter().map(|c| c.subject.as_str()).collect();
        let mut draft = sink
            .find(
                &CHECK,
                subject(Kind::Secret, Some(namespace), name),
                format!("the private key in {object} does not belong to its certificate"),
            )
            .severity(severity)
            .why(why)
            .see(super::secret_field(entry))
            .see(Evidence::raw(
                &object,
                ".data.tls.crt",
                subjects.join(", then "),
            ))
            .see(Evidence::raw(
                &object,
                ".data.tls.key",
                format!("a private key of another certificate than {}", leaf.subject),
            ));
        if let Some((to, leaf)) = super::served(tls) {
            draft = draft.see(super::leaf_line(case, to, leaf));
        }
        let kubectl = case.settings.kubectl_in(namespace);
        let fix = if later {
            format!("put the certificate of {host} first in tls.crt, then its intermediates")
        } else {
            "write a certificate and the private key that it was issued for".to_owned()
        };
        draft
            .fix(fix)
            .run(format!(
                "{kubectl} create secret tls {} --cert=FILE --key=FILE --dry-run=client -o yaml | {kubectl} apply -f -",
                quote(name)
            ))
            .done();
        return;
    }
}
