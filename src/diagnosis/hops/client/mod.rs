//! The pod that calls. Of a workload a pod that runs speaks for all; without any it is judged as what its template would get.

pub mod checks;

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use crate::diagnosis::Settings;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::reads::Reads;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::meta::{display, name_of};
use crate::diagnosis::semantics::pod::{has_ended, is_ready, state, words};
use crate::diagnosis::semantics::policy::Member;
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::{Gap, Kind, Typed, Unknown};
use crate::target::call::CallerKind;
use crate::target::{Call, Caller};

/// Who calls.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its namespace.
    pub namespace: String,
    /// The pod; none where the workload has none that runs.
    pub pod: Option<Arc<Pod>>,
    /// The workload that was named, if it was one.
    pub workload: Option<(Kind, String)>,
    /// What its kubelet is told.
    pub spec: Arc<PodSpec>,
    /// The labels of the pod, or of the template.
    pub labels: BTreeMap<String, String>,
    /// What the workload's own selector says of its pods.
    pub selector: Option<BTreeMap<String, String>>,
}

impl Client {
    /// `Pod shop/frontend-7d9c`, or the workload.
    pub fn label(&self) -> String {
        let (kind, name) = self.object();
        display(kind, Some(&self.namespace), name)
    }

    /// Kind and name of the pod, or of the workload where there is none.
    pub fn object(&self) -> (Kind, &str) {
        match (&self.pod, &self.workload) {
            (Some(pod), _) => (Kind::Pod, name_of(&**pod)),
            (None, Some((kind, name))) => (*kind, name),
            (None, None) => (Kind::Pod, ""),
        }
    }

    /// Where the fields of its pods stand: `.spec`, or that of the template.
    pub const fn field(&self) -> &'static str {
        match self.pod {
            Some(_) => ".spec",
            None => ".spec.template.spec",
        }
    }

    /// The node it runs on.
    pub fn node(&self) -> Option<&str> {
        self.spec.node_name.as_deref().filter(|n| !n.is_empty())
    }

    /// Whether it runs, so that it can call.
    pub fn runs(&self) -> bool {
        let phase = self
            .pod
            .as_ref()
            .and_then(|p| p.status.as_ref()?.phase.as_deref());
        phase == Some("Running")
    }

    /// It, or a pod that its template would give.
    pub fn as_pod(&self) -> Pod {
        match &self.pod {
            Some(pod) => Pod::clone(pod),
            None => Pod {
                metadata: ObjectMeta {
                    namespace: Some(self.namespace.clone()),
                    ..ObjectMeta::default()
                },
                spec: Some(PodSpec::clone(&self.spec)),
                status: None,
            },
        }
    }

    /// As policies see it.
    pub fn member(&self) -> Member {
        match &self.pod {
            Some(pod) => Member::from(&**pod),
            None => Member {
                namespace: self.namespace.clone(),
                labels: self.labels.clone(),
                host_network: self.spec.host_network == Some(true),
                ..Member::default()
            },
        }
    }

    /// As the object in which it is written whom it calls.
    pub fn declared(&self) -> Declared {
        let (kind, name) = self.object();
        let metadata = ObjectMeta {
            namespace: Some(self.namespace.clone()),
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        };
        Declared::Caller(kind, Arc::new(metadata))
    }
}

/// Finds it.
pub fn resolve(cx: &Cx, call: &Call) -> Stage<Client> {
    Stage::resolve(cx, |stage| {
        let Some(client) = find(cx, &call.from)? else {
            let object = called(cx.settings, &call.from);
            return Err(Stop::Skipped(format!("{object} does not exist")));
        };
        let (kind, name) = client.object();
        let detail = match &client.pod {
            Some(pod) => words(pod),
            None => "no pod of it runs".to_owned(),
        };
        let node = stage.node(kind.name(), Some(&client.namespace), name, &detail);
        if let Some(pod) = &client.pod {
            node.state(state(pod));
        }
        stage.summary = if client.runs() {
            client.label()
        } else {
            format!("{}, judged by what it would get: {detail}", client.label())
        };
        stage.find(client);
        Ok(())
    })
}

/// The pod of a caller, or its workload; none where it does not exist.
///
/// # Errors
/// When it cannot be read.
pub fn find(reads: &Reads, caller: &Caller) -> Result<Option<Client>, Unknown> {
    let given = caller.namespace.as_deref();
    let namespace = given.unwrap_or(&reads.settings.namespace);
    match caller.kind {
        CallerKind::Pod => {
            let pod = reads.get::<Pod>(Some(namespace), &caller.name)?;
            Ok(pod.map(|pod| of_pod(namespace, pod, None, None)))
        }
        CallerKind::Deployment => of_workload::<Deployment>(reads, namespace, caller, |d| {
            (&d.spec.selector, &d.spec.template)
        }),
        CallerKind::StatefulSet => of_workload::<StatefulSet>(reads, namespace, caller, |s| {
            (&s.spec.selector, &s.spec.template)
        }),
        CallerKind::DaemonSet => of_workload::<DaemonSet>(reads, namespace, caller, |d| {
            (&d.spec.selector, &d.spec.template)
        }),
    }
}

/// What a caller is called: `Deployment shop/frontend`.
pub fn called(settings: &Settings, caller: &Caller) -> String {
    let namespace = caller.namespace.as_deref().unwrap_or(&settings.namespace);
    display(kind_of(caller.kind), Some(namespace), &caller.name)
}

const fn kind_of(kind: CallerKind) -> Kind {
    match kind {
        CallerKind::Pod => Kind::Pod,
        CallerKind::Deployment => Kind::Deployment,
        CallerKind::StatefulSet => Kind::StatefulSet,
        CallerKind::DaemonSet => Kind::DaemonSet,
    }
}

fn of_pod(
    namespace: &str,
    pod: Arc<Pod>,
    workload: Option<(Kind, String)>,
    selector: Option<BTreeMap<String, String>>,
) -> Client {
    Client {
        namespace: namespace.to_owned(),
        spec: Arc::new(pod.spec.clone().unwrap_or_default()),
        labels: pod.metadata.labels.clone().unwrap_or_default(),
        pod: Some(pod),
        workload,
        selector,
    }
}

/// A pod of a workload: one that is ready rather than one that is not.
fn of_workload<T: Typed>(
    reads: &Reads,
    namespace: &str,
    caller: &Caller,
    parts: impl Fn(&T) -> (&LabelSelector, &PodTemplateSpec),
) -> Result<Option<Client>, Unknown> {
    let Some(workload) = reads.get::<T>(Some(namespace), &caller.name)? else {
        return Ok(None);
    };
    let (selector, template) = parts(&workload);
    let labels = Selector::from(selector);
    let named = Some((T::OF, caller.name.clone()));
    let equal = selector.match_labels.clone();
    let listed = reads.list::<Pod>(Some(namespace), Some(labels.to_string()), None);
    let pods = match listed {
        // Nothing runs yet.
        Err(Unknown::Gap(Gap::NotInFiles)) => Vec::new(),
        listed => listed?.some(|pods| pods.iter().any(|p| is_ready(p)))?,
    };
    let alive = pods.iter().filter(|p| !has_ended(p));
    let best = alive.min_by_key(|p| (!is_ready(p), name_of(&***p).to_owned()));
    Ok(Some(match best {
        Some(pod) => of_pod(namespace, Arc::clone(pod), named, equal),
        None => Client {
            namespace: namespace.to_owned(),
            pod: None,
            workload: named,
            spec: Arc::new(template.spec.clone().unwrap_or_default()),
            labels: template
                .metadata
                .as_ref()
                .and_then(|m| m.labels.clone())
                .unwrap_or_default(),
            selector: equal,
        },
    }))
}
