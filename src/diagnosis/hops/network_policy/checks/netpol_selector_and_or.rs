//! A peer that selects the controller's pods under another reading than Kubernetes': selectors of one list item have to hold together, and
//! pods without namespaces are those of the policy's own.

use super::{Shut, Standing, allow, look, tried_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::end_words;
use crate::diagnosis::hops::network_policy::slip::{Slip, peer_of, peer_words};
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::diagnosis::semantics::policy::{Direction, End};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-selector-and-or",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy's selectors mean other pods than they look as if they did",
    explain: include_str!("netpol_selector_and_or.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(shut) = Shut::of(case, backend, Direction::Ingress) else {
        return;
    };
    if shut.standing == Standing::Refuted {
        return;
    }
    let is = |s: &Slip| matches!(s, Slip::OwnNamespace | Slip::Both);
    let Some(found) = shut.slipped(backend, is) else {
        return;
    };
    let (Some(peer), End::Pod(source)) = (peer_of(found.tried), &found.flow.source) else {
        return;
    };
    let about = &found.tried.rule.policy;
    let (label, words) = (label_of(&**about), peer_words(peer));
    let (title, why, fix) = if found.slips.contains(&Slip::Both) {
        (
            format!(
                "{label} wants both selectors of one pod, and {}'s pods have only the namespace",
                case.sender()
            ),
            "selectors in one list item have to hold together; as two items either would do",
            "write the two selectors as two list items, each with a dash of its own, or add the policy below",
        )
    } else {
        (
            format!(
                "{label} allows {words} of namespace {} only, and {}'s pods are in {}",
                namespace_of(&**about),
                case.sender(),
                source.namespace
            ),
            "a podSelector without a namespaceSelector in the same list item selects pods of the policy's own namespace",
            "name the namespace in the same list item, without a dash before it, or add the policy below",
        )
    };
    let labels: Vec<String> = source
        .labels
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    let why = format!("{why}{}", found.besides());
    shut.draft(case, sink, (&CHECK, about), &title, &why)
        .see(tried_line(found.tried))
        .see(Evidence::raw(
            end_words(&found.flow.source),
            ".metadata.labels",
            labels.join(", "),
        ))
        .fix(fix)
        .run_all(allow(
            case,
            backend,
            found.flow,
            (Direction::Ingress, about),
        ))
        .run(look(case, about))
        .done();
}
