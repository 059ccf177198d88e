//! The comparison as Markdown, for a pull request.

use std::fmt::Write as _;

use super::{SHOWN, sum};
use crate::output::markdown::escape::cell;
use crate::report::comparison::Comparison;

/// All of it; of each cause the first requests, or all of them.
pub fn render(comparison: &Comparison, whole: bool) -> String {
    let mut out = format!("### {}\n\n{}.\n", cell(&comparison.host), sum(comparison));
    for (cause, requests) in comparison.causes() {
        let _ = write!(out, "\n**{cause}** ({})\n\n| request |", requests.len());
        for side in &comparison.entrances {
            let _ = write!(out, " {} |", cell(&side.id));
        }
        let _ = writeln!(out, "\n|---|{}", "---|".repeat(comparison.entrances.len()));
        let shown = if whole { requests.len() } else { SHOWN };
        for one in requests.iter().take(shown) {
            let _ = write!(out, "| {} |", cell(&one.request.words()));
            for side in &comparison.entrances {
                let answer = one.answers.iter().find(|a| a.entrance == side.id);
                let words = answer.map(crate::report::comparison::Answered::words);
                let _ = write!(out, " {} |", cell(&words.unwrap_or_default()));
            }
            out.push('\n');
        }
        if requests.len() > shown {
            let _ = writeln!(out, "\n… and {} more.", requests.len() - shown);
        }
        if let Some(remedy) = requests.iter().find_map(|r| r.remedy) {
            // Our own words, which hold no markup.
            let _ = writeln!(out, "\nAlike with: {remedy}");
        }
    }
    out
}
