//! The pods: do they run, are they ready, and if not, in whose words?

pub mod checks;
pub mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Event, Pod, PodTemplateSpec};

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{self as status, is_ready, words};
use crate::diagnosis::semantics::selector::{equality, selects};
use crate::facts::{Gap, Kind, Unknown};
use template::Templates;

/// Pods whose Events are read.
const MOST_EVENTS: usize = 3;

/// A Deployment, StatefulSet, DaemonSet or bare ReplicaSet of the backend's namespace.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// `.spec.replicas`; for a DaemonSet what is scheduled.
    pub replicas: i32,
    /// Ready pods by its status.
    pub ready: i32,
    /// Labels of its pods.
    pub labels: BTreeMap<String, String>,
    /// A failure to make pods, in the controller's words.
    pub failure: Option<String>,
}

impl Owner {
    /// `deployment/frontend`, for kubectl.
    pub fn kubectl_name(&self) -> String {
        format!("{}/{}", self.kind.name().to_ascii_lowercase(), self.name)
    }
}

/// The pods behind the Service.
#[derive(Clone, Debug)]
pub struct Pods {
    /// Those that the selector selects and that have not ended for good.
    pub selected: Seen<Vec<Arc<Pod>>>,
    /// Selected ones that have ended for good: finished, failed, thrown out by their node. They are no endpoints.
    pub ended: Vec<Arc<Pod>>,
    /// The workloads of the namespace; read only when something is wrong.
    pub owners: Seen<Vec<Owner>>,
    /// Every workload of the namespace could be listed, so that one that is not here does not exist.
    pub all_owners: Seen<bool>,
    /// Events about selected pods that are not ready, newest last.
    pub events: Seen<Vec<Arc<Event>>>,
    /// In files: the pods are those of templates, and nothing runs yet.
    pub templates: Option<Templates>,
}

/// Reads them. Owners and Events cost requests, so they are read only where a pod is missing or not ready.
pub fn resolve(cx: &Cx, service: &Stage<BackendService>) -> Stage<Pods> {
    let Some(service) = service.found() else {
        return Stage::after(service);
    };
    if service.service.is_none() {
        return Stage::skipped("not reached");
    }
    let Some(selector) = service.selector().filter(|_| !service.is_external_name()) else {
        return Stage::skipped("the Service selects no pods itself");
    };
    Stage::resolve(cx, |stage| {
        let namespace = service.namespace.as_str();
        let (all, missed) =
            cx.watch(|| cx.list::<Pod>(Some(namespace), Some(equality(selector)), None));
        if matches!(all, Err(Unknown::Gap(Gap::NotInFiles))) {
            return template::resolve(cx, stage, service, selector, Vec::new());
        }
        let all = all?;
        if !all.items.is_empty() && all.items.iter().all(|p| template::is_unborn(p)) {
            return template::resolve(cx, stage, service, selector, all.items);
        }
        let all = all.some(|pods| pods.iter().any(|p| is_ready(p)))?;
        for pod in all.iter().take(20) {
            stage
                .node("Pod", Some(namespace), name_of(&**pod), words(pod))
                .state(status::state(pod));
        }
        let (ended, selected): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|p| status::has_ended(p));
        let failing: Vec<&Arc<Pod>> = selected.iter().filter(|p| !is_ready(p)).collect();
        let mut found = Pods {
            selected: Seen::new(selected.clone(), missed),
            ended,
            owners: Seen::default(),
            all_owners: Seen::known(false),
            events: Seen::default(),
            templates: None,
        };
        if failing.len() == selected.len() {
            let (owners, missed) = cx.watch(|| owners(cx, namespace));
            let mut waiting = false;
            found.events = cx.seen(|| {
                let mut events = Vec::new();
                for pod in failing.iter().take(MOST_EVENTS) {
                    let fields = format!(
                        "involvedObject.kind=Pod,involvedObject.name={}",
                        name_of(&***pod)
                    );
                    match cx.list::<Event>(Some(namespace), None, Some(fields)) {
                        Ok(list) => events.extend(list.items),
                        Err(Unknown::Waiting) => waiting = true,
                        // Without them the pod's own status is still judged.
                        Err(Unknown::Gap(_)) => {}
                    }
                }
                events.sort_by_key(|e| status::event_time(e));
                events
            });
            match owners {
                Ok((owners, all)) => {
                    found.all_owners = Seen::new(all, missed.clone());
                    found.owners = Seen::new(owners, missed);
                }
                Err(_) => waiting = true,
            }
            if waiting {
                stage.summary = summary(&found, selector);
                return Err(Stop::Waiting);
            }
        }
        stage.summary = summary(&found, selector);
        let none = found.selected.is_empty();
        stage.find_in_parts(found);
        if none {
            return Err(Stop::Skipped(stage.summary.clone()));
        }
        Ok(())
    })
}

fn summary(found: &Pods, selector: &BTreeMap<String, String>) -> String {
    let ready = found.selected.iter().filter(|p| is_ready(p)).count();
    let all = found.selected.len();
    if all == 0 && !found.ended.is_empty() {
        return "all that are selected have ended".to_owned();
    }
    if all == 0 {
        let near = found.owners.iter().find(|o| selects(selector, &o.labels));
        return match near {
            Some(o) if o.replicas == 0 => format!("{} is scaled to zero", o.kubectl_name()),
            Some(o) => format!("{} has no pods", o.kubectl_name()),
            None => match found.owners.iter().find(|o| o.ready > 0) {
                Some(o) if found.owners.len() == 1 => {
                    format!("{} of {} run, none is selected", o.ready, o.kubectl_name())
                }
                _ => "none is selected".to_owned(),
            },
        };
    }
    if ready == all {
        return match found.selected.first() {
            Some(pod) if all == 1 => format!("{} is ready", name_of(&**pod)),
            _ => format!("all {all} ready"),
        };
    }
    let worst = found.selected.iter().find(|p| !is_ready(p));
    let words = worst.map(|p| format!(": {}", words(p))).unwrap_or_default();
    format!("{ready} of {all} ready{words}")
}

/// The workloads of the namespace, and whether all of them could be listed.
fn owners(cx: &Cx, namespace: &str) -> Result<(Vec<Owner>, bool), Unknown> {
    let ns = Some(namespace);
    let deployments = seen(cx.list::<Deployment>(ns, None, None));
    let stateful = seen(cx.list::<StatefulSet>(ns, None, None));
    let daemons = seen(cx.list::<DaemonSet>(ns, None, None));
    let sets = seen(cx.list::<ReplicaSet>(ns, None, None));
    let (deployments, stateful, daemons, sets) = (deployments?, stateful?, daemons?, sets?);
    let all = deployments.1 && stateful.1 && daemons.1 && sets.1;
    let mut owners = Vec::new();
    for d in &deployments.0 {
        let status = d.status.as_ref();
        let conditions = status.iter().flat_map(|s| s.conditions.iter().flatten());
        let failure = conditions
            .into_iter()
            .find(|c| is_failure(c.type_.as_deref(), c.status.as_deref()));
        owners.push(Owner {
            kind: Kind::Deployment,
            name: name_of(&**d).to_owned(),
            replicas: d.spec.replicas.unwrap_or(1),
            ready: status.and_then(|s| s.ready_replicas).unwrap_or_default(),
            labels: labels(Some(&d.spec.template)),
            failure: failure.and_then(|c| c.message.clone()),
        });
    }
    for s in &stateful.0 {
        let status = s.status.as_ref();
        owners.push(Owner {
            kind: Kind::StatefulSet,
            name: name_of(&**s).to_owned(),
            replicas: s.spec.replicas.unwrap_or(1),
            ready: status.and_then(|s| s.ready_replicas).unwrap_or_default(),
            labels: labels(Some(&s.spec.template)),
            failure: None,
        });
    }
    for d in &daemons.0 {
        let status = d.status.as_ref();
        owners.push(Owner {
            kind: Kind::DaemonSet,
            name: name_of(&**d).to_owned(),
            replicas: status.map_or(0, |s| s.desired_number_scheduled),
            ready: status.map_or(0, |s| s.number_ready),
            labels: labels(Some(&d.spec.template)),
            failure: None,
        });
    }
    for r in &sets.0 {
        // A Deployment's ReplicaSets speak through it.
        let made_by = r.metadata.owner_references.as_ref();
        if made_by.is_some_and(|o| !o.is_empty()) {
            continue;
        }
        let status = r.status.as_ref();
        let conditions = status.iter().flat_map(|s| s.conditions.iter().flatten());
        let failure = conditions
            .into_iter()
            .find(|c| is_failure(c.type_.as_deref(), c.status.as_deref()));
        owners.push(Owner {
            kind: Kind::ReplicaSet,
            name: name_of(&**r).to_owned(),
            replicas: r.spec.replicas.unwrap_or(1),
            ready: status.and_then(|s| s.ready_replicas).unwrap_or_default(),
            labels: labels(r.spec.template.as_ref()),
            failure: failure.and_then(|c| c.message.clone()),
        });
    }
    Ok((owners, all))
}

/// What of a list could be read, and whether that is all.
fn seen<T>(list: Result<Listed<T>, Unknown>) -> Result<(Vec<Arc<T>>, bool), Unknown> {
    match list {
        Ok(list) => Ok((list.items, list.missing.is_none())),
        Err(Unknown::Waiting) => Err(Unknown::Waiting),
        Err(Unknown::Gap(_)) => Ok((Vec::new(), false)),
    }
}

fn labels(template: Option<&PodTemplateSpec>) -> BTreeMap<String, String> {
    let meta = template.and_then(|t| t.metadata.as_ref());
    meta.and_then(|m| m.labels.clone()).unwrap_or_default()
}

fn is_failure(kind: Option<&str>, status: Option<&str>) -> bool {
    kind == Some("ReplicaFailure") && status == Some("True")
}
