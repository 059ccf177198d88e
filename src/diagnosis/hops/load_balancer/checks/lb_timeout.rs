//! The address does not answer at all.

use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::facts::Connect;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "lb-timeout",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the address does not answer on the port",
    explain: "Packets to the address vanish. Usual causes: a firewall or security group, loadBalancerSourceRanges without this \
machine's address, an internal load balancer seen from outside, externalTrafficPolicy Local without a local endpoint, an address \
that nobody announces any more.\n\n\
Fix: find where the packets are dropped; from outside this cannot be seen.",
    symptom_of: &[
        "dns-stale-cache",
        "dns-private-address",
        "dns-local-override",
        "dns-partial-stale",
        "dns-points-elsewhere",
        "ctl-not-running",
        "ctl-service-mismatch",
        "lb-pending",
        "lb-internal-scheme",
        "lb-etp-local-no-endpoint",
        "nodeport-unreachable",
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
