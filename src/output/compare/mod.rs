//! A comparison of ways in, for people, for a pull request and for programs.

mod markdown;
mod text;

pub use markdown::render as markdown;
pub use text::render as text;

use crate::output::shared::sanitize;
use crate::report::comparison::Comparison;

/// Requests that are shown of a cause, unless all are wanted.
const SHOWN: usize = 3;

/// As JSON.
///
/// # Errors
/// When it cannot be serialized, which is a bug.
pub fn json(comparison: &Comparison) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(comparison)?;
    Ok(sanitize::json(&format!("{text}\n")))
}

/// `38 requests: 30 same, 6 different, 2 with other effects`.
fn sum(comparison: &Comparison) -> String {
    let all = comparison.requests.len();
    let noun = if all == 1 { "request" } else { "requests" };
    let mut text = format!(
        "{all} {noun}: {} same, {} different",
        comparison.same, comparison.different
    );
    if comparison.different_effects > 0 {
        text = format!(
            "{text}, {} with other effects",
            comparison.different_effects
        );
    }
    if comparison.unknown > 0 {
        text = format!("{text}, {} unknown", comparison.unknown);
    }
    text
}
