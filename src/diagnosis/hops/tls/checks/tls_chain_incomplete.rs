//! The certificate is served without the one that signed it.

use crate::diagnosis::checks::causes::{NOT_ITS_OWN, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::tls::Tls;
use crate::facts::{Certificate, TlsAnswer};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-chain-incomplete",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the certificate is served without its intermediate",
    explain: include_str!("tls_chain_incomplete.md"),
    symptom_of: &[WRONG_ADDRESS, NOT_ITS_OWN],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let host = &case.target.host;
    let now = case.settings.now;
    let fits = |t: &TlsAnswer| {
        let leaf = t.chain.first();
        leaf.is_some_and(|l| l.covers(host) && l.not_after >= now && l.not_before <= now)
    };
    let handshakes = || tls.handshakes.iter();
    let Some((to, answer, last)) = handshakes()
        .filter(|(_, t)| fits(t))
        .find_map(|(to, t)| Some((*to, *t, end(t)?)))
    else {
        return;
    };
    let kept = in_secret(tls, answer, last);
    let alone = answer
        .chain
        .first()
        .is_some_and(|leaf| std::ptr::eq(leaf, last));
    if kept.is_none() && !(alone && last.issuer_published) {
        return;
    }
    let complete_somewhere = handshakes().any(|(_, t)| fits(t) && t.refused.is_none());
    let severity = if complete_somewhere {
        Severity::Warning
    } else {
        Severity::Error
    };
    let why = format!(
        "clients that do not know {:?} already cannot verify it: curl, Java and Go refuse it, browsers fetch it by themselves",
        last.issuer
    );
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(host),
            format!(
                "the certificate of {host} is served without that of its issuer {:?}",
                last.issuer
            ),
        )
        .severity(severity)
        .why(why);
    let chain: Vec<String> = answer
        .chain
        .iter()
        .map(|c| format!("{:?} by {:?}", c.subject, c.issuer))
        .collect();
    let refused = answer.refused.as_deref().unwrap_or_default();
    draft = draft.see(case.evidence(
        &case.tls_question(to),
        format!("{}; {refused}", chain.join(", ")),
    ));
    for (entry, _) in tls.stored() {
        let name = entry.secret_name.as_deref().unwrap_or_default();
        let secret = format!("Secret {}/{name}", entry.namespace());
        let chain = entry.secret.as_ref().ok().and_then(Option::as_ref);
        let count = chain
            .and_then(|s| s.chain.as_ref().ok())
            .map_or(0, Vec::len);
        draft = draft.see(Evidence::raw(secret, ".data.tls.crt certificates", count));
    }
    let fix = match kept {
        Some(secret) => format!(
            "{secret} holds the missing certificate: give the whole chain to what ends TLS before the controller, or let the controller load the Secret anew"
        ),
        None => {
            "put the whole chain into tls.crt: the host's certificate first, then each intermediate"
                .to_owned()
        }
    };
    draft.fix(fix).done();
}

/// The last certificate of a chain that was refused for its issuer, followed from the leaf as far as issuers are served; none when
/// it ends in a root.
fn end(answer: &TlsAnswer) -> Option<&Certificate> {
    let refused = answer.refused.as_ref()?.to_lowercase();
    if !refused.contains("unknown issuer") && !refused.contains("unknownissuer") {
        return None;
    }
    let mut last = answer.chain.first()?;
    for _ in 0..answer.chain.len() {
        if last.self_issued {
            return None;
        }
        match answer.chain.iter().find(|c| c.subject == last.issuer) {
            Some(next) => last = next,
            None => return Some(last),
        }
    }
    None
}

/// The Secret with this certificate that holds its issuer's too.
fn in_secret(tls: &Tls, answer: &TlsAnswer, last: &Certificate) -> Option<String> {
    let leaf = answer.chain.first()?;
    tls.entries.iter().find_map(|entry| {
        let chain = entry.secret.as_ref().ok()?.as_ref()?.chain.as_ref().ok()?;
        let same = !leaf.serial.is_empty() && chain.first()?.serial == leaf.serial;
        let holds = chain
            .iter()
            .skip(1)
            .any(|c| c.subject == last.issuer && !c.self_issued);
        let name = entry.secret_name.as_deref()?;
        (same && holds).then(|| format!("Secret {}/{name}", entry.namespace()))
    })
}
