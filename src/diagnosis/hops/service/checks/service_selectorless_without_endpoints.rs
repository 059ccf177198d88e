//! The Service selects no pods, and nobody has made an EndpointSlice for it.

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::endpoints::SERVICE_NAME;
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-selectorless-without-endpoints",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service has neither a selector nor an EndpointSlice",
    explain: include_str!("service_selectorless_without_endpoints.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(endpoints)) = (backend.service.found(), backend.endpoints.found())
    else {
        return;
    };
    let selects = service.selector().is_some() || service.is_external_name();
    if service.service.is_none() || service.port.is_none() || selects || endpoints.slices > 0 {
        return;
    }
    let (namespace, name) = (&service.namespace, &service.name);
    let object = format!("Service {namespace}/{name}");
    let kubectl = case.settings.kubectl_in(namespace);
    sink.find(
            &CHECK,
            subject(Kind::Service, Some(namespace), name),
            format!("{object} has no selector, and no EndpointSlice belongs to it"),
        )
        .why("without a selector the cluster makes no endpoints; whoever made the Service has to, and nobody has, so no one is there to answer")
        .see(Evidence::raw(&object, ".spec.selector", "unset"))
        .see(Evidence::Absent {
            what: format!("an EndpointSlice with {SERVICE_NAME}={name}"),
            looked: format!("EndpointSlices of namespace {namespace}"),
        })
        .aside(case, |aside, draft| {
            let all = aside.list::<EndpointSlice>(Some(namespace), None, None);
            let all = all.map(|all| all.items).unwrap_or_default();
            let Some(slice) = all.iter().find(|slice| is_meant(slice, name)) else {
                return draft
                    .fix(format!(
                        "give the Service a selector, or make an EndpointSlice with label {SERVICE_NAME}={name}"
                    ))
                    .run(format!("{kubectl} get endpointslice --show-labels"));
            };
            draft
                .see(Evidence::raw(
                    label_of(&**slice),
                    format!(".metadata.labels[{SERVICE_NAME}]"),
                    "unset",
                ))
                .fix("give the EndpointSlice the label that says whose it is")
                .run(format!(
                    "{kubectl} label endpointslice {} {}",
                    quote(name_of(&**slice)),
                    quote(&format!("{SERVICE_NAME}={name}"))
                ))
        })
        .done();
}

/// Whether a slice is meant for a Service: called like it, and without the label that would say so.
fn is_meant(slice: &EndpointSlice, service: &str) -> bool {
    let rest = name_of(slice).strip_prefix(service);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) && of(slice).is_none()
}

/// The Service whose it says that it is.
fn of(slice: &EndpointSlice) -> Option<&String> {
    slice.metadata.labels.as_ref()?.get(SERVICE_NAME)
}
