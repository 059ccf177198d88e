//! The host is served with the certificate that every name without one of its own gets.

use crate::diagnosis::checks::causes::{NO_CLASS, NO_SECRET, WRONG_ADDRESS};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::tls::control::Told;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::shell::quote;
use crate::facts::Certificate;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-fallback-cert-served",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the controller serves its default certificate",
    explain: include_str!("tls_fallback_cert_served.md"),
    symptom_of: &[
        NO_SECRET,
        &["tls-san-mismatch"],
        NO_CLASS,
        &[
            "ctl-not-installed",
            "ctl-config-reload-failed",
            "ingress-ssl-passthrough-off",
        ],
        WRONG_ADDRESS,
        &["host-no-rule", "ingress-canary-orphan"],
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let is_fallback = |leaf: &Certificate| tls.fallback(leaf).is_some();
    let Some((to, leaf, severity)) = super::bad(case, tls, is_fallback) else {
        return;
    };
    let host = &case.target.host;
    let title = match tls.fallback(leaf) {
        Some(Told::ByName) => format!(
            "{host} is served with {:?}, by its name a default certificate",
            leaf.subject
        ),
        _ => format!(
            "{host} is served with the default certificate {:?}",
            leaf.subject
        ),
    };
    let mut draft = sink
        .find(&CHECK, host_subject(host), title)
        .severity(severity)
        .see(super::leaf_line(case, to, leaf))
        .see(super::control_line(case, tls, leaf));
    let mut why = "the controller has no certificate for the host".to_owned();
    let mut fix = "see which certificate the controller should have".to_owned();
    if tls.passed_on {
        "TLS should go to the pods as it comes, and the controller ends it: it has not taken up the annotation, or something else answers at the address"
            .clone_into(&mut why);
        "see the controller's log: it names what it does not pass on".clone_into(&mut fix);
        draft = draft.see(super::passthrough_line(case));
    } else if tls.entries.is_empty() && !*tls.perhaps_passed_on {
        "no TLS entry of an Ingress covers the host, so the controller has no certificate for it"
            .clone_into(&mut why);
        fix = format!(
            "add an entry with hosts: [{host}] and a secretName to spec.tls of the Ingress"
        );
        let ingresses = case
            .entrance
            .controller
            .found()
            .into_iter()
            .flat_map(|c| &c.ingresses);
        draft = draft.see_all(ingresses.take(2).map(|ingress| Evidence::Absent {
            what: format!("an entry for {host}"),
            looked: format!("{} .spec.tls", label_of(&**ingress)),
        }));
    }
    for entry in &tls.entries {
        draft = draft.see(super::secret_field(entry));
        let Ok(Some(secret)) = &*entry.secret else {
            continue;
        };
        let name = entry.secret_name.as_deref().unwrap_or_default();
        match &secret.chain {
            Err(broken) => {
                why = format!("Secret {}/{name} {broken}", entry.namespace());
                "recreate the Secret with kubectl create secret tls".clone_into(&mut fix);
            }
            Ok(chain) => {
                let controller = case.entrance.controller.found();
                let strict = controller.filter(|c| c.make.wants_name_in_certificate());
                if let Some(controller) = strict
                    && chain.first().is_some_and(|c| !c.covers(host))
                {
                    why = format!(
                        "the certificate in Secret {}/{name} does not carry {host}, so {} does not use it",
                        entry.namespace(),
                        controller.make.title()
                    );
                    fix = format!("issue a certificate that carries {host}");
                }
            }
        }
    }
    if super::is_not_taken_up(case) {
        "the Secret is in order, and the controller has neither its certificate nor the route: it has not taken up the Ingress".clone_into(&mut why);
        "see why the controller passes over the Ingress: its log names the Ingress"
            .clone_into(&mut fix);
        draft = draft.see_all(case.request_lines());
        let controller = case.entrance.controller.found();
        if let Some(workload) = controller.and_then(|c| c.workloads.first()) {
            let kubectl = case.settings.kubectl_in(&workload.namespace);
            let name = quote(&workload.kubectl_name());
            draft = draft.run(format!("{kubectl} logs {name} --tail=50"));
        }
    }
    draft.why(why).fix(fix).done();
}
