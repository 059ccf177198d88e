//! The Secret that a TLS entry names does not exist.

use crate::diagnosis::checks::{Check, Ctx, Sink, subject};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-secret-missing",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the Secret with the certificate does not exist",
    explain: include_str!("tls_secret_missing.md"),
    symptom_of: &["tls-secret-wrong-namespace"],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let Some(tls) = super::settled(ctx) else {
        return;
    };
    if super::needs_no_secret(ctx, tls) {
        return;
    }
    let lent = super::served_well(ctx, tls);
    for entry in &tls.entries {
        let (Some(name), Ok(None)) = (&entry.secret_name, &entry.secret) else {
            continue;
        };
        let namespace = entry.namespace();
        let what = format!("Secret {namespace}/{name}");
        let (severity, why) = if lent {
            (
                Severity::Warning,
                "a fitting certificate is served all the same, lent from somewhere else; it may go at any time",
            )
        } else {
            (
                Severity::Error,
                "the controller has no certificate for the host and serves a default one, which no client accepts",
            )
        };
        let mut draft = sink
            .find(
                &CHECK,
                subject(Kind::Secret, Some(namespace), name),
                format!("{what} does not exist"),
            )
            .severity(severity)
            .why(why)
            .see(super::secret_field(entry))
            .see(Evidence::Absent {
                what,
                looked: "the API server has none of that name".to_owned(),
            });
        if let Some((to, leaf)) = super::served(tls) {
            draft = draft.see(super::leaf_line(ctx, to, leaf));
        }
        draft
            .fix("create the Secret in the Ingress's namespace")
            .run(format!(
                "{} create secret tls {} --cert=FILE --key=FILE",
                ctx.cx.kubectl_in(namespace),
                quote(name)
            ))
            .done();
        return;
    }
}
