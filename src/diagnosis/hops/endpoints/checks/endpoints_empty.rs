//! The Service port has no usable endpoint.

use std::sync::Arc;

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::diagnosis::ask::stage::Progress;
use crate::diagnosis::checks::causes::NO_ENDPOINT;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::endpoints::Endpoints;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::endpoints::{SERVICE_NAME, ports_of};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::shell::{patch, quote};
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// Who makes slices of pods, and who copies Endpoints objects into slices, as these say themselves.
const OF_PODS: &str = "endpointslice-controller.k8s.io";
const MIRRORED: &str = "endpointslicemirroring-controller.k8s.io";

/// The pitfall.
pub const CHECK: Check = Check {
    code: "endpoints-empty",
    hop: Hop::Endpoints,
    severity: Severity::Error,
    title: "the Service port has no usable endpoint",
    explain: include_str!("endpoints_empty.md"),
    symptom_of: &[NO_ENDPOINT, &["service-internal-policy-local"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if backend.endpoints.found().is_none() {
        told_by_the_api_server(case, backend, sink);
        return;
    }
    let (Some(service), Some(endpoints)) = (backend.service.found(), backend.endpoints.found())
    else {
        return;
    };
    if service.port.is_none() || endpoints.usable().next().is_some() {
        return;
    }
    // While the pods are still being read, the cause would be missing.
    if backend.pods.found().is_none()
        && *backend.pods.progress() == Progress::Waiting
        && service.selector().is_some()
    {
        return;
    }
    let object = format!("Service {}/{}", service.namespace, service.name);
    let count = endpoints.count();
    let joined = Joined::of(service, endpoints);
    let mut title = format!("{object} has no usable endpoint");
    if let Some(joined) = &joined {
        title = format!("{title}: {}", joined.title());
    }
    let state = if endpoints.all.is_empty() {
        "none".to_owned()
    } else {
        format!(
            "{} ready, {} ready without the port, {} not ready, {} terminating",
            count.ready, count.without_port, count.not_ready, count.terminating
        )
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            title,
        )
        .why(why(case, service, endpoints, joined.as_ref()))
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
    if let Some(joined) = joined {
        draft = draft
            .see(Evidence::field(
                &object,
                ".spec.ports[].name",
                joined.wanted,
            ))
            .see(Evidence::field(
                format!("EndpointSlice {}/{}", service.namespace, joined.slice),
                ".ports[].name",
                joined.there,
            ));
        let (fix, run) = joined.fix(&kubectl, &service.name);
        draft.fix(fix).run(run).done();
        return;
    }
    let fix = if service.selector().is_none() {
        "see what is in its EndpointSlice, and put a ready address into it"
    } else {
        "see which pods should be there, and why they are not"
    };
    draft
        .look(fix)
        .run(format!(
            "{kubectl} get endpointslice -l {SERVICE_NAME}={} -o wide",
            quote(&service.name)
        ))
        .done();
}

/// Why nobody takes the request, by what is there.
fn why(
    case: &Case,
    service: &BackendService,
    endpoints: &Endpoints,
    joined: Option<&Joined>,
) -> String {
    if let Some(joined) = joined {
        return joined.why();
    }
    let make = case.entrance.controller.found().map(|c| &c.make);
    match (service.selector(), endpoints.slices) {
        _ if endpoints.is_leaving() => format!(
            "all endpoints that are left are on their way out, and {} sends no new requests to such",
            make.map_or("the controller", |m| m.title())
        ),
        (None, 0) => {
            "the Service has no selector, and nobody has made an EndpointSlice for it".to_owned()
        }
        (None, _) => "the Service has no selector, and the EndpointSlice that was made for it has no ready address".to_owned(),
        (Some(_), _) => "nobody is there to take the request".to_owned(),
    }
}

/// A slice that was not made of pods, whose one port has another name than the Service's.
struct Joined<'e> {
    slice: &'e str,
    /// It is a copy of the Endpoints object of the Service's name.
    is_copy: bool,
    wanted: &'e str,
    there: &'e str,
    number: Option<i32>,
}

impl<'e> Joined<'e> {
    fn of(service: &'e BackendService, endpoints: &'e Endpoints) -> Option<Self> {
        let port = service.port.as_ref()?;
        // What the cluster makes of pods has its names from the Service.
        let by_hand = |s: &&Arc<EndpointSlice>| {
            service.selector().is_none() && managed_by(s) != Some(OF_PODS)
        };
        let slice = endpoints.portless.iter().find(by_hand)?;
        let mut ports = ports_of(slice, port);
        let (Some(one), None) = (ports.next(), ports.next()) else {
            return None;
        };
        Some(Self {
            slice: name_of(&**slice),
            is_copy: managed_by(slice) == Some(MIRRORED),
            wanted: port.name.as_deref().unwrap_or_default(),
            there: one.name.as_deref().unwrap_or_default(),
            number: one.port,
        })
    }

    fn title(&self) -> String {
        let (wanted, there) = (called(self.wanted), called(self.there));
        format!("its port {wanted}, that of the EndpointSlice {there}")
    }

    fn why(&self) -> String {
        let number = self.number.map(|n| format!(" ({n})")).unwrap_or_default();
        format!(
            "a port of a Service and one of an EndpointSlice belong together by their names: the Service's {}, the EndpointSlice's{number} {}",
            called(self.wanted),
            called(self.there)
        )
    }

    /// In words, and as a line.
    fn fix(&self, kubectl: &str, service: &str) -> (String, String) {
        let name = match self.wanted {
            "" => "no name".to_owned(),
            name => format!("the name {name:?}"),
        };
        if self.is_copy {
            let fix = format!(
                "give the port of the Endpoints object {name}; the EndpointSlice is a copy of it"
            );
            let place = ("endpoints", "/subsets/0/ports/0");
            return (fix, patch::port_name(kubectl, place, service, self.wanted));
        }
        let fix = format!("give the port of the EndpointSlice {name}");
        let place = ("endpointslice", "/ports/0");
        (
            fix,
            patch::port_name(kubectl, place, self.slice, self.wanted),
        )
    }
}

/// A port's name, where an empty one is none.
fn called(name: &str) -> String {
    match name {
        "" => "has no name".to_owned(),
        name => format!("is called {name:?}"),
    }
}

fn managed_by(slice: &EndpointSlice) -> Option<&str> {
    let labels = slice.metadata.labels.as_ref()?;
    labels
        .get("endpointslice.kubernetes.io/managed-by")
        .map(String::as_str)
}

/// Where the EndpointSlices may not be read, the API server's own proxy says whether it finds an endpoint.
fn told_by_the_api_server(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(asked)) = (backend.service.found(), &backend.at_pods.service) else {
        return;
    };
    // It reads Endpoints objects alone: of a slice that was made by hand it knows nothing.
    if service.selector().is_none() {
        return;
    }
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
