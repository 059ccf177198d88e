//! Traefik has the certificate and no router that takes TLS.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::declared::tls_entry;
use crate::diagnosis::dialect::dropped::Cause;
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-traefik-router-without-tls",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik has the certificate and no router for TLS",
    explain: include_str!("tls_traefik_router_without_tls.md"),
    symptom_of: &[&["lb-port-map"], WRONG_ADDRESS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(dropped) = super::dropped(case, &[Cause::NoTls]) else {
        return;
    };
    let Some(ingress) = dropped.rule.place.declared.ingress() else {
        return;
    };
    let ingress = &**ingress;
    let Some((index, _)) = tls_entry(ingress, &case.target.host) else {
        return;
    };
    let label = label_of(ingress);
    let missing = dropped
        .better
        .as_ref()
        .map(|(key, value)| Evidence::Absent {
            what: format!(".metadata.annotations[{key}] = {value:?}"),
            looked: label.clone(),
        });
    super::drop_finding(case, sink, &CHECK, dropped)
        .see(Evidence::raw(
            &label,
            format!(".spec.tls[{index}]"),
            "covers the host, and only loads the certificate",
        ))
        .see(missing)
        .fix("let the routers of the Ingress take TLS, or switch it on for the entry point")
        .run_all(super::drop_commands(case, dropped))
        .done();
}
