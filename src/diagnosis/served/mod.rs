//! The hosts that the cluster serves, as its routes declare them.

mod routes;

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, Ingress, IngressBackend, IngressRule, ServiceBackendPort,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

use super::Settings;
use super::declared::claim::class_of;
use crate::diagnosis::ask::reads::{Log, Reads};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::{Facts, Kind, Question, Typed, Unknown};
use crate::report::ObjectRef;

/// A hostname that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedHost {
    /// Host, possibly a wildcard.
    pub host: String,
    /// The object that declares it.
    pub by: ObjectRef,
    /// Its class; empty when it names none.
    pub class: String,
    /// Its paths, in the order of the object.
    pub paths: Vec<ServedPath>,
}

/// A path of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServedPath {
    /// As the rule has it; `/` where it has none.
    pub path: String,
    /// Where it leads; none where the rule does not say, and nothing serves what no rule does.
    pub backend: Option<ServedBackend>,
}

/// What a rule names to lead to. It may not be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServedBackend {
    /// `Service`, or the kind of a resource.
    pub kind: String,
    /// In the namespace of the rule.
    pub name: String,
    /// Number or name of the Service's port.
    pub port: Option<IntOrString>,
}

/// The first of several, and how many others there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct First {
    /// In words; empty where there is none.
    pub text: String,
    /// Others.
    pub more: usize,
}

impl First {
    fn of<T: PartialEq>(all: impl Iterator<Item = T>, words: impl Fn(&T) -> String) -> Self {
        let mut seen: Vec<T> = Vec::new();
        for one in all {
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
        Self {
            text: seen.first().map(words).unwrap_or_default(),
            more: seen.len().saturating_sub(1),
        }
    }

    /// ` +2`; empty where there is no other.
    pub fn tail(&self) -> String {
        match self.more {
            0 => String::new(),
            more => format!(" +{more}"),
        }
    }
}

impl ServedHost {
    /// Its first path.
    pub fn first_path(&self) -> First {
        First::of(self.paths.iter().map(|p| &p.path), |path| (*path).clone())
    }

    /// Where its first path that leads anywhere does: `web:80`.
    pub fn first_backend(&self) -> First {
        let backends = self.paths.iter().filter_map(|p| p.backend.as_ref());
        First::of(backends, ToString::to_string)
    }
}

impl ServedBackend {
    fn of(backend: &IngressBackend) -> Option<Self> {
        if let Some(service) = &backend.service {
            let port = service.port.as_ref();
            let name = |p: &ServiceBackendPort| p.name.clone().map(IntOrString::String);
            return Some(Self {
                kind: Service::OF.name().to_owned(),
                name: service.name.clone(),
                port: port.and_then(|p| p.number.map(IntOrString::Int).or_else(|| name(p))),
            });
        }
        backend.resource.as_ref().map(|resource| Self {
            kind: resource.kind.clone(),
            name: resource.name.clone(),
            port: None,
        })
    }
}

impl fmt::Display for ServedBackend {
    /// `web:80`, and of a resource `StorageBucket/assets`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != Service::OF.name() {
            write!(f, "{}/", self.kind)?;
        }
        f.write_str(&self.name)?;
        match &self.port {
            Some(IntOrString::Int(number)) => write!(f, ":{number}"),
            Some(IntOrString::String(name)) => write!(f, ":{name}"),
            None => Ok(()),
        }
    }
}

/// Hosts that the Ingresses and routes of the cluster, or of one namespace, have rules for; with the questions still open.
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
    let by_routes = routes::served(&reads, namespace);
    let hosts = match (read, by_routes) {
        (Ok(listed), Ok(by_routes)) => {
            let ingresses = listed.items.iter().flat_map(|i| served_by(i));
            Ok(in_order(ingresses.chain(by_routes).collect()))
        }
        // What can be seen is told; what is open goes with it.
        (Ok(listed), Err(_)) => Ok(all_served(&listed.items)),
        (Err(Unknown::Waiting), _) => Err(Unknown::Waiting),
        (Err(gap), Ok(by_routes)) if by_routes.is_empty() => Err(gap),
        (Err(_), Ok(by_routes)) => Ok(in_order(by_routes)),
        (Err(gap), Err(_)) => Err(gap),
    };
    (hosts, reads.take_open().0)
}

/// The hosts of Ingresses.
fn all_served(ingresses: &[Arc<Ingress>]) -> Vec<ServedHost> {
    in_order(ingresses.iter().flat_map(|i| served_by(i)).collect())
}

/// Hosts by name; those that several declare are there several times.
fn in_order(mut hosts: Vec<ServedHost>) -> Vec<ServedHost> {
    hosts.sort_by(|a, b| (&a.host, &a.by).cmp(&(&b.host, &b.by)));
    // An object may have several rules for one host.
    hosts.dedup_by(|again, first| {
        let same = again.host == first.host && again.by == first.by;
        if same {
            first.paths.append(&mut again.paths);
        }
        same
    });
    hosts
}

/// The hosts of an Ingress, a rule each.
fn served_by(ingress: &Ingress) -> Vec<ServedHost> {
    let spec = ingress.spec.as_ref();
    let default = spec.and_then(|s| s.default_backend.as_ref());
    let rules = spec.into_iter().flat_map(|s| s.rules.iter().flatten());
    rules
        .filter_map(|rule| {
            let http = rule.http.iter().flat_map(|h| &h.paths);
            let mut paths: Vec<ServedPath> = http
                .map(|p| ServedPath {
                    path: p
                        .path
                        .clone()
                        .filter(|p| !p.is_empty())
                        .unwrap_or_else(root),
                    backend: ServedBackend::of(&p.backend),
                })
                .collect();
            // The default backend takes what no path does.
            if paths.is_empty() {
                paths.push(ServedPath {
                    path: root(),
                    backend: default.and_then(ServedBackend::of),
                });
            }
            Some(ServedHost {
                host: named(rule)?,
                by: ObjectRef {
                    kind: Ingress::OF.name().to_owned(),
                    namespace: Some(namespace_of(ingress).to_owned()),
                    name: name_of(ingress).to_owned(),
                },
                class: class_of(ingress)
                    .map(|(c, _)| c.to_owned())
                    .unwrap_or_default(),
                paths,
            })
        })
        .collect()
}

/// The host of a rule, as names are compared; none where it serves every host.
fn named(rule: &IngressRule) -> Option<String> {
    let host = rule.host.as_deref().filter(|h| !h.is_empty())?;
    Some(host.trim_end_matches('.').to_ascii_lowercase())
}

fn root() -> String {
    "/".to_owned()
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
            led.extend(routes::leading_to(&reads, namespace, name)?);
            match service {
                Ok(None) if led.is_empty() => Ok(None),
                Err(Unknown::Waiting) => Err(Unknown::Waiting),
                _ => Ok(Some(led)),
            }
        })
    } else if kind == Kind::HTTPRoute {
        routes::of_route(&reads, namespace, name)
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
        let host = named(rule);
        let all: Vec<&HTTPIngressPath> = rule.http.iter().flat_map(|h| &h.paths).collect();
        for path in all.iter().filter(|p| leads(&p.backend)) {
            led.push(Led {
                host: host.clone(),
                path: typed(path.path.as_deref().unwrap_or_default()),
            });
        }
        // The default backend takes what no path does.
        if all.is_empty() && service.is_none() {
            led.push(Led { host, path: root() });
        }
    }
    let default = spec.and_then(|s| s.default_backend.as_ref());
    if default.is_some_and(leads) && (service.is_some() || led.is_empty()) {
        led.push(Led {
            host: None,
            path: root(),
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
        root()
    }
}

/// Each host once, with the shortest path.
fn each_once(mut led: Vec<Led>) -> Vec<Led> {
    led.sort_by(|a, b| (&a.host, a.path.len(), &a.path).cmp(&(&b.host, b.path.len(), &b.path)));
    led.dedup_by(|a, b| a.host == b.host);
    led
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn ingress(spec: &Value) -> Arc<Ingress> {
        let metadata = json!({"namespace": "shop", "name": "web"});
        let ingress = json!({"metadata": metadata, "spec": spec});
        Arc::new(serde_json::from_value(ingress).expect("an Ingress"))
    }

    fn to(service: &str, port: &Value) -> Value {
        json!({"service": {"name": service, "port": port}})
    }

    fn columns(ingress: &Value) -> Vec<[String; 3]> {
        let served = all_served(&[self::ingress(ingress)]);
        let text = |first: First| format!("{}{}", first.text, first.tail());
        let columns = |s: &ServedHost| {
            [
                s.host.clone(),
                text(s.first_path()),
                text(s.first_backend()),
            ]
        };
        served.iter().map(columns).collect()
    }

    #[test]
    fn the_first_path_and_backend_and_how_many_others_there_are() {
        let (http, number) = (json!({"name": "http"}), json!({"number": 80}));
        let path = |path: Value, backend: Value| json!({"path": path, "pathType": "Prefix", "backend": backend});
        let bucket = json!({"resource": {"kind": "StorageBucket", "name": "assets"}});
        let spec = json!({"rules": [
            {"host": "B.example.com.", "http": {"paths": [
                path(json!("/z"), to("web", &http)), path(json!("/a"), to("web", &number)), path(json!("/b"), to("web", &http)),
            ]}},
            {"host": "a.example.com", "http": {"paths": [path(Value::Null, bucket)]}},
            {"host": "b.example.com", "http": {"paths": [path(json!("/a"), to("cart", &number))]}},
            {"host": "", "http": {"paths": [path(json!("/"), to("all", &number))]}},
        ]});
        // The order is that of the object, not of the names; what is twice counts once.
        let a = ["a.example.com", "/", "StorageBucket/assets"].map(str::to_owned);
        let b = ["b.example.com", "/z +2", "web:http +2"].map(str::to_owned);
        assert_eq!(columns(&spec), [a, b]);
    }

    #[test]
    fn the_default_backend_counts_where_a_host_has_no_path() {
        let of = |default: &Value| {
            columns(&json!({"rules": [{"host": "a"}], "defaultBackend": default}))
        };
        let lead = of(&to("rest", &json!({"number": 8080})));
        assert_eq!(lead, [["a", "/", "rest:8080"].map(str::to_owned)]);
        assert_eq!(of(&Value::Null), [["a", "/", ""].map(str::to_owned)]);
        let path = json!({"pathType": "Exact", "path": "/x", "backend": to("web", &json!({}))});
        let with = json!({"rules": [{"host": "a", "http": {"paths": [path]}}], "defaultBackend": to("rest", &json!({}))});
        assert_eq!(columns(&with), [["a", "/x", "web"].map(str::to_owned)]);
    }
}
