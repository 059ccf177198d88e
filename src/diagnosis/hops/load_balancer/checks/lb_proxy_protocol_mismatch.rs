//! One side speaks the PROXY protocol, and the other does not.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject, subject_of};
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::controller::proxy_protocol::{Setting, setting};
use crate::diagnosis::hops::load_balancer::service::annotation;
use crate::diagnosis::hops::load_balancer::{LoadBalancer, service};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::inside::Replica;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::label_of;
use crate::facts::{Exchange, HttpAnswer, Unknown};
use crate::report::{Evidence, Hop, Severity};

/// Annotations that make a load balancer begin every connection with a PROXY line.
const SENDS: &[&str] = &[
    "service.beta.kubernetes.io/aws-load-balancer-proxy-protocol",
    "service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol",
    "load-balancer.hetzner.cloud/uses-proxyprotocol",
    "loadbalancer.openstack.org/proxy-protocol",
    "service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v1",
    "service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v2",
    "service.beta.kubernetes.io/linode-loadbalancer-default-proxy-protocol",
    "service.beta.kubernetes.io/vultr-loadbalancer-proxy-protocol",
    "service.beta.kubernetes.io/oci-load-balancer-connection-proxy-protocol-version",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-proxy-protocol-mismatch",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer and the controller do not agree on the PROXY protocol",
    explain: include_str!("lb_proxy_protocol_mismatch.md"),
    symptom_of: &[WRONG_ADDRESS, &["ctl-not-running"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((lb, controller, _)) = case.way_in() else {
        return;
    };
    if !case.all_answered() {
        return;
    }
    let Some(attempt) = case.attempts().iter().find(|k| is_garbled(k)) else {
        return;
    };
    let sender = sender(case, lb, controller);
    if case
        .entrance
        .inside
        .replicas
        .iter()
        .any(Replica::wants_proxy_line)
    {
        // A line that is sent and does not help has another reason.
        if sender.is_none() {
            wanted(case, sink, attempt, lb, controller);
        }
    } else if let Some((service, key, value)) = sender {
        unwanted(case, sink, attempt, controller, (&service, key, &value));
    }
}

/// What a side shows that gets a PROXY line unasked, or not although it wants one.
fn is_garbled(attempt: &Attempt) -> bool {
    let odd = |a: &HttpAnswer| match &a.exchange {
        Exchange::Response => a.status == 400,
        Exchange::Closed | Exchange::NoTls(_) | Exchange::NotHttp(_) => true,
        Exchange::NoConnection(_) | Exchange::TimedOut => false,
    };
    attempt.connects() && attempt.http.as_ref().is_ok_and(|a| odd(a))
}

/// The Service whose load balancer is told to send the line, when the request comes by it.
fn sender(
    case: &Case,
    lb: &LoadBalancer,
    controller: &Controller,
) -> Option<(Arc<Service>, &'static str, String)> {
    let mut services = controller.services.iter().flatten();
    services.find_map(|service| {
        let own = service::addresses(service, lb);
        if !case.attempts().iter().any(|k| own.contains(&k.to.ip())) {
            return None;
        }
        SENDS.iter().find_map(|key| {
            let value = annotation(service, key)?;
            let on = !matches!(
                value.to_ascii_lowercase().as_str(),
                "" | "false" | "none" | "0"
            );
            on.then(|| (Arc::clone(service), *key, value.to_owned()))
        })
    })
}

/// The controller wants the line and does not get it.
fn wanted(
    case: &Case,
    sink: &mut Sink,
    attempt: &Attempt,
    lb: &LoadBalancer,
    controller: &Controller,
) {
    let subject = match lb.service.as_ref() {
        Some(service) => subject_of(&**service),
        None => host_subject(&case.target.host),
    };
    let title = format!(
        "{} wants a PROXY line before every request, and gets none from {}",
        controller.make.title(),
        attempt.to
    );
    let mut draft = sink
        .find(&CHECK, subject, title)
        .why("it takes the first bytes of a request for a broken PROXY line and closes the connection or answers 400")
        .see(attempt.http_line(case, case.https()));
    for replica in &case.entrance.inside.replicas {
        let with = replica.with_proxy_line.as_ref();
        draft = draft
            .see(replica.http.evidence(case))
            .see(with.and_then(|w| w.evidence(case)));
    }
    draft = draft.aside(case, |aside, draft| match setting(aside, controller) {
        Ok(Setting::On(field)) => draft.see(field),
        _ => draft,
    });
    if let Some(service) = lb.service.as_ref() {
        draft = draft.see(Evidence::Absent {
            what: "an annotation that makes the load balancer send the PROXY protocol".to_owned(),
            looked: label_of(&**service),
        });
    }
    draft
        .fix("make the load balancer send the PROXY protocol, or switch it off at the controller")
        .run(show(case, controller))
        .done();
}

/// The load balancer sends it, and the controller is not told to expect it.
fn unwanted(
    case: &Case,
    sink: &mut Sink,
    attempt: &Attempt,
    controller: &Controller,
    (service, key, value): (&Service, &str, &str),
) {
    let inside = &case.entrance.inside;
    let seen = case.outcomes().controller;
    // Inside it has to be better than outside; where that was not seen, the settings decide.
    let bad_inside = match seen {
        Outcome::Unknown => false,
        _ => !seen.responds() || seen.status() == Some(400),
    };
    if bad_inside {
        return;
    }
    let field = match setting(case, controller) {
        Ok(Setting::On(_)) | Err(Unknown::Waiting) => return,
        Ok(Setting::Off(field)) => Some(field),
        Ok(Setting::Elsewhere) | Err(Unknown::Gap(_)) => None,
    };
    let severity = match (&field, seen) {
        (None, Outcome::Unknown) => return,
        (Some(_), Outcome::Unknown) | (None, _) => Severity::Warning,
        (Some(_), _) => Severity::Error,
    };
    let title = format!(
        "the load balancer of {} sends a PROXY line that {} does not expect",
        label_of(service),
        controller.make.title()
    );
    sink
        .find(&CHECK, subject_of(service), title)
        .severity(severity)
        .why("the controller takes the line for the beginning of a broken request or handshake")
        .see(Evidence::field(
            label_of(service),
            format!(".metadata.annotations[{key}]"),
            value,
        ))
        .see(field)
        .see(attempt.http_line(case, case.https()))
        .see_all(
        inside
            .replicas
            .iter()
            .map(|r| r.http.evidence(case)),
    )
        .fix("switch the PROXY protocol on at the controller, for the load balancer's addresses, or remove the annotation")
        .run(show(case, controller))
        .done();
}

/// The line that shows the controller's side.
fn show(case: &Case, controller: &Controller) -> String {
    let Some(workload) = controller.workloads.first() else {
        return format!("{} get services -A", case.settings.kubectl());
    };
    let kubectl = case.settings.kubectl_in(&workload.namespace);
    format!("{kubectl} get services,configmaps -o yaml | grep -i proxy-*protocol")
}
