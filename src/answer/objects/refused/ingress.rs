//! Ingresses, by `pkg/apis/networking/validation`.

use std::net::IpAddr;

use serde_json::Value;

use super::names::{LABEL, SUBDOMAIN, is_label, is_subdomain};
use super::{Faults, is_port, is_set, items, key, path, text};
use crate::answer::objects::place::{Step, below};

const TYPES: [&str; 3] = ["Exact", "Prefix", "ImplementationSpecific"];
const CLASS: &str = "kubernetes.io/ingress.class";

/// The rules of networking.k8s.io/v1.
pub(super) fn rules(object: &Value, faults: &mut Faults) {
    let (spec, whole) = (&object["spec"], key("spec"));
    if is_set(spec, &key("backend")) {
        faults.add(
            below(&whole, "backend"),
            "is v1beta1's",
            "in networking.k8s.io/v1 it is defaultBackend.service",
        );
    } else if !is_set(spec, &key("defaultBackend")) && items(spec, &whole, "rules").is_empty() {
        faults.add(whole.clone(), "has neither rules nor a defaultBackend", "");
    }
    if let Some(backend) = spec.get("defaultBackend").filter(|b| !b.is_null()) {
        self::backend(backend, &below(&whole, "defaultBackend"), faults);
    }
    class(object, faults);
    for (at, tls) in items(spec, &whole, "tls") {
        for (at, host) in items(tls, &at, "hosts") {
            self::host(host, &at, faults);
        }
    }
    for (at, rule) in items(spec, &whole, "rules") {
        if let Some(host) = rule.get("host").filter(|h| *h != "") {
            self::host(host, &below(&at, "host"), faults);
        }
        let Some(http) = rule.get("http").filter(|h| !h.is_null()) else {
            continue;
        };
        let at = below(&at, "http");
        let paths = items(http, &at, "paths");
        if paths.is_empty()
            && http
                .get("paths")
                .is_none_or(|p| p.is_null() || p.is_array())
        {
            faults.add(below(&at, "paths"), "is missing", "");
        }
        for (at, path) in paths {
            one_path(path, &at, faults);
        }
    }
}

fn class(object: &Value, faults: &mut Faults) {
    let annotation = object["metadata"]["annotations"][CLASS].as_str();
    let field = text(&object["spec"], "ingressClassName");
    if let (Some(annotation), Some(field)) = (annotation, field)
        && annotation != field
    {
        faults.add(
            path(&["spec", "ingressClassName"]),
            format!("is {field:?}, and the annotation {CLASS} is {annotation:?}: they have to be the same"),
            format!("take the annotation {CLASS} away"),
        );
    }
}

fn host(host: &Value, at: &[Step], faults: &mut Faults) {
    let Some(host) = host.as_str() else { return };
    let why = if host.parse::<IpAddr>().is_ok() {
        format!("is {host}: a host is a name, no address")
    } else if host.contains('*') && !host.strip_prefix("*.").is_some_and(is_subdomain) {
        format!("is {host:?}: a wildcard stands for the first part alone, as in *.example.com")
    } else if !host.contains('*') && !is_subdomain(host) {
        format!("is {host:?}: a host {SUBDOMAIN}")
    } else {
        return;
    };
    faults.add(at.to_vec(), why, "");
}

fn one_path(rule: &Value, at: &[Step], faults: &mut Faults) {
    let kind = text(rule, "pathType").unwrap_or_default();
    if kind.is_empty() {
        faults.add(
            below(at, "pathType"),
            "is missing: it has to be Exact, Prefix or ImplementationSpecific",
            "add pathType: Prefix",
        );
    } else if !TYPES.contains(&kind) {
        faults.add(
            below(at, "pathType"),
            format!("is {kind:?}: it has to be Exact, Prefix or ImplementationSpecific"),
            "",
        );
    } else {
        let path = text(rule, "path").unwrap_or_default();
        let free = kind == "ImplementationSpecific";
        let odd = ["//", "/./", "/../", "%2f", "%2F"];
        if !(path.starts_with('/') || free && path.is_empty()) {
            let why = format!("is {path:?}: it has to begin with /");
            faults.add(below(at, "path"), why, "");
        } else if let Some(odd) = odd.iter().find(|o| !free && path.contains(**o)) {
            let why = format!("is {path:?}: an {kind} path may not contain {odd}");
            faults.add(below(at, "path"), why, "");
        } else if !free && (path.ends_with("/.") || path.ends_with("/..")) {
            let why = format!("is {path:?}: it may not end with a dot of its own");
            faults.add(below(at, "path"), why, "");
        }
    }
    match rule.get("backend").filter(|b| !b.is_null()) {
        Some(backend) => self::backend(backend, &below(at, "backend"), faults),
        None => faults.add(below(at, "backend"), "is missing", ""),
    }
}

fn backend(backend: &Value, at: &[Step], faults: &mut Faults) {
    for old in ["serviceName", "servicePort"] {
        if is_set(backend, &key(old)) {
            faults.add(
                below(at, old),
                "is v1beta1's",
                "in networking.k8s.io/v1 it is service: {name: …, port: {number: …}}",
            );
            // The other one is the same fault.
            return;
        }
    }
    let service = backend.get("service").filter(|s| !s.is_null());
    let resource = is_set(backend, &key("resource"));
    let Some(service) = service else {
        if !resource {
            faults.add(at.to_vec(), "names neither a service nor a resource", "");
        }
        return;
    };
    let at = below(at, "service");
    if resource {
        faults.add(
            at.clone(),
            "stands beside resource: one of them has to go",
            "",
        );
    }
    match text(service, "name").unwrap_or_default() {
        "" => faults.add(below(&at, "name"), "is missing", ""),
        name if !is_label(name) => {
            let why = format!("is {name:?}: the name of a Service {LABEL}");
            faults.add(below(&at, "name"), why, "");
        }
        _ => {}
    }
    let port = &service["port"];
    let named = text(port, "name").is_some_and(|n| !n.is_empty());
    let number = port.get("number").filter(|n| !n.is_null() && **n != 0);
    let at = below(&at, "port");
    match (named, number) {
        (true, Some(_)) => faults.add(
            at,
            "has both a name and a number: one of them has to go",
            "",
        ),
        (false, None) => faults.add(at, "is missing: its name or its number", ""),
        (false, Some(number)) if number.is_number() && !is_port(number) => {
            let why = format!("is {number}: a port is between 1 and 65535");
            faults.add(below(&at, "number"), why, "");
        }
        _ => {}
    }
}
