//! The load balancer is an internal one, and this machine is outside.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::checks::causes::{NO_CONTROLLER, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::dialect::questions::Internal;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::load_balancer::service::{addresses, annotation};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::shell::quote;
use crate::facts::Connect;
use crate::report::{Evidence, Hop, Severity, Subject};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-internal-scheme",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the load balancer is internal, and does not answer from here",
    explain: include_str!("lb_internal_scheme.md"),
    symptom_of: &[WRONG_ADDRESS, NO_CONTROLLER],
    run: Run::Entrance(run),
};

/// What makes it internal.
struct Sign {
    subject: Subject,
    evidence: Evidence,
    fix: String,
    command: Option<String>,
}

fn run(case: &Case, sink: &mut Sink) {
    let Some(lb) = case.entrance.load_balancer.found() else {
        return;
    };
    let silent = |k: &Attempt| k.tcp.as_ref().is_ok_and(|t| t.connect == Connect::TimedOut);
    if lb.at_resolved.is_empty() || !lb.at_resolved.iter().all(silent) {
        return;
    }
    let sign = case
        .entrance
        .controller
        .found()
        .and_then(|c| of_services(case, c, lb).or_else(|| of_ingresses(case, c, lb)))
        .or_else(|| of_names(lb));
    let Some(sign) = sign else { return };
    let host = &case.target.host;
    let mut draft = sink
        .find(
            &CHECK,
            sign.subject,
            format!("the load balancer of {host} is internal, and does not answer from here"),
        )
        .why("it takes requests from its own private network only")
        .see(sign.evidence)
        .see_all(
            lb.published
                .iter()
                .filter(|p| is_of_name(lb, &p.addresses))
                .map(|p| Evidence::field(&p.from, ".status.loadBalancer.ingress[]", &p.value)),
        )
        .see_all(lb.at_resolved.iter().map(|a| a.tcp_line(case)))
        .fix(sign.fix);
    if let Some(command) = sign.command {
        draft = draft.run(command);
    }
    draft.done();
}

/// Whether the name leads to one of these addresses.
fn is_of_name(lb: &LoadBalancer, all: &[IpAddr]) -> bool {
    lb.at_resolved.iter().any(|k| all.contains(&k.to.ip()))
}

fn of_services(case: &Case, controller: &Controller, lb: &LoadBalancer) -> Option<Sign> {
    let services = controller.services.iter().flatten();
    let mut own = services.filter(|s| is_of_name(lb, &addresses(s, lb)));
    own.find_map(|service| {
        let (path, value, wanted) = internal_service(service)?;
        let kubectl = case.settings.kubectl_in(namespace_of(&**service));
        let name = quote(name_of(&**service));
        Some(Sign {
            subject: subject_of(&**service),
            evidence: match value {
                Some(value) => Evidence::field(label_of(&**service), path, value),
                None => Evidence::Absent {
                    what: format!("{path}, whose default is internal"),
                    looked: label_of(&**service),
                },
            },
            fix: format!("ask from inside its network, or make it face the internet ({wanted}); it then gets another address"),
            command: Some(format!("{kubectl} describe service {name}")),
        })
    })
}

type Told<'s> = (String, Option<&'s str>, &'static str);

fn internal_service(service: &Service) -> Option<Told<'_>> {
    const PREFIX: &str = "service.beta.kubernetes.io/aws-load-balancer-";
    let amazon = |key: &str| annotation(service, &format!("{PREFIX}{key}"));
    let path = |key: &str| format!(".metadata.annotations[{key}]");
    for (key, word, wanted) in [
        (
            "networking.gke.io/load-balancer-type",
            "internal",
            "remove the annotation",
        ),
        (
            "cloud.google.com/load-balancer-type",
            "internal",
            "remove the annotation",
        ),
        (
            "service.beta.kubernetes.io/azure-load-balancer-internal",
            "true",
            "remove the annotation",
        ),
        (
            "service.beta.kubernetes.io/openstack-internal-load-balancer",
            "true",
            "remove the annotation",
        ),
        (
            "service.beta.kubernetes.io/aws-load-balancer-scheme",
            "internal",
            "set the annotation to internet-facing",
        ),
    ] {
        if let Some(value) = annotation(service, key).filter(|v| v.eq_ignore_ascii_case(word)) {
            return Some((path(key), Some(value), wanted));
        }
    }
    if amazon("scheme").is_some() {
        return None;
    }
    // The legacy provider takes any value but "false" for yes.
    if let Some(value) = amazon("internal") {
        let on = !value.is_empty() && value != "false";
        return on.then(|| {
            (
                path(&format!("{PREFIX}internal")),
                Some(value),
                "set aws-load-balancer-scheme to internet-facing",
            )
        });
    }
    let class = service.spec.as_ref()?.load_balancer_class.as_deref();
    let by_controller = class == Some("service.k8s.aws/nlb")
        || matches!(amazon("type"), Some("external" | "nlb-ip"));
    by_controller.then(|| {
        (
            path(&format!("{PREFIX}scheme")),
            None,
            "set the annotation to internet-facing",
        )
    })
}

/// An Ingress that makes its load balancer internal, in the way of its controller's make.
fn of_ingresses(case: &Case, controller: &Controller, lb: &LoadBalancer) -> Option<Sign> {
    let told = controller.make.internal()?;
    controller.ingresses.iter().find_map(|ingress| {
        let label = label_of(&**ingress);
        let published = || lb.published.iter().filter(|p| p.from == label);
        if !published().any(|p| is_of_name(lb, &p.addresses)) {
            return None;
        }
        let kubectl = case.settings.kubectl_in(namespace_of(&**ingress));
        let name = quote(name_of(&**ingress));
        let (evidence, wanted, command) = match told {
            Internal::Class(internal, public) => {
                let class = controller.class.as_deref().filter(|c| *c == internal)?;
                (Evidence::field(&label, "class", class), format!("class {public}"), None)
            }
            Internal::Annotation { key, internal, public } => {
                let annotations = ingress.metadata.annotations.as_ref();
                let path = format!(".metadata.annotations[{key}]");
                let evidence = match annotations.and_then(|a| a.get(key)) {
                    Some(value) if value == internal => Evidence::field(&label, path, internal),
                    // The class's parameters may say otherwise: then the name shows it.
                    None if published().any(|p| is_internal_name(&p.value)) => Evidence::Absent {
                        what: format!("{path}, whose default is {internal}"),
                        looked: label.clone(),
                    },
                    _ => return None,
                };
                let command = format!("{kubectl} annotate ingress {name} {key}={public} --overwrite");
                (evidence, format!("annotation {key}: {public}"), Some(command))
            }
        };
        Some(Sign {
            subject: subject_of(&**ingress),
            evidence,
            fix: format!("ask from inside its network, or make it face the internet ({wanted}); it then gets another address"),
            command,
        })
    })
}

/// The name alone tells it: AWS begins those of internal load balancers so.
fn of_names(lb: &LoadBalancer) -> Option<Sign> {
    let mut published = lb.published.iter();
    let p = published.find(|p| is_internal_name(&p.value) && is_of_name(lb, &p.addresses))?;
    Some(Sign {
        subject: crate::diagnosis::checks::host_subject(&p.value),
        evidence: Evidence::field(&p.from, ".status.loadBalancer.ingress[].hostname", &p.value),
        fix: "ask from inside its network, or make a load balancer that faces the internet"
            .to_owned(),
        command: None,
    })
}

fn is_internal_name(value: &str) -> bool {
    value.starts_with("internal-") && value.contains(".elb.")
}
