//! The Secret that a TLS entry names does not exist.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
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
    symptom_of: &[&["tls-secret-wrong-namespace"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((tls, lent)) = super::wanting(case) else {
        return;
    };
    for entry in &tls.entries {
        let (Some(name), Ok(None)) = (&entry.secret_name, &*entry.secret) else {
            continue;
        };
        let namespace = entry.namespace();
        let what = format!("Secret {namespace}/{name}");
        let refused = case.way().is_some() && case.settled() && !case.answered_well();
        let (severity, why) = if lent && refused {
            (
                Severity::Error,
                "a listener without its certificate is not served: its requests fall to another listener, which has no rule for them",
            )
        } else if lent {
            (
                Severity::Warning,
                "a fitting certificate is served all the same, lent from somewhere else; it may go at any time",
            )
        } else if entry.place.declared.ingress().is_some() {
            (
                Severity::Error,
                "the controller has no certificate for the host and serves a default one, which no client accepts",
            )
        } else {
            (
                Severity::Error,
                "a listener without its certificate takes no connections, or shows a default one, which no client accepts",
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
            draft = draft.see(super::leaf_line(case, to, leaf));
        }
        draft
            .fix(format!("create the Secret in namespace {namespace}"))
            .run(format!(
                "{} create secret tls {} --cert=FILE --key=FILE",
                case.settings.kubectl_in(namespace),
                quote(name)
            ))
            .done();
        return;
    }
}
