//! All findings: root causes first, what goes away with each below it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::output::text::{Tone, roots};
use crate::tui::state::{Drawn, Reading, State};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) -> Drawn {
    let look = Look::of(state);
    let room = reading::room(area);
    let roots: Vec<_> = state.report().map(roots).unwrap_or_default();
    let rows = state.finding_rows();
    let mut lines = Vec::new();
    for (at, finding) in rows.iter().enumerate() {
        let is_root = roots.iter().any(|(r, _)| std::ptr::eq(*r, *finding));
        let lead = if is_root {
            ""
        } else {
            look.pick("└─ ", "`- ")
        };
        let cursor = if at == selected { look.cursor() } else { " " };
        let text = format!("{lead}{}", finding.code);
        let place = format!("  {}  ", finding.hop.title());
        let left = room.saturating_sub(4 + text.chars().count() + place.len());
        let title = look.cut(&look.text(&finding.title), left);
        let mut line = Line::from(vec![
            Span::raw(cursor),
            Span::raw(" "),
            look.mark(Tone::from(finding.severity)),
            Span::raw(" "),
            Span::styled(text, look.theme.strong(Tone::from(finding.severity))),
            Span::styled(place, look.theme.faint()),
            Span::styled(title, Style::new()),
        ]);
        if at == selected {
            for span in &mut line.spans {
                span.style = span.style.patch(look.theme.selected());
            }
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(Line::styled("nothing was found", look.theme.faint()));
    }
    // The selection stays in sight.
    let page = usize::from(area.height).saturating_sub(2);
    let reading = Reading {
        scroll: (selected + 1).saturating_sub(page),
        filter: String::new(),
    };
    let title = match rows.len() {
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    };
    reading::draw(frame, area, look, &title, &lines, &reading)
}
