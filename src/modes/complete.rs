//! Completion candidates.

use anyhow::Result;

/// The mode.
pub(super) async fn run(_words: &[String]) -> Result<u8> {
    Ok(0)
}
