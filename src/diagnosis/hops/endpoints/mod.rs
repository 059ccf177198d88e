//! The endpoints: EndpointSlices are the truth about who gets traffic, each consumer reads them in its own way.

pub mod checks;

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::diagnosis::ask::cx::{Cx, Hides};
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::Kind;
use crate::report::{EndpointCount, State};

const HIDES: Hides = &[
    "endpoints-empty",
    "endpoints-all-not-ready",
    "traefik-empty-service-404",
];

/// One address behind a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // the conditions as the API has them
pub struct Endpoint {
    /// IP address.
    pub address: String,
    /// Port; none when the slice has no port of that name (a named targetPort that the pod does not have).
    pub port: Option<i32>,
    /// The pod, if the slice says.
    pub pod: Option<String>,
    /// The consumer sends requests to it.
    pub usable: bool,
    /// `conditions.ready`; nil counts as true.
    pub ready: bool,
    /// `conditions.serving`; nil counts as ready does.
    pub serving: bool,
    /// `conditions.terminating`.
    pub terminating: bool,
    /// The slice it stands in.
    pub slice: String,
}

/// All endpoints of the Service.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Each.
    pub all: Vec<Endpoint>,
    /// How many slices there are.
    pub slices: usize,
}

impl Endpoints {
    /// Those that get requests.
    pub fn usable(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter().filter(|e| e.usable)
    }

    /// For the report.
    pub fn count(&self) -> EndpointCount {
        let terminating = self.all.iter().filter(|e| e.terminating).count();
        let ready = self.usable().filter(|e| !e.terminating).count();
        EndpointCount {
            ready,
            terminating,
            not_ready: self.all.len() - terminating - ready,
        }
    }
}

/// Reads the slices of the Service.
pub fn resolve(
    cx: &Cx,
    (namespace, name): (&str, &str),
    service: &Stage<BackendService>,
    family: Option<&Family>,
) -> Stage<Endpoints> {
    Stage::resolve(|stage| {
        let labels = Some(format!("kubernetes.io/service-name={name}"));
        let slices = cx.list::<EndpointSlice>(Some(namespace), labels, None, HIDES);
        let Some(service) = &service.found else {
            // Asked together with the Service, to save a round.
            return Err(Stop::Waiting);
        };
        if service.service.is_none() {
            return Err(Stop::Skipped("not reached".to_owned()));
        }
        if service.is_external_name() {
            let why = "an ExternalName has no endpoints";
            return Err(Stop::Skipped(why.to_owned()));
        }
        let slices = slices?;
        let all = join(&slices.items, service.port.as_ref(), family);
        for e in &all {
            let words = match (e.usable, e.port, e.terminating) {
                (true, _, true) => "terminating, still serving",
                (true, ..) => "ready",
                (_, None, _) => "ready, without a port",
                (_, _, true) if e.serving => "terminating, still serving",
                (_, _, true) => "terminating",
                _ if e.serving => "not ready, serving",
                _ => "not ready",
            };
            let state = match (e.usable, e.terminating) {
                (true, _) => State::Ok,
                (_, true) => State::Skipped,
                _ => State::Broken,
            };
            let name = e.pod.clone().unwrap_or_else(|| e.address.clone());
            let port = e.port.map_or_else(|| "-".to_owned(), |p| p.to_string());
            let detail = format!("{}:{port} {words}", e.address);
            stage
                .node("Endpoint", Some(namespace), name, detail)
                .of(Kind::EndpointSlice, Some(namespace), &e.slice)
                .state(state);
        }
        let found = Endpoints {
            all,
            slices: slices.items.len(),
        };
        if let (None, Some(gap)) = (found.usable().next(), slices.missing) {
            return Err(Stop::Gap(gap));
        }
        let count = found.count();
        stage.summary = match (found.all.len(), count.ready) {
            (0, _) => "none".to_owned(),
            (all, 0) => format!("none of {all} ready"),
            (all, ready) if all == ready => format!("{ready} ready"),
            (all, ready) => format!("{ready} of {all} ready"),
        };
        if count.ready == 0 && found.all.iter().any(|e| e.port.is_none()) {
            stage.summary = format!("none of {} has the port", found.all.len());
        }
        stage.found = Some(found);
        Ok(())
    })
}

/// The endpoints of one Service port, as a consumer sees them: slices being deleted are left out, a slice counts for the port
/// only with a port of the same name and protocol, an address is counted once.
fn join(
    slices: &[Arc<EndpointSlice>],
    port: Option<&ServicePort>,
    family: Option<&Family>,
) -> Vec<Endpoint> {
    let mut seen: BTreeMap<(String, Option<i32>), Endpoint> = BTreeMap::new();
    for slice in slices {
        if slice.metadata.deletion_timestamp.is_some() || slice.address_type == "FQDN" {
            continue;
        }
        let number = port.and_then(|p| slice_port(slice, p, family));
        for endpoint in slice.endpoints.iter().flatten() {
            let conditions = endpoint.conditions.as_ref();
            let ready = conditions.and_then(|c| c.ready).unwrap_or(true);
            let serving = conditions.and_then(|c| c.serving).unwrap_or(ready);
            let terminating = conditions.and_then(|c| c.terminating).unwrap_or(false);
            let takes = match family {
                // Its Ingress provider keeps terminating pods that still serve.
                Some(Family::Traefik) => serving,
                // This one wants the word itself.
                Some(Family::HaproxyTech) => conditions.and_then(|c| c.ready) == Some(true),
                _ => ready,
            };
            let Some(address) = endpoint.addresses.first() else {
                continue;
            };
            let pod = endpoint
                .target_ref
                .as_ref()
                .filter(|t| t.kind.as_deref() == Some("Pod"))
                .and_then(|t| t.name.clone());
            let found = Endpoint {
                address: address.clone(),
                port: number,
                pod,
                usable: takes && number.is_some(),
                ready,
                serving,
                terminating,
                slice: name_of(&**slice).to_owned(),
            };
            seen.entry((address.clone(), number))
                .and_modify(|old| {
                    if !old.usable && found.usable {
                        *old = found.clone();
                    }
                })
                .or_insert(found);
        }
    }
    seen.into_values().collect()
}

fn slice_port(slice: &EndpointSlice, port: &ServicePort, family: Option<&Family>) -> Option<i32> {
    let wanted = port.name.as_deref().unwrap_or_default();
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let ports = || {
        slice
            .ports
            .iter()
            .flatten()
            .filter(|p| p.protocol.as_deref().unwrap_or("TCP") == protocol)
    };
    let by_name = ports()
        .find(|p| p.name.as_deref().unwrap_or_default() == wanted)
        .and_then(|p| p.port);
    if by_name.is_some() || family != Some(&Family::IngressNginx) {
        return by_name;
    }
    // ingress-nginx is looser: any port for an unnamed one, else a numeric targetPort whatever the slice says.
    if wanted.is_empty()
        && let Some(any) = ports().find_map(|p| p.port)
    {
        return Some(any);
    }
    match &port.target_port {
        Some(k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(n)) => Some(*n),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn slices(values: &[Value]) -> Vec<Arc<EndpointSlice>> {
        values
            .iter()
            .map(|v| {
                let mut v = v.clone();
                v["addressType"] = json!("IPv4");
                Arc::new(serde_json::from_value(v).expect("an EndpointSlice"))
            })
            .collect()
    }

    fn port(value: Value) -> ServicePort {
        serde_json::from_value(value).expect("a port")
    }

    fn usable(family: &Family, values: &[Value], p: Value) -> Vec<String> {
        let all = join(&slices(values), Some(&port(p)), Some(family));
        all.into_iter()
            .filter(|e| e.usable)
            .map(|e| e.address)
            .collect()
    }

    #[test]
    fn ready_without_ports_is_not_usable() {
        let no_ports = [
            json!({"ports": null, "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}}]}),
        ];
        assert!(
            usable(
                &Family::Traefik,
                &no_ports,
                json!({"name": "http", "port": 80, "targetPort": "web"})
            )
            .is_empty()
        );
        assert_eq!(
            usable(
                &Family::IngressNginx,
                &no_ports,
                json!({"name": "http", "port": 80, "targetPort": 8080})
            )
            .len(),
            1
        );
    }

    #[test]
    fn nil_ready_means_ready_except_where_it_does_not() {
        let nil = [
            json!({"ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {}}]}),
        ];
        let p = json!({"name": "http", "port": 80});
        assert_eq!(usable(&Family::Traefik, &nil, p.clone()).len(), 1);
        assert_eq!(usable(&Family::IngressNginx, &nil, p.clone()).len(), 1);
        assert!(usable(&Family::HaproxyTech, &nil, p).is_empty());
    }

    #[test]
    fn names_join_and_addresses_count_once() {
        let two = [
            json!({"ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"], "conditions": {"ready": false}}]}),
            json!({"ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"]}]}),
            json!({"ports": [{"name": "other", "port": 9}], "endpoints": [{"addresses": ["10.0.0.3"]}]}),
        ];
        assert_eq!(
            usable(&Family::Traefik, &two, json!({"name": "http", "port": 80})),
            ["10.0.0.1"]
        );
    }

    #[test]
    fn traefik_keeps_pods_that_terminate_and_still_serve() {
        let leaving = [json!({"ports": [{"name": "", "port": 8080}],
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": false, "serving": true, "terminating": true}}]})];
        assert_eq!(
            usable(&Family::Traefik, &leaving, json!({"port": 80})).len(),
            1
        );
        assert!(usable(&Family::IngressNginx, &leaving, json!({"port": 80})).is_empty());
    }
}
