//! The controller's own pods are isolated for what they send, and no rule lets them out to the pods behind the Service.

use super::{Shut, Standing, allow, isolating_lines, look, tried_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::end_words;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::Direction;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-controller-egress-or-ingress",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy of the controller's namespace does not let it out to the pods",
    explain: include_str!("netpol_controller_egress_or_ingress.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.journey.called.is_none() {
        denied(&CHECK, case, backend, sink);
    }
}

/// The same, whoever sends the requests.
pub(super) fn denied(check: &Check, case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(shut) = Shut::of(case, backend, Direction::Egress) else {
        return;
    };
    // What passes all the same is told by the policies of the pods' side, if at all.
    if shut.standing == Standing::Refuted {
        return;
    }
    let (judged, denial) = shut.first();
    let flow = &judged.flow;
    let about = &denial.isolating[0];
    let title = format!(
        "{} does not let {} out to port {} of {}",
        label_of(&**about),
        end_words(&flow.source),
        flow.port,
        end_words(&flow.destination)
    );
    let why = "a pod that a policy selects for egress sends only what some rule allows";
    shut.draft(case, sink, (check, about), &title, why)
        .see_all(isolating_lines(&denial.isolating))
        .see_all(denial.tried.iter().take(super::MOST).map(tried_line))
        .fix(format!(
            "let {} out to the pods; the policy below allows these requests and nothing else",
            case.sender()
        ))
        .run_all(allow(case, backend, flow, (Direction::Egress, about)))
        .run(look(case, about))
        .done();
}
