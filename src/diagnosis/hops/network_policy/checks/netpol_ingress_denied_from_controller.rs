//! The pods behind the Service are isolated, and no rule lets the controller's pods through.

use super::{Shut, Standing, allow, isolating_lines, look, source_words, tried_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::Direction;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-ingress-denied-from-controller",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "no NetworkPolicy lets the controller through to the pods",
    explain: include_str!("netpol_ingress_denied_from_controller.md"),
    symptom_of: &[&[
        "netpol-selector-and-or",
        "netpol-namespace-label-missing",
        "netpol-service-port-instead-of-pod-port",
        "netpol-named-port-unresolved",
    ]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.journey.called.is_none() {
        denied(&CHECK, case, backend, sink);
    }
}

/// The same, whoever sends the requests.
pub(super) fn denied(check: &Check, case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(shut) = Shut::of(case, backend, Direction::Ingress) else {
        return;
    };
    let (judged, denial) = shut.first();
    let flow = &judged.flow;
    let about = &denial.isolating[0];
    let (who, port) = (source_words(case, flow), flow.port);
    let title = match denial.isolating.as_slice() {
        [one] => format!(
            "{} does not let {who} through to port {port}",
            label_of(&**one)
        ),
        many => format!(
            "none of {} policies that select the pods lets {who} through to port {port}",
            many.len()
        ),
    };
    let why = "a pod that a policy selects takes only what some rule allows";
    let draft = shut
        .draft(case, sink, (check, about), &title, why)
        .see_all(isolating_lines(&denial.isolating))
        .see_all(denial.tried.iter().take(super::MOST).map(tried_line));
    if shut.standing == Standing::Refuted {
        return draft
            .look("see whether the cluster's network plugin enforces policies")
            .run(look(case, about))
            .done();
    }
    draft
        .fix(format!(
            "let {}'s pods through; the policy below allows these requests and nothing else",
            case.sender()
        ))
        .run_all(allow(case, backend, flow, (Direction::Ingress, about)))
        .run(look(case, about))
        .done();
}
