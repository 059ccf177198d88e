//! The controller asks another service whether a request may pass, and gets no answer.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use url::Url;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::semantics::service::service_type;
use crate::facts::{Gap, HttpAnswer, Unknown};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-auth-url-unreachable",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the service that is asked whether requests may pass cannot be reached",
    explain: include_str!("ingress_auth_url_unreachable.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(controller), Some(rule)) = (case.entrance.controller.found(), case.entrance.rule())
    else {
        return;
    };
    let route = case.entrance.route.found();
    let mut guards = route.into_iter().flat_map(|r| &r.resolution.guards);
    let Some((guard, url)) = guards.find_map(|g| Some((g, g.asks.as_deref()?))) else {
        return;
    };
    if !case.all_answered() || case.answered_well() || case.entrance.passes_tls() {
        return;
    }
    let from_pod = matches!(
        case.entrance.inside.author,
        Author::Backend { .. } | Author::Rival { .. }
    );
    let author = &case.entrance.inside.author;
    let errors = |told: bool| {
        let mut responses = case.attempts().iter().filter_map(Attempt::response);
        let own = |r: &HttpAnswer| {
            !told || *author == Author::Nobody || controller.make.wrote(r).is_some()
        };
        !from_pod && responses.any(|r| r.status == 500 && own(r))
    };
    let failed = errors(true);
    // Without any answer the objects alone tell.
    let unasked = case
        .attempts()
        .iter()
        .all(|k| matches!(*k.http, Err(Unknown::Gap(Gap::NotAsked { .. }))));
    let missing = if errors(false) || unasked {
        absent(case, url)
    } else {
        None
    };
    if missing.is_none() && !failed {
        return;
    }
    let label = &guard.object;
    let title = controller.make.title();
    sink.find(
        &CHECK,
        subject_in(&rule.place),
        format!("{title} gets no answer from the service that {label} lets it ask: {url}"),
    )
    .why("every request waits for its word, so that none passes")
    .see(Evidence::field(label, &guard.field, url))
    .see(missing)
    .see_all(case.request_lines())
    .see_all(case.inside_lines(Hop::Route))
    .fix("bring that service back, or correct the URL: it is looked up and asked from the controller's pods")
    .run(format!(
        "{} get ingress {} -o yaml",
        case.settings.kubectl_in(rule.place.declared.namespace()),
        crate::diagnosis::shell::quote(rule.place.declared.name())
    ))
    .done();
}

/// What of a Service of this cluster is missing, where the URL leads to one.
fn absent(case: &Case, url: &str) -> Option<Evidence> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    let inside = host.strip_suffix(".cluster.local").unwrap_or(host);
    let (name, namespace) = inside.strip_suffix(".svc")?.split_once('.')?;
    if name.contains('$') || namespace.contains(['.', '$']) {
        return None;
    }
    let object = format!("Service {namespace}/{name}");
    let Some(service) = case.get::<Service>(Some(namespace), name).ok()? else {
        return Some(Evidence::Absent {
            what: object,
            looked: format!("where {url} leads"),
        });
    };
    if service_type(&service) == "ExternalName" {
        return None;
    }
    let labels = Some(format!("kubernetes.io/service-name={name}"));
    let slices = case
        .list::<EndpointSlice>(Some(namespace), labels, None)
        .ok()?;
    let slices = slices.whole().ok()?;
    let mut endpoints = slices.iter().flat_map(|s| s.endpoints.iter().flatten());
    let ready = endpoints.any(|e| {
        e.conditions
            .as_ref()
            .is_none_or(|c| c.ready.unwrap_or(true))
    });
    (!ready).then(|| Evidence::raw(object, "ready endpoints", 0))
}
