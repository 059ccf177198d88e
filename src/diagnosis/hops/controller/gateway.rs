//! The controller of a Gateway: who answers for it, and which pods carry its requests.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};

use super::{Controller, describe, leads_to, pods, services};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::declared::discovery::{self, Discovery, Workload};
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::dialect::questions::Plane;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::selector::equality;
use crate::facts::{Gap, Kind, Unknown};

/// What carries a Gateway's requests, as far as it was found.
#[derive(Default)]
struct Carrying {
    workloads: Vec<Workload>,
    /// Services that were made for the Gateway, where they are found by their labels.
    services: Vec<Arc<Service>>,
    /// Everything was looked at.
    complete: bool,
}

/// Finds it. `near`: the controllers that the usual labels show.
pub fn resolve(cx: &Cx, way: &Way, near: &Seen<Result<Discovery, Unknown>>) -> Stage<Controller> {
    Stage::resolve(cx, |stage| {
        let class = way.class.as_ref().map_err(Clone::clone)?;
        let named = &way.gateway.spec.gateway_class_name;
        let Some(class) = class else {
            return Err(Stop::Skipped(format!(
                "GatewayClass {named} does not exist"
            )));
        };
        let (carrying, missed) = cx.watch(|| carrying(cx, way, near));
        let carrying = carrying?;
        let complete = carrying.complete;
        let mut found = Controller {
            make: Seen::known(way.make.clone()),
            class: Some(named.clone()),
            class_kind: Kind::GatewayClass,
            controller: Seen::known(Some(class.spec.controller_name.clone())),
            ingresses: Vec::new(),
            overlooked: Seen::default(),
            workloads: Seen::new(carrying.workloads, missed.clone()),
            config: Seen::default(),
            complete,
            pods: Seen::known(Ok(Vec::new())),
            services: Seen::known(Ok(Vec::new())),
            strays: Seen::default(),
        };
        found.pods =
            cx.seen(
                || match (found.workloads.glance().is_empty(), &carrying.services[..]) {
                    (true, [service, ..]) => behind(cx, service),
                    _ => pods(cx, found.workloads.glance()),
                },
            );
        let by_labels = carrying.services;
        if by_labels.is_empty() {
            found.services = cx.seen(|| services(cx, found.workloads.glance()));
            if let Ok(services) = &mut *found.services {
                services.retain(|s| leads_to(s, found.workloads.glance()));
            }
        } else {
            found.services = Seen::new(Ok(by_labels), missed);
        }
        describe(stage, &found, false);
        let unseen = found.workloads.is_empty() && !complete && !way.make.data_plane_is_elsewhere();
        let pods = found
            .pods
            .glance()
            .as_ref()
            .map(|_| ())
            .map_err(Clone::clone);
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

fn carrying(cx: &Cx, way: &Way, near: &Result<Discovery, Unknown>) -> Result<Carrying, Unknown> {
    match way.make.plane() {
        Plane::Elsewhere => Ok(Carrying {
            complete: true,
            ..Carrying::default()
        }),
        Plane::Controller => by_make(cx, way, near),
        Plane::Labelled(labels) => {
            let mut last = Carrying::default();
            for labels in labels {
                let labels = labels
                    .replace("{namespace}", way.namespace())
                    .replace("{name}", way.name());
                last = by_labels(cx, way, &labels)?;
                if !last.workloads.is_empty() || !last.services.is_empty() {
                    break;
                }
            }
            Ok(last)
        }
    }
}

/// The pods of the controller itself.
fn by_make(cx: &Cx, way: &Way, near: &Result<Discovery, Unknown>) -> Result<Carrying, Unknown> {
    let pick = |found: &Discovery| -> Vec<Workload> {
        let all = found.workloads.iter();
        all.filter(|w| w.make.slug() == way.make.slug())
            .cloned()
            .collect()
    };
    let picked = match near {
        Err(Unknown::Waiting) => return Err(Unknown::Waiting),
        Ok(near) => pick(near),
        Err(Unknown::Gap(_)) => return Ok(Carrying::default()),
    };
    if !picked.is_empty() {
        return Ok(Carrying {
            workloads: picked,
            complete: true,
            ..Carrying::default()
        });
    }
    match discovery::everywhere(cx) {
        Ok(wide) => Ok(Carrying {
            workloads: pick(&wide),
            complete: wide.complete,
            ..Carrying::default()
        }),
        Err(Unknown::Waiting) => Err(Unknown::Waiting),
        Err(Unknown::Gap(_)) => Ok(Carrying::default()),
    }
}

/// What was made for the Gateway. Labels may be cut where names are long, so that nothing is proven where nothing is found.
fn by_labels(cx: &Cx, way: &Way, labels: &str) -> Result<Carrying, Unknown> {
    let workloads = discovery::carrying(cx, &way.make, labels);
    let services = cx.list_widely::<Service>(Some(labels));
    let waits = |u: &Unknown| *u == Unknown::Waiting;
    if workloads.as_ref().is_err_and(waits) || services.as_ref().is_err_and(waits) {
        return Err(Unknown::Waiting);
    }
    // A Gateway of the same name elsewhere has objects with the same label where these lie beside their Gateway.
    let ours = |namespace: &str, beside: &[&str]| {
        !beside.contains(&way.namespace()) || namespace == way.namespace()
    };
    let mut workloads = workloads.map(|w| w.workloads).unwrap_or_default();
    let mut services = services.map(|s| s.items).unwrap_or_default();
    let places: Vec<String> = workloads.iter().map(|w| w.namespace.clone()).collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    workloads.retain(|w| ours(&w.namespace, &places));
    let places: Vec<String> = services
        .iter()
        .map(|s| namespace_of(&**s).to_owned())
        .collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    services.retain(|s| ours(namespace_of(&**s), &places));
    services.sort_by_key(|s| (label_of(&**s), name_of(&**s).to_owned()));
    Ok(Carrying {
        workloads,
        services,
        complete: false,
    })
}

/// The pods behind a Service that nothing else tells of.
fn behind(cx: &Cx, service: &Service) -> Result<Vec<Arc<Pod>>, Unknown> {
    let selector = service.spec.as_ref().and_then(|s| s.selector.as_ref());
    match selector.filter(|s| !s.is_empty()) {
        Some(selector) => {
            let listed =
                cx.list::<Pod>(Some(namespace_of(service)), Some(equality(selector)), None);
            listed.and_then(crate::diagnosis::ask::reads::Listed::whole)
        }
        None => Ok(Vec::new()),
    }
}
