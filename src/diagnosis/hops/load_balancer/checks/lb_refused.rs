//! The address refuses the connection.

use crate::diagnosis::checks::causes::{NO_CONTROLLER, NO_GATEWAY, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::facts::Connect;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-refused",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the address refuses connections on the port",
    explain: include_str!("lb_refused.md"),
    symptom_of: &[
        &["lb-etp-local-no-endpoint", "dns-private-address"],
        WRONG_ADDRESS,
        NO_GATEWAY,
        NO_CONTROLLER,
        &[
            "ctl-not-installed",
            "lb-sync-failed",
            "lb-no-implementation",
            "lb-pending",
            "nodeport-unreachable",
        ],
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let why = "connections are rejected at once, so nobody gets as far as the controller";
    super::dead_addresses(
        case,
        sink,
        &CHECK,
        &Connect::Refused,
        "refuses connections",
        why,
    );
}
