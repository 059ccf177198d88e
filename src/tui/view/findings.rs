//! All findings: root causes first, what goes away with each below it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::severity_counts;
use crate::output::shared::wrap::columns;
use crate::report::{Finding, Report};
use crate::tui::state::{Drawn, Reading, State};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) -> Drawn {
    let look = Look::of(state);
    let room = reading::room(area);
    let roots: Vec<_> = state.report().map(Report::roots).unwrap_or_default();
    let rows = state.finding_rows();
    let is_root = |f: &Finding| roots.iter().any(|r| std::ptr::eq(r.finding, f));
    // A symptom is set in below its cause.
    let code = |f: &Finding| {
        let lead = if is_root(f) {
            ""
        } else {
            look.pick("└─ ", "`- ")
        };
        format!("{lead}{}", f.code)
    };
    let longest = |text: &dyn Fn(&Finding) -> usize| rows.iter().map(|f| text(f)).max();
    let code_width = longest(&|f| columns(&code(f))).unwrap_or(0);
    let hop_width = longest(&|f| f.hop.title().len()).unwrap_or(0);
    let mut lines = Vec::new();
    for (at, finding) in rows.iter().enumerate() {
        let cursor = if at == selected { look.cursor() } else { " " };
        let text = code(finding);
        let pad = code_width.saturating_sub(columns(&text));
        let text = format!("{text}{:pad$}", "");
        let place = format!("  {:<hop_width$}  ", finding.hop.title());
        let left = room.saturating_sub(4 + code_width + place.len());
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
            look.select(&mut line.spans);
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
    let title = severity_counts(&roots);
    reading::draw(frame, area, look, &title, &lines, &reading)
}
