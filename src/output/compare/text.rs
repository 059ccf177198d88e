//! The comparison as text.

use std::fmt::Write as _;

use super::{SHOWN, sum};
use crate::output::shared::sanitize::line;
use crate::output::shared::wrap;
use crate::output::text::Style;
use crate::report::comparison::{Answered, Comparison};

/// All of it; of each cause the first requests, or all of them.
pub fn render(comparison: &Comparison, style: &Style, whole: bool) -> String {
    let names: Vec<&str> = comparison.entrances.iter().map(|e| e.id.as_str()).collect();
    let mut out = format!(
        "{}   {}\n",
        style.strong(&line(&comparison.host)),
        line(&names.join(" against "))
    );
    let widest = names.iter().map(|n| wrap::columns(n)).max().unwrap_or(0);
    for (cause, requests) in comparison.causes() {
        let count = match requests.len() {
            1 => "1 request".to_owned(),
            n => format!("{n} requests"),
        };
        let _ = writeln!(out, "\n{}   {}", style.strong(cause), style.faint(&count));
        let shown = if whole { requests.len() } else { SHOWN };
        for one in requests.iter().take(shown) {
            let _ = writeln!(out, "  {}", line(&one.request.words()));
            for answer in &one.answers {
                answered(&mut out, answer, widest, style);
            }
        }
        if requests.len() > shown {
            let _ = writeln!(out, "  … and {} more: -v", requests.len() - shown);
        }
        if let Some(remedy) = requests.iter().find_map(|r| r.remedy) {
            let room = style.width.saturating_sub(9).max(16);
            for (i, text) in wrap::words(remedy, room, room).iter().enumerate() {
                let title = if i == 0 { "alike" } else { "" };
                let _ = writeln!(out, "  {title:<7}{text}");
            }
        }
    }
    let _ = writeln!(out, "\n{}", sum(comparison));
    out
}

fn answered(out: &mut String, answer: &Answered, widest: usize, style: &Style) {
    let name = line(&answer.entrance);
    let pad = widest.saturating_sub(wrap::columns(&name));
    let before = 4 + widest + 2;
    let room = style.width.saturating_sub(before).max(16);
    for (i, text) in wrap::words(&line(&answer.words()), room, room)
        .iter()
        .enumerate()
    {
        if i == 0 {
            let _ = writeln!(out, "    {name}{:pad$}  {text}", "");
        } else {
            let _ = writeln!(out, "{:before$}{text}", "");
        }
    }
}
