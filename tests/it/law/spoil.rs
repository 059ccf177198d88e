//! Ways to spoil a good case while the answer from outside stays as good as it was.

use std::cmp::Reverse;

use hops::facts::{Kind, Question};
use hops::report::Report;
use serde_json::{Value, json};

use super::oracle::Decided;
use crate::support::fixture::{Fixture, forbidden};

/// Another application in a namespace of its own, alive.
fn rival(host: &str, path: &str, exact: bool, class: &Value, annotations: Value) -> Vec<Value> {
    let mut rule = json!({"http": {"paths": [{"path": path, "pathType": if exact { "Exact" } else { "Prefix" },
        "backend": {"service": {"name": "rival", "port": {"number": 80}}}}]}});
    if !host.is_empty() {
        rule["host"] = host.into();
    }
    let mut ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "rival", "namespace": "rivals", "creationTimestamp": "2026-11-10T00:00:00Z"}, "spec": {"rules": [rule]}});
    if !class.is_null() {
        ingress["spec"]["ingressClassName"] = class.clone();
    }
    if !annotations.is_null() {
        ingress["metadata"]["annotations"] = annotations;
    }
    vec![
        ingress,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rival", "namespace": "rivals"},
            "spec": {"clusterIP": "10.96.0.66", "selector": {"app": "rival"}, "ports": [{"port": 80, "targetPort": 8080}]}}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "rival-abc", "namespace": "rivals", "labels": {"kubernetes.io/service-name": "rival"}},
            "endpoints": [{"addresses": ["10.244.6.6"], "conditions": {"ready": true, "serving": true}}],
            "ports": [{"name": "", "port": 8080, "protocol": "TCP"}]}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "rivals"}}),
    ]
}

/// What is done to a good case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoilt {
    /// A rule of equal rank in another namespace leads to another Service.
    Equal,
    /// A better rule, whose class nobody has.
    BetterUnclaimed,
    /// The endpoints are gone.
    Empty,
    /// The same, and a shorter rule of another Service covers the page.
    EmptyBesideAnother,
    /// The endpoints may not be read, and a shorter rule of another Service covers the page.
    UnreadBesideAnother,
    /// The same of the Service.
    ServiceForbiddenBesideAnother,
    /// No Ingress may be read.
    RulesForbidden,
    /// Only a shorter rule beside a sound one: no doubt.
    Shorter,
}

impl Spoilt {
    /// A rule for all hosts and pages.
    fn adds_a_shorter_rule(self) -> bool {
        matches!(
            self,
            Self::EmptyBesideAnother
                | Self::UnreadBesideAnother
                | Self::ServiceForbiddenBesideAnother
                | Self::Shorter
        )
    }
}

pub(super) const WAYS: [Spoilt; 8] = [
    Spoilt::Equal,
    Spoilt::BetterUnclaimed,
    Spoilt::Empty,
    Spoilt::EmptyBesideAnother,
    Spoilt::UnreadBesideAnother,
    Spoilt::ServiceForbiddenBesideAnother,
    Spoilt::RulesForbidden,
    Spoilt::Shorter,
];

/// The case, spoilt; none where it cannot be in this way.
pub(super) fn spoil(
    fixture: &mut Fixture,
    report: &Report,
    decided: &Decided,
    way: Spoilt,
) -> Option<()> {
    let best = &decided.best;
    let class = best.ingress["spec"]["ingressClassName"].clone();
    let own = best.ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"].clone();
    let annotations = if own.is_null() {
        Value::Null
    } else {
        json!({"kubernetes.io/ingress.class": own})
    };
    let path = report.target.path.split('?').next().unwrap_or_default();
    let host = report.target.host.as_str();
    let (kind, Reverse(length), prefix) = best.rank;
    if kind > 2 {
        return None;
    }
    let (namespace, name) = best.service.clone();
    let host_of_kind = match kind {
        0 => host.to_owned(),
        1 => format!("*.{}", host.split_once('.')?.1),
        _ => String::new(),
    };
    if kind == 2 && way.adds_a_shorter_rule() {
        return None;
    }
    let shorter = || rival("", "/", false, &class, annotations.clone());
    match way {
        Spoilt::Equal => {
            // As the rule stands there: all but its Service.
            let own = if prefix { path.get(..length)? } else { path };
            let own = if own.is_empty() { "/" } else { own };
            let added = rival(&host_of_kind, own, !prefix, &class, annotations);
            fixture.objects.extend(added);
        }
        Spoilt::BetterUnclaimed => {
            if kind == 0 && !prefix || host.parse::<std::net::IpAddr>().is_ok() {
                return None;
            }
            let added = rival(host, path, true, &json!("nobodys"), Value::Null);
            fixture.objects.extend(added);
        }
        Spoilt::Empty | Spoilt::EmptyBesideAnother => {
            let mut emptied = false;
            for slice in fixture.objects.iter_mut().filter(|o| {
                o["kind"] == "EndpointSlice"
                    && o["metadata"]["namespace"] == namespace.as_str()
                    && o["metadata"]["labels"]["kubernetes.io/service-name"] == name.as_str()
            }) {
                slice["endpoints"] = json!([]);
                emptied = true;
            }
            if !emptied {
                return None;
            }
            if way == Spoilt::EmptyBesideAnother {
                fixture.objects.extend(shorter());
            }
        }
        Spoilt::UnreadBesideAnother => {
            // What is a name for something outside has no endpoints to be read.
            let text = |o: &Value| (o["kind"].clone(), o["metadata"]["name"].clone());
            let outside = fixture.objects.iter().any(|o| {
                text(o) == (json!("Service"), json!(name)) && o["spec"]["type"] == "ExternalName"
            });
            if outside {
                return None;
            }
            fixture.objects.extend(shorter());
            fixture.withhold = Box::new(|q| {
                let hit = q.kind() == Some(Kind::EndpointSlice);
                if hit { forbidden(q) } else { None }
            });
        }
        Spoilt::ServiceForbiddenBesideAnother => {
            fixture.objects.extend(shorter());
            fixture.withhold = Box::new(move |q| match q {
                Question::Get {
                    kind: Kind::Service,
                    namespace: ns,
                    name: n,
                } if ns.as_deref() == Some(&*namespace) && *n == name => forbidden(q),
                _ => None,
            });
        }
        Spoilt::RulesForbidden => {
            fixture.withhold = Box::new(|q| {
                let hit = q.kind() == Some(Kind::Ingress);
                if hit { forbidden(q) } else { None }
            });
        }
        Spoilt::Shorter => fixture.objects.extend(shorter()),
    }
    Some(())
}
