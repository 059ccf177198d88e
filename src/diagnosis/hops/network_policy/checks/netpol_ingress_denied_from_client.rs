//! The pods behind the Service are isolated, and no rule lets the calling pod through.

use super::netpol_ingress_denied_from_controller::denied;
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-ingress-denied-from-client",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "no NetworkPolicy lets the calling pod through to the pods",
    explain: include_str!("netpol_ingress_denied_from_client.md"),
    symptom_of: &[&[
        "netpol-selector-and-or",
        "netpol-namespace-label-missing",
        "netpol-service-port-instead-of-pod-port",
        "netpol-named-port-unresolved",
    ]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.journey.called.is_some() {
        denied(&CHECK, case, backend, sink);
    }
}
