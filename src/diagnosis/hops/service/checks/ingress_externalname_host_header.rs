//! The rule leads to a site outside, which is asked by the user's host and may know its own name only.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::route::checks::backend_field;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::quote;
use crate::facts::{HttpAnswer, Kind};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-externalname-host-header",
    hop: Hop::Service,
    severity: Severity::Warning,
    title: "an ExternalName is asked by the user's host, and the request is turned away",
    explain: include_str!("ingress_externalname_host_header.md"),
    symptom_of: &[&["ingress-externalname-disallowed"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(controller) = case.entrance.controller.found() else {
        return;
    };
    let found = backend.service.found();
    let Some(service) = found.and_then(|f| f.service.as_deref()) else {
        return;
    };
    let outside = service
        .spec
        .as_ref()
        .and_then(|s| s.external_name.as_deref());
    let outside = outside.map(|name| name.trim_end_matches('.'));
    let external = found.is_some_and(|f| f.is_external_name());
    let (Some(outside), Some(says)) = (outside, controller.make.host_annotation()) else {
        return;
    };
    let host = &case.target.host;
    if !external || !case.all_answered() || outside.eq_ignore_ascii_case(host) {
        return;
    }
    if controller
        .make
        .refuses_service(controller.args(), service)
        .is_some()
    {
        return;
    }
    // What turns a request away for its Host: not found, forbidden, a bad or a misdirected request.
    let turned_away = |r: &&HttpAnswer| matches!(r.status, 400 | 403 | 404 | 421);
    let mut responses = case
        .attempts()
        .iter()
        .filter_map(Attempt::response)
        .peekable();
    let by_controller = matches!(
        case.entrance.inside.author,
        Author::Controller | Author::Rival { .. }
    );
    if by_controller || responses.peek().is_none() || !responses.all(|r| turned_away(&r)) {
        return;
    }
    let on_ingress = says.on == Kind::Ingress;
    let of_service = || {
        service
            .metadata
            .annotations
            .as_ref()?
            .get(&says.key)
            .map(String::as_str)
    };
    let set = if on_ingress {
        backend.via.place.declared.annotation(&says.key)
    } else {
        of_service()
    };
    let is_set = |v: &str| {
        says.value
            .map_or(!v.is_empty(), |own| v.eq_ignore_ascii_case(own))
    };
    if set.is_some_and(is_set) {
        return;
    }
    let title = controller.make.title();
    let name = label_of(service);
    let declared = &backend.via.place.declared;
    let label = if on_ingress {
        declared.label()
    } else {
        name.clone()
    };
    let value = says.value.unwrap_or(outside);
    let (kind, namespace, object) = if on_ingress {
        ("ingress", declared.namespace(), declared.name())
    } else {
        ("service", namespace_of(service), name_of(service))
    };
    let kubectl = case.settings.kubectl_in(namespace);
    sink.find(
        &CHECK,
        subject_in(&backend.via.place),
        format!("{outside} is asked as {host}, and may know its own name only"),
    )
    .why(format!(
        "{title} sends the user's Host on, and {outside}, to which {name} leads, may turn such requests away or take them for another site's; it was not asked by its own name here"
    ))
    .see(backend_field(&backend.via))
    .see(Evidence::field(&name, ".spec.externalName", outside))
    .see(Evidence::Absent {
        what: format!("annotation {} with value {value}", says.key),
        looked: label,
    })
    .see_all(case.request_lines())
    .fix(format!("have {outside} asked by its own name"))
    .run(format!(
        "{kubectl} annotate {kind} {} --overwrite {}",
        quote(object),
        quote(&format!("{}={value}", says.key))
    ))
    .done();
}
