//! Pitfalls of the controller.

pub mod ctl_not_installed;
pub mod ctl_not_running;

use crate::checks::Ctx;
use crate::hops::door::Knock;
use crate::report::Evidence;

/// Whether some address of the name answers HTTP: then somebody serves it, whatever the objects say.
fn somebody_answers(ctx: &Ctx) -> bool {
    let lb = ctx.journey.load_balancer.found.as_ref();
    lb.is_some_and(|l| l.knocks().iter().any(|k: &Knock| k.response().is_some()))
}

/// What happened at the addresses, as evidence.
fn knock_lines(ctx: &Ctx) -> Vec<Evidence> {
    let https = ctx.journey.way.is_some_and(|w| w.https);
    let knocks = ctx
        .journey
        .load_balancer
        .found
        .iter()
        .flat_map(|l| l.knocks());
    knocks
        .filter_map(|k| {
            if k.connects() {
                k.http_line(ctx.cx, https)
            } else {
                k.tcp_line()
            }
        })
        .map(Evidence::Probe)
        .collect()
}
