//! The calling pod is isolated for what it sends, and no rule lets it out to the pods behind the Service.

use super::netpol_controller_egress_or_ingress::denied;
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-egress-denied-client",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy does not let the calling pod out to the pods",
    explain: include_str!("netpol_egress_denied_client.md"),
    symptom_of: &[&["netpol-service-port-instead-of-pod-port"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.journey.called.is_some() {
        denied(&CHECK, case, backend, sink);
    }
}
