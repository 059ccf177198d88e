//! The Service before the controller leads the port to the controller's port for the other scheme.

use k8s_openapi::api::core::v1::{Pod, Service};

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::dialect::listen;
use crate::diagnosis::hops::load_balancer::service;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::{behind, target_words};
use crate::diagnosis::shell::patch;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-port-map",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer's port leads to the controller's port for the other scheme",
    explain: include_str!("lb_port_map.md"),
    symptom_of: &[WRONG_ADDRESS, &["ctl-not-running"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((lb, controller, way)) = case.way_in() else {
        return;
    };
    if !case.all_answered() {
        return;
    }
    let fails = case.outcomes().outside;
    let looped = lb.loops();
    if fails == Outcome::Unknown || fails.is_good() && !looped {
        return;
    }
    // The right port has to be better: with the same answer there the port is not what is wrong.
    let inside = &case.entrance.inside;
    let right_port = case.outcomes().controller;
    if right_port != Outcome::Unknown && !right_port.is_good() {
        return;
    }
    let Some(service) = lb.service.as_deref() else {
        return;
    };
    let own = service::addresses(service, lb);
    let elsewhere = !own.is_empty() && !case.attempts().iter().any(|k| own.contains(&k.to.ip()));
    if elsewhere || service::ends_tls(service) {
        return;
    }
    let Some(pod) = controller.pods.iter().flatten().find(|p| is_ready(p)) else {
        return;
    };
    let args = controller.args();
    let takes = |https| listen::port(&**controller.make, args, pod, https, None);
    let Some((leads, wanted)) =
        crossed(service, way.port, pod, takes(way.https), takes(!way.https))
    else {
        return;
    };
    let Some(port) = service::port(service, way.port) else {
        return;
    };
    let (this, other) = if way.https {
        ("TLS", "plain HTTP")
    } else {
        ("plain HTTP", "TLS")
    };
    let pod_label = label_of(&**pod);
    let title = format!(
        "port {} of {} leads to port {leads}, where {} takes {other}",
        way.port,
        label_of(service),
        controller.make.title()
    );
    let draft = sink
        .find(&CHECK, subject_of(service), title)
        .severity(if inside.is_untold() {
            Severity::Warning
        } else {
            Severity::Error
        })
        .why(format!(
            "requests over {this} arrive where {other} is expected"
        ))
        .see(Evidence::raw(
            label_of(service),
            format!(".spec.ports[port={}].targetPort", way.port),
            target_words(port),
        ))
        .see(Evidence::raw(pod_label, format!("port for {this}"), wanted))
        .see_all(case.request_lines());
    let kubectl = case.settings.kubectl_in(namespace_of(service));
    draft
        .fix(format!(
            "let port {} of the Service lead to port {wanted}",
            way.port
        ))
        .run(patch::target_port(&kubectl, service, port, wanted.into()))
        .done();
}

/// Where the Service leads and where it should, when that is the port for the other scheme.
fn crossed(
    service: &Service,
    port: u16,
    pod: &Pod,
    right: Option<u16>,
    wrong: Option<u16>,
) -> Option<(u16, u16)> {
    let leads = behind(service, port, pod)?;
    let right = right?;
    (leads != right && Some(leads) == wrong).then_some((leads, right))
}
