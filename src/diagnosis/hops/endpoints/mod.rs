//! The endpoints: EndpointSlices are the truth about who gets traffic, each consumer reads them in its own way.

pub mod checks;

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::reads::Hides;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::semantics::endpoints::{Endpoint, SERVICE_NAME, join};
use crate::facts::Kind;
use crate::report::{EndpointCount, State};

const HIDES: Hides = &[
    "service-selectorless-without-endpoints",
    "endpoints-empty",
    "endpoints-all-not-ready",
    "traefik-empty-service-404",
];

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
    make: &Make,
) -> Stage<Endpoints> {
    Stage::resolve(|stage| {
        let labels = Some(format!("{SERVICE_NAME}={name}"));
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
        let all = join(
            &slices.items,
            |slice| make.slice_port(slice, service.port.as_ref()?),
            |conditions| make.is_usable(conditions),
        );
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

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ServicePort;
    use serde_json::{Value, json};
    use std::sync::Arc;

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
    fn traefik_keeps_pods_that_terminate_and_still_serve() {
        let leaving = [json!({"ports": [{"name": "", "port": 8080}],
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": false, "serving": true, "terminating": true}}]})];
        assert_eq!(usable("traefik", &leaving, json!({"port": 80})).len(), 1);
        assert!(usable("nginx", &leaving, json!({"port": 80})).is_empty());
    }
}
