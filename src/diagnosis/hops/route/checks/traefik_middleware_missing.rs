//! The router goes through a middleware that does not exist, so that Traefik drops it.

use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::dialect::dropped::Cause;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "traefik-middleware-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik drops the rule, because its middleware does not exist",
    explain: include_str!("traefik_middleware_missing.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    if let Some(dropped) = super::dropped(case, &[Cause::Middleware]) {
        super::drop_finding(case, sink, &CHECK, dropped)
            .fix(super::drop_fix(
                case,
                dropped,
                "name a middleware that there is, as its provider does; or make it",
            ))
            .run_all(super::drop_commands(case, dropped))
            .done();
    }
}
