//! What could not be read at the hop: why, which right is missing, and what stays unjudged.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::output::text::Tone;
use crate::report::{GapNote, HopReport, Outcome};
use crate::tui::state::State;

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let Some(report) = state.report() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let mut notes: Vec<&GapNote> = Vec::new();
    for asked in report.asked.iter().filter(|a| a.hop == hop.hop) {
        let Outcome::Gap(why) = &asked.outcome else {
            continue;
        };
        // The reason whole; of a long question its beginning.
        let why = look.text(&format!(": {why}"));
        let room = width.saturating_sub(2 + crate::output::wrap::columns(&why));
        let what = look.cut(&look.text(&asked.what), room.max(16));
        all.push(Line::from(vec![
            look.mark(Tone::Unseen),
            Span::raw(format!(" {what}")),
            Span::styled(why, look.theme.tone(Tone::Unseen)),
        ]));
        notes.extend(report.gaps.iter().filter(|g| g.what == asked.what));
    }
    if all.is_empty() {
        return all;
    }
    all.insert(0, title(look, "not seen"));
    let rights = distinct(notes.iter().filter_map(|n| n.allow.as_deref()));
    for (i, right) in rights.into_iter().enumerate() {
        let label = if i == 0 { "need" } else { "" };
        all.extend(look.labelled(label, right, Style::new(), width));
    }
    let hidden = distinct(notes.iter().flat_map(|n| n.hides.iter().copied()));
    if !hidden.is_empty() {
        let text = format!("could not judge {}", hidden.join(", "));
        all.extend(look.labelled("so", &text, look.theme.faint(), width));
    }
    all
}

/// Each of the texts once, in their order.
fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}
