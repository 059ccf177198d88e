//! A rule allows the Service's port, and the pods have another one.

use super::{Shut, Standing, allow, look, ports_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::slip::Slip;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::Direction;
use crate::diagnosis::semantics::port;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-service-port-instead-of-pod-port",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy allows the Service's port, and not the pods'",
    explain: include_str!("netpol_service_port_instead_of_pod_port.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    slipped(case, backend, Direction::Ingress, sink);
    // What a caller may send is looked at as well.
    if case.journey.called.is_some() {
        slipped(case, backend, Direction::Egress, sink);
    }
}

fn slipped(case: &Case, backend: &Backend, direction: Direction, sink: &mut Sink) {
    let Some(shut) = Shut::of(case, backend, direction) else {
        return;
    };
    if shut.standing == Standing::Refuted {
        return;
    }
    let Some(found) = shut.slipped(backend, |s| matches!(s, Slip::ServicePort(_))) else {
        return;
    };
    let Some((service, meant)) = backend
        .service
        .found()
        .and_then(|s| Some((s.service.as_ref()?, s.port.as_ref()?)))
    else {
        return;
    };
    let about = &found.tried.rule.policy;
    let title = format!(
        "{} allows port {}, which is the Service's; the pods' port is {}",
        label_of(&**about),
        meant.port,
        found.flow.port
    );
    let why = format!(
        "policies see a packet when it already goes to the pod, at the pod's port{}",
        found.besides()
    );
    shut.draft(case, sink, (&CHECK, about), &title, &why)
        .see(ports_line(found.tried))
        .see(Evidence::raw(
            label_of(&**service),
            ".spec.ports",
            port::words(meant),
        ))
        .fix(format!(
            "allow port {} in the rule, or add the policy below",
            found.flow.port
        ))
        .run_all(allow(case, backend, found.flow, (direction, about)))
        .run(look(case, about))
        .done();
}
