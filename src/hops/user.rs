//! The user: what is asked for.

use super::cx::Cx;

/// `GET /cart`.
pub fn summary(cx: &Cx) -> String {
    format!("{} {}", cx.settings.method, cx.target.path)
}
