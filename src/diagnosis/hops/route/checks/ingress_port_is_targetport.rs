//! The rule names the pod's port instead of the Service's, which not every controller takes.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::port;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-port-is-targetport",
    hop: Hop::Route,
    severity: Severity::Info,
    title: "the rule names the pod's port instead of the Service's",
    explain: include_str!("ingress_port_is_targetport.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let found = backend.service.found();
    let Some((service, port)) = found.and_then(|f| Some((f.service.as_deref()?, f.port.as_ref()?)))
    else {
        return;
    };
    let Some(written) = &backend.via.port else {
        return;
    };
    if port::by_port(service, written).is_some() {
        return;
    }
    let controller = case.entrance.controller.found();
    let title = controller.map_or("the controller", |c| c.make.title());
    let label = backend.via.place.declared.label();
    let own = super::port_value(port);
    sink.find(
        &CHECK,
        subject_in(&backend.via.place),
        format!("{label} names the targetPort of {}, which {title} takes and others do not", label_of(service)),
    )
    .why("by the Ingress rules a backend's port is one of the Service's; with most other controllers, and after a move to one, this rule leads nowhere")
    .see(Evidence::raw(
        &label,
        backend.via.place.below("/service/port").field(),
        backend.via.words(),
    ))
    .see(Evidence::raw(label_of(service), ".spec.ports[]", port::words(port)))
    .fix("name the Service's own port")
    .run(super::replace(case, &backend.via.place.below("/service/port"), own))
    .done();
}
