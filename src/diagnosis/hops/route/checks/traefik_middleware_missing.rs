//! The router goes through a middleware that cannot exist, so that Traefik drops it.

use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::dialect::dropped::Cause;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "traefik-middleware-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik drops the rule, because its middleware cannot exist",
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
                "name the middleware as the provider does",
            ))
            .run_all(super::drop_commands(case, dropped))
            .done();
    }
}
