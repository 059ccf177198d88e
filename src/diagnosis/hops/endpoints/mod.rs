//! The endpoints: EndpointSlices are the truth about who gets traffic, each consumer reads them in its own way.

pub mod checks;

use std::sync::Arc;

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::endpoints::{Conditions, Endpoint, SERVICE_NAME, join};
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::Kind;
use crate::report::{EndpointCount, State};

/// All endpoints of the Service.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Each.
    pub all: Vec<Endpoint>,
    /// How many slices there are.
    pub slices: usize,
    /// Slices with addresses and without the port.
    pub portless: Vec<Arc<EndpointSlice>>,
}

impl Endpoints {
    /// Whether there are some, and all that are left get no new requests.
    pub fn is_leaving(&self) -> bool {
        self.usable().next().is_none() && self.all.iter().any(|e| e.fenced)
    }

    /// Those that get requests.
    pub fn usable(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter().filter(|e| e.usable)
    }

    /// For the report.
    pub fn count(&self) -> EndpointCount {
        let terminating = self.all.iter().filter(|e| e.terminating).count();
        let staying = || self.all.iter().filter(|e| !e.terminating);
        let ready = staying().filter(|e| e.usable).count();
        let without_port = staying().filter(|e| e.ready && e.port.is_none()).count();
        EndpointCount {
            ready,
            terminating,
            without_port,
            not_ready: self.all.len() - terminating - ready - without_port,
        }
    }
}

/// Who sends requests to them.
pub struct Reader<'r> {
    /// How it reads them.
    pub make: &'r Make,
    /// The node beyond which it takes none.
    pub only_on: Option<&'r str>,
    /// The addresses that it means, where the name is not of all of them.
    pub hosts: &'r [String],
}

impl<'r> Reader<'r> {
    /// One that takes all of them.
    pub const fn of(make: &'r Make) -> Self {
        Self {
            make,
            only_on: None,
            hosts: &[],
        }
    }
}

/// Reads the slices of the Service.
pub fn resolve(
    cx: &Cx,
    (namespace, name): (&str, &str),
    service: &Stage<BackendService>,
    reader: &Reader,
) -> Stage<Endpoints> {
    let make = reader.make;
    Stage::resolve(cx, |stage| {
        let labels = Some(format!("{SERVICE_NAME}={name}"));
        let slices = cx.list::<EndpointSlice>(Some(namespace), labels, None);
        let Some(service) = service.found() else {
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
        let joined = |is_usable: &dyn Fn(Conditions) -> bool| {
            join(
                &slices.items,
                |slice| make.slice_port(slice, service.port.as_ref()?),
                is_usable,
                |conditions| make.is_fenced(conditions),
            )
        };
        let mut all = joined(&|conditions| make.is_usable(conditions));
        if !all.iter().any(|e| e.usable) {
            all = joined(&|conditions| make.is_usable(conditions) || make.falls_back(conditions));
        }
        if !reader.hosts.is_empty() {
            all.retain(|e| reader.hosts.contains(&e.address));
        }
        if let Some(node) = reader.only_on {
            for endpoint in all.iter_mut().filter(|e| e.usable) {
                endpoint.away = endpoint.node.as_deref() != Some(node);
                endpoint.usable = !endpoint.away;
            }
        }
        for e in &all {
            let words = match (e.usable, e.port, e.terminating) {
                (true, _, true) => "terminating, still serving",
                (true, ..) => "ready",
                _ if e.away => "ready, on another node",
                (_, _, true) if e.fenced => "terminating, gets no new requests",
                (_, _, true) if e.serving => "terminating, still serving",
                (_, _, true) => "terminating",
                (_, None, _) if e.ready => "ready, without the port",
                _ if e.serving => "not ready, serving",
                _ => "not ready",
            };
            let state = match (e.usable, e.terminating) {
                (true, _) => State::Ok,
                _ if e.away => State::Skipped,
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
        let portless = |slice: &&Arc<EndpointSlice>| {
            let all = all.iter();
            all.filter(|e| e.slice == name_of(&***slice))
                .any(|e| e.port.is_none())
        };
        let portless = slices.items.iter().filter(portless).cloned().collect();
        let found = Endpoints {
            all,
            slices: slices.items.len(),
            portless,
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
        match (count.ready, count.without_port) {
            (_, 0) => {}
            (0, n) if n == found.all.len() => stage.summary = format!("none of {n} has the port"),
            (_, n) => stage.summary = format!("{}, {n} without the port", stage.summary),
        }
        stage.find(found);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ServicePort;
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

    fn usable(make: &str, values: &[Value], p: Value) -> Vec<String> {
        let make = Make::of_class_name(make).unwrap_or_else(|| Make::of_controller(make));
        let port = port(p);
        let all = join(
            &slices(values),
            |slice| make.slice_port(slice, &port),
            |conditions| make.is_usable(conditions),
            |conditions| make.is_fenced(conditions),
        );
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
                "traefik",
                &no_ports,
                json!({"name": "http", "port": 80, "targetPort": "web"})
            )
            .is_empty()
        );
        assert_eq!(
            usable(
                "nginx",
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
        assert_eq!(usable("traefik", &nil, p.clone()).len(), 1);
        assert_eq!(usable("nginx", &nil, p.clone()).len(), 1);
        assert!(usable("haproxy.org/ingress-controller", &nil, p).is_empty());
    }

    #[test]
    fn names_join_and_addresses_count_once() {
        let two = [
            json!({"ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"], "conditions": {"ready": false}}]}),
            json!({"ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.0.0.1"]}]}),
            json!({"ports": [{"name": "other", "port": 9}], "endpoints": [{"addresses": ["10.0.0.3"]}]}),
        ];
        assert_eq!(
            usable("traefik", &two, json!({"name": "http", "port": 80})),
            ["10.0.0.1"]
        );
    }

    #[test]
    fn what_terminates_is_fenced_and_what_does_not_say_that_it_serves_is_no_endpoint() {
        let traefik = Make::of_class_name("traefik").expect("known");
        let nginx = Make::of_class_name("nginx").expect("known");
        for (conditions, usable, fenced) in [
            (
                json!({"ready": true, "serving": true, "terminating": false}),
                true,
                false,
            ),
            (
                json!({"ready": false, "serving": true, "terminating": true}),
                false,
                true,
            ),
            (
                json!({"ready": true, "serving": true, "terminating": true}),
                false,
                true,
            ),
            (
                json!({"ready": false, "serving": false, "terminating": true}),
                false,
                false,
            ),
            (json!({"ready": false, "serving": true}), true, false),
            (json!({"ready": false}), false, false),
            (json!({"ready": false, "terminating": true}), false, false),
            (json!({}), true, false),
        ] {
            let slice = json!({"ports": [{"name": "", "port": 8080}],
                "endpoints": [{"addresses": ["10.0.0.1"], "conditions": conditions}]});
            let found = |make: &Make| {
                let port = port(json!({"port": 80}));
                let all = join(
                    &slices(std::slice::from_ref(&slice)),
                    |slice| make.slice_port(slice, &port),
                    |conditions| make.is_usable(conditions),
                    |conditions| make.is_fenced(conditions),
                );
                (all[0].usable, all[0].fenced)
            };
            assert_eq!(found(&traefik), (usable, fenced), "{slice}");
            assert!(!found(&nginx).1, "{slice}");
        }
    }

    #[test]
    fn each_endpoint_is_counted_once() {
        let endpoint = |ready: bool, port: Option<i32>, terminating: bool| Endpoint {
            address: "10.0.0.1".to_owned(),
            port,
            pod: None,
            usable: ready && port.is_some() && !terminating,
            fenced: false,
            ready,
            serving: ready,
            terminating,
            slice: "web-1".to_owned(),
            node: None,
            away: false,
        };
        let found = Endpoints {
            all: vec![
                endpoint(true, Some(80), false),
                endpoint(true, None, false),
                endpoint(true, None, false),
                endpoint(false, None, false),
                endpoint(false, Some(80), false),
                endpoint(false, Some(80), true),
                endpoint(true, None, true),
            ],
            slices: 1,
            portless: Vec::new(),
        };
        let count = EndpointCount {
            ready: 1,
            not_ready: 2,
            terminating: 2,
            without_port: 2,
        };
        assert_eq!(found.count(), count);
    }
}
