//! Pitfalls of the controller.

pub mod ctl_config_reload_failed;
pub mod ctl_dataplane_stale;
pub mod ctl_not_installed;
pub mod ctl_not_running;
pub mod ctl_retired;
pub mod ctl_service_mismatch;
pub mod ctl_status_placeholder;
pub mod ctl_watch_scope;
pub mod ctl_webhook_unavailable;
pub mod gateway_crds_missing;
pub mod gateway_not_accepted;
pub mod gateway_status_stale;
pub mod gatewayclass_not_accepted;
pub mod gatewayclass_not_found;

use crate::diagnosis::ask::reads::after_grace;
use crate::diagnosis::checks::Case;
use crate::diagnosis::dialect::questions::Plane;
use crate::diagnosis::shell::quote;
use crate::report::Severity;

/// How bad it is that nobody should serve the request: what somebody answers well was set up before, and goes on.
fn unless_answered(case: &Case) -> Severity {
    if case.answered_well() {
        Severity::Warning
    } else {
        Severity::Error
    }
}

/// Seconds that a controller may take to look at something new.
const GRACE: i64 = 60;

/// How bad it is of an object of this age.
pub(in crate::diagnosis::hops) const fn after_a_minute(age: Option<i64>) -> Severity {
    after_grace(age, GRACE)
}

/// `kubectl … logs …` of the controller of a Gateway, where it is the workload that is known, and not one that it made.
pub(in crate::diagnosis::hops) fn log_of_gateway(case: &Case) -> Option<String> {
    let found = case.entrance.controller.found()?;
    let is_itself = matches!(found.make.plane(), Plane::Controller);
    let workload = found.workloads.first().filter(|_| is_itself)?;
    let kubectl = case.settings.kubectl_in(&workload.namespace);
    let name = quote(&workload.kubectl_name());
    Some(format!("{kubectl} logs {name} --tail=50"))
}
