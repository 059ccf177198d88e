//! The Service port has no usable endpoint.

use crate::diagnosis::ask::stage::Progress;
use crate::diagnosis::checks::causes::NO_ENDPOINT;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "endpoints-empty",
    hop: Hop::Endpoints,
    severity: Severity::Error,
    title: "the Service port has no usable endpoint",
    explain: include_str!("endpoints_empty.md"),
    symptom_of: &[NO_ENDPOINT],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if backend.endpoints.found.is_none() {
        told_by_the_api_server(case, backend, sink);
        return;
    }
    let (Some(service), Some(endpoints)) = (&backend.service.found, &backend.endpoints.found)
    else {
        return;
    };
    if service.port.is_none() || endpoints.usable().next().is_some() {
        return;
    }
    // While the pods are still being read, the cause would be missing.
    if backend.pods.found.is_none()
        && backend.pods.progress == Progress::Waiting
        && service.selector().is_some()
    {
        return;
    }
    let object = format!("Service {}/{}", service.namespace, service.name);
    let count = endpoints.count();
    let selectorless = service.selector().is_none();
    let why = if selectorless {
        "the Service has no selector, and nobody has made an EndpointSlice for it"
    } else {
        "nobody is there to take the request"
    };
    let state = if endpoints.all.is_empty() {
        "none".to_owned()
    } else {
        format!(
            "{} ready, {} not ready, {} terminating",
            count.ready, count.not_ready, count.terminating
        )
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            format!("{object} has no usable endpoint"),
        )
        .why(why)
        .see(Evidence::raw(
            format!("EndpointSlices of {object} ({})", endpoints.slices),
            ".endpoints",
            state,
        ));
    for e in endpoints.all.iter().take(3) {
        let port = e
            .port
            .map_or_else(|| "no port".to_owned(), |p| format!("port {p}"));
        draft = draft.see(Evidence::raw(
            format!("EndpointSlice {}/{}", service.namespace, e.slice),
            format!(".endpoints[{}]", e.address),
            format!("{port}, ready={}, terminating={}", e.ready, e.terminating),
        ));
    }
    let kubectl = case.settings.kubectl_in(&service.namespace);
    let name = &service.name;
    draft
        .look("see which pods should be there, and why they are not")
        .run(format!(
            "{kubectl} get endpointslice -l kubernetes.io/service-name={} -o wide",
            crate::diagnosis::shell::quote(name)
        ))
        .done();
}

/// Where the EndpointSlices may not be read, the API server's own proxy says whether it finds an endpoint.
fn told_by_the_api_server(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(asked)) = (&backend.service.found, &backend.at_pods.service) else {
        return;
    };
    let said = asked.answer.as_ref().ok().and_then(|a| a.tunnel.as_deref());
    if !said.is_some_and(|s| s.contains("no endpoints available")) {
        return;
    }
    let object = format!("Service {}/{}", service.namespace, service.name);
    sink.find(
        &CHECK,
        subject(Kind::Service, Some(&service.namespace), &service.name),
        format!("{object} has no usable endpoint"),
    )
    .why(
        "nobody is there to take the request, says the API server, which may read what you may not",
    )
    .see(asked.evidence(case))
    .look("see which pods should be there, and why they are not ready")
    .run(format!(
        "{} get pods -o wide",
        case.settings.kubectl_in(&service.namespace)
    ))
    .done();
}
