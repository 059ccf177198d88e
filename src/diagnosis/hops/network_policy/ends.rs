//! Both ends of the requests that policies may hold back: the controller's pods, and the endpoints that would be used.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use crate::diagnosis::ask::stage::{Progress, Stage, Stop};
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::endpoints::Endpoints;
use crate::diagnosis::hops::pod::Pods;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{has_ended, is_ready};
use crate::diagnosis::semantics::policy::{End, Member};
use crate::diagnosis::semantics::port::target_port;
use crate::facts::{Gap, Unknown};

/// Where requests come from.
pub(super) struct Sources {
    /// Each.
    pub all: Vec<End>,
    /// Why it is not known which pods these are.
    pub unknown: Option<String>,
}

/// Where a request would go.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub end: End,
    pub port: u16,
}

/// The controller's pods; where they may not be read, what the templates of its workloads say of them.
pub(super) fn sources(stage: &Stage<Controller>) -> Result<Sources, Unknown> {
    let unknown = |why: &str| Sources {
        all: vec![End::Outside],
        unknown: Some(why.to_owned()),
    };
    let Some(controller) = stage.found() else {
        return match stage.progress() {
            Progress::Waiting => Err(Unknown::Waiting),
            _ => Ok(unknown("which pods the requests come from is not known")),
        };
    };
    if controller.make.data_plane_is_elsewhere() {
        return Ok(unknown(
            "the requests come from outside the cluster, by addresses that are not known",
        ));
    }
    let pods = match controller.pods.glance() {
        Err(Unknown::Waiting) => return Err(Unknown::Waiting),
        Ok(pods) => pods.as_slice(),
        Err(Unknown::Gap(_)) => &[],
    };
    let running = || pods.iter().filter(|p| !has_ended(p));
    let ready: Vec<&Arc<Pod>> = running().filter(|p| is_ready(p)).collect();
    let chosen = if ready.is_empty() {
        running().collect()
    } else {
        ready
    };
    let mut all: Vec<End> = chosen
        .iter()
        .map(|p| End::Pod(Member::from(&***p)))
        .collect();
    if all.is_empty() {
        let templates = controller.workloads.iter().map(|w| {
            End::Pod(Member {
                namespace: w.namespace.clone(),
                labels: w.labels.clone(),
                host_network: w.host_network,
                ..Member::default()
            })
        });
        all.extend(templates);
    }
    if all.is_empty() {
        controller.pods.touch();
        return Ok(unknown("the controller's pods could not be seen"));
    }
    Ok(Sources { all, unknown: None })
}

/// The endpoints that would be used; where these may not be read, or there are files alone, the pods that the Service selects.
pub(super) fn destinations(
    service: &Stage<BackendService>,
    endpoints: &Stage<Endpoints>,
    pods: &Stage<Pods>,
) -> Result<Vec<Destination>, Stop> {
    let none = || Stop::Skipped("no pods to judge it for".to_owned());
    let found = match (pods.found(), pods.progress()) {
        (Some(found), _) => found,
        (None, Progress::Skipped(_)) => return Err(none()),
        (None, Progress::Unknown(gap)) => return Err(Stop::Gap(gap.clone())),
        (None, _) => return Err(Stop::Waiting),
    };
    let all = match (endpoints.found(), endpoints.progress()) {
        (Some(endpoints), _) => by_endpoints(endpoints, found)?,
        (None, Progress::Waiting) => return Err(Stop::Waiting),
        (None, _) => by_pods(service, found),
    };
    if all.is_empty() {
        return Err(none());
    }
    Ok(all)
}

fn by_endpoints(endpoints: &Endpoints, pods: &Pods) -> Result<Vec<Destination>, Stop> {
    let mut all = Vec::new();
    for endpoint in endpoints.usable() {
        let (Ok(address), Some(port)) = (
            endpoint.address.parse(),
            endpoint.port.and_then(|p| u16::try_from(p).ok()),
        ) else {
            continue;
        };
        let end = match &endpoint.pod {
            None => End::Address(address),
            Some(name) => {
                let mut selected = pods.selected.iter();
                let pod = selected.find(|p| name_of(&***p) == name);
                let pod = pod.ok_or_else(|| {
                    Stop::Gap(Gap::NotAsked {
                        why: format!("Pod {name} of an endpoint was not seen"),
                    })
                })?;
                // Of its addresses this is the one that is spoken to.
                End::Pod(Member {
                    addresses: vec![address],
                    ..Member::from(&**pod)
                })
            }
        };
        all.push(Destination { end, port });
    }
    Ok(all)
}

fn by_pods(service: &Stage<BackendService>, pods: &Pods) -> Vec<Destination> {
    let Some(port) = service.found().and_then(|s| s.port.as_ref()) else {
        return Vec::new();
    };
    let chosen = |p: &&Arc<Pod>| pods.templates.is_some() || is_ready(p);
    let led = pods.selected.iter().filter(chosen).filter_map(|pod| {
        Some(Destination {
            end: End::Pod(Member::from(&**pod)),
            port: u16::try_from(target_port(port, pod)?).ok()?,
        })
    });
    led.collect()
}
