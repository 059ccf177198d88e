//! The policy that would let one flow through, and nothing else. It is printed, never applied.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

use crate::diagnosis::semantics::policy::{Direction, End, Flow, Member, NAME_LABEL};
use crate::facts::Kind;

/// Labels that each pod, or each change of a workload, gets of its own.
const PASSING: [&str; 5] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
];

/// By what either end is selected.
#[derive(Clone, Debug, Default)]
pub struct Chosen<'c> {
    /// Of the controller's pods.
    pub source: Option<&'c BTreeMap<String, String>>,
    /// Of the pods behind the Service.
    pub destination: Option<&'c BTreeMap<String, String>>,
    /// What selects the pods that are isolated already: a policy for others would isolate these.
    pub isolated: Option<&'c LabelSelector>,
    /// The addresses of the nodes on whose network the other end runs.
    pub nodes: Vec<IpAddr>,
}

/// A policy for the pod at the side of a flow that does not let it through. None where that is no pod.
pub fn policy(flow: &Flow, direction: Direction, chosen: &Chosen) -> Option<Value> {
    let (own, own_labels, other, other_labels) = match direction {
        Direction::Ingress => (
            &flow.destination,
            chosen.destination,
            &flow.source,
            chosen.source,
        ),
        Direction::Egress => (
            &flow.source,
            chosen.source,
            &flow.destination,
            chosen.destination,
        ),
    };
    let End::Pod(own) = own else {
        return None;
    };
    let name = match (direction, other) {
        (Direction::Ingress, End::Pod(pod)) => format!("allow-from-{}", pod.namespace),
        (Direction::Egress, End::Pod(pod)) => format!("allow-to-{}", pod.namespace),
        (Direction::Ingress, _) => "allow-from-outside".to_owned(),
        (Direction::Egress, _) => "allow-to-outside".to_owned(),
    };
    let rule = json!({
        direction.peers(): peers(other, other_labels, &chosen.nodes)?,
        "ports": [{"protocol": flow.protocol.as_str(), "port": flow.port}],
    });
    let mut selector = json!({"matchLabels": labels(own, own_labels)});
    if let Some(isolated) = chosen.isolated {
        for (key, value) in isolated.match_labels.iter().flatten() {
            selector["matchLabels"][key] = json!(value);
        }
        if let Some(more) = isolated
            .match_expressions
            .as_ref()
            .filter(|e| !e.is_empty())
        {
            selector["matchExpressions"] = json!(more);
        }
    }
    Some(json!({
        "apiVersion": Kind::NetworkPolicy.api_version(),
        "kind": Kind::NetworkPolicy.name(),
        "metadata": {"name": name, "namespace": own.namespace},
        "spec": {
            "podSelector": selector,
            "policyTypes": [direction.policy_type()],
            direction.field(): [rule],
        },
    }))
}

fn peers(
    other: &End,
    chosen: Option<&BTreeMap<String, String>>,
    nodes: &[IpAddr],
) -> Option<Value> {
    match other {
        End::Pod(pod) if pod.host_network => {
            let known = [nodes, &pod.addresses, &pod.node_addresses];
            let addresses = known.into_iter().find(|all| !all.is_empty())?;
            Some(addresses.iter().map(block).collect())
        }
        End::Pod(pod) => Some(json!([{
            "namespaceSelector": {"matchLabels": {NAME_LABEL: pod.namespace}},
            "podSelector": {"matchLabels": labels(pod, chosen)},
        }])),
        End::Address(address) => Some(json!([block(address)])),
        End::Outside => None,
    }
}

fn block(address: &IpAddr) -> Value {
    let length = if address.is_ipv4() { 32 } else { 128 };
    json!({"ipBlock": {"cidr": format!("{address}/{length}")}})
}

fn labels<'l>(pod: &'l Member, chosen: Option<&'l BTreeMap<String, String>>) -> Value {
    let known = chosen.filter(|c| !c.is_empty()).unwrap_or(&pod.labels);
    let lasting = known
        .iter()
        .filter(|(key, _)| !PASSING.contains(&key.as_str()));
    lasting
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnosis::semantics::policy::{Namespaces, Protocol, Verdict, judge};

    fn pod(namespace: &str, app: &str, address: &str, host_network: bool) -> End {
        let label = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        End::Pod(Member {
            namespace: namespace.to_owned(),
            name: app.to_owned(),
            labels: [("app", app), ("pod-template-hash", "5d4")]
                .map(label)
                .into(),
            host_network,
            node: Some(app.to_owned()),
            addresses: vec![address.parse().expect("an address")],
            node_addresses: vec!["192.0.2.1".parse().expect("an address")],
            ..Member::default()
        })
    }

    /// With it beside policies that deny everything, its flow comes through, and no other.
    #[test]
    fn what_is_printed_allows_exactly_the_flow() {
        let deny = |namespace: &str| {
            let policy = json!({"metadata": {"name": "deny", "namespace": namespace},
                "spec": {"policyTypes": ["Ingress", "Egress"]}});
            Arc::new(serde_json::from_value(policy).expect("a policy"))
        };
        let sources = [
            pod("edge", "proxy", "10.0.0.1", false),
            pod("edge", "other", "10.0.0.2", false),
            pod("shop", "proxy", "10.0.0.3", false),
        ];
        for source in sources.clone() {
            let host = pod("edge", "host", "192.0.2.1", true);
            for source in [source, host] {
                let flow = |source: &End, port| Flow {
                    source: source.clone(),
                    destination: pod("shop", "web", "10.0.1.1", false),
                    port,
                    protocol: Protocol::Tcp,
                };
                let wanted = flow(&source, 8080);
                let mut policies = vec![deny("shop")];
                let printed = policy(&wanted, Direction::Ingress, &Chosen::default());
                let printed = printed.expect("a policy");
                assert!(!printed.to_string().contains("5d4"), "{printed}");
                policies.push(Arc::new(serde_json::from_value(printed).expect("a policy")));
                let passes = |flow: &Flow| {
                    let verdict = judge(flow, &policies, &Namespaces::default());
                    matches!(verdict, Verdict::Allowed(_))
                };
                assert_eq!(passes(&wanted), !is_isolated(&source), "{wanted:?}");
                assert!(!passes(&flow(&source, 8081)));
                for other in &sources {
                    let same = format!("{other:?}") == format!("{source:?}");
                    let through = passes(&flow(other, 8080));
                    assert!(!through || same, "{other:?}");
                }
            }
        }
    }

    /// A policy for some of the pods behind a Service alone would isolate the others, if it selected them all.
    #[test]
    fn nobody_is_isolated_who_was_not() {
        let flow = Flow {
            source: pod("edge", "proxy", "10.0.0.1", false),
            destination: pod("shop", "web", "10.0.1.1", false),
            port: 8080,
            protocol: Protocol::Tcp,
        };
        let isolated = json!({"matchLabels": {"track": "canary"},
            "matchExpressions": [{"key": "tier", "operator": "Exists"}]});
        let isolated = serde_json::from_value(isolated).expect("a selector");
        let chosen = Chosen {
            isolated: Some(&isolated),
            ..Chosen::default()
        };
        let printed = policy(&flow, Direction::Ingress, &chosen).expect("a policy");
        let expected = json!({"matchLabels": {"app": "web", "track": "canary"},
            "matchExpressions": [{"key": "tier", "operator": "Exists"}]});
        assert_eq!(printed["spec"]["podSelector"], expected);
    }

    /// Its own namespace denies egress, too.
    fn is_isolated(source: &End) -> bool {
        matches!(source, End::Pod(pod) if pod.namespace == "shop")
    }

    #[test]
    fn what_does_not_get_out_is_let_out() {
        let flow = Flow {
            source: pod("edge", "proxy", "10.0.0.1", false),
            destination: pod("shop", "web", "10.0.1.1", false),
            port: 8080,
            protocol: Protocol::Tcp,
        };
        let deny = json!({"metadata": {"name": "deny", "namespace": "edge"}, "spec": {"policyTypes": ["Egress"]}});
        let printed = policy(&flow, Direction::Egress, &Chosen::default()).expect("a policy");
        let policies =
            [deny, printed].map(|p| Arc::new(serde_json::from_value(p).expect("a policy")));
        let none = Namespaces::default();
        assert!(matches!(
            judge(&flow, &policies[..1], &none),
            Verdict::Denied(_)
        ));
        assert!(matches!(
            judge(&flow, &policies, &none),
            Verdict::Allowed(_)
        ));
    }
}
