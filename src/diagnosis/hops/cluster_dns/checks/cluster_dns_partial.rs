//! Some pods of the server answer and others do not, or they disagree.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::lookup::AtPod;
use crate::diagnosis::hops::cluster_dns::server::{LABEL, NAMESPACE};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-partial",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the pods of the DNS server do not answer alike",
    explain: include_str!("cluster_dns_partial.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let lookup = view.lookup;
    let asked: Vec<&AtPod> = lookup
        .at_pods
        .iter()
        .filter(|p| p.asked.answer.is_ok())
        .collect();
    let silent: Vec<&AtPod> = asked.iter().copied().filter(|p| !p.answers()).collect();
    let answering: Vec<&AtPod> = asked.iter().copied().filter(|p| p.answers()).collect();
    let Some(first) = answering.first() else {
        return;
    };
    let name = lookup.candidates.iter().map(|c| &c.name);
    let differing = name.filter_map(|name| {
        let said = first.said(name)?;
        let other = answering.iter().find(|p| {
            p.said(name)
                .is_some_and(|s| (s.reply, &s.addresses) != (said.reply, &said.addresses))
        });
        other.map(|p| (name, *p))
    });
    let differing: Vec<_> = differing.collect();
    let title = match (silent.first(), differing.first()) {
        (Some(_), _) => format!(
            "{} of {} pods of the DNS server do not answer",
            silent.len(),
            asked.len()
        ),
        (None, Some((name, _))) => format!("the pods of the DNS server disagree about {name}"),
        (None, None) => return,
    };
    let kubectl = case.settings.kubectl_in(NAMESPACE);
    let deviating = silent
        .first()
        .copied()
        .or_else(|| differing.first().map(|(_, p)| *p));
    let mut draft = sink
        .find(
            &CHECK,
            subject(Kind::Pod, Some(NAMESPACE), deviating.map_or("", |p| &p.pod)),
            title,
        )
        .why("each query goes to one of the pods by chance, so that the call works sometimes");
    for pod in &asked {
        let line = match differing.first() {
            Some((name, _)) => pod.line(case, name),
            None => None,
        };
        draft = draft.see(line.or_else(|| pod.asked.evidence(case)));
    }
    if let Some(pod) = deviating {
        draft = draft.run(format!("{kubectl} logs {} --tail=20", quote(&pod.pod)));
    }
    draft
        .look(
            "see what is different at the pod that deviates: its node, its view of the API server",
        )
        .run(format!("{kubectl} get pods -l {LABEL} -o wide"))
        .done();
}
