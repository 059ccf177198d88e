//! A pod's call at the pods behind the Service. Nobody else tells whether they answer, so they are always asked: at their own addresses,
//! as the caller does it, and where that brings nothing at their loopback, which tells a port that is closed from a way that is.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use super::backend::{AtPods, BackendPod, at_address, control_plane_reaches_pods, is_silent, one};
use super::worst;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::dialect::upstream::Upstream;
use crate::diagnosis::hops::endpoints::Endpoints;
use crate::diagnosis::hops::journey::{Backend, Journey};
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{is_ready, made_by};
use crate::diagnosis::semantics::port::target_port;
use crate::report::Hop;
use crate::target::Request;

/// Pods that are asked where all of one workload would answer alike.
const MOST: usize = 3;

/// Puts the call into the pods, in what they speak.
pub fn look<'a>(cx: &Cx<'a>, journey: &mut Journey<'a>, speaks: Upstream) {
    let Some(request) = &journey.request else {
        return;
    };
    for backend in &mut journey.backends {
        let mut tried = std::mem::take(&mut *backend.at_pods);
        let (tried, missed) = cx.watch(|| {
            at_pods(&cx.at(Hop::Pod), request, backend, &mut tried, speaks);
            tried
        });
        *backend.at_pods = tried;
        backend.at_pods.add(&missed);
    }
}

fn at_pods<'a>(
    cx: &Cx<'a>,
    request: &Request,
    backend: &Backend<'a>,
    tried: &mut AtPods<'a>,
    speaks: Upstream,
) {
    let Some(service) = backend.service.found() else {
        return;
    };
    let Some(port) = service.port.as_ref().filter(|_| speaks != Upstream::Other) else {
        return;
    };
    let mut silent = false;
    let mut seen: Vec<Option<String>> = Vec::new();
    for pod in pods(backend) {
        let Some(number) = target_port(port, &pod).and_then(|p| u16::try_from(p).ok()) else {
            continue;
        };
        // Further pods of a workload are asked where one of it does not answer.
        let owner = made_by(&pod);
        let fails = tried
            .pods
            .iter()
            .any(|p| !p.is_waiting() && !p.outcome().responds());
        if seen.contains(&owner) && !fails || tried.pods.len() >= MOST {
            continue;
        }
        seen.push(owner);
        let place = (service.namespace.as_str(), name_of(&*pod));
        let address = at_address(cx, place, number, speaks);
        silent |= is_silent(&address);
        let answers = address.at_pod().responds() || address.is_waiting();
        let found = if answers {
            BackendPod::at_its_address(place, (number, speaks), address)
        } else {
            BackendPod {
                address: Some(address),
                ..one(cx, request, &pod, (&service.namespace, number), speaks)
            }
        };
        tried.pods.push(found);
    }
    tried.calibrated = silent && control_plane_reaches_pods(cx);
    let misleads =
        |p: &BackendPod| p.loopback.at_pod() == Outcome::Refused && p.outcome().responds();
    tried.loopback_misleads = tried.pods.iter().any(misleads);
    let addresses = tried.pods.iter().filter_map(|p| p.address.as_ref());
    tried.at.pod = worst(tried.pods.iter().map(BackendPod::outcome));
    tried.at.pod_address = worst(addresses.map(Asked::at_pod));
    // A control plane without a way to pods says nothing by its silence.
    let is_lost = matches!(tried.at.pod_address, Outcome::Unreachable | Outcome::Silent);
    if is_lost && !tried.calibrated {
        tried.at.pod_address = Outcome::Unknown;
    }
    let both = [tried.at.pod, tried.at.pod_address];
    tried.at.outside = worst(both.into_iter()).behind_a_proxy();
}

/// The ready pods that the call may go to: those of endpoints that would be used.
fn pods(backend: &Backend) -> Vec<Arc<Pod>> {
    let selected = backend.pods.found().into_iter().flat_map(|p| &p.selected);
    let used = backend.endpoints.found();
    let is_used = |pod: &Pod| {
        used.is_none_or(|e: &Endpoints| e.usable().any(|e| e.pod.as_deref() == Some(name_of(pod))))
    };
    let ready = selected.filter(|p| is_ready(p) && is_used(p));
    ready.cloned().collect()
}
