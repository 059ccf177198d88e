//! The selector selects no pod.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::pod::Owner;
use crate::diagnosis::hops::pod::template::WORDS;
use crate::diagnosis::semantics::selector::{misses, selects};
use crate::diagnosis::shell::patch;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-selector-no-match",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the Service selects no pod",
    explain: include_str!("service_selector_no_match.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(pods)) = (backend.service.found(), backend.pods.found()) else {
        return;
    };
    let Some(selector) = service.selector() else {
        return;
    };
    if !pods.selected.is_empty() || !pods.ended.is_empty() {
        return;
    }
    // In files such pods may be another's, unless there is a workload that is plainly meant.
    let templates = pods.templates.as_ref();
    let meant = templates.map(|t| t.meant(selector, &service.name, &pods.owners));
    // A workload that could not be seen may want such pods, and none of them for now.
    if meant.map_or_else(|| !*pods.all_owners, |m| m.is_none()) {
        return;
    }
    // A hand-made slice may carry traffic whatever the selector says.
    if case.carries_traffic(backend) {
        return;
    }
    if pods.owners.iter().any(|o| selects(selector, &o.labels)) {
        return;
    }
    let object = format!("Service {}/{}", service.namespace, service.name);
    // The nearest is the one that the fewest labels tell apart, and that shares at least one or bears the Service's name.
    let near = || {
        pods.owners
            .iter()
            .filter(|o| misses(selector, &o.labels).len() < selector.len() || selector.len() == 1)
            .min_by_key(|o| {
                (
                    misses(selector, &o.labels).len(),
                    crate::diagnosis::semantics::host::distance(&o.name, &service.name),
                )
            })
    };
    let nearest: Option<&Owner> = meant.flatten().or_else(near);
    let words: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            format!(
                "{object} selects {}, no {} has {}",
                words.join(","),
                if templates.is_some() { "template" } else { "pod" },
                if words.len() == 1 {
                    "that label"
                } else {
                    "these labels"
                }
            ),
        )
        .why(match templates {
            None => "a Service without pods has no endpoints, so nobody is there to answer".to_owned(),
            Some(_) => format!("a Service without pods has no endpoints, so nobody will be there to answer ({WORDS})"),
        });
    for (key, value) in selector {
        draft = draft.see(Evidence::field(
            &object,
            format!(".spec.selector.{key}"),
            value,
        ));
    }
    draft = draft.see(Evidence::Absent {
        what: format!(
            "a {} with {}",
            if templates.is_some() {
                "template"
            } else {
                "pod"
            },
            words.join(",")
        ),
        looked: match templates {
            None => format!("pods and workloads of namespace {}", service.namespace),
            Some(_) => format!("templates of namespace {} in the files", service.namespace),
        },
    });
    let Some(owner) = nearest else {
        draft
            .fix("correct the selector, or give the pods these labels")
            .run(format!(
                "{} get pods --show-labels",
                case.settings.kubectl_in(&service.namespace)
            ))
            .done();
        return;
    };
    let mut change = serde_json::Map::new();
    for (key, _, there) in misses(selector, &owner.labels) {
        let label = format!("{} {}/{}", owner.kind.name(), service.namespace, owner.name);
        let path = format!(".spec.template.metadata.labels.{key}");
        draft = draft.see(match there {
            Some(value) => Evidence::field(label, path, value),
            None => Evidence::raw(label, path, "unset"),
        });
        // A null takes the key out of the selector.
        change.insert(
            key.to_owned(),
            there.map_or(serde_json::Value::Null, Into::into),
        );
    }
    let body = serde_json::json!({"spec": {"selector": change}});
    draft
        .fix(format!(
            "select the pods of {}, if they are the ones that are meant",
            owner.kubectl_name()
        ))
        .run(patch::merge(
            &case.settings.kubectl_in(&service.namespace),
            Kind::Service,
            &service.name,
            &body,
        ))
        .done();
}
