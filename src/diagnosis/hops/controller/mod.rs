//! The controller: the program that reads the Ingress and answers for it.

pub mod checks;
pub mod gateway;
pub mod loading;
pub mod proxy_protocol;
pub mod scope;
pub mod settings;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::declared::claim::{Claim, implements};
use crate::diagnosis::declared::discovery::{self, Workload};
use crate::diagnosis::declared::{Declaration, Declarations};
use crate::diagnosis::dialect::args::{Args, NO_ARGS};
use crate::diagnosis::dialect::make::{Make, Told};
use crate::diagnosis::hops::controller::scope::Overlooked;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::pod::state;
use crate::diagnosis::semantics::selector::selects;
use crate::facts::{Gap, Kind, Unknown};

/// The controller that takes the host's Ingresses.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Its make: of the workload that runs it; where none can be seen, as the class says.
    pub make: Seen<Make>,
    /// The class by which it takes them, if any.
    pub class: Option<String>,
    /// The kind of that class.
    pub class_kind: Kind,
    /// `IngressClass.spec.controller`, `GatewayClass.spec.controllerName`.
    pub controller: Seen<Option<String>>,
    /// The Ingresses that it takes, of those that declare the host.
    pub ingresses: Vec<Arc<Ingress>>,
    /// Those of its class that it does not look at all the same.
    pub overlooked: Seen<Vec<Overlooked>>,
    /// The Deployments and DaemonSets that run it.
    pub workloads: Seen<Vec<Workload>>,
    /// Its ConfigMap by name, where that decides what becomes of an Ingress.
    pub config: Seen<Option<(String, Arc<ConfigMap>)>>,
    /// Every workload of the cluster was looked at.
    pub complete: bool,
    /// Its pods; none when they may not be read.
    pub pods: Seen<Result<Vec<Arc<Pod>>, Unknown>>,
    /// The Services in its namespaces that select its pods.
    pub services: Seen<Result<Vec<Arc<Service>>, Unknown>>,
    /// The Services in its namespaces that do not; one of them may be meant to.
    pub strays: Seen<Vec<Arc<Service>>>,
}

impl Controller {
    /// The command line that decides the dialect.
    pub fn args(&self) -> &Args {
        self.workloads.first().map_or(&NO_ARGS, |w| &w.args)
    }

    /// Major and minor version, where the image's tag tells it.
    pub fn version(&self) -> Option<(u32, u32)> {
        let mut parts = version(&self.workloads.first()?.image)?.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Whether its workload may be one that could not be listed.
    fn is_unseen(&self) -> bool {
        self.workloads.is_empty() && !self.complete && !self.make.data_plane_is_elsewhere()
    }

    /// Whether its pods take requests on ports of their nodes.
    pub fn is_on_nodes(&self) -> bool {
        let mut all = self.workloads.iter();
        all.any(|w| w.host_network || !w.host_ports.is_empty())
    }

    /// Pods that are ready.
    pub fn ready_pods(&self) -> usize {
        self.pods.iter().flatten().filter(|p| is_ready(p)).count()
    }

    /// Pods wanted by all its workloads.
    pub fn desired(&self) -> i32 {
        self.workloads.iter().map(|w| w.desired).sum()
    }
}

/// Finds the controller of the host's Ingresses. `name`: the addresses of the host's name.
pub fn resolve(
    cx: &Cx,
    declared: &Seen<Result<Declarations, Unknown>>,
    name: Result<&[IpAddr], Unknown>,
) -> Stage<Controller> {
    Stage::resolve(cx, |stage| {
        let declared = declared.as_ref().map_err(Clone::clone)?;
        if let (true, Some(gap)) = (declared.all.is_empty(), &declared.missing) {
            return Err(Stop::Gap(gap.clone()));
        }
        if declared.all.is_empty() {
            return Err(Stop::Skipped("no Ingress declares the host".to_owned()));
        }
        let (claim, doubts) = cx.watch(|| chosen(declared, name));
        let claim = claim?;
        let Claim::By {
            make,
            controller,
            class,
            probable,
        } = &claim
        else {
            return Err(Stop::Skipped("no controller takes the Ingress".to_owned()));
        };
        let mut ingresses: Vec<Arc<Ingress>> = declared
            .all
            .iter()
            .filter(|d| d.claim.make() == Some(make))
            .map(|d| Arc::clone(&d.ingress))
            .collect();
        let (read, missed) = cx.watch(|| workloads(cx, declared, &claim));
        let (workloads, complete) = read?;
        let (make, workloads) = made(make, &claim, workloads);
        let mut workloads = Seen::new(workloads, missed);
        let overlooked = cx.seen(|| scope::part(cx, &make, &mut workloads, &mut ingresses));
        let mut found = Controller {
            make: Seen::new(make, doubts.clone()),
            class: class.clone(),
            class_kind: Kind::IngressClass,
            controller: Seen::new(controller.clone(), doubts),
            ingresses,
            overlooked,
            workloads,
            config: Seen::default(),
            complete,
            pods: Seen::known(Ok(Vec::new())),
            services: Seen::known(Ok(Vec::new())),
            strays: Seen::default(),
        };
        found.pods = cx.seen(|| pods(cx, &found.workloads));
        found.services = cx.seen(|| services(cx, &found.workloads));
        found.strays = found.services.instead(Vec::new());
        if let Ok(services) = &mut *found.services {
            let all = std::mem::take(services).into_iter();
            (*services, *found.strays) = all.partition(|s| leads_to(s, &found.workloads));
        }
        found.config = cx.seen(|| settings::deciding(cx, &found));
        describe(stage, &found, *probable);
        let unseen = found.is_unseen();
        let pods = found.pods.as_ref().map(|_| ()).map_err(Clone::clone);
        // The rest of the walk goes on with what is known; only this hop waits for its pods.
        stage.find_in_parts(found);
        pods?;
        if unseen {
            return Err(Stop::Gap(Gap::NotAsked {
                why: "not every workload could be listed".to_owned(),
            }));
        }
        Ok(())
    })
}

/// The claim that counts: of several controllers that of the one to which the name leads; else that of the Ingresses which name the
/// host, before those which serve any host. One whose taker cannot be told does not hide another that is surely taken.
fn chosen(declared: &Declarations, name: Result<&[IpAddr], Unknown>) -> Result<Claim, Unknown> {
    if let Some(claim) = reached(declared, name)? {
        return Ok(claim);
    }
    let by_name = declared.all.iter().filter(|d| d.by_name);
    let any = declared.all.iter().filter(|d| !d.by_name);
    let (mut hidden, mut nobody) = (None, None);
    for declared in by_name.chain(any) {
        match &*declared.claim {
            Claim::By { .. } if hidden != Some(Unknown::Waiting) => {
                return Ok(Claim::clone(&declared.claim));
            }
            Claim::Unknown(Unknown::Waiting) => hidden = Some(Unknown::Waiting),
            Claim::Unknown(gap) => hidden = hidden.or(Some(gap.clone())),
            other => nobody = nobody.or(Some(other.clone())),
        }
    }
    match hidden {
        Some(unknown) => Err(unknown),
        None => nobody.ok_or(Unknown::Waiting),
    }
}

/// Where several controllers take the host's Ingresses: the one that publishes an address of the name, in the status of an Ingress;
/// else one that is seen to run.
fn reached(
    declared: &Declarations,
    name: Result<&[IpAddr], Unknown>,
) -> Result<Option<Claim>, Unknown> {
    let mut claimed = declared.all.iter().filter(|d| d.claim.make().is_some());
    let first = claimed.next().map(|d| d.claim.make());
    if claimed.all(|d| Some(d.claim.make()) == first) {
        return Ok(None);
    }
    let resolved = match name {
        Ok(addresses) => addresses,
        Err(Unknown::Waiting) => return Err(Unknown::Waiting),
        Err(Unknown::Gap(_)) => return Ok(None),
    };
    let publishes = |d: &&Declaration| {
        let status = d.ingress.status.iter().flat_map(|s| &s.load_balancer);
        let entries = status.flat_map(|l| l.ingress.iter().flatten());
        let mut addresses = entries.filter_map(|e| e.ip.as_deref()?.parse().ok());
        addresses.any(|a| resolved.contains(&a))
    };
    let runs = |d: &&Declaration| {
        let near = declared.controllers.iter().flat_map(|c| &c.workloads);
        near.into_iter().any(|w| implements(w, &d.claim))
    };
    let claimed = || declared.all.iter().filter(|d| d.claim.make().is_some());
    let found = claimed().find(publishes).or_else(|| claimed().find(runs));
    Ok(found.map(|d| Claim::clone(&d.claim)))
}

fn workloads(
    cx: &Cx,
    declared: &Declarations,
    claim: &Claim,
) -> Result<(Vec<Workload>, bool), Unknown> {
    let pick = |found: &discovery::Discovery| -> Vec<Workload> {
        let all = found.workloads.iter();
        all.filter(|w| implements(w, claim)).cloned().collect()
    };
    match &*declared.controllers {
        Err(Unknown::Waiting) => return Err(Unknown::Waiting),
        Ok(near) => {
            let picked = pick(near);
            if !picked.is_empty() {
                return Ok((picked, true));
            }
        }
        Err(Unknown::Gap(_)) => return Ok((Vec::new(), false)),
    }
    match discovery::everywhere(cx) {
        Ok(wide) => Ok((pick(&wide), wide.complete)),
        Err(Unknown::Waiting) => Err(Unknown::Waiting),
        Err(Unknown::Gap(_)) => Ok((Vec::new(), false)),
    }
}

/// The make that runs, with its workloads. Of several makes that take the class, the one counts whose own it is.
fn made(by_class: &Make, claim: &Claim, mut workloads: Vec<Workload>) -> (Make, Vec<Workload>) {
    let own = workloads.iter().any(|w| w.make == *by_class);
    let make = match workloads.first() {
        Some(first) if !own => first.make.clone(),
        _ => by_class.clone(),
    };
    workloads.retain(|w| w.make == make);
    let other = workloads
        .first()
        .and_then(|w| make.speaks(&w.args, &claim.claimed()?));
    (other.map_or(make, Make::speaking), workloads)
}

fn pods(cx: &Cx, workloads: &[Workload]) -> Result<Vec<Arc<Pod>>, Unknown> {
    let mut all = Ok(Vec::new());
    for w in workloads {
        let selector = Some(w.pod_selector.clone());
        let pods = cx.list::<Pod>(Some(&w.namespace), selector, None);
        add(&mut all, pods.and_then(Listed::whole));
    }
    all
}

fn services(cx: &Cx, workloads: &[Workload]) -> Result<Vec<Arc<Service>>, Unknown> {
    let mut all = Ok(Vec::new());
    let namespaces: BTreeSet<&str> = workloads.iter().map(|w| w.namespace.as_str()).collect();
    for namespace in namespaces {
        let services = cx.list::<Service>(Some(namespace), None, None);
        add(&mut all, services.and_then(Listed::whole));
    }
    all
}

/// Whether a Service selects the pods of a workload.
fn leads_to(service: &Service, workloads: &[Workload]) -> bool {
    let selector = service.spec.as_ref().and_then(|s| s.selector.as_ref());
    selector.is_some_and(|sel| !sel.is_empty() && workloads.iter().any(|w| selects(sel, &w.labels)))
}

fn add<T>(sum: &mut Result<Vec<T>, Unknown>, more: Result<Vec<T>, Unknown>) {
    match (sum.as_mut(), more) {
        (Ok(all), Ok(more)) => all.extend(more),
        (Ok(_), Err(unknown)) => *sum = Err(unknown),
        _ => {}
    }
}

fn describe(stage: &mut Stage<Controller>, found: &Controller, probable: bool) {
    let mut title = found.make.title().to_owned();
    if let Some(version) = found.workloads.first().and_then(|w| version(&w.image)) {
        title = format!("{title} {version}");
    }
    let class = match &found.class {
        Some(class) => format!("class {class}"),
        None => "takes Ingresses without a class".to_owned(),
    };
    let pods = match (found.pods.as_ref(), found.workloads.is_empty()) {
        (_, true) if found.make.data_plane_is_elsewhere() => "runs outside the cluster".to_owned(),
        (_, true) if found.complete => "no workload found".to_owned(),
        (_, true) => "its workload could not be seen".to_owned(),
        (Ok(_), false) => {
            format!("{} of {} pods ready", found.ready_pods(), found.desired())
        }
        (Err(_), false) => "its pods could not be read".to_owned(),
    };
    stage.summary = format!("{title}, {pods}, {class}");
    if probable {
        stage.summary.push_str(" (by its name)");
    }
    for w in &found.workloads {
        let detail = format!("{} replicas wanted, image {}", w.desired, w.image);
        stage.node(w.kind.name(), Some(&w.namespace), &w.name, detail);
    }
    for pod in found.pods.iter().flatten() {
        let ready = if is_ready(pod) { "ready" } else { "not ready" };
        let namespace = pod.metadata.namespace.as_deref();
        stage
            .node("Pod", namespace, name_of(&**pod), ready)
            .state(state(pod));
    }
    stage.node("Make", None, found.make.title(), told_by(found));
}

/// From what the make is known.
fn told_by(found: &Controller) -> String {
    match (found.workloads.first(), &found.class) {
        (Some(w), _) => {
            let part = match w.told {
                Told::Image => "image",
                Told::Arguments => "arguments",
                Told::Labels => "labels",
            };
            format!("told by the {part} of {}", w.display())
        }
        (None, Some(class)) if found.controller.is_some() => {
            format!("told by {} {class}", found.class_kind.name())
        }
        (None, Some(class)) => format!("told by the name of class {class}"),
        (None, None) => "told by annotations of the Ingress".to_owned(),
    }
}

/// The tag of an image, when it reads like a version.
fn version(image: &str) -> Option<&str> {
    let tag = image
        .split('@')
        .next()?
        .rsplit('/')
        .next()?
        .split_once(':')?
        .1;
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    (digits.contains('.') && digits.starts_with(|c: char| c.is_ascii_digit())).then_some(digits)
}
