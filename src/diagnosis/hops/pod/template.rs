//! Files hold no pods, for nothing runs yet; what will run stands in templates. They tell which pods a Service is going to select, and
//! which ports these have.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::{Owner, Pods, labels};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::host::distance;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::selector::{misses, selects};
use crate::facts::{Gap, Typed, Unknown};

/// What is said of everything that a template alone shows.
pub const WORDS: &str = "by the template, nothing runs yet";

/// The workloads of a set of files, for a Service of it.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// Workloads that no Service of the files selects.
    orphans: Vec<String>,
}

impl Templates {
    /// The workload whose pods a selector is meant to select, though it does not: the nearest one that shares a label with it and that
    /// no Service selects, or that is called as the Service is. Others may be made by something that is not in the files.
    pub fn meant<'o>(
        &self,
        selector: &BTreeMap<String, String>,
        service: &str,
        owners: &'o [Owner],
    ) -> Option<&'o Owner> {
        let near = |owner: &Owner| {
            let missed = misses(selector, &owner.labels);
            let shares = missed.len() < selector.len();
            let slips = missed
                .iter()
                .all(|(_, wanted, there)| there.is_some_and(|t| distance(wanted, t) <= 2));
            let keys = missed.iter().any(|(_, _, there)| there.is_some());
            let orphan = self.orphans.contains(&owner.kubectl_name());
            orphan && (shares || slips) || alike(service, &owner.name) && (shares || keys)
        };
        let candidates = owners.iter().filter(|o| near(o));
        candidates.min_by_key(|o| {
            (
                misses(selector, &o.labels).len(),
                distance(&o.name, service),
            )
        })
    }
}

/// Whether a Service and a workload are called alike: `web` and `web`, `web-svc` or `shop-web`.
fn alike(a: &str, b: &str) -> bool {
    let within = |long: &str, short: &str| {
        let rest = long
            .strip_prefix(short)
            .map(|r| r.starts_with('-'))
            .or_else(|| long.strip_suffix(short).map(|r| r.ends_with('-')));
        rest.unwrap_or_default()
    };
    a == b || within(a, b) || within(b, a)
}

/// Whether a pod was never in a cluster: each has a phase there from its first moment.
pub fn is_unborn(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    status.is_none_or(|s| {
        s.phase.is_none() && s.conditions.is_none() && s.container_statuses.is_none()
    })
}

/// The templates of the namespace as pods, besides those that stand in the files bare; the stage stays unknown, for nothing runs.
pub fn resolve(
    cx: &Cx,
    stage: &mut Stage<Pods>,
    service: &BackendService,
    selector: &BTreeMap<String, String>,
    bare: Vec<Arc<Pod>>,
) -> Result<(), Stop> {
    let namespace = service.namespace.as_str();
    let mut all: Vec<(Owner, Pod)> = Vec::new();
    let mut waiting = false;
    waiting |= read::<Deployment>(cx, namespace, &mut all, |d| {
        (d.spec.replicas.unwrap_or(1), Some(&d.spec.template))
    });
    waiting |= read::<StatefulSet>(cx, namespace, &mut all, |s| {
        (s.spec.replicas.unwrap_or(1), Some(&s.spec.template))
    });
    waiting |= read::<DaemonSet>(cx, namespace, &mut all, |d| (1, Some(&d.spec.template)));
    waiting |= read::<ReplicaSet>(cx, namespace, &mut all, |r| {
        (r.spec.replicas.unwrap_or(1), r.spec.template.as_ref())
    });
    waiting |= read::<Job>(cx, namespace, &mut all, |j| {
        (1, j.spec.as_ref().map(|s| &s.template))
    });
    let services = cx.list::<Service>(Some(namespace), None, None);
    if waiting || matches!(services, Err(Unknown::Waiting)) {
        return Err(Stop::Waiting);
    }
    if all.is_empty() && bare.is_empty() {
        return Err(Stop::Gap(Gap::NotInFiles));
    }
    let services = services.map(|s| s.items).unwrap_or_default();
    let selectors: Vec<_> = services
        .iter()
        .filter_map(|s| s.spec.as_ref()?.selector.as_ref().filter(|s| !s.is_empty()))
        .collect();
    let is_orphan = |o: &&Owner| !selectors.iter().any(|s| selects(s, &o.labels));
    let (owners, pods): (Vec<Owner>, Vec<Pod>) = all.into_iter().unzip();
    let orphans = owners.iter().filter(is_orphan).map(Owner::kubectl_name);
    let templates = Templates {
        orphans: orphans.collect(),
    };
    for pod in &bare {
        stage.node("Pod", Some(namespace), name_of(&**pod), WORDS);
    }
    let mut selected = bare;
    for (owner, pod) in owners.iter().zip(pods) {
        if selects(selector, &owner.labels) {
            stage.node(owner.kind.name(), Some(namespace), &owner.name, WORDS);
            selected.push(Arc::new(pod));
        }
    }
    stage.summary = match selected.as_slice() {
        [] => "no template in the files has the labels that the Service selects".to_owned(),
        [one] => format!("{} {WORDS}", shown(one).0),
        many => format!("{} templates are selected, nothing runs yet", many.len()),
    };
    stage.find(Pods {
        selected: Seen::known(selected),
        ended: Vec::new(),
        owners: Seen::known(owners),
        all_owners: Seen::known(false),
        events: Seen::default(),
        templates: Some(templates),
    });
    Err(Stop::Gap(Gap::NotInFiles))
}

/// Adds the templates of one kind; whether they are still being read.
fn read<T: Typed>(
    cx: &Cx,
    namespace: &str,
    all: &mut Vec<(Owner, Pod)>,
    of: impl Fn(&T) -> (i32, Option<&PodTemplateSpec>),
) -> bool {
    let listed = match cx.list::<T>(Some(namespace), None, None) {
        Ok(listed) => listed.items,
        Err(unknown) => return unknown == Unknown::Waiting,
    };
    for workload in &listed {
        // What something else made is told by that.
        let owned = workload.metadata().owner_references.as_ref();
        let (replicas, Some(template)) = of(workload) else {
            continue;
        };
        if owned.is_some_and(|o| !o.is_empty()) {
            continue;
        }
        let name = name_of(&**workload).to_owned();
        let pod = Pod {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(namespace.to_owned()),
                labels: Some(labels(Some(template))),
                owner_references: Some(vec![OwnerReference {
                    kind: T::OF.name().to_owned(),
                    name: name.clone(),
                    ..OwnerReference::default()
                }]),
                ..ObjectMeta::default()
            },
            spec: template.spec.clone(),
            status: None,
        };
        let owner = Owner {
            kind: T::OF,
            name,
            replicas,
            ready: 0,
            labels: labels(Some(template)),
            failure: None,
        };
        all.push((owner, pod));
    }
    false
}

/// A pod's spec as a person finds it: the object, and the path of the spec in it. That of a template is in its workload.
pub fn shown(pod: &Pod) -> (String, &'static str) {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let owner = pod.metadata.owner_references.iter().flatten().next();
    match owner.filter(|_| pod.status.is_none()) {
        Some(owner) => (
            format!("{} {namespace}/{}", owner.kind, owner.name),
            ".spec.template.spec",
        ),
        None => (format!("Pod {namespace}/{}", name_of(pod)), ".spec"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Kind;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        pairs.iter().map(pair).collect()
    }

    /// Name, labels, and whether no Service selects it.
    type Workload<'w> = (&'w str, &'w [(&'w str, &'w str)], bool);

    fn meant(selector: &[(&str, &str)], service: &str, owners: &[Workload]) -> Option<String> {
        let all: Vec<Owner> = owners
            .iter()
            .map(|(name, labels, _)| Owner {
                kind: Kind::Deployment,
                name: (*name).to_owned(),
                replicas: 1,
                ready: 0,
                labels: map(labels),
                failure: None,
            })
            .collect();
        let orphans = owners.iter().filter(|(_, _, orphan)| *orphan);
        let templates = Templates {
            orphans: orphans
                .map(|(name, ..)| format!("deployment/{name}"))
                .collect(),
        };
        templates
            .meant(&map(selector), service, &all)
            .map(|o| o.name.clone())
    }

    #[test]
    fn a_selector_that_drifted_is_told_from_one_for_pods_of_others() {
        // A slip in the only label.
        assert_eq!(
            meant(
                &[("app", "webb")],
                "shop",
                &[("front", &[("app", "web")], true)]
            )
            .as_deref(),
            Some("front")
        );
        // Another value, but called alike.
        assert_eq!(
            meant(
                &[("app", "storefront")],
                "web",
                &[("web", &[("app", "web")], false)]
            )
            .as_deref(),
            Some("web")
        );
        // One of two labels of a chart.
        let chart: &[(&str, &str)] = &[("name", "web"), ("instance", "x")];
        assert_eq!(
            meant(
                &[("name", "web"), ("instance", "y")],
                "x-front",
                &[("x", chart, true)]
            )
            .as_deref(),
            Some("x")
        );
        // Of somebody else's: nothing shared, or only what all of a release share and a Service of its own.
        assert_eq!(
            meant(
                &[("app", "redis")],
                "redis",
                &[("web", &[("app", "web")], true)]
            ),
            None
        );
        assert_eq!(
            meant(
                &[("cluster", "pg")],
                "pg-rw",
                &[("web", &[("app", "web")], true)]
            ),
            None
        );
        assert_eq!(
            meant(
                &[("instance", "x"), ("role", "primary")],
                "pg-rw",
                &[("web", chart, false)]
            ),
            None
        );
    }

    #[test]
    fn names_are_alike_at_their_seams() {
        for (a, b, expected) in [
            ("web", "web", true),
            ("web-svc", "web", true),
            ("web", "shop-web", true),
            ("web", "webb", false),
            ("a", "ba", false),
        ] {
            assert_eq!(alike(a, b), expected, "{a} {b}");
        }
    }
}
