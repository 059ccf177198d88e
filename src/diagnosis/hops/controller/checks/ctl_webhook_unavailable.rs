//! The API server asks a webhook about every change of an Ingress, and nobody answers there.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::{
    ServiceReference, ValidatingWebhook, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::load_balancer::service::has_ready_endpoint;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::selector::Selector;
use crate::diagnosis::shell::quote;
use crate::facts::Unknown;
use crate::report::{Evidence, Hop, Severity};

const GROUP: &str = "networking.k8s.io";
/// The label with the name of a namespace, which the API server sets.
const NAME: &str = "kubernetes.io/metadata.name";
/// Webhooks that are looked at.
const MOST: usize = 4;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-webhook-unavailable",
    hop: Hop::Controller,
    severity: Severity::Warning,
    title: "changes of Ingresses are refused: nobody is behind the webhook that judges them",
    explain: include_str!("ctl_webhook_unavailable.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

/// What is missing for somebody to answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Service,
    Endpoint,
    Authority,
}

fn run(case: &Case, sink: &mut Sink) {
    if !wants_a_change(case) {
        return;
    }
    let Ok(listed) = case.list::<ValidatingWebhookConfiguration>(None, None, None) else {
        return;
    };
    let hooks = listed.items.iter().flat_map(|config| {
        let hooks = config.webhooks.iter().flatten();
        hooks.map(move |hook| (&**config, hook))
    });
    let hooks = hooks.filter(|(_, hook)| judges_ingresses(hook));
    for (config, hook) in hooks.take(MOST) {
        let Some(service) = &hook.client_config.service else {
            continue;
        };
        if is_for_it(case, hook) != Ok(true) {
            continue;
        }
        if let Ok(Some(fault)) = fault(case, hook, service) {
            tell(case, sink, config, hook, service, fault);
            return;
        }
    }
}

/// Whether the host would need a new or another Ingress: only then it matters that none can be written.
fn wants_a_change(case: &Case) -> bool {
    // What is not known yet is not missing: a host that turns out to be served costs nothing here.
    if case.is_waiting() {
        return false;
    }
    let lacks = |b: &Backend| {
        let found = b.service.found();
        found.is_some_and(|s| s.service.is_none() || s.port.is_none() && !s.is_external_name())
    };
    let unserved = case.entrance.rule().is_none() || case.entrance.controller.found().is_none();
    let known = case.journey.declared.is_ok();
    let wanted = known && unserved || case.journey.backends.iter().any(lacks);
    wanted && case.settled() && !case.answered_well()
}

/// Whether the API server asks it about every Ingress that is written, and refuses where it gets no answer.
fn judges_ingresses(hook: &ValidatingWebhook) -> bool {
    let names = |all: &Option<Vec<String>>, name: &str| {
        all.iter().flatten().any(|one| one == name || one == "*")
    };
    let mut rules = hook.rules.iter().flatten();
    let refuses = hook.failure_policy.as_deref() != Some("Ignore");
    // Conditions are a language of their own.
    let free = hook.match_conditions.as_ref().is_none_or(Vec::is_empty);
    refuses
        && free
        && rules.any(|r| names(&r.api_groups, GROUP) && names(&r.resources, "ingresses"))
}

/// Whether it is asked about the host's Ingress: by the labels of that and of its namespace.
fn is_for_it(case: &Case, hook: &ValidatingWebhook) -> Result<bool, Unknown> {
    let declared = case.journey.declared.as_ref().map_err(Clone::clone)?;
    let ingress = declared.all.iter().find(|d| d.by_name).map(|d| &d.ingress);
    let selects = |selector: Option<&LabelSelector>, labels: Option<&BTreeMap<String, String>>| {
        let labels = labels.cloned().unwrap_or_default();
        selector.is_none_or(|s| Selector::from(s).matches(&labels))
    };
    let labels = ingress.and_then(|i| i.metadata.labels.as_ref());
    if !selects(hook.object_selector.as_ref(), labels) {
        return Ok(false);
    }
    let Some(selector) = &hook.namespace_selector else {
        return Ok(true);
    };
    let of_user = case.settings.namespace.as_str();
    let namespace = ingress.map_or(of_user, |i| namespace_of(&**i));
    // Every namespace bears its name as a label; only for others it has to be read.
    let mut labels = BTreeMap::from([(NAME.to_owned(), namespace.to_owned())]);
    let expressions = selector.match_expressions.iter().flatten();
    let mut keys = expressions
        .map(|e| &e.key)
        .chain(selector.match_labels.iter().flat_map(BTreeMap::keys));
    if !keys.all(|key| key == NAME) {
        let found = case.get::<Namespace>(None, namespace)?;
        labels.extend(
            found
                .iter()
                .filter_map(|n| n.metadata.labels.clone())
                .flatten(),
        );
    }
    Ok(selects(Some(selector), Some(&labels)))
}

fn fault(
    case: &Case,
    hook: &ValidatingWebhook,
    service: &ServiceReference,
) -> Result<Option<Fault>, Unknown> {
    let Some(found) = case.get::<Service>(Some(&service.namespace), &service.name)? else {
        return Ok(Some(Fault::Service));
    };
    if !has_ready_endpoint(case, &found)? {
        return Ok(Some(Fault::Endpoint));
    }
    let authority = hook.client_config.ca_bundle.as_ref();
    // Authorities that this machine knows issue nothing for names inside the cluster.
    Ok(authority
        .is_none_or(|ca| ca.0.is_empty())
        .then_some(Fault::Authority))
}

fn tell(
    case: &Case,
    sink: &mut Sink,
    config: &ValidatingWebhookConfiguration,
    hook: &ValidatingWebhook,
    service: &ServiceReference,
    fault: Fault,
) {
    let label = label_of(config);
    let at = format!("Service {}/{}", service.namespace, service.name);
    let (what, fix, line) = match fault {
        Fault::Service => (
            format!("{at}, which does not exist"),
            "if the controller that it belonged to is gone, take the webhook away too; else bring its Service back",
            format!(
                "{} delete validatingwebhookconfiguration {}",
                case.settings.kubectl(),
                quote(name_of(config))
            ),
        ),
        Fault::Endpoint => (
            format!("{at}, which has no ready endpoint"),
            "bring the pods of the webhook back: they are the controller's own as a rule",
            format!(
                "{} get pods -o wide",
                case.settings.kubectl_in(&service.namespace)
            ),
        ),
        Fault::Authority => (
            format!("{at}, whose certificate it has no authority for"),
            "let the job or program that fills in .clientConfig.caBundle run again",
            format!(
                "{} get validatingwebhookconfiguration {} -o yaml",
                case.settings.kubectl(),
                quote(name_of(config))
            ),
        ),
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(config),
            format!("changes of Ingresses are refused: webhook {} asks {what}", hook.name),
        )
        .why("the API server takes no new and no changed Ingress while the webhook does not answer; what is there already goes on")
        .see(Evidence::field(
            &label,
            format!(".webhooks[{}].clientConfig.service", hook.name),
            &format!("{}/{}", service.namespace, service.name),
        ))
        .see(Evidence::raw(
            &label,
            format!(".webhooks[{}].failurePolicy", hook.name),
            hook.failure_policy.as_deref().unwrap_or("unset, which is Fail"),
        ));
    draft = match fault {
        Fault::Service => draft.see(Evidence::Absent {
            what: at,
            looked: "the API server has none of that name".to_owned(),
        }),
        Fault::Endpoint => draft.see(Evidence::raw(at, "ready endpoints", 0)),
        Fault::Authority => draft.see(Evidence::raw(
            label,
            format!(".webhooks[{}].clientConfig.caBundle", hook.name),
            "unset",
        )),
    };
    draft.fix(fix).run(line).done();
}
