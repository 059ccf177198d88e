//! The certificate has expired.

use crate::diagnosis::checks::causes::NOT_ITS_OWN;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject, subject};
use crate::facts::{Certificate, Kind};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-cert-expired",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the certificate has expired",
    explain: include_str!("tls_cert_expired.md"),
    symptom_of: &[NOT_ITS_OWN, &["tls-served-differs"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let now = case.settings.now;
    let late = |leaf: &Certificate| leaf.not_after < now && tls.fallback(leaf).is_none();
    let days = |until: jiff::Timestamp| (now.as_second() - until.as_second()) / 86_400;
    let words = |until: jiff::Timestamp| match days(until) {
        0 => "expired today".to_owned(),
        1 => "expired yesterday".to_owned(),
        n => format!("expired {n} days ago"),
    };
    let host = &case.target.host;
    let draft = match (
        super::bad(case, tls, late),
        super::all_stored_bad(case, tls, late, |_| false),
    ) {
        (Some((to, leaf, severity)), _) => {
            let title = format!(
                "the certificate served for {host} {}",
                words(leaf.not_after)
            );
            sink.find(&CHECK, host_subject(host), title)
                .severity(severity)
                .see(super::leaf_line(case, to, leaf))
        }
        (None, Some((entry, leaf))) => {
            let name = entry.secret_name.as_deref().unwrap_or_default();
            let secret = subject(Kind::Secret, Some(entry.namespace()), name);
            let title = format!("the certificate for {host} {}", words(leaf.not_after));
            sink.find(&CHECK, secret, title)
        }
        (None, None) => return,
    };
    let mut draft = draft
        .why("every client refuses it")
        .see(super::passthrough_line(case));
    let mut fix = if tls.passed_on {
        "renew the certificate that the pods serve: they end TLS".to_owned()
    } else {
        "renew the certificate".to_owned()
    };
    if let Some((entry, leaf)) = tls.stored().next() {
        let name = entry.secret_name.as_deref().unwrap_or_default();
        draft = draft.see(Evidence::raw(
            format!("Secret {}/{name}", entry.namespace()),
            ".data.tls.crt notAfter",
            leaf.not_after.strftime("%Y-%m-%d %H:%M UTC"),
        ));
        if leaf.not_after >= now {
            "the Secret holds a newer certificate, which the controller does not serve: look at the controller's log".clone_into(&mut fix);
        }
        draft = draft.run(format!(
            "{} get certificate,secret",
            case.settings.kubectl_in(entry.namespace())
        ));
    }
    draft.fix(fix).done();
}
