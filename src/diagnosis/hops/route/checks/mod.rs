//! Pitfalls of routes.

pub mod backendtlspolicy_problem;
pub mod gateway_http_only;
pub mod gateway_ingress_shadows_route;
pub mod host_no_rule;
pub mod ingress_access_denied;
pub mod ingress_annotation_foreign;
pub mod ingress_auth_url_unreachable;
pub mod ingress_backend_cross_namespace;
pub mod ingress_backend_port_missing;
pub mod ingress_backend_protocol_mismatch;
pub mod ingress_backend_service_missing;
pub mod ingress_canary_orphan;
pub mod ingress_class_missing;
pub mod ingress_class_not_found;
pub mod ingress_externalname_disallowed;
pub mod ingress_host_claimed_elsewhere;
pub mod ingress_path_no_match;
pub mod ingress_path_shadowed;
pub mod ingress_port_is_targetport;
pub mod ingress_redirect_loop;
pub mod ingress_regex_spillover;
pub mod ingress_snippet_rejected;
pub mod ingress_ssl_passthrough_off;
pub mod listener_conflicted;
pub mod listener_not_accepted;
pub mod listenerset_not_allowed;
pub mod manifest_refused;
pub mod route_backend_not_found;
pub mod route_conflict_loser;
pub mod route_filter_surprise;
pub mod route_no_match;
pub mod route_no_matching_listener_hostname;
pub mod route_no_matching_parent;
pub mod route_no_status;
pub mod route_no_usable_weight;
pub mod route_not_allowed_by_listeners;
pub mod route_parent_not_found;
pub mod route_partially_invalid;
pub mod route_ref_not_permitted;
pub mod tls_traefik_router_without_tls;
pub mod traefik_empty_service_404;
pub mod traefik_entrypoint_missing;
pub mod traefik_middleware_missing;

use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::checks::{Case, Check, Draft, Sink, subject_in};
use crate::diagnosis::declared::discovery::Workload;
use crate::diagnosis::declared::{Declaration, Declarations};
use crate::diagnosis::dialect::dropped::{Argument, Cause, Dropped};
use crate::diagnosis::hops::journey::{Backend, Rival};
use crate::diagnosis::hops::route::contest::Contest;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::request::inside::BackendPod;
use crate::diagnosis::request::outcome::wants_other_scheme;
use crate::diagnosis::routing::{BackendRef, Place, Rule, same_backends};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::shell::{patch, quote};
use crate::facts::Kind;
use crate::report::{Evidence, Severity};

/// Ingresses that name the host and that the checks on classes speak about, with how bad that is: no controller serves the request
/// otherwise, or another rule takes it, which is the worse one for the page. None before all is answered from here.
fn unserved<'c>(case: &'c Case) -> Option<(&'c Declarations, Vec<&'c Declaration>, Severity)> {
    let declared = case.journey.declared.as_ref().ok()?;
    if !case.settled() {
        return None;
    }
    let entrance = case.entrance;
    let mut unserved: Vec<&Declaration> = declared.all.iter().filter(|d| d.by_name).collect();
    let served = entrance.controller.found().is_some() && entrance.rule().is_some();
    let better: Vec<&Rival> = entrance.better_elsewhere().collect();
    if served {
        unserved.retain(|d| better.iter().any(|r| r.rule.place.is_in(&d.ingress)));
    }
    if unserved.is_empty() {
        return None;
    }
    let author = &entrance.inside.author;
    let good = if served {
        // Somebody who cannot be seen serves it all the same, or nobody could tell the difference.
        better.iter().any(|r| author.is_of(&r.backend.id.0)) || *author == Author::Several
    } else {
        case.answered_well()
            && !matches!(author, Author::Controller | Author::Nobody | Author::Before)
    };
    let severity = if good {
        Severity::Warning
    } else {
        Severity::Error
    };
    Some((declared, unserved, severity))
}

/// `kubectl … patch ingress NAME …` that sets the class.
fn set_class(case: &Case, ingress: &Ingress, class: &str) -> String {
    let kubectl = case.settings.kubectl_in(namespace_of(ingress));
    let part = serde_json::json!({"spec": {"ingressClassName": class}});
    patch::merge(&kubectl, Kind::Ingress, name_of(ingress), &part)
}

/// How bad it is that the objects lead the request nowhere: what somebody answers well may be served by something that hops does not read.
fn unless_answered(case: &Case) -> Severity {
    if case.answered_well() {
        Severity::Warning
    } else {
        Severity::Error
    }
}

/// A pod that speaks another protocol than is spoken to it, and whether the answer says so.
fn speaks_other_protocol<'b>(
    case: &Case,
    backend: &'b Backend,
) -> (Option<&'b BackendPod<'b>>, bool) {
    let mut pods = backend.at_pods.pods.iter();
    let pod = pods.find(|p| p.speaks_other_protocol());
    // Over https the controller has ended TLS, so that these words come from behind it.
    let mut responses = case.attempts().iter().filter_map(Attempt::response);
    (pod, case.https() && responses.any(wants_other_scheme))
}

/// The backend's Service, where there is none of that name and one is needed.
fn missing<'b>(backend: &'b Backend) -> Option<&'b BackendService> {
    let service = backend.service.found()?;
    let is_missing = service.service.is_none() && !is_action(&backend.via);
    is_missing.then_some(service)
}

/// Whether the backend is an action of the AWS controller: it is spelled like one, and needs no Service.
fn is_action(via: &BackendRef) -> bool {
    let port = via.port.as_ref().and_then(|p| p.name.as_deref());
    port == Some("use-annotation")
}

/// Where in a backend its Service's name stands.
fn name_below(via: &BackendRef) -> &'static str {
    match via.place.declared.route() {
        Some(_) => "/name",
        None => "/service/name",
    }
}

/// The backend's Service as the rule spells it.
pub fn backend_field(via: &BackendRef) -> Option<Evidence> {
    let (_, name) = via.service()?;
    let field = via.place.below(name_below(via)).field();
    Some(Evidence::field(via.place.declared.label(), field, name))
}

/// Both rules of a contest as evidence, and what is known of the answer.
fn of_both<'s>(case: &Case, draft: Draft<'s>, contest: &Contest) -> Draft<'s> {
    let line = |rule: &Rule| {
        let words = format!("{} → {}", rule.display(), rule.backend_words());
        Evidence::raw(rule.place.declared.label(), rule.place.field(), words)
    };
    let kubectl = case.settings.kubectl();
    let author = &case.entrance.inside.author;
    let rivals = case.entrance.rivals.iter().map(|r| &r.backend);
    let pods = case
        .backends()
        .chain(rivals)
        .filter(|b| author.is_of(&b.id.0));
    let pods = pods.flat_map(|b| &b.at_pods.pods).take(1);
    draft
        .see(line(contest.taken))
        .see(line(contest.other))
        .see_all(case.request_lines())
        .see_all(pods.map(|p| p.loopback.evidence(case)))
        .run(format!("{kubectl} get ingress -A"))
}

/// `kubectl … patch KIND NAME …` that replaces what is written at a place.
fn replace(case: &Case, place: &Place, value: impl Into<serde_json::Value>) -> String {
    let object = &place.declared;
    let kubectl = case.settings.kubectl_in(object.namespace());
    let (kind, name) = (object.kind(), object.name());
    patch::replace(&kubectl, kind, name, &place.pointer, &value.into())
}

/// The first of the rules that the controller drops for one of these causes, and that lead elsewhere than the rule which answers in
/// their place; none before all is answered from here.
fn dropped<'c>(case: &'c Case, causes: &'c [Cause]) -> Option<&'c Dropped> {
    let route = case.entrance.route.found()?;
    let winner = route.rule();
    let mut all = route.resolution.dropped.iter();
    let matters = |d: &&Dropped| winner.is_none_or(|w| !same_backends(w, &d.rule));
    let first = all.find(matters).filter(|_| case.settled())?;
    causes.contains(&first.cause).then_some(first)
}

/// Who answers in the place of a rule that the controller makes no route of, in words.
fn instead(case: &Case, next: Option<&Rule>) -> String {
    let controller = case.entrance.controller.found();
    let title = controller.map_or("the controller", |c| c.make.title());
    match next {
        None if case.is_answered_otherwise() => {
            "something answers all the same, by a kind of route that hops does not read".to_owned()
        }
        Some(rule) => format!(
            "the request falls to {}, which leads to another backend",
            rule.display()
        ),
        None => format!("every request is answered 404 by {title}, which has no route for it"),
    }
}

/// A finding about a rule that the controller drops, with what shows it.
fn drop_finding<'s>(
    case: &Case,
    sink: &'s mut Sink,
    check: &Check,
    dropped: &Dropped,
) -> Draft<'s> {
    let controller = case.entrance.controller.found();
    let title = controller.map_or("the controller", |c| c.make.title());
    let rule = &dropped.rule;
    let label = rule.place.declared.label();
    let annotation = dropped.annotation.as_deref().map(|key| {
        let value = rule.annotation(key).unwrap_or_default();
        Evidence::field(&label, format!(".metadata.annotations[{key}]"), value)
    });
    let next = case.entrance.rule();
    let way = |rule: &Rule| {
        let way = format!("{} → {}", rule.display(), rule.backend_words());
        Evidence::raw(rule.place.declared.label(), rule.place.field(), way)
    };
    let argument = argument(case, dropped.argument.as_ref());
    let itself = annotation.is_none() && argument.is_none();
    let title = format!("{title} drops {}: {}", rule.display(), dropped.why);
    sink.find(check, subject_in(&rule.place), title)
        .severity(case.severity_of_drop())
        .why(instead(case, next))
        .see(annotation)
        .see(argument)
        .see(itself.then(|| way(rule)))
        .see(next.map(way))
        .see_all(case.request_lines())
}

/// An argument as evidence.
fn argument(case: &Case, argument: Option<&Argument>) -> Option<Evidence> {
    let controller = case.entrance.controller.found()?;
    let workload = controller.workloads.first()?.display();
    Some(match argument? {
        Argument::Given(argument) => Evidence::raw(workload, "args", argument),
        Argument::Missing(argument) => Evidence::Absent {
            what: format!("an argument {argument}"),
            looked: workload,
        },
    })
}

/// What to do about a rule that the controller drops: give it the argument that is missing; else what the check says.
fn drop_fix(case: &Case, dropped: &Dropped, otherwise: &str) -> String {
    match (&dropped.argument, &dropped.better) {
        (Some(Argument::Missing(argument)), None) => add_argument_words(case, argument),
        _ => otherwise.to_owned(),
    }
}

/// The commands for it.
fn drop_commands(case: &Case, dropped: &Dropped) -> Option<String> {
    let declared = &dropped.rule.place.declared;
    match (&dropped.argument, &dropped.better) {
        (_, Some((key, value))) => Some(format!(
            "{} annotate ingress {} {} --overwrite",
            case.settings.kubectl_in(declared.namespace()),
            quote(declared.name()),
            quote(&format!("{key}={value}"))
        )),
        (Some(Argument::Missing(argument)), None) => add_argument(case, argument),
        _ => None,
    }
}

/// `add --flag to the arguments of Deployment …`.
fn add_argument_words(case: &Case, argument: &str) -> String {
    let controller = case.entrance.controller.found();
    let workload = controller.and_then(|c| c.workloads.first());
    let of = workload.map_or_else(|| "the controller".to_owned(), Workload::display);
    format!("add {argument} to the arguments of {of}, or to the values of the chart that made it")
}

/// `kubectl … patch deployment …` that adds an argument to the controller's container.
fn add_argument(case: &Case, argument: &str) -> Option<String> {
    let controller = case.entrance.controller.found()?;
    let workload = controller.workloads.first()?;
    let kubectl = case.settings.kubectl_in(&workload.namespace);
    let pointer = format!("{}/-", workload.args_at.as_ref()?);
    let value = serde_json::json!(argument);
    Some(patch::add(
        &kubectl,
        workload.kind,
        &workload.name,
        &pointer,
        &value,
    ))
}

/// A Service's port as a rule names it.
fn port_value(port: &ServicePort) -> serde_json::Value {
    match port.name.as_deref().filter(|n| !n.is_empty()) {
        Some(name) => serde_json::json!({"name": name}),
        None => serde_json::json!({"number": port.port}),
    }
}
