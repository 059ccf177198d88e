//! What could not be read at the hop: why, which right is missing, and what stays unjudged.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::output::text::Tone;
use crate::output::wrap;
use crate::report::{HopReport, Outcome};
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
    for asked in report.asked.iter().filter(|a| a.hop == hop.hop) {
        let Outcome::Gap(why) = &asked.outcome else {
            continue;
        };
        let room = width.saturating_sub(2).max(8);
        let text = look.text(&format!("{}: {why}", asked.what));
        for (i, text) in wrap::words(&text, room, room).into_iter().enumerate() {
            let mark = if i == 0 {
                look.mark(Tone::Unseen)
            } else {
                Span::raw(" ")
            };
            all.push(Line::from(vec![mark, Span::raw(" "), Span::raw(text)]));
        }
        let Some(note) = report.gaps.iter().find(|g| g.what == asked.what) else {
            continue;
        };
        if let Some(right) = &note.allow {
            all.extend(look.labelled("need", right, Style::new(), width));
        }
        if !note.hides.is_empty() {
            let text = format!("could not judge {}", note.hides.join(", "));
            all.extend(look.labelled("so", &text, look.theme.faint(), width));
        }
    }
    if !all.is_empty() {
        all.insert(0, title(look, "not seen"));
    }
    all
}
