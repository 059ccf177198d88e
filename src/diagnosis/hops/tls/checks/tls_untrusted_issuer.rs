//! The certificate fits, and nobody this machine trusts has signed it.

use crate::diagnosis::checks::causes::NOT_ITS_OWN;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-untrusted-issuer",
    hop: Hop::Tls,
    severity: Severity::Warning,
    title: "this machine does not trust the certificate's issuer",
    explain: include_str!("tls_untrusted_issuer.md"),
    symptom_of: &[NOT_ITS_OWN, &["tls-chain-incomplete", "tls-served-differs"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let host = &case.target.host;
    let Some((to, answer)) = tls.handshakes.iter().find(|(_, t)| !t.chain.is_empty()) else {
        return;
    };
    let (Some(refused), Some(leaf)) = (&answer.refused, answer.chain.first()) else {
        return;
    };
    let now = case.settings.now;
    if !leaf.covers(host) || leaf.not_after < now || leaf.not_before > now {
        return;
    }
    sink.find(&CHECK, host_subject(host), format!("the certificate of {host} is signed by {:?}, which this machine does not trust", leaf.issuer))
        .why(format!("a client with this machine's roots refuses it: {refused}"))
        .see(super::leaf_line(case, *to, leaf))
        .see(Evidence::probe(format!("verification with this machine's roots: {refused}"), None))
        .fix("use an issuer that clients trust; for an internal one, give its certificate with --cacert FILE")
        .done();
}
