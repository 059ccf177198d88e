//! The backend Service: does it exist, and which of its ports does the rule mean?

pub mod checks;
pub mod kube_proxy;
pub mod per_pod;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::declared::gateways;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::routing::gateway::{Policies, policies};
use crate::diagnosis::routing::{BackendRef, Granted};
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::port;
use crate::facts::{Gap, Unknown};

/// The Service that a rule leads to.
#[derive(Clone, Debug)]
pub struct BackendService {
    /// Its namespace.
    pub namespace: String,
    /// Its name in the rule.
    pub name: String,
    /// The Service; none when the API server says that there is none.
    pub service: Option<Arc<Service>>,
    /// The port that the rule means, by the controller's dialect.
    pub port: Option<ServicePort>,
}

impl BackendService {
    /// The selector, when it has one that selects anything.
    pub fn selector(&self) -> Option<&std::collections::BTreeMap<String, String>> {
        let spec = self.service.as_ref()?.spec.as_ref()?;
        spec.selector.as_ref().filter(|s| !s.is_empty())
    }

    /// Whether it is a mere name for something outside.
    pub fn is_external_name(&self) -> bool {
        self.service.as_ref().is_some_and(|s| {
            crate::diagnosis::semantics::service::service_type(s) == "ExternalName"
        })
    }
}

/// The policies by which a Gateway speaks TLS to the port that is meant.
pub fn tls_policies(cx: &Cx, service: &BackendService) -> Result<Policies, Unknown> {
    let all = gateways::tls_policies(cx, &service.namespace)?;
    let port = service.port.as_ref().and_then(|p| p.name.as_deref());
    Ok(policies(&all, &service.name, port))
}

/// Reads the Service of a rule.
pub fn resolve(cx: &Cx, via: &BackendRef, make: &Make) -> Stage<BackendService> {
    Stage::resolve(cx, |stage| {
        let Some((namespace, name)) = via.service() else {
            stage.summary = "the rule leads to a resource, not to a Service".to_owned();
            return Err(Stop::Gap(Gap::NotAsked {
                why: "resource backends are not followed".to_owned(),
            }));
        };
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        match &via.granted {
            Granted::Yes => {}
            Granted::Unseen(unknown) => return Err(unknown.clone().into()),
            Granted::No => {
                let from = via.place.declared.namespace();
                let why = format!(
                    "no ReferenceGrant lets namespace {from} lead to Service {namespace}/{name}"
                );
                return Err(Stop::Skipped(why));
            }
        }
        let service = cx.get::<Service>(Some(&namespace), &name)?;
        let Some(found) = &service else {
            let why = format!("Service {namespace}/{name} does not exist");
            stage.find(BackendService {
                namespace,
                name: name.clone(),
                service: None,
                port: None,
            });
            return Err(Stop::Skipped(why));
        };
        let meant = via.port.as_ref();
        let ports_of = || found.spec.iter().flat_map(|s| s.ports.iter().flatten());
        let port = match meant {
            Some(p) => make.service_port(found, p).cloned(),
            // What names no port, such as a default backend by annotation, means the first.
            None => ports_of().next().cloned(),
        };
        let kind = crate::diagnosis::semantics::service::service_type(found);
        let ports = port::list(found);
        stage.node(
            "Service",
            Some(&namespace),
            &name,
            format!("{kind}, ports {ports}"),
        );
        stage.summary = match &port {
            Some(port) => format!("{} port {}", label_of(&**found), port::words(port)),
            None => format!("{} has no such port, only {ports}", label_of(&**found)),
        };
        let found = BackendService {
            namespace,
            name: name.clone(),
            service,
            port,
        };
        let external = found.is_external_name().then(|| {
            let spec = found.service.as_ref().and_then(|s| s.spec.as_ref());
            spec.and_then(|s| s.external_name.clone())
                .unwrap_or_default()
        });
        if let Some(name) = &external {
            stage.summary = format!(
                "Service {}/{} stands for {name}",
                found.namespace, found.name
            );
        }
        let has_port = found.port.is_some();
        stage.find(found);
        match external {
            Some(name) => Err(Stop::Gap(Gap::NotAsked {
                why: format!("ExternalName {name} is outside the cluster"),
            })),
            None if has_port => Ok(()),
            None => Err(Stop::Skipped(stage.summary.clone())),
        }
    })
}
