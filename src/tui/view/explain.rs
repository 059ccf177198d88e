//! A pitfall in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::diagnosis::checks::table;
use crate::output::rules;
use crate::output::text::Tone;
use crate::report::Code;
use crate::tui::state::{Drawn, Reading};

/// Long lines are hard to read.
const WIDEST: usize = 96;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    look: Look,
    code: Code,
    reading: &Reading,
) -> Drawn {
    let width = reading::room(area).min(WIDEST);
    let mut lines = Vec::new();
    if let Some(check) = table::find(code) {
        let tone = Tone::from(check.severity);
        lines.push(Line::from(vec![
            look.mark(tone),
            Span::raw(" "),
            Span::styled(look.text(check.title), look.theme.strong(tone)),
        ]));
        let place = format!(
            "{} at {}",
            rules::severity_word(check.severity),
            check.hop.title()
        );
        lines.push(Line::styled(format!("  {place}"), look.theme.faint()));
        for text in rules::explain_lines(check.explain, width) {
            let style = if text.starts_with("    ") {
                look.theme.code()
            } else {
                Style::new()
            };
            lines.push(Line::styled(look.text(&text), style));
        }
    }
    reading::draw(frame, area, look, code, &lines, reading)
}
