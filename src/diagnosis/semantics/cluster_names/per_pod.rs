//! How the pods of a StatefulSet are called, and so their names in DNS: `db-0.db.shop.svc` is there where `spec.serviceName` is `db`
//! and that Service selects the pod, headless or not (Kubernetes pkg/controller/statefulset/stateful_set_utils.go; endpointslice
//! `ShouldSetHostname`).

use std::ops::Range;

use k8s_openapi::api::apps::v1::StatefulSet;

/// Where an ordinal lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among the pods that the set has.
    Within,
    /// Below `spec.ordinals.start`.
    Below,
    /// Beyond the last one: the set has too few replicas for it.
    Beyond,
}

/// The Service that gives the pods their names: `spec.serviceName`, which may be left out.
pub fn service_name(set: &StatefulSet) -> Option<&str> {
    let name = set.spec.service_name.as_deref();
    name.filter(|n| !n.is_empty())
}

/// The names of the pods that a set is to have, in order.
pub fn pods(set: &StatefulSet) -> impl DoubleEndedIterator<Item = String> {
    let name = set.metadata.name.as_deref().unwrap_or_default();
    ordinals(set).map(move |n| format!("{name}-{n}"))
}

/// Their names in DNS without the domain: `db-0.db.shop.svc`; none without a `spec.serviceName`.
pub fn names(set: &StatefulSet) -> impl DoubleEndedIterator<Item = String> {
    let ns = set.metadata.namespace.as_deref().unwrap_or("default");
    let pods = service_name(set).map(|service| {
        let below = move |pod: String| format!("{pod}.{service}.{ns}.svc");
        pods(set).map(below)
    });
    pods.into_iter().flatten()
}

/// Where a host's ordinal lies in a set; nothing where the host is not called as its pods are.
pub fn place(host: &str, set: &StatefulSet) -> Option<Place> {
    let name = set.metadata.name.as_deref()?;
    let (before, digits) = host.rsplit_once('-')?;
    let number =
        digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if !before.eq_ignore_ascii_case(name) || !number {
        return None;
    }
    let ordinals = ordinals(set);
    // What is too long for a number is beyond.
    let ordinal = match digits {
        "" => return None,
        digits => digits.parse().unwrap_or(i64::MAX),
    };
    Some(match ordinal {
        n if n < ordinals.start => Place::Below,
        n if n < ordinals.end => Place::Within,
        _ => Place::Beyond,
    })
}

/// The set of which a host could be a pod, and where its ordinal lies.
pub fn set_of<'s>(
    host: &str,
    sets: impl IntoIterator<Item = &'s StatefulSet>,
) -> Option<(&'s StatefulSet, Place)> {
    sets.into_iter().find_map(|s| Some((s, place(host, s)?)))
}

fn ordinals(set: &StatefulSet) -> Range<i64> {
    let replicas = set.spec.replicas.unwrap_or(1);
    let start = set.spec.ordinals.as_ref().and_then(|o| o.start);
    let start = start.unwrap_or(0);
    i64::from(start)..i64::from(start) + i64::from(replicas.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::{StatefulSetOrdinals, StatefulSetSpec};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
    use proptest::prelude::*;

    fn set(replicas: Option<i32>, start: Option<i32>, service: Option<&str>) -> StatefulSet {
        StatefulSet {
            metadata: ObjectMeta {
                name: Some("db".to_owned()),
                namespace: Some("shop".to_owned()),
                ..ObjectMeta::default()
            },
            spec: StatefulSetSpec {
                replicas,
                service_name: service.map(str::to_owned),
                ordinals: start.map(|start| StatefulSetOrdinals { start: Some(start) }),
                ..StatefulSetSpec::default()
            },
            ..StatefulSet::default()
        }
    }

    #[test]
    fn pods_are_counted_from_the_first_ordinal() {
        let names_of = |set: &StatefulSet| names(set).collect::<Vec<_>>();
        let two = set(Some(2), None, Some("peers"));
        assert_eq!(pods(&two).collect::<Vec<_>>(), ["db-0", "db-1"]);
        assert_eq!(
            names_of(&two),
            ["db-0.peers.shop.svc", "db-1.peers.shop.svc"]
        );
        let from_five = set(None, Some(5), Some("db"));
        assert_eq!(names_of(&from_five), ["db-5.db.shop.svc"]);
        assert!(pods(&set(Some(0), Some(5), Some("db"))).next().is_none());
        for service in [None, Some("")] {
            let without = set(Some(3), None, service);
            assert!(names(&without).next().is_none());
            assert_eq!(pods(&without).next_back().as_deref(), Some("db-2"));
        }
    }

    #[test]
    fn ordinals_have_their_place() {
        let two_from_one = set(Some(2), Some(1), None);
        for (host, found) in [
            ("db-0", Some(Place::Below)),
            ("db-1", Some(Place::Within)),
            ("DB-2", Some(Place::Within)),
            ("db-3", Some(Place::Beyond)),
            ("db-99999999999999999999", Some(Place::Beyond)),
            ("db-01", None),
            ("db-", None),
            ("db", None),
            ("db-x", None),
            ("db-+1", None),
            ("dbs-1", None),
            ("my-db-1", None),
            ("10-0-0-1", None),
        ] {
            assert_eq!(place(host, &two_from_one), found, "{host}");
        }
        let sets = [two_from_one];
        let found = set_of("db-7", &sets).map(|(_, place)| place);
        assert_eq!(found, Some(Place::Beyond));
        assert!(set_of("web-7", &sets).is_none());
    }

    proptest! {
        #[test]
        fn a_host_is_within_exactly_where_a_pod_is_called_so(
            replicas in proptest::option::of(-1..4),
            start in proptest::option::of(0..3),
            ordinal in 0..9,
        ) {
            let set = set(replicas, start, None);
            let host = format!("db-{ordinal}");
            let within = place(&host, &set) == Some(Place::Within);
            prop_assert_eq!(within, pods(&set).any(|p| p == host));
        }
    }
}
