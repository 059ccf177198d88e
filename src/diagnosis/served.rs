//! The hosts that the cluster serves, as its routes declare them.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend};

use super::Settings;
use super::declared::claim::class_of;
use crate::diagnosis::ask::reads::{Listed, Log, Reads};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::{Facts, Kind, Question, Typed, Unknown};
use crate::report::ObjectRef;

/// A hostname that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServedHost {
    /// Host, possibly a wildcard.
    pub host: String,
    /// The object that declares it.
    pub by: ObjectRef,
    /// Its class; empty when it names none.
    pub class: String,
}

/// Hosts that the Ingresses of the cluster, or of one namespace, have rules for; with the questions still open.
pub fn served_hosts(
    facts: &Facts,
    settings: &Settings,
    namespace: Option<&str>,
) -> (Result<Vec<ServedHost>, Unknown>, Vec<Question>) {
    let log = Log::default();
    let reads = Reads::new(facts, settings, &log);
    let read = match namespace {
        Some(ns) => reads.list::<Ingress>(Some(ns), None, None),
        None => reads.list_widely::<Ingress>(None),
    };
    let hosts = read.map(
        |Listed {
             items: ingresses, ..
         }| {
            let mut hosts: Vec<ServedHost> = Vec::new();
            for ingress in &ingresses {
                let class = class_of(ingress);
                for rule in ingress.spec.iter().flat_map(|s| s.rules.iter().flatten()) {
                    let Some(host) = rule.host.as_deref().filter(|h| !h.is_empty()) else {
                        continue;
                    };
                    hosts.push(ServedHost {
                        host: host.trim_end_matches('.').to_ascii_lowercase(),
                        by: ObjectRef {
                            kind: Ingress::OF.name().to_owned(),
                            namespace: Some(namespace_of(&**ingress).to_owned()),
                            name: name_of(&**ingress).to_owned(),
                        },
                        class: class.map(|(c, _)| c.to_owned()).unwrap_or_default(),
                    });
                }
            }
            hosts.sort();
            hosts.dedup();
            hosts
        },
    );
    (hosts, reads.take_open().0)
}

/// A host that leads to an object, and a path of it that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Led {
    /// Host, possibly a wildcard; none where it is every host.
    pub host: Option<String>,
    /// `/`, or the path of a rule where that does not cover it.
    pub path: String,
}

/// The hosts of an Ingress, or of the rules that lead to a Service; none where there is no such object. With the questions still open.
pub fn hosts_of(
    facts: &Facts,
    settings: &Settings,
    namespace: &str,
    kind: Kind,
    name: &str,
) -> (Result<Option<Vec<Led>>, Unknown>, Vec<Question>) {
    let log = Log::default();
    let reads = Reads::new(facts, settings, &log);
    let led = if kind == Kind::Service {
        // Asked together, to save a round. A rule may lead to a Service that is not there: that is what is to be found out.
        let service = reads.get::<Service>(Some(namespace), name);
        let ingresses = reads.list::<Ingress>(Some(namespace), None, None);
        ingresses.and_then(|all| {
            let mut led = Vec::new();
            for ingress in &all.items {
                led.extend(paths(ingress, Some(name)));
            }
            match service {
                Ok(None) if led.is_empty() => Ok(None),
                Err(Unknown::Waiting) => Err(Unknown::Waiting),
                _ => Ok(Some(led)),
            }
        })
    } else {
        let ingress = reads.get::<Ingress>(Some(namespace), name);
        ingress.map(|i| i.map(|i| paths(&i, None)))
    };
    let once = led.map(|found| found.map(each_once));
    (once, reads.take_open().0)
}

/// The rules of an Ingress that lead to a Service, or all.
fn paths(ingress: &Ingress, service: Option<&str>) -> Vec<Led> {
    let leads = |b: &IngressBackend| {
        service.is_none_or(|name| b.service.as_ref().is_some_and(|s| s.name == name))
    };
    let spec = ingress.spec.as_ref();
    let mut led = Vec::new();
    for rule in spec.iter().flat_map(|s| s.rules.iter().flatten()) {
        let host = rule.host.as_deref().filter(|h| !h.is_empty());
        let host = host.map(|h| h.trim_end_matches('.').to_ascii_lowercase());
        let all: Vec<&HTTPIngressPath> = rule.http.iter().flat_map(|h| &h.paths).collect();
        for path in all.iter().filter(|p| leads(&p.backend)) {
            led.push(Led {
                host: host.clone(),
                path: typed(path.path.as_deref().unwrap_or_default()),
            });
        }
        // The default backend takes what no path does.
        if all.is_empty() && service.is_none() {
            led.push(Led {
                host,
                path: "/".to_owned(),
            });
        }
    }
    let default = spec.and_then(|s| s.default_backend.as_ref());
    if default.is_some_and(leads) && (service.is_some() || led.is_empty()) {
        led.push(Led {
            host: None,
            path: "/".to_owned(),
        });
    }
    led
}

/// A path that can be asked for: an expression is not.
fn typed(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if path.starts_with('/') && path.chars().all(plain) {
        path.to_owned()
    } else {
        "/".to_owned()
    }
}

/// Each host once, with the shortest path.
fn each_once(mut led: Vec<Led>) -> Vec<Led> {
    led.sort_by(|a, b| (&a.host, a.path.len(), &a.path).cmp(&(&b.host, b.path.len(), &b.path)));
    led.dedup_by(|a, b| a.host == b.host);
    led
}
