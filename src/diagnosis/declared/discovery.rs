//! Which ingress controllers run in this cluster: found by image and arguments, looked for first where labels point.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::dialect::args::{Args, expanded};
use crate::diagnosis::dialect::make::{Make, Told, USUAL_LABELS};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::{Gap, Kind, Typed, Unknown};

/// A Deployment or DaemonSet that is an ingress controller.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its make.
    pub make: Make,
    /// By what its make was told.
    pub told: Told,
    /// Deployment or DaemonSet.
    pub kind: Kind,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The controller container's image.
    pub image: String,
    /// The controller container's command line.
    pub args: Args,
    /// Where in it the arguments of that container stand, as a JSON pointer; none where it has none.
    pub args_at: Option<String>,
    /// Labels of its pods.
    pub labels: std::collections::BTreeMap<String, String>,
    /// Its pods, as a label selector in the API's string form.
    pub pod_selector: String,
    /// Pods wanted.
    pub desired: i32,
    /// Uses the node's network.
    pub host_network: bool,
    /// Ports opened on the node.
    pub host_ports: Vec<i32>,
    /// When it was made.
    pub created: Option<Time>,
}

impl Workload {
    /// `Deployment traefik/traefik`.
    pub fn display(&self) -> String {
        format!("{} {}/{}", self.kind.name(), self.namespace, self.name)
    }

    /// `deployment/traefik`, for kubectl.
    pub fn kubectl_name(&self) -> String {
        format!("{}/{}", self.kind.name().to_ascii_lowercase(), self.name)
    }

    fn of<T: Typed>(
        object: &T,
        template: &PodTemplateSpec,
        selector: &LabelSelector,
        desired: i32,
        told: impl Fn(&Container, &Args) -> Option<(Make, Told)>,
    ) -> Option<Self> {
        let spec = template.spec.as_ref()?;
        let containers = spec.containers.iter().enumerate();
        let (index, container, args, (make, told)) =
            containers.into_iter().find_map(|(i, c)| {
                let words = c.command.iter().chain(c.args.iter()).flatten();
                let own = |name: &str| variable(c, name, namespace_of(object));
                let words: Vec<String> = words.map(|w| expanded(w, own)).collect();
                let args = Args::of(words.iter().map(String::as_str));
                let make = told(c, &args)?;
                Some((i, c, args, make))
            })?;
        let has_args = container.args.as_ref().is_some_and(|a| !a.is_empty());
        let args_at = has_args.then(|| format!("/spec/template/spec/containers/{index}/args"));
        let host_ports = spec
            .containers
            .iter()
            .flat_map(|c| c.ports.iter().flatten())
            .filter_map(|p| p.host_port)
            .collect();
        Some(Self {
            make,
            told,
            kind: T::OF,
            namespace: namespace_of(object).to_owned(),
            name: name_of(object).to_owned(),
            image: container.image.clone().unwrap_or_default(),
            args,
            args_at,
            labels: template
                .metadata
                .as_ref()
                .and_then(|m| m.labels.clone())
                .unwrap_or_default(),
            pod_selector: Selector::from(selector).to_string(),
            desired,
            host_network: spec.host_network.unwrap_or_default(),
            host_ports,
            created: object.metadata().creation_timestamp.clone(),
        })
    }
}

/// A variable of a container's environment, as far as the object tells it.
fn variable(container: &Container, name: &str, namespace: &str) -> Option<String> {
    let mut all = container.env.iter().flatten().rev();
    let found = all.find(|e| e.name == name)?;
    let field = found.value_from.as_ref().map(|v| v.field_ref.as_ref());
    match field {
        None => found.value.clone(),
        Some(field) => (field?.field_path == "metadata.namespace").then(|| namespace.to_owned()),
    }
}

/// The controllers that were found.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// Each, in the order namespace, name.
    pub workloads: Vec<Workload>,
    /// Every Deployment and DaemonSet of the cluster was looked at, so that what is not here does not exist.
    pub complete: bool,
}

/// Looks where the usual labels are.
pub fn by_label(cx: &Cx) -> Result<Discovery, Unknown> {
    find(cx, Some(&USUAL_LABELS), of_image)
}

/// Looks at every Deployment and DaemonSet that may be listed. For when [`by_label`] did not find what a class names.
pub fn everywhere(cx: &Cx) -> Result<Discovery, Unknown> {
    find(cx, None, of_image)
}

/// The Deployments and DaemonSets with these labels, all of which carry requests for a controller of a make: in their first container.
pub fn carrying(cx: &Cx, make: &Make, labels: &str) -> Result<Discovery, Unknown> {
    find(cx, Some(labels), |_, _| Some((make.clone(), Told::Labels)))
}

fn of_image(container: &Container, args: &Args) -> Option<(Make, Told)> {
    Make::of_container(container.image.as_deref().unwrap_or_default(), args)
}

/// Each kind stands alone: one that may not be read hides what it has, and not what the other has.
fn find(
    cx: &Cx,
    labels: Option<&str>,
    told: impl Fn(&Container, &Args) -> Option<(Make, Told)> + Copy,
) -> Result<Discovery, Unknown> {
    let deployments = cx.list_widely::<Deployment>(labels);
    let daemon_sets = cx.list_widely::<DaemonSet>(labels);
    let (deployments, daemon_sets) = match (deployments, daemon_sets) {
        (Err(Unknown::Waiting), _) | (_, Err(Unknown::Waiting)) => return Err(Unknown::Waiting),
        (Err(gap), Err(_)) => return Err(gap),
        (deployments, daemon_sets) => (deployments.ok(), daemon_sets.ok()),
    };
    let is_whole = |missing: Option<&Option<Gap>>| missing.is_some_and(Option::is_none);
    let all = is_whole(deployments.as_ref().map(|l| &l.missing))
        && is_whole(daemon_sets.as_ref().map(|l| &l.missing));
    let deployments = deployments.iter().flat_map(|l| &l.items);
    let daemon_sets = daemon_sets.iter().flat_map(|l| &l.items);
    let mut workloads: Vec<Workload> = deployments
        .filter_map(|d| {
            let spec = &d.spec;
            Workload::of(
                &**d,
                &spec.template,
                &spec.selector,
                spec.replicas.unwrap_or(1),
                told,
            )
        })
        .chain(daemon_sets.filter_map(|d| {
            let spec = &d.spec;
            let desired = d.status.as_ref().map_or(0, |s| s.desired_number_scheduled);
            Workload::of(&**d, &spec.template, &spec.selector, desired, told)
        }))
        .collect();
    workloads.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    Ok(Discovery {
        workloads,
        complete: labels.is_none() && all,
    })
}
