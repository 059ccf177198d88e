//! The rule leads to a Service that does not exist.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::host::nearest;
use crate::diagnosis::semantics::meta::name_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-backend-service-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Service that the rule leads to does not exist",
    explain: include_str!("ingress_backend_service_missing.md"),
    symptom_of: &[&["ingress-backend-cross-namespace"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(service) = super::missing(backend) else {
        return;
    };
    if backend.via.place.declared.route().is_some() {
        return;
    }
    let name = &service.name;
    let namespace = &service.namespace;
    sink.find(
        &CHECK,
        subject_in(&backend.via.place),
        format!(
            "{} leads to Service {namespace}/{name}, which does not exist",
            backend.via.place.declared.label()
        ),
    )
    .why("the controller has nowhere to send the request")
    .see(super::backend_field(&backend.via))
    .aside(case, |aside, draft| {
        let others = aside.list::<Service>(Some(namespace), None, None);
        let others = others.map(|all| all.items);
        let names: Option<Vec<&str>> = others
            .as_ref()
            .ok()
            .map(|all| all.iter().map(|s| name_of(&**s)).collect());
        let draft = draft.see(Evidence::Absent {
            what: format!("Service {namespace}/{name}"),
            looked: match names.as_deref() {
                Some([]) => "the namespace has no Service".to_owned(),
                Some(names) => format!("the namespace has: {}", names.join(", ")),
                None => "the API server has none of that name".to_owned(),
            },
        });
        match nearest(name, names.into_iter().flatten(), 1).first() {
            Some(near) => draft
                .fix(format!("did you mean {near}?"))
                .run(super::replace(
                    case,
                    &backend.via.place.below("/service/name"),
                    *near,
                )),
            None => draft
                .fix("correct the name in the Ingress, or create the Service")
                .run(format!(
                    "{} get service",
                    case.settings.kubectl_in(namespace)
                )),
        }
    })
    .see_all(case.request_lines())
    .done();
}
