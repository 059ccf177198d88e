//! A real certificate is served, for other names.

use crate::checks::{Check, Ctx, Sink, host_subject};
use crate::hops::tls::is_fallback;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-san-mismatch",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the certificate does not cover the host",
    explain: "The certificate that is served for the host carries other names. Only the subject alternative names count, not the common \
name, and a wildcard stands for exactly one label (RFC 9525).\n\n\
Fix: issue a certificate with the name, or let DNS point to where the right one is served.",
    symptom_of: &[
        "dns-points-elsewhere",
        "tls-secret-wrong-namespace",
        "tls-secret-missing",
        "ingress-class-missing",
        "ingress-class-not-found",
        "host-no-rule",
    ],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let Some(tls) = super::settled(ctx) else {
        return;
    };
    let host = &ctx.cx.target.host;
    let stored = tls.entries.iter().find_map(|e| {
        let secret = e.secret.as_ref().ok()?.as_ref()?;
        secret.chain.as_ref().ok()?.first()
    });
    // Without a handshake the Secret is what there is to judge.
    let (seen, leaf) = match (super::served(tls), stored) {
        (Some((to, leaf)), _) => (Some(to), leaf),
        (None, Some(leaf)) => (None, leaf),
        (None, None) => return,
    };
    if leaf.covers(host) || is_fallback(leaf) {
        return;
    }
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
        .why("every client refuses a certificate without the name it asked for")
        .see(seen.map(|to| super::leaf_line(ctx, to, leaf)));
    for entry in &tls.entries {
        let (Some(name), Ok(Some(secret))) = (&entry.secret_name, &entry.secret) else {
            continue;
        };
        if let Some(stored) = secret.chain.as_ref().ok().and_then(|c| c.first()) {
            let object = format!("Secret {}/{name}", entry.namespace());
            draft = draft.see(Evidence::raw(
                object,
                ".data.tls.crt names",
                stored.names.join(", "),
            ));
        }
    }
    draft = draft.fix(format!(
        "issue a certificate that carries {host} (cert-manager: spec.dnsNames)"
    ));
    if let Some(entry) = tls.entries.first() {
        draft = draft.run(format!(
            "{} get certificate,secret",
            ctx.cx.kubectl_in(entry.namespace())
        ));
    }
    draft.done();
}
