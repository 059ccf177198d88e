//! A listener whose certificate lies in another namespace, which allows nobody to use it.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::routing::Granted;
use crate::diagnosis::shell;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "listener-refs-unresolved",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listener may not use the certificate that it names",
    explain: include_str!("listener_refs_unresolved.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(_), Some(tls)) = (case.way(), case.entrance.tls.found()) else {
        return;
    };
    let mut entries = tls.entries.iter();
    let Some(entry) = entries.find(|e| *e.granted == Granted::No) else {
        return;
    };
    let owner = &entry.place.declared;
    let (label, own) = (owner.label(), owner.namespace());
    let namespace = entry.namespace();
    let name = entry.secret_name.as_deref().unwrap_or_default();
    // A certificate that is served and covers the host is from somewhere.
    let served = super::served(tls).is_some_and(|(_, leaf)| leaf.covers(&case.target.host));
    sink.find(
        &CHECK,
        subject_in(&entry.place),
        format!("{label} names Secret {namespace}/{name}, and no ReferenceGrant allows it"),
    )
    .severity(if served { Severity::Warning } else { Severity::Error })
    .why("a listener without a certificate that it may use takes no connections, or shows a default one")
    .see(super::secret_field(entry))
    .see(Evidence::Absent {
        what: format!("a ReferenceGrant from {} of {own} to Secret {name}", owner.kind().name()),
        looked: format!("namespace {namespace}"),
    })
    .see_all(case.request_lines())
    .fix(format!("grant it in namespace {namespace}"))
    .run(shell::grant(
        &case.settings.kubectl_in(namespace),
        (owner.kind(), own),
        (Kind::Secret, name),
    ))
    .done();
}
