//! The certificate is valid only from a moment that has not come yet.

use crate::diagnosis::checks::causes::NOT_ITS_OWN;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::facts::Certificate;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-cert-not-yet-valid",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the certificate is not valid yet",
    explain: include_str!("tls_cert_not_yet_valid.md"),
    symptom_of: &[NOT_ITS_OWN],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let now = case.settings.now;
    let early = |leaf: &Certificate| leaf.not_before > now && tls.fallback(leaf).is_none();
    let Some((to, leaf, severity)) = super::bad(case, tls, early) else {
        return;
    };
    let host = &case.target.host;
    let from = leaf.not_before.strftime("%Y-%m-%d %H:%M UTC");
    let title = format!("the certificate served for {host} is valid only from {from}");
    let clock = now.strftime("%Y-%m-%d %H:%M UTC");
    sink.find(&CHECK, host_subject(host), title)
        .severity(severity)
        .why(format!(
            "this machine's clock says {clock}; a client whose clock agrees refuses it"
        ))
        .see(super::leaf_line(case, to, leaf))
        .fix(
            "compare this machine's clock with that of the issuer, then issue the certificate anew",
        )
        .run("date -u")
        .done();
}
