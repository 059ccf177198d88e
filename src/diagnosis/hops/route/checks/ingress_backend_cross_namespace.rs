//! The Service exists, in another namespace than the Ingress.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::namespace_of;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// More namespaces than these make the name a common one, and the guess a bad one.
const MOST: usize = 3;

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
    // "web.shop" means Service web of namespace shop.
    let (name, meant) = match service.name.split_once(['.', '/']) {
        Some((first, rest)) => {
            let namespace = rest.split('.').next().unwrap_or_default();
            (first, Some(namespace.to_owned()))
        }
        None => (service.name.as_str(), None),
    };
    let fields = Some(format!("metadata.name={name}"));
    let Ok(same) = case.list::<Service>(None, None, fields, &["ingress-backend-cross-namespace"])
    else {
        return;
    };
    let same = same.items;
    let mut elsewhere: Vec<&str> = same
        .iter()
        .map(|s| namespace_of(&**s))
        .filter(|ns| meant.as_deref().is_none_or(|m| m == *ns) || same.len() == 1)
        .collect();
    elsewhere.sort_unstable();
    if elsewhere.is_empty()
        || elsewhere.len() > MOST
        || elsewhere.contains(&service.namespace.as_str()) && meant.is_none()
    {
        return;
    }
    let here = &service.namespace;
    let there = elsewhere[0];
    let draft = sink
        .find(
            &CHECK,
            subject_in(&backend.via.place),
            format!(
                "{} leads to Service {name}, which is in namespace {}",
                backend.via.place.declared.label(),
                elsewhere.join(", ")
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
        .see_all(elsewhere.iter().map(|namespace| {
            Evidence::field(
                format!("Service {namespace}/{name}"),
                ".metadata.namespace",
                namespace,
            )
        }))
        .see_all(case.request_lines());
    let ingress = quote(backend.via.place.declared.name());
    draft
        .fix(format!("move the Ingress to namespace {there} (with the Secret of its certificate); write it out, change the namespace, apply it there:"))
        .run(format!("{} get ingress {ingress} -o yaml > ingress.yaml", case.settings.kubectl_in(here)))
        .done();
}
