//! The Secret is there, and a certificate or a private key is not in it, or cannot be read.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::dialect::make::key_pairs;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::facts::secret::{PrivateKey, TlsSecret};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-secret-bad-keys",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the Secret holds no certificate with its key that can be read",
    explain: include_str!("tls_secret_bad_keys.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((tls, lent)) = super::wanting(case) else {
        return;
    };
    let controller = case.entrance.controller.found();
    // One that is not seen may read what any make does.
    let seen = controller.filter(|c| !c.workloads.is_empty());
    let pairs = seen.map_or_else(key_pairs, |c| c.make.key_pairs().to_vec());
    for entry in &tls.entries {
        let (Some(name), Ok(Some(secret))) = (&entry.secret_name, &*entry.secret) else {
            continue;
        };
        let has = |key: String| secret.keys.contains(&key);
        let other = |pair: &&str| has(format!("{pair}.crt")) && has(format!("{pair}.key"));
        let Some(fault) = fault(secret).filter(|_| !pairs.iter().any(other)) else {
            continue;
        };
        let namespace = entry.namespace();
        let object = format!("Secret {namespace}/{name}");
        let (severity, why) = if lent {
            (
                Severity::Warning,
                "a fitting certificate is served all the same, an older one or one that is lent; it may go at any time",
            )
        } else {
            (
                Severity::Error,
                "the controller cannot load it, and serves a default certificate, which no client accepts",
            )
        };
        let keys = match secret.keys.as_slice() {
            [] => "none".to_owned(),
            keys => keys.join(", "),
        };
        let mut draft = sink
            .find(
                &CHECK,
                subject(Kind::Secret, Some(namespace), name),
                format!("{object} {fault}"),
            )
            .severity(severity)
            .why(why)
            .see(super::secret_field(entry))
            .see(Evidence::raw(&object, ".data, its keys", keys));
        if let Some((to, leaf)) = super::served(tls) {
            draft = draft.see(super::leaf_line(case, to, leaf));
        }
        // The type of a Secret stays what it is, and controllers read the keys alone.
        let what = if secret.secret_type == "kubernetes.io/tls" {
            format!("tls {} --cert=FILE --key=FILE", quote(name))
        } else {
            format!(
                "generic {} --from-file=tls.crt=FILE --from-file=tls.key=FILE",
                quote(name)
            )
        };
        let kubectl = case.settings.kubectl_in(namespace);
        draft
            .fix("write the certificate into tls.crt and its private key into tls.key, both as PEM, the key without a passphrase")
            .run(format!(
                "{kubectl} create secret {what} --dry-run=client -o yaml | {kubectl} apply -f -"
            ))
            .done();
        return;
    }
}

/// What is wrong with it, if anything is.
fn fault(secret: &TlsSecret) -> Option<String> {
    let has = |key: &str| secret.keys.iter().any(|k| k == key);
    match (has("tls.crt"), has("tls.key")) {
        (false, false) => return Some("has neither tls.crt nor tls.key".to_owned()),
        (false, true) => return Some("has no key tls.crt".to_owned()),
        (true, false) => return Some("has no key tls.key".to_owned()),
        (true, true) => {}
    }
    if let Err(why) = &secret.chain {
        return Some(format!("cannot be used: {why}"));
    }
    (secret.private_key == PrivateKey::Unreadable)
        .then(|| "cannot be used: tls.key is no private key that can be read".to_owned())
}
