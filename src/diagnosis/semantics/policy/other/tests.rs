//! Which pods policies of other engines may select.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn policy<T: Typed + Selects>(object: Value) -> Other {
    Other::new(&Arc::new(
        serde_json::from_value::<T>(object).expect("a policy"),
    ))
}

fn cilium(spec: &Value) -> Other {
    policy::<CiliumNetworkPolicy>(
        json!({"metadata": {"name": "p", "namespace": "shop"}, "spec": spec}),
    )
}

fn admin(spec: &Value) -> Other {
    policy::<AdminNetworkPolicy>(json!({"metadata": {"name": "p"}, "spec": spec}))
}

fn pod(namespace: &str, labels: &[(&str, &str)]) -> Member {
    let owned = labels
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Member {
        namespace: namespace.to_owned(),
        labels: owned.collect(),
        ..Member::default()
    }
}

fn selects(policy: &Other, direction: Direction, pod: &Member) -> bool {
    policy.may_select(direction, pod, &Namespaces::default())
}

/// One requirement of a selector, as JSON and as a plain predicate over the labels that Cilium sees.
type Requirement = (Value, fn(&BTreeMap<&str, &str>) -> bool);

/// Cilium may have been told not to look at some labels: of each set of them that it may see one that is selected is enough.
#[test]
fn no_pod_is_left_out_that_cilium_selects_whichever_labels_it_sees() {
    let requirements: [Requirement; 8] = [
        (
            json!({"key": "app", "operator": "In", "values": ["web", "api"]}),
            |l| ["web", "api"].contains(l.get("app").unwrap_or(&"none")),
        ),
        (
            json!({"key": "k8s:app", "operator": "NotIn", "values": ["web"]}),
            |l| l.get("app") != Some(&"web"),
        ),
        (json!({"key": "any:track", "operator": "Exists"}), |l| {
            l.contains_key("track")
        }),
        (json!({"key": "track", "operator": "DoesNotExist"}), |l| {
            !l.contains_key("track")
        }),
        (
            json!({"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["shop"]}),
            |_| true,
        ),
        (
            json!({"key": "io.kubernetes.pod.namespace", "operator": "NotIn", "values": ["shop"]}),
            |_| false,
        ),
        (
            json!({"key": "io.kubernetes.pod.namespace", "operator": "Exists"}),
            |_| true,
        ),
        (
            json!({"key": "k8s:io.kubernetes.pod.namespace", "operator": "In", "values": ["edge"]}),
            |_| false,
        ),
    ];
    let mut compared = 0;
    for app in [None, Some("web"), Some("api"), Some("db")] {
        for track in [None, Some("canary")] {
            let labels = app.map(|v| ("app", v)).into_iter();
            let labels: Vec<_> = labels.chain(track.map(|v| ("track", v))).collect();
            let pod = pod("shop", &labels);
            for first in &requirements {
                for second in &requirements {
                    let spec = json!({"endpointSelector": {"matchExpressions": [first.0, second.0]}, "ingress": [{}]});
                    let world = |seen: usize| {
                        let seen = labels
                            .iter()
                            .enumerate()
                            .filter(|(at, _)| seen & 1 << at != 0);
                        let seen: BTreeMap<_, _> = seen.map(|(_, label)| *label).collect();
                        first.1(&seen) && second.1(&seen)
                    };
                    let selected = (0..1 << labels.len()).any(world);
                    let is = selects(&cilium(&spec), Direction::Ingress, &pod);
                    assert!(is || !selected, "{spec} {labels:?}");
                    // Two that contradict each other are about the same label.
                    let key = |r: &Value| {
                        r["key"]
                            .as_str()
                            .map(|k| k.rsplit(':').next().unwrap_or(k).to_owned())
                    };
                    assert!(
                        is == selected || key(&first.0) == key(&second.0),
                        "{spec} {labels:?}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 8 * 64);
}

#[test]
fn a_policy_of_cilium_is_about_the_directions_of_which_it_has_rules() {
    let web = pod("shop", &[("app", "web")]);
    let both = [Direction::Ingress, Direction::Egress];
    for (spec, directions) in [
        (json!({"endpointSelector": {}}), [false, false]),
        (
            json!({"endpointSelector": {}, "ingress": [{}]}),
            [true, false],
        ),
        (
            json!({"endpointSelector": {}, "ingress": [], "egressDeny": [{}]}),
            [false, true],
        ),
        (
            json!({"endpointSelector": {}, "enableDefaultDeny": {"egress": true}}),
            [true, true],
        ),
        (
            json!({"endpointSelector": {"matchLabels": {"app": "db"}}, "egress": [{}]}),
            [false, false],
        ),
        (
            json!({"endpointSelector": {"matchLabels": {"reserved:host": ""}}, "egress": [{}]}),
            [false, true],
        ),
        (json!({"nodeSelector": {}, "ingress": [{}]}), [false, false]),
    ] {
        let policy = cilium(&spec);
        let is = both.map(|direction| selects(&policy, direction, &web));
        assert_eq!(is, directions, "{spec}");
    }
    let on_node = Member {
        host_network: true,
        ..web
    };
    let nodes = cilium(&json!({"nodeSelector": {}, "ingress": [{}]}));
    assert!(selects(&nodes, Direction::Ingress, &on_node));
}

#[test]
fn one_of_several_rules_is_enough_and_another_namespace_is_none() {
    let rule =
        |app: &str| json!({"endpointSelector": {"matchLabels": {"app": app}}, "egress": [{}]});
    let both =
        json!({"metadata": {"name": "p", "namespace": "shop"}, "specs": [rule("db"), rule("web")]});
    let both = policy::<CiliumNetworkPolicy>(both);
    assert!(selects(
        &both,
        Direction::Egress,
        &pod("shop", &[("app", "web")])
    ));
    assert!(!selects(
        &both,
        Direction::Egress,
        &pod("shop", &[("app", "api")])
    ));
    assert!(!selects(
        &both,
        Direction::Egress,
        &pod("edge", &[("app", "web")])
    ));
    let wide = json!({"metadata": {"name": "p"}, "spec": rule("web")});
    let wide = policy::<CiliumClusterwideNetworkPolicy>(wide);
    assert!(selects(
        &wide,
        Direction::Egress,
        &pod("edge", &[("app", "web")])
    ));
}

#[test]
fn a_subject_is_its_namespaces_and_pods_as_far_as_these_were_seen() {
    let web = pod("shop", &[("app", "web")]);
    let mut seen = Namespaces::default();
    seen.add("shop", [("team".to_owned(), "shop".to_owned())].into());
    let none = Namespaces::default();
    let named = |name: &str| json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
    let team = |name: &str| json!({"matchLabels": {"team": name}});
    let app = |name: &str| json!({"matchLabels": {"app": name}});
    let pods =
        |ns: Value, own: Value| json!({"pods": {"namespaceSelector": ns, "podSelector": own}});
    // What it is about; whether it may be the pod, and whether it is where the Namespace was seen.
    for (subject, unseen, is) in [
        (json!({"namespaces": {}}), true, true),
        (json!({"namespaces": named("shop")}), true, true),
        (json!({"namespaces": named("edge")}), false, false),
        (json!({"namespaces": team("shop")}), true, true),
        (json!({"namespaces": team("edge")}), true, false),
        (pods(json!({}), app("web")), true, true),
        (pods(json!({}), app("db")), false, false),
        (pods(team("edge"), app("web")), true, false),
    ] {
        let policy = admin(&json!({"subject": subject, "egress": [{}]}));
        let may = |namespaces| policy.may_select(Direction::Egress, &web, namespaces);
        assert_eq!((may(&none), may(&seen)), (unseen, is), "{subject}");
        assert_eq!(
            policy.looks_at_namespaces(),
            subject.to_string().contains("team")
        );
        assert!(
            !policy.may_select(Direction::Ingress, &web, &seen),
            "no rule for it"
        );
    }
}

#[test]
fn expressions_and_groups_that_are_not_read_may_select_every_pod() {
    let web = pod("shop", &[("app", "web")]);
    let global = |spec: Value| {
        policy::<GlobalNetworkPolicy>(json!({"metadata": {"name": "p"}, "spec": spec}))
    };
    let egress = global(json!({"selector": "app == 'db'", "types": ["Egress"]}));
    assert!(selects(&egress, Direction::Egress, &web));
    assert!(!selects(&egress, Direction::Ingress, &web));
    assert!(selects(&global(json!({})), Direction::Ingress, &web));
    let antrea = json!({"metadata": {"name": "p"}, "spec": {"appliedTo": [{"group": "db"}], "ingress": [{"action": "Drop"}]}});
    let antrea = policy::<AntreaClusterNetworkPolicy>(antrea);
    assert!(selects(&antrea, Direction::Ingress, &web));
    assert!(!selects(&antrea, Direction::Egress, &web));
    assert_eq!(antrea.label(), "Antrea ClusterNetworkPolicy p");
}
