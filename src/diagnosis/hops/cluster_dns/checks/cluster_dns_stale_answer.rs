//! The server's answer is not what the objects say, and nothing in the Corefile explains it.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::cluster_dns::lookup::AtPod;
use crate::diagnosis::hops::cluster_dns::server::{LABEL, NAMESPACE};
use crate::diagnosis::semantics::resolver::Reply;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-stale-answer",
    hop: Hop::ClusterDns,
    severity: Severity::Warning,
    title: "the DNS server gives another answer than the cluster's objects",
    explain: include_str!("cluster_dns_stale_answer.md"),
    symptom_of: &[&["cluster-dns-domain-mismatch"]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let lookup = view.lookup;
    let explained = |name: &str| {
        let corefile = view.server().and_then(|s| s.corefile.as_ref());
        match corefile {
            Some(Ok(corefile)) => corefile.touched(name).is_some() || corefile.filter().is_some(),
            _ => true,
        }
    };
    for candidate in &lookup.candidates {
        let Some(meant) = candidate.by_objects.as_ref().filter(|o| o.alias.is_none()) else {
            continue;
        };
        let differs = |p: &&AtPod| {
            let said = p.said(&candidate.name);
            said.is_some_and(|s| {
                let answered = matches!(s.reply, Reply::Found | Reply::NxDomain | Reply::NoData);
                let both = s.reply == Reply::Found && meant.reply == Reply::Found;
                answered && (s.reply == Reply::Found) != (meant.reply == Reply::Found)
                    || both && s.addresses != meant.addresses
            })
        };
        let all: Vec<_> = lookup.at_pods.iter().filter(differs).collect();
        let Some(pod) = all.first().filter(|_| !explained(&candidate.name)) else {
            continue;
        };
        // One pod that differs from the others is told by these.
        if all.len() < lookup.at_pods.len() {
            continue;
        }
        let words = pod
            .said(&candidate.name)
            .map(|s| s.words())
            .unwrap_or_default();
        sink.find(
            &CHECK,
            host_subject(&candidate.name),
            format!("the DNS server says {words} for {}, the objects say {}", candidate.name, meant.words()),
        )
        .why("an answer is kept for its time to live, and a change takes a moment until it is seen; what stays so is a server that does not see the cluster's changes")
        .see(pod.line(case, &candidate.name))
        .fix("ask again after the time to live; where it stays so, look at the DNS server's log, and at serve_stale in the Corefile")
        .run(format!("{} logs -l {LABEL} --tail=20", case.settings.kubectl_in(NAMESPACE)))
        .done();
        return;
    }
}
