//! A pitfall in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::diagnosis::checks::table;
use crate::output::shared::page::{self, Part};
use crate::output::shared::tone::Tone;
use crate::output::shared::words::severity_word;
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
        let place = format!("{} at {}", severity_word(check.severity), check.hop.title());
        lines.push(Line::styled(format!("  {place}"), look.theme.faint()));
        for line in page::lines(check.explain, width) {
            let span = |(part, text): &(Part, String)| {
                let style = match part {
                    Part::Text => Style::new(),
                    Part::Heading => look.theme.title(),
                    Part::Code => look.theme.code(),
                };
                Span::styled(look.text(text), style)
            };
            lines.push(line.iter().map(span).collect());
        }
    }
    reading::draw(frame, area, look, code, &lines, reading)
}
