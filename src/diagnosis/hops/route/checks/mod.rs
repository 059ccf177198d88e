//! Pitfalls of routes.

pub mod host_no_rule;
pub mod ingress_backend_cross_namespace;
pub mod ingress_backend_port_missing;
pub mod ingress_backend_protocol_mismatch;
pub mod ingress_backend_service_missing;
pub mod ingress_canary_orphan;
pub mod ingress_class_missing;
pub mod ingress_class_not_found;
pub mod ingress_path_no_match;
pub mod ingress_redirect_loop;
pub mod manifest_refused;
pub mod tls_traefik_router_without_tls;
pub mod traefik_empty_service_404;

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::checks::Case;
use crate::diagnosis::declared::{Declaration, Declarations};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::routing::{BackendRef, Place};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::shell::patch;
use crate::facts::Kind;
use crate::report::{Evidence, Severity};

/// Ingresses that name the host and that the checks on classes speak about, with how bad that is: no controller serves the request
/// otherwise. None before all is answered from here.
fn unserved<'c>(case: &'c Case) -> Option<(&'c Declarations, Vec<&'c Declaration>, Severity)> {
    let declared = case.journey.declared.as_ref().ok()?;
    let claimed = case.entrance.controller.found.is_some();
    if claimed && case.entrance.rule().is_some() || !case.settled() {
        return None;
    }
    let severity = if case.answered_well() {
        Severity::Warning
    } else {
        Severity::Error
    };
    Some((
        declared,
        declared.all.iter().filter(|d| d.by_name).collect(),
        severity,
    ))
}

/// `kubectl … patch ingress NAME …` that sets the class.
fn set_class(case: &Case, ingress: &Ingress, class: &str) -> String {
    let kubectl = case.settings.kubectl_in(namespace_of(ingress));
    let part = serde_json::json!({"spec": {"ingressClassName": class}});
    patch::merge(&kubectl, Kind::Ingress, name_of(ingress), &part)
}

/// The backend's Service, where there is none of that name and one is needed.
fn missing<'b>(backend: &'b Backend) -> Option<&'b BackendService> {
    let service = backend.service.found.as_ref()?;
    let is_missing = service.service.is_none() && !is_action(&backend.via);
    is_missing.then_some(service)
}

/// Whether the backend is an action of the AWS controller: it is spelled like one, and needs no Service.
fn is_action(via: &BackendRef) -> bool {
    let port = via.port.as_ref().and_then(|p| p.name.as_deref());
    port == Some("use-annotation")
}

/// The backend's Service as the rule spells it.
fn backend_field(via: &BackendRef) -> Option<Evidence> {
    let (_, name) = via.service()?;
    let field = via.place.below("/service/name").field();
    Some(Evidence::field(via.place.declared.label(), field, name))
}

/// `kubectl … patch KIND NAME …` that replaces what is written at a place.
fn replace(case: &Case, place: &Place, value: impl Into<serde_json::Value>) -> String {
    let object = &place.declared;
    let kubectl = case.settings.kubectl_in(object.namespace());
    let (kind, name) = (object.kind(), object.name());
    patch::replace(&kubectl, kind, name, &place.pointer, &value.into())
}
