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

use crate::diagnosis::checks::Case;

/// Whether some address of the name answers HTTP: then somebody serves it, whatever the objects say.
fn somebody_answers(case: &Case) -> bool {
    case.attempts().iter().any(|k| k.response().is_some())
}
