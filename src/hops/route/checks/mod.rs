//! Pitfalls of routes.

pub mod host_no_rule;
pub mod ingress_backend_cross_namespace;
pub mod ingress_backend_port_missing;
pub mod ingress_backend_service_missing;
pub mod ingress_class_missing;
pub mod ingress_class_not_found;
pub mod ingress_path_no_match;
pub mod traefik_empty_service_404;

use super::site::{Declared, Site};
use crate::checks::Ctx;
use crate::hops::controller::dialect::Rule;
use crate::hops::cx::{label_of, name_of, namespace_of};
use crate::hops::door::Knock;
use crate::hops::shell::quote;
use crate::report::Evidence;

/// The responses to the user's request, as evidence.
fn response_lines(ctx: &Ctx) -> Vec<Evidence> {
    let https = ctx.journey.way.is_some_and(|w| w.https);
    let knocks = ctx
        .journey
        .load_balancer
        .found
        .iter()
        .flat_map(|l| l.knocks());
    knocks
        .filter_map(|k| k.http_line(ctx.cx, https))
        .map(Evidence::Probe)
        .take(2)
        .collect()
}

/// Whether every knock is through; before that a status may still come that refutes.
fn settled(ctx: &Ctx) -> bool {
    let lb = ctx.journey.load_balancer.found.as_ref();
    lb.is_none_or(|l| !l.knocks().iter().any(Knock::is_waiting))
}

/// Whether somebody answers the request with something else than an error.
fn answered_well(ctx: &Ctx) -> bool {
    let knocks = ctx
        .journey
        .load_balancer
        .found
        .iter()
        .flat_map(|l| l.knocks());
    knocks
        .filter_map(Knock::response)
        .any(|r| r.status < 400 || r.status == 401)
}

/// Ingresses that name the host and that the checks on classes speak about: no controller serves the request otherwise.
fn unserved<'c>(ctx: &'c Ctx) -> Option<(&'c Site, Vec<&'c Declared>)> {
    let site = ctx.journey.site.as_ref().ok()?;
    let claimed = ctx.journey.controller.found.is_some();
    if claimed && ctx.journey.rule().is_some() {
        return None;
    }
    Some((site, site.declared.iter().filter(|d| d.by_name).collect()))
}

/// The backend's Service as the rule spells it.
fn backend_field(rule: &Rule) -> Option<Evidence> {
    let name = &rule.backend.service.as_ref()?.name;
    let path = format!("{}.service.name", rule.backend_field());
    Some(Evidence::field(label_of(&*rule.ingress), path, name))
}

/// `kubectl … patch ingress NAME --type=json -p '[…]'` that replaces one field.
fn patch(ctx: &Ctx, rule: &Rule, path: &str, value: &serde_json::Value) -> String {
    let ops = serde_json::json!([{"op": "replace", "path": path, "value": value}]);
    format!(
        "{} patch ingress {} --type=json -p {}",
        ctx.cx.kubectl_in(namespace_of(&*rule.ingress)),
        quote(name_of(&*rule.ingress)),
        quote(&ops.to_string())
    )
}

/// The JSON pointer to the rule's backend Service.
fn backend_pointer(rule: &Rule) -> String {
    match rule.position {
        Some((r, p)) => format!("/spec/rules/{r}/http/paths/{p}/backend/service"),
        None => "/spec/defaultBackend/service".to_owned(),
    }
}
