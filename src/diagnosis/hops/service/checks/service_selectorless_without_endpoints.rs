//! The Service selects no pods, and nobody has made an EndpointSlice for it.

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::diagnosis::ask::reads::Hides;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::endpoints::SERVICE_NAME;
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::diagnosis::shell::quote;
use crate::facts::{Kind, Unknown};
use crate::report::{Evidence, Hop, Severity};

/// What is looked for only helps.
const HIDES: Hides = &[];

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
    let (Some(service), Some(endpoints)) = (&backend.service.found, &backend.endpoints.found)
    else {
        return;
    };
    let selects = service.selector().is_some() || service.is_external_name();
    if service.service.is_none() || service.port.is_none() || selects || endpoints.slices > 0 {
        return;
    }
    let (namespace, name) = (&service.namespace, &service.name);
    // A slice that is meant for it: called like it, and without the label that would say so.
    let all = match case.list::<EndpointSlice>(Some(namespace), None, None, HIDES) {
        Err(Unknown::Waiting) => return,
        Err(Unknown::Gap(_)) => Vec::new(),
        Ok(listed) => listed.items,
    };
    let is_meant = |slice: &EndpointSlice| {
        let rest = name_of(slice).strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) && of(slice).is_none()
    };
    let meant = all.iter().find(|slice| is_meant(slice));
    let object = format!("Service {namespace}/{name}");
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(namespace), name),
            format!("{object} has no selector, and no EndpointSlice belongs to it"),
        )
        .why("without a selector the cluster makes no endpoints; whoever made the Service has to, and nobody has, so no one is there to answer")
        .see(Evidence::raw(&object, ".spec.selector", "unset"))
        .see(Evidence::Absent {
            what: format!("an EndpointSlice with {SERVICE_NAME}={name}"),
            looked: format!("EndpointSlices of namespace {namespace}"),
        });
    let kubectl = case.settings.kubectl_in(namespace);
    if let Some(slice) = meant {
        draft = draft.see(Evidence::raw(
            label_of(&**slice),
            format!(".metadata.labels[{SERVICE_NAME}]"),
            "unset",
        ));
        draft
            .fix("give the EndpointSlice the label that says whose it is")
            .run(format!(
                "{kubectl} label endpointslice {} {}",
                quote(name_of(&**slice)),
                quote(&format!("{SERVICE_NAME}={name}"))
            ))
            .done();
        return;
    }
    draft
        .fix(format!(
            "give the Service a selector, or make an EndpointSlice with label {SERVICE_NAME}={name}"
        ))
        .run(format!("{kubectl} get endpointslice --show-labels"))
        .done();
}

/// The Service whose it says that it is.
fn of(slice: &EndpointSlice) -> Option<&String> {
    slice.metadata.labels.as_ref()?.get(SERVICE_NAME)
}
