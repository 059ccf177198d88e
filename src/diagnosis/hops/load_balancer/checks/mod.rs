//! Pitfalls of the load balancer.

pub mod gateway_no_address;
pub mod gateway_not_programmed;
pub mod lb_etp_local_no_endpoint;
pub mod lb_internal_scheme;
pub mod lb_no_implementation;
pub mod lb_pending;
pub mod lb_port_map;
pub mod lb_proxy_protocol_mismatch;
pub mod lb_refused;
pub mod lb_sync_failed;
pub mod lb_timeout;
pub mod nodeport_unreachable;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Event, Service};

use crate::diagnosis::ask::reads::{Listed, after_grace};
use crate::diagnosis::checks::{Case, Check, Sink, host_subject};
use crate::diagnosis::dialect::questions::Plane;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::pod::event_time;
use crate::diagnosis::semantics::service::service_type;
use crate::facts::{Connect, Gap, Unknown};
use crate::report::{Evidence, Severity};

/// Whether the controller takes the request when it is put straight into its pods; with silence it waits for a pod of the backend.
fn answers_inside(case: &Case) -> Result<bool, Unknown> {
    if case.is_waiting_inside() {
        return Err(Unknown::Waiting);
    }
    match case.outcomes().controller {
        Outcome::Unknown => Err(Unknown::Gap(Gap::NotAsked {
            why: "the request was not put into its pods".to_owned(),
        })),
        outcome => Ok(outcome.responds() || outcome == Outcome::Silent),
    }
}

/// Whether connections are refused or get no answer.
fn turns_away(attempt: &Attempt) -> bool {
    let tcp = attempt.tcp.as_ref();
    tcp.is_ok_and(|t| matches!(t.connect, Connect::TimedOut | Connect::Refused))
}

/// Seconds that an implementation may take to give an address.
const GRACE: i64 = 300;

/// The LoadBalancer Service before the controller that has no address, and how bad that is. None where another has one, or where requests
/// come by the nodes.
fn pending<'c>(case: &Case<'c, '_>) -> Option<(&'c Service, Severity)> {
    let Some(controller) = case.entrance.controller.found() else {
        // A Gateway that could not be seen may have one.
        case.way();
        return None;
    };
    let services = controller.services.iter().flatten().map(|s| &**s);
    let mut balanced = services.filter(|s| service_type(s) == "LoadBalancer");
    let on_nodes = controller.is_on_nodes();
    let service = balanced.next()?;
    if on_nodes || has_address(service) || balanced.any(has_address) {
        return None;
    }
    let age = case.age(service.metadata.creation_timestamp.as_ref());
    let lb = case.entrance.load_balancer.found();
    // What is reached all the same is not broken: another load balancer may go to the node ports.
    let answered = lb.is_some_and(|l| l.at_resolved.iter().any(|k| k.response().is_some()));
    let severity = match after_grace(age, GRACE) {
        Severity::Error if answered => Severity::Warning,
        other => other,
    };
    Some((service, severity))
}

fn has_address(service: &Service) -> bool {
    let status = service
        .status
        .as_ref()
        .and_then(|s| s.load_balancer.as_ref());
    let external = service.spec.as_ref().and_then(|s| s.external_ips.as_ref());
    status
        .and_then(|l| l.ingress.as_ref())
        .is_some_and(|i| !i.is_empty())
        || external.is_some_and(|e| !e.is_empty())
}

/// Events about a Service, the oldest first.
fn events(case: &Case, service: &Service) -> Result<Vec<Arc<Event>>, Unknown> {
    let name = name_of(service);
    let fields = format!("involvedObject.kind=Service,involvedObject.name={name}");
    let namespace = Some(namespace_of(service));
    let mut events = case
        .list::<Event>(namespace, None, Some(fields))
        .and_then(Listed::whole)?;
    events.sort_by_key(|e| event_time(e));
    Ok(events)
}

/// Addresses that fail in one way: an error when none connects, a warning when some do.
fn dead_addresses(
    case: &Case,
    sink: &mut Sink,
    check: &Check,
    way: &Connect,
    words: &str,
    why: &str,
) {
    let j = case.journey;
    let (Some(lb), Some(port)) = (
        case.entrance.load_balancer.found(),
        j.request.as_ref().map(|w| w.port),
    ) else {
        return;
    };
    let hit: Vec<&Attempt> = lb
        .at_resolved
        .iter()
        .filter(|k| k.tcp.as_ref().is_ok_and(|t| t.connect == *way))
        .collect();
    if hit.is_empty() || lb.at_resolved.iter().any(|k| k.tcp.is_err()) {
        return;
    }
    let all_fail = lb.at_resolved.iter().all(Attempt::fails);
    let list: Vec<String> = hit.iter().map(|k| k.to.ip().to_string()).collect();
    let severity = if all_fail {
        Severity::Error
    } else {
        Severity::Warning
    };
    let part = if all_fail {
        String::new()
    } else {
        format!(" ({} of {} addresses)", hit.len(), lb.at_resolved.len())
    };
    // The other family works: that is what tells these apart.
    let six = hit.iter().all(|k| k.to.is_ipv6()) && lb.at_resolved.iter().any(|k| k.to.is_ipv4());
    let family = if six { "IPv6 address " } else { "" };
    let title = format!("port {port} of {family}{} {words}{part}", list.join(", "));
    let mut draft = sink
        .find(check, host_subject(&case.target.host), title)
        .severity(severity)
        .why(why)
        .see_all(lb.at_resolved.iter().map(|a| a.tcp_line(case)));
    let Some(service) = lb.service.as_ref() else {
        draft
            .look("find out what listens at that address, and what stands in between")
            .done();
        return;
    };
    let ports = crate::diagnosis::semantics::port::list(service);
    let has_port = service
        .spec
        .iter()
        .flat_map(|s| s.ports.iter().flatten())
        .any(|p| i32::from(port) == p.port);
    draft = draft.see(Evidence::raw(label_of(&**service), ".spec.ports", &ports));
    let owned = case
        .entrance
        .way
        .as_ref()
        .filter(|way| matches!(way.make.plane(), Plane::Labelled(_)));
    let fix = if has_port {
        "look at the Service before the controller, its endpoints and the firewall in front of it"
    } else if owned.is_some() {
        "the Service before the Gateway's pods does not have this port, and its controller writes it: give the Gateway a listener at the port that it accepts, or use one that it has"
    } else {
        "the Service before the controller does not have this port: add it, or use one that it has"
    };
    let namespace = crate::diagnosis::semantics::meta::namespace_of(&**service);
    let name =
        crate::diagnosis::shell::quote(crate::diagnosis::semantics::meta::name_of(&**service));
    draft
        .fix(fix)
        .run(format!(
            "{} get service,endpointslice -o wide",
            case.settings.kubectl_in(namespace)
        ))
        .run(format!(
            "{} describe service {name}",
            case.settings.kubectl_in(namespace)
        ))
        .done();
}
