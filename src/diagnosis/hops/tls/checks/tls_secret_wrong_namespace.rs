//! The Secret exists, in another namespace than the Ingress.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Secret;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::facts::secret::TlsSecret;
use crate::facts::{Kind, Unknown};
use crate::report::{Evidence, Hop, Severity};

/// Namespaces looked into, at the most.
const MOST: usize = 8;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-secret-wrong-namespace",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the Secret with the certificate is in another namespace",
    explain: include_str!("tls_secret_wrong_namespace.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((tls, lent)) = super::wanting(case) else {
        return;
    };
    let host = &case.target.host;
    for entry in &tls.entries {
        let (Some(name), Ok(None)) = (&entry.secret_name, &entry.secret) else {
            continue;
        };
        let here = entry.namespace();
        let mut found = None;
        let mut waiting = false;
        for namespace in candidates(case, here) {
            match case.get::<Secret>(Some(&namespace), name, &[]) {
                Ok(Some(secret)) => {
                    // A common name alone is no proof: it has to be a certificate for the host.
                    let chain = TlsSecret::of(&secret).chain.unwrap_or_default();
                    let fits = chain.first().is_some_and(|leaf| leaf.covers(host));
                    if fits && found.is_none() {
                        found = Some(namespace);
                    }
                }
                Err(Unknown::Waiting) => waiting = true,
                Ok(None) | Err(Unknown::Gap(_)) => {}
            }
        }
        let Some(there) = found.filter(|_| !waiting) else {
            continue;
        };
        let mut draft = sink
            .find(
                &CHECK,
                subject(Kind::Secret, Some(&there), name),
                format!("Secret {name} is in namespace {there}, {} needs it in {here}", label_of(&*entry.ingress)),
            )
            .severity(if lent { Severity::Warning } else { Severity::Error })
            .why("an Ingress can only use Secrets of its own namespace, so the controller has no certificate for the host")
            .see(super::secret_field(entry))
            .see(Evidence::Absent {
                what: format!("Secret {here}/{name}"),
                looked: "the API server has none of that name".to_owned(),
            })
            .see(Evidence::field(format!("Secret {there}/{name}"), ".metadata.namespace", &there));
        if let Some((to, leaf)) = super::served(tls) {
            draft = draft.see(super::leaf_line(case, to, leaf));
        }
        draft
            .fix(format!(
                "have the certificate issued into namespace {here} (cert-manager: a Certificate there); to see whether it comes from cert-manager:"
            ))
            .run(format!("{} get certificate", case.settings.kubectl_in(&there)))
            .done();
        return;
    }
}

fn candidates(case: &Case, here: &str) -> Vec<String> {
    let mut likely: Vec<String> = Vec::new();
    let workloads = case
        .entrance
        .controller
        .found
        .iter()
        .flat_map(|c| &c.workloads);
    likely.extend(workloads.map(|w| w.namespace.clone()));
    likely.extend(["cert-manager", "default", "kube-system"].map(str::to_owned));
    likely.push(case.settings.namespace.clone());
    let others: BTreeSet<String> = case
        .journey
        .declared
        .iter()
        .flat_map(|s| &s.all)
        .map(|d| namespace_of(&*d.ingress).to_owned())
        .collect();
    likely.extend(others);
    let mut seen = BTreeSet::from([here.to_owned()]);
    likely.retain(|n| seen.insert(n.clone()));
    likely.truncate(MOST);
    likely
}
