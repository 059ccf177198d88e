//! The ways in which the shop can break, and one in which it works: recordings in the binary. `tests/cluster/record-demo` makes them
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

/// All of them; the first is what `demo` shows when nothing is named.
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
];

/// The scenario of a name; the first of all when nothing is named.
pub(super) fn find(name: Option<&str>) -> Result<&'static Scenario> {
    let Some(name) = name else {
        return Ok(&SCENARIOS[0]);
    };
    if let Some(found) = SCENARIOS.iter().find(|s| s.name == name) {
        return Ok(found);
    }
    match nearest(name, SCENARIOS.iter().map(|s| s.name)).first() {
        Some(near) => bail!("there is no scenario {name:?}; did you mean {near}?"),
        None => bail!("there is no scenario {name:?}; kubectl hops demo --list shows them"),
    }
}
