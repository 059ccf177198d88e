//! A real certificate is served, for other names.

use crate::diagnosis::checks::causes::{NO_CLASS, NO_SECRET, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::facts::Certificate;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-san-mismatch",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the certificate does not cover the host",
    explain: include_str!("tls_san_mismatch.md"),
    symptom_of: &[
        WRONG_ADDRESS,
        NO_SECRET,
        NO_CLASS,
        &[
            "ctl-not-installed",
            "host-no-rule",
            "tls-served-differs",
            "ingress-ssl-passthrough-off",
        ],
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let host = &case.target.host;
    let misses = |leaf: &Certificate| !leaf.covers(host) && tls.fallback(leaf).is_none();
    let served = super::bad(case, tls, misses);
    let stored = super::all_stored_bad(case, tls, misses, |leaf| tls.fallback(leaf).is_some());
    // Without a handshake the Secret is what there is to judge; and behind a default certificate, which controllers serve when no
    // stored one carries the name.
    let (seen, leaf, severity) = match (served, stored) {
        (Some((to, leaf, severity)), _) => (Some(to), leaf, severity),
        (None, Some((_, leaf))) => (None, leaf, Severity::Error),
        (None, None) => return,
    };
    let names = if leaf.names.is_empty() {
        "no name at all".to_owned()
    } else {
        leaf.names.join(", ")
    };
    let whose = if seen.is_some() { "served" } else { "stored" };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(host),
            format!("the certificate {whose} for {host} is for {names}"),
        )
        .severity(severity)
        .why("every client refuses a certificate without the name it asked for")
        .see(seen.map(|to| super::leaf_line(case, to, leaf)));
    for (entry, stored) in tls.stored() {
        let name = entry.secret_name.as_deref().unwrap_or_default();
        draft = draft.see(Evidence::raw(
            format!("Secret {}/{name}", entry.namespace()),
            ".data.tls.crt names",
            stored.names.join(", "),
        ));
    }
    draft = draft.see(super::passthrough_line(case)).fix(if tls.passed_on {
        format!(
            "give the pods a certificate that carries {host}: they end TLS, and no Secret of the Ingress counts"
        )
    } else {
        format!("issue a certificate that carries {host} (cert-manager: spec.dnsNames)")
    });
    if let Some(entry) = tls.entries.first() {
        draft = draft.run(format!(
            "{} get certificate,secret",
            case.settings.kubectl_in(entry.namespace())
        ));
    }
    draft.done();
}
