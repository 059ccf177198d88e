//! The address does not answer at all.

use crate::diagnosis::checks::causes::{NO_CONTROLLER, NO_GATEWAY, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::facts::Connect;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-timeout",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the address does not answer on the port",
    explain: include_str!("lb_timeout.md"),
    symptom_of: &[
        &["lb-etp-local-no-endpoint", "dns-private-address"],
        WRONG_ADDRESS,
        NO_GATEWAY,
        NO_CONTROLLER,
        &[
            "lb-sync-failed",
            "lb-no-implementation",
            "lb-pending",
            "lb-internal-scheme",
            "nodeport-unreachable",
        ],
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let why = "packets to the address vanish, so nobody gets as far as the controller";
    super::dead_addresses(
        case,
        sink,
        &CHECK,
        &Connect::TimedOut,
        "does not answer",
        why,
    );
}
