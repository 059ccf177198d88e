//! A Gateway speaks another protocol to the pods than they do, or wants another certificate of them: a BackendTLSPolicy is missing or wrong.

use std::sync::Arc;

use crate::diagnosis::checks::{Case, Check, Draft, Run, Sink, subject_in, subject_of};
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::dialect::upstream::Upstream;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::service::{BackendService, tls_policies};
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::routing::gateway::Policies;
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::diagnosis::semantics::port;
use crate::diagnosis::shell::{self, patch, quote};
use crate::facts::gateway::{BackendTLSPolicy, Condition, current};
use crate::facts::{Kind, Question};
use crate::report::{Evidence, Hop, Severity};
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "backendtlspolicy-problem",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Gateway and the pods do not agree on TLS: a BackendTLSPolicy is missing or wrong",
    explain: include_str!("backendtlspolicy_problem.md"),
    symptom_of: &[&["lb-port-map"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(way), Some(service)) = (&case.entrance.way, backend.service.found()) else {
        return;
    };
    if case.is_waiting_inside() || case.entrance.passes_tls() || case.answered_well() {
        return;
    }
    let (pod, said) = super::speaks_other_protocol(case, backend);
    let failed = |a: &Attempt| a.response().is_some_and(|r| r.status >= 500);
    let mismatch = pod.is_some() || said;
    // Only where it matters is it worth a question.
    if !mismatch && !case.attempts().iter().any(failed) {
        return;
    }
    // That plain HTTP is spoken is known without them where the answer says so.
    let policies = match tls_policies(case, service) {
        Ok(policies) => policies,
        Err(_) if said => Policies::default(),
        Err(_) => return,
    };
    let holding = policies.holding.as_ref().map(|(policy, _)| policy);
    if let Some((policy, condition)) = holding.and_then(|p| Some((p, refused(way, p)?))) {
        let draft = sink.find(
            &CHECK,
            subject_of(&**policy),
            format!(
                "{} does not carry out {}: {}",
                way.make.title(),
                label_of(&**policy),
                condition.reason
            ),
        );
        let path = format!(".status.ancestors[].conditions[{}]", condition.kind);
        draft
            .why("without the policy no TLS can be spoken to the pods, and plain HTTP may not be: requests are answered with an error")
            .see(Evidence::raw(label_of(&**policy), path, condition.words()))
            .see_all(policy.spec.validation.ca_certificate_refs.iter().take(3).enumerate().map(|(at, ca)| {
                let path = format!(".spec.validation.caCertificateRefs[{at}].name");
                Evidence::field(label_of(&**policy), path, &ca.name)
            }))
            .see_all(case.request_lines())
            .look("do what the condition says; a CA is a ConfigMap with the key ca.crt in the namespace of the policy")
            .run(describe(case, policy))
            .done();
        return;
    }
    if mismatch {
        let https = pod.is_some_and(|p| p.upstream == Upstream::Https);
        let (sends, wants) = if https {
            ("TLS", "plain HTTP")
        } else {
            ("plain HTTP", "TLS")
        };
        let title = format!(
            "{} speaks {sends} to the pods of Service {}/{}, which want {wants}",
            way.make.title(),
            service.namespace,
            service.name
        );
        let draft = sink
            .find(&CHECK, subject_in(&backend.via.place), title)
            .why("neither side understands the other")
            .see(port_line(service))
            .see(pod.and_then(|p| p.loopback.evidence(case)))
            .see(pod.and_then(|p| p.other_protocol.as_ref()?.evidence(case)))
            .see_all(case.request_lines());
        match holding {
            Some(policy) if https => with(case, policy, draft),
            Some(policy) => ignored(case, way, policy, draft),
            None if !https => without(case, service, &policies, draft),
            None => draft
                .fix("this controller speaks TLS to a Service port that is 443 or whose name begins with https: give it another number and name")
                .done(),
        }
        return;
    }
    if let Some(policy) = holding {
        other_name(case, backend, policy, sink);
    }
}

/// The condition by which the controller of the Gateway says that it does not carry out a policy.
fn refused(way: &Way, policy: &BackendTLSPolicy) -> Option<Condition> {
    let class = way.class.as_ref().ok()?.as_ref()?;
    let controller = &class.spec.controller_name;
    let rows = policy.status.ancestors.iter();
    let own = rows.filter(|r| r.controller_name == *controller);
    let generation = policy.metadata.generation;
    let mut said = own.flat_map(|row| {
        ["Accepted", "ResolvedRefs"].map(|kind| current(&row.conditions, kind, generation))
    });
    said.find_map(|c| c.filter(|c| c.is_false())).cloned()
}

/// The pods want TLS, and no policy holds: one names another port, or there is none.
fn without(case: &Case, service: &BackendService, policies: &Policies, draft: Draft) {
    let kubectl = case.settings.kubectl_in(&service.namespace);
    let port = service.port.as_ref().and_then(|p| p.name.as_deref());
    let label = format!("Service {}/{}", service.namespace, service.name);
    let aside = policies.beside.first();
    if let (Some((policy, at)), Some(port)) = (aside, port) {
        let section = policy.spec.target_refs[*at].section_name.as_deref();
        let field = format!("/spec/targetRefs/{at}/sectionName");
        let value = section.unwrap_or_default();
        let path = format!(".spec.targetRefs[{at}].sectionName");
        draft
            .see(Evidence::field(label_of(&**policy), path, value))
            .fix(format!(
                "the policy is for another port: sectionName is the name of the Service's port, here {port}"
            ))
            .run(patch::replace(
                &kubectl,
                Kind::BackendTLSPolicy,
                name_of(&**policy),
                &field,
                &json!(port),
            ))
            .done();
        return;
    }
    let list = Question::list_in(Kind::BackendTLSPolicy, &service.namespace);
    let seen = tls_policies(case, service).is_ok();
    if case.lacks(&list) {
        draft
            .see(Evidence::Absent {
                what: format!("the kind {}", Kind::BackendTLSPolicy.name()),
                looked: "the kinds of the API server".to_owned(),
            })
            .fix("install a version of Gateway API that has the kind (1.4 or later), and say by a policy that TLS is spoken to them; or let the pods speak plain HTTP")
            .done();
        return;
    }
    draft
        .see(seen.then(|| Evidence::Absent {
            what: format!("a BackendTLSPolicy for {label}"),
            looked: format!("namespace {}", service.namespace),
        }))
        .fix("say by a policy that TLS is spoken to them: the name that their certificate carries, and in place of CA the ConfigMap that holds the CA of it under ca.crt")
        .run(shell::tls_policy(&kubectl, (&service.namespace, &service.name), port))
        .done();
}

/// The pods want plain HTTP, and a policy has TLS spoken to them.
fn with(case: &Case, policy: &Arc<BackendTLSPolicy>, draft: Draft) {
    draft
        .see(Evidence::raw(
            label_of(&**policy),
            ".spec.validation.hostname",
            &policy.spec.validation.hostname,
        ))
        .look("let the pods speak TLS, or let the policy name the port at which they do")
        .run(describe(case, policy))
        .done();
}

/// A policy holds, and plain HTTP is spoken all the same.
fn ignored(case: &Case, way: &Way, policy: &Arc<BackendTLSPolicy>, draft: Draft) {
    let label = label_of(&**policy);
    let class = way.class.as_ref().ok().and_then(Option::as_ref);
    let controller = class.map(|c| c.spec.controller_name.as_str());
    let mut rows = policy.status.ancestors.iter();
    let known = rows.any(|r| Some(r.controller_name.as_str()) == controller);
    let row = controller.filter(|_| !known).map(|c| Evidence::Absent {
        what: format!("a row of {c}"),
        looked: format!("{label} .status.ancestors"),
    });
    let held = policy.spec.target_refs.iter().map(|t| t.name.as_str());
    let held: Vec<&str> = held.collect();
    draft
        .see(Evidence::raw(&label, ".spec.targetRefs[*].name", held.join(", ")))
        .see(row)
        .look("a policy holds for the port, and the controller does not go by it: see whether it runs in a version that knows BackendTLSPolicy, and what its log says")
        .run(describe(case, policy))
        .done();
}

/// The pods speak TLS as they are asked to, with a certificate for another name.
fn other_name(case: &Case, backend: &Backend, policy: &Arc<BackendTLSPolicy>, sink: &mut Sink) {
    let validation = &policy.spec.validation;
    let asked = backend.at_pods.certificate.as_ref();
    let answer = asked.and_then(|a| Some((a, a.answer.as_ref().ok()?)));
    let Some((asked, answer)) = answer else {
        return;
    };
    let Some(leaf) = answer.chain.first() else {
        return;
    };
    let hostname = &validation.hostname;
    if !validation.subject_alt_names.is_empty() || leaf.covers(hostname) {
        return;
    }
    let label = label_of(&**policy);
    let names = leaf.names.join(", ");
    let draft = sink
        .find(
            &CHECK,
            subject_of(&**policy),
            format!("{label} wants a certificate for {hostname}, and that of the pods is for another name"),
        )
        .why("the Gateway does not trust the pods, and answers with an error")
        .see(Evidence::field(&label, ".spec.validation.hostname", hostname))
        .see(case.evidence(&asked.question, format!("a certificate for {names}")))
        .see_all(case.request_lines());
    let plain = leaf.names.iter().find(|n| !n.starts_with('*'));
    match plain {
        Some(name) => draft
            .fix("name what the certificate of the pods carries")
            .run(patch::replace(
                &case.settings.kubectl_in(policy.metadata.namespace.as_deref().unwrap_or("default")),
                Kind::BackendTLSPolicy,
                name_of(&**policy),
                "/spec/validation/hostname",
                &json!(name),
            ))
            .done(),
        None => draft
            .look("name in the policy what the certificate of the pods carries, or give them one for that name")
            .run(describe(case, policy))
            .done(),
    }
}

fn port_line(service: &BackendService) -> Option<Evidence> {
    let object = format!("Service {}/{}", service.namespace, service.name);
    let words = port::words(service.port.as_ref()?);
    Some(Evidence::raw(object, ".spec.ports[]", words))
}

fn describe(case: &Case, policy: &BackendTLSPolicy) -> String {
    let namespace = policy.metadata.namespace.as_deref().unwrap_or("default");
    format!(
        "{} describe backendtlspolicy {}",
        case.settings.kubectl_in(namespace),
        quote(name_of(policy))
    )
}
