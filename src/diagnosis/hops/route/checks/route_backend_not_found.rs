//! A backendRef that names a Service, or a port of it, which there is not.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::{Case, Check, Draft, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::host::nearest;
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::diagnosis::semantics::port;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-backend-not-found",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Service or the port that the route leads to does not exist",
    explain: include_str!("route_backend_not_found.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let via = &backend.via;
    let Some(found) = backend.service.found() else {
        return;
    };
    if via.place.declared.route().is_none() {
        return;
    }
    let label = via.place.declared.label();
    let (namespace, name) = (&found.namespace, &found.name);
    let what = format!("Service {namespace}/{name}");
    let why = "a backend that is not valid gets its share of the requests, and they are answered with 500";
    match &found.service {
        None => {
            let title = format!("{label} leads to {what}, which does not exist");
            let draft = sink.find(&CHECK, subject_in(&via.place), title).why(why);
            let draft = draft.see(super::backend_field(via));
            draft
                .aside(case, |aside, draft| {
                    let others = aside.list::<Service>(Some(namespace), None, None);
                    let others = others.map(|all| all.items).unwrap_or_default();
                    let names: Vec<&str> = others.iter().map(|s| name_of(&**s)).collect();
                    let draft = draft.see(Evidence::Absent {
                        what,
                        looked: if names.is_empty() {
                            "the API server has none of that name".to_owned()
                        } else {
                            format!("namespace {namespace} has: {}", names.join(", "))
                        },
                    });
                    match nearest(name, names.iter().copied(), 1).first() {
                        Some(near) => draft
                            .fix(format!("did you mean {near}?"))
                            .run(super::replace(case, &via.place.below("/name"), *near)),
                        None => draft
                            .fix("correct the name in the route, or create the Service")
                            .run(format!(
                                "{} get service",
                                case.settings.kubectl_in(namespace)
                            )),
                    }
                })
                .see_all(case.request_lines())
                .done();
        }
        Some(service) if found.port.is_none() && !found.is_external_name() => {
            let draft = sink
                .find(&CHECK, subject_in(&via.place), no_port(backend, service))
                .why(why);
            with_port(case, backend, service, draft)
                .see_all(case.request_lines())
                .done();
        }
        Some(_) => {}
    }
}

fn written(backend: &Backend) -> Option<i32> {
    backend.via.port.as_ref().and_then(|p| p.number)
}

fn no_port(backend: &Backend, service: &Service) -> String {
    let label = backend.via.place.declared.label();
    match written(backend) {
        Some(port) => format!(
            "{} has no port {port}, which {label} names",
            label_of(service)
        ),
        None => format!("{label} names no port of {}", label_of(service)),
    }
}

fn with_port<'s>(case: &Case, backend: &Backend, service: &Service, draft: Draft<'s>) -> Draft<'s> {
    let place = &backend.via.place;
    let field = place.below("/port").field();
    let label = place.declared.label();
    let all: Vec<_> = service
        .spec
        .iter()
        .flat_map(|s| s.ports.iter().flatten())
        .collect();
    let is_target =
        |p: &&&_| Some(port::target_words(p)) == written(backend).map(|n| n.to_string());
    let target = all.iter().find(is_target);
    let draft = match written(backend) {
        Some(port) => draft.see(Evidence::raw(label, field, port)),
        None => draft.see(Evidence::Absent {
            what: field,
            looked: label,
        }),
    };
    let draft = draft.see(Evidence::raw(
        label_of(service),
        ".spec.ports",
        port::list(service),
    ));
    let one = target.or(if all.len() == 1 { all.first() } else { None });
    match one {
        Some(port) => {
            let fix = match target {
                Some(_) => format!(
                    "a route names the Service's port, not the pod's: {}",
                    port.port
                ),
                None => format!("use port {}", port.port),
            };
            draft
                .fix(fix)
                .run(super::replace(case, &place.below("/port"), port.port))
        }
        None => draft.fix(format!(
            "use one of the Service's ports: {}",
            port::list(service)
        )),
    }
}
