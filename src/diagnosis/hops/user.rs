//! The user: what is asked for.

use crate::diagnosis::ask::cx::Cx;

/// `GET /cart`.
pub fn summary(cx: &Cx) -> String {
    format!("{} {}", cx.settings.method, cx.target.path)
}
