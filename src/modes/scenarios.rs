//! The ways in which the shop can break or be moved, and one in which it works: recordings in the binary. `tests/cluster/record-demo` makes them
//! anew on a real cluster.

use anyhow::{Result, bail};

use crate::output::rules::nearest;

/// A recording in the binary.
pub(super) struct Scenario {
    /// What the user types.
    pub name: &'static str,
    /// The story in a few words.
    pub title: &'static str,
    /// The recording, which names its target.
    pub recording: &'static str,
}

/// Those that are walked; the first is what `demo` shows when nothing is named.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "healthy",
        title: "everything works",
        recording: include_str!("../../assets/demo/healthy.yaml"),
    },
    Scenario {
        name: "label-drift",
        title: "a label was renamed, the Service selects no pod",
        recording: include_str!("../../assets/demo/label-drift.yaml"),
    },
    Scenario {
        name: "controller-down",
        title: "the ingress controller is scaled to zero",
        recording: include_str!("../../assets/demo/controller-down.yaml"),
    },
    Scenario {
        name: "secret-elsewhere",
        title: "the certificate's Secret is in another namespace",
        recording: include_str!("../../assets/demo/secret-elsewhere.yaml"),
    },
    Scenario {
        name: "crash-loop",
        title: "every frontend pod crashes at its start",
        recording: include_str!("../../assets/demo/crash-loop.yaml"),
    },
    Scenario {
        name: "exact-path",
        title: "the rule is Exact /, the user asks for /cart",
        recording: include_str!("../../assets/demo/exact-path.yaml"),
    },
    Scenario {
        name: "wrong-port",
        title: "the Service sends to a port where nobody listens",
        recording: include_str!("../../assets/demo/wrong-port.yaml"),
    },
    Scenario {
        name: "no-load-balancer",
        title: "the load balancer lost its address",
        recording: include_str!("../../assets/demo/no-load-balancer.yaml"),
    },
    Scenario {
        name: "two-ways-in",
        title: "half migrated to Gateway API: the Ingress and the Gateway beside it both work",
        recording: include_str!("../../assets/demo/two-ways-in.yaml"),
    },
    Scenario {
        name: "no-grant",
        title: "half migrated: the Gateway would fail, for no ReferenceGrant lets its route into the shop",
        recording: include_str!("../../assets/demo/no-grant.yaml"),
    },
    Scenario {
        name: "no-certificate",
        title: "the name was moved to the Gateway, whose listener has no certificate",
        recording: include_str!("../../assets/demo/no-certificate.yaml"),
    },
    Scenario {
        name: "call",
        title: "the shop's second half: the frontend calls product-service, and all is well",
        recording: include_str!("../../assets/demo/call.yaml"),
    },
    Scenario {
        name: "call-namespace",
        title: "the frontend calls a Service by its short name, and it is in another namespace",
        recording: include_str!("../../assets/demo/call-namespace.yaml"),
    },
    Scenario {
        name: "call-port",
        title: "the frontend calls a port that the Service does not have",
        recording: include_str!("../../assets/demo/call-port.yaml"),
    },
    Scenario {
        name: "call-not-ready",
        title: "the frontend calls pods of which none is ready",
        recording: include_str!("../../assets/demo/call-not-ready.yaml"),
    },
    Scenario {
        name: "call-dns-down",
        title: "CoreDNS is scaled to zero",
        recording: include_str!("../../assets/demo/call-dns-down.yaml"),
    },
    Scenario {
        name: "call-dns-hosts",
        title: "a hosts block of the Corefile takes every name",
        recording: include_str!("../../assets/demo/call-dns-hosts.yaml"),
    },
    Scenario {
        name: "call-policy",
        title: "a NetworkPolicy lets only the cart through to the product pods",
        recording: include_str!("../../assets/demo/call-policy.yaml"),
    },
];

/// One that is compared, not walked: it is no path to look at.
pub(super) const COMPARE: Scenario = Scenario {
    name: "compare",
    title: "the requests that the Ingress and the Gateway answer differently, before the name is moved",
    recording: include_str!("../../assets/demo/compare.yaml"),
};

/// Everything that `demo` can be told to show.
pub(super) fn all() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().chain([&COMPARE])
}

/// The scenario of a name; the first of all when nothing is named.
pub(super) fn find(name: Option<&str>) -> Result<&'static Scenario> {
    let Some(name) = name else {
        return Ok(&SCENARIOS[0]);
    };
    if let Some(found) = all().find(|s| s.name == name) {
        return Ok(found);
    }
    match nearest(name, all().map(|s| s.name)).first() {
        Some(near) => bail!("there is no scenario {name:?}; did you mean {near}?"),
        None => bail!("there is no scenario {name:?}; kubectl hops demo --list shows them"),
    }
}
