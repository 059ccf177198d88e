//! The router is not at the entry point at which the request arrives.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::dialect::dropped::Cause;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "traefik-entrypoint-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik has no router for the host at the entry point at which the request arrives",
    explain: include_str!("traefik_entrypoint_missing.md"),
    symptom_of: &[&["lb-port-map"], WRONG_ADDRESS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    if let Some(dropped) = super::dropped(case, &[Cause::EntryPoint, Cause::OnlyTls]) {
        let fix = match dropped.cause {
            Cause::OnlyTls => {
                "ask with https, and let the entry point for http redirect there (http.redirections.entrypoint.to)"
            }
            _ => "let the router be at that entry point too",
        };
        super::drop_finding(case, sink, &CHECK, dropped)
            .fix(super::drop_fix(case, dropped, fix))
            .run_all(super::drop_commands(case, dropped))
            .done();
    }
}
