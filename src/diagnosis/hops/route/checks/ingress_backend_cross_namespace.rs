//! The Service exists, in another namespace than the Ingress.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::elsewhere::{Elsewhere, Hit, elsewhere};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::port;
use crate::diagnosis::shell::quote;
use crate::facts::Unknown;
use crate::report::{Evidence, Hop, Severity};

/// More namespaces than these make the name a common one: then the port has to fit.
const FEW: usize = 3;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-backend-cross-namespace",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Service that the rule leads to is in another namespace",
    explain: include_str!("ingress_backend_cross_namespace.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(service) = super::missing(backend) else {
        return;
    };
    let here = service.namespace.as_str();
    let Some((name, found)) = search(case, &service.name, here) else {
        return;
    };
    let spelled = name.len() < service.name.len();
    let few = found.hits.len() + found.more <= if spelled { 1 } else { FEW };
    let controller = case.entrance.controller.found();
    let fits = |hit: &&Hit<Service>| {
        let (Some(object), Some(wanted)) = (hit.object.as_deref(), backend.via.port.as_ref())
        else {
            return false;
        };
        let port = match controller {
            Some(c) => c.make.service_port(object, wanted),
            None => port::by_port(object, wanted),
        };
        !spelled && port.is_some()
    };
    let nearest = found.hits.first().filter(|_| few);
    let Some(hit) = found.hits.iter().find(fits).or(nearest) else {
        return;
    };
    let there = &hit.namespace;
    let object = format!("Service {there}/{name}");
    let mut draft = sink
        .find(
            &CHECK,
            subject_in(&backend.via.place),
            format!(
                "{} leads to Service {name}, which is in namespace {there}{}",
                backend.via.place.declared.label(),
                found.others()
            ),
        )
        .why(format!(
            "an Ingress of namespace {here} can only lead to Services of {here}"
        ))
        .see(super::backend_field(&backend.via))
        .see(Evidence::Absent {
            what: format!("Service {here}/{}", service.name),
            looked: "the API server has none of that name".to_owned(),
        })
        .see(Evidence::field(&object, ".metadata.namespace", there));
    if let Some(found) = hit.object.as_deref() {
        draft = draft.see(Evidence::raw(object, ".spec.ports", port::list(found)));
    }
    let ingress = quote(backend.via.place.declared.name());
    draft
        .see_all(case.request_lines())
        .fix(format!("move the Ingress to namespace {there} (with the Secret of its certificate); write it out, change the namespace, apply it there:"))
        .run(format!("{} get ingress {ingress} -o yaml > ingress.yaml", case.settings.kubectl_in(here)))
        .done();
}

/// The name of the Service that is meant, and where it is: in the namespace that is spelled into the name, as in `web.shop`, or in any.
fn search<'n>(case: &Case, name: &'n str, here: &str) -> Option<(&'n str, Elsewhere<Service>)> {
    let Some((first, rest)) = name.split_once(['.', '/']) else {
        return Some((name, elsewhere(case, name, here)?));
    };
    let meant = rest.split('.').next().unwrap_or_default();
    if meant == here {
        return None;
    }
    match case.aside().get::<Service>(Some(meant), first) {
        Ok(Some(object)) => {
            let hit = Hit {
                namespace: meant.to_owned(),
                object: Some(object),
            };
            let hits = vec![hit];
            Some((first, Elsewhere { hits, more: 0 }))
        }
        Err(Unknown::Waiting) => None,
        Ok(None) | Err(Unknown::Gap(_)) => Some((first, elsewhere(case, first, here)?)),
    }
}
