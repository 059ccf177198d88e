//! The pod takes its node's resolv.conf and so knows no names of the cluster.

use super::{fix, served};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "client-dns-policy-default",
    hop: Hop::Client,
    severity: Severity::Error,
    title: "the pod's dnsPolicy is Default: it does not ask the cluster's DNS",
    explain: include_str!("client_dns_policy_default.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((client, lookup)) = case.called() else {
        return;
    };
    if client.spec.dns_policy.as_deref() != Some("Default") {
        return;
    }
    let Some(meant) = served(lookup) else { return };
    let object = client.label();
    let (kind, name) = client.object();
    let draft = sink
        .find(
            &CHECK,
            subject(kind, Some(&client.namespace), name),
            format!("{object} has dnsPolicy Default, so it does not know {meant}"),
        )
        .why("Default is not what pods get by default: it is the node's own resolv.conf, whose DNS server does not know the cluster's names")
        .see(Evidence::field(&object, format!("{}.dnsPolicy", client.field()), "Default"))
        .fix("take dnsPolicy out of the pod's template: what is not written is ClusterFirst");
    fix(case, client, draft).done();
}
