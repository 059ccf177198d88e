//! What the objects decide, read by the specification alone.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use hops::report::Report;
use serde_json::{Value, json};

use super::led_to;

/// A rule that covers the page.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) ingress: Value,
    /// The kind of its host, the length of its path, whether it is Exact: the best first. A default backend is the last of all.
    pub(super) rank: (u8, Reverse<usize>, bool),
    /// Namespace and name.
    pub(super) service: (String, String),
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn all(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn of<'o>(objects: &'o [Value], kind: &'o str) -> impl Iterator<Item = &'o Value> {
    objects.iter().filter(move |o| o["kind"] == kind)
}

fn elements(path: &str) -> Vec<&str> {
    path.split('/').filter(|e| !e.is_empty()).collect()
}

/// The rules for a page, by the specification, whoever takes them.
fn rules(objects: &[Value], host: &str, path: &str) -> Vec<Rule> {
    let path = path.split('?').next().unwrap_or_default();
    let mut found = Vec::new();
    for ingress in of(objects, "Ingress") {
        let mut add = |rank, backend: &Value| {
            let namespace = text(&ingress["metadata"]["namespace"]).to_owned();
            found.push(Rule {
                ingress: ingress.clone(),
                rank,
                service: (namespace, text(&backend["service"]["name"]).to_owned()),
            });
        };
        for rule in all(&ingress["spec"]["rules"]) {
            let declared = text(&rule["host"]).to_ascii_lowercase();
            let wild = declared.strip_prefix('*').is_some_and(|rest| {
                let label = host.strip_suffix(rest);
                label.is_some_and(|l| !l.is_empty() && !l.contains('.'))
            });
            let kind = match declared.as_str() {
                "" => 2,
                _ if wild => 1,
                exact if exact == host => 0,
                _ => continue,
            };
            for way in all(&rule["http"]["paths"]) {
                let own = text(&way["path"]);
                let exact = way["pathType"] == "Exact";
                let covers = if exact {
                    own == path
                } else {
                    elements(path).starts_with(&elements(own))
                };
                if covers {
                    let length = own.trim_end_matches('/').len();
                    add((kind, Reverse(length), !exact), &way["backend"]);
                }
            }
        }
        if !ingress["spec"]["defaultBackend"].is_null() {
            add((9, Reverse(0), true), &ingress["spec"]["defaultBackend"]);
        }
    }
    found
}

/// Whether a hostname of Gateway API covers a name; none covers all.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(rest) => host.ends_with(rest) && host.len() > rest.len(),
        None => pattern.is_empty() || pattern == host,
    }
}

/// The rules for a page of routes that some listener of their Gateway takes, as far as that is simple: a name, a namespace and a hostname.
fn of_routes(objects: &[Value], report: &Report) -> Vec<Rule> {
    let (host, path) = (&report.target.host, &report.target.path);
    let path = path.split('?').next().unwrap_or_default();
    let protocol = if report.target.url.starts_with("https:") {
        "HTTPS"
    } else {
        "HTTP"
    };
    let mut found = Vec::new();
    for route in of(objects, "HTTPRoute").chain(of(objects, "GRPCRoute")) {
        let own = text(&route["metadata"]["namespace"]);
        let listens = |listener: &Value, parent: &Value| {
            let section = &parent["sectionName"];
            listener["protocol"] == protocol
                && covers(text(&listener["hostname"]), host)
                && (section.is_null() || *section == listener["name"])
        };
        let served = all(&route["spec"]["parentRefs"]).any(|parent| {
            let namespace = parent["namespace"].as_str().unwrap_or(own);
            let kind = parent["kind"].as_str().unwrap_or("Gateway");
            let mut gateways = of(objects, kind).filter(|g| {
                g["metadata"]["name"] == parent["name"] && g["metadata"]["namespace"] == namespace
            });
            gateways.any(|g| all(&g["spec"]["listeners"]).any(|l| listens(l, parent)))
        });
        let named = all(&route["spec"]["hostnames"]).any(|h| covers(text(h), host));
        if !served || !named {
            continue;
        }
        let anything = json!([{}]);
        for rule in all(&route["spec"]["rules"]) {
            let matches = if rule["matches"].is_null() {
                &anything
            } else {
                &rule["matches"]
            };
            // A plain GET: what asks for more does not take it.
            let calls = route["kind"] == "GRPCRoute";
            let plain = |m: &&Value| {
                let any = m["headers"].is_null() && m["queryParams"].is_null();
                any && (!calls || m["method"].is_null())
            };
            for wanted in all(matches).filter(plain) {
                let way = wanted["path"]["value"].as_str().unwrap_or("/");
                let exact = wanted["path"]["type"] == "Exact";
                let takes = if exact {
                    way == path
                } else {
                    elements(path).starts_with(&elements(way))
                };
                let backends = all(&rule["backendRefs"]).filter(|b| b["weight"] != json!(0));
                for backend in backends.filter(|_| takes) {
                    let namespace = backend["namespace"].as_str().unwrap_or(own);
                    found.push(Rule {
                        ingress: route.clone(),
                        rank: (0, Reverse(way.trim_end_matches('/').len()), !exact),
                        service: (namespace.to_owned(), text(&backend["name"]).to_owned()),
                    });
                }
            }
        }
    }
    found
}

/// Whether somebody stands behind a Service who could answer.
fn is_alive(objects: &[Value], service: &(String, String)) -> bool {
    let own = |o: &&Value| {
        o["metadata"]["namespace"] == service.0.as_str()
            && o["metadata"]["name"] == service.1.as_str()
    };
    let Some(object) = of(objects, "Service").find(own) else {
        return false;
    };
    let slices = of(objects, "EndpointSlice").filter(|s| {
        s["metadata"]["namespace"] == service.0.as_str()
            && s["metadata"]["labels"]["kubernetes.io/service-name"] == service.1.as_str()
    });
    let mut endpoints = slices.flat_map(|s| all(&s["endpoints"]));
    object["spec"]["type"] == "ExternalName"
        || endpoints.any(|e| e["conditions"]["ready"] != json!(false))
}

fn class(ingress: &Value) -> &str {
    let own = &ingress["spec"]["ingressClassName"];
    let old = &ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"];
    text(if own.is_null() { old } else { own })
}

/// What the objects decide, by the oracle.
#[derive(Debug)]
pub(super) struct Decided {
    /// The best rule.
    pub(super) best: Rule,
    /// All rules that are as good lead to the same Service, which is alive.
    pub(super) sound: bool,
    /// Some other rule covers the page.
    pub(super) others: bool,
}

pub(super) fn decided(objects: &[Value], report: &Report) -> Option<Decided> {
    let mut rules = rules(objects, &report.target.host, &report.target.path);
    rules.extend(of_routes(objects, report));
    // A canary shares the place of its primary.
    rules.retain(|r| {
        let notes = &r.ingress["metadata"]["annotations"];
        notes["nginx.ingress.kubernetes.io/canary"] != "true"
    });
    let led = led_to(report);
    let best = rules
        .iter()
        .min_by_key(|r| (r.rank, !led.contains(&r.service)))?
        .clone();
    // One of another class is no match for it: this controller does not take it.
    let equal = rules
        .iter()
        .filter(|r| r.rank == best.rank && class(&r.ingress) == class(&best.ingress));
    let services: BTreeSet<_> = equal.map(|r| &r.service).collect();
    Some(Decided {
        sound: services.len() == 1 && is_alive(objects, &best.service),
        others: rules.iter().any(|r| r.service != best.service),
        best,
    })
}
