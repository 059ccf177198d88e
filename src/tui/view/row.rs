//! A hop as a row of a path: the line that the request takes, a mark, the name, and what is to be said.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, millis};
use crate::output::shared::tone::Tone;
use crate::output::shared::words::hop_summary;
use crate::output::shared::wrap::{self, columns};
use crate::report::{HopReport, State as HopState};

/// Columns of a hop's name, the longest title and a space.
const NAME: usize = 15;
/// Columns before the summary: cursor, line, mark, name.
const LEAD: usize = 5 + NAME;

/// A hop as it is drawn.
pub(super) struct Row<'r> {
    pub hop: &'r HopReport,
    /// The request gets there.
    pub passed: bool,
    pub selected: bool,
    /// Something there changed a moment ago.
    pub changed: bool,
}

impl Row<'_> {
    pub(super) fn lines(&self, look: Look, width: usize, height: u16) -> Vec<Line<'static>> {
        let Row {
            hop,
            passed,
            selected,
            changed,
        } = *self;
        let gutter = if passed {
            look.pick("│", "|")
        } else {
            look.pick("╎", ":")
        };
        let tone = Tone::from(hop.state);
        let style = match hop.state {
            HopState::Broken => look.theme.tone(tone),
            HopState::Skipped | HopState::Waiting => look.theme.faint(),
            _ => Style::new(),
        };
        let time = hop.ms.map(millis).unwrap_or_default();
        let time_room = if time.is_empty() {
            0
        } else {
            columns(&time) + 1
        };
        // The time stands at the end of the text, on the last line if that is a full one.
        let kept = usize::from(height);
        let room = width.saturating_sub(LEAD + 1);
        let last_room = room.saturating_sub(time_room).max(1);
        let first_room = if kept == 1 { last_room } else { room.max(1) };
        let summary = look.text(&hop_summary(hop));
        let mut parts = wrap::words(&summary, first_room, last_room);
        if parts.len() > kept {
            let tail = parts.split_off(kept - 1).join(" ");
            parts.push(look.cut(&tail, last_room));
        }
        let fits = columns(&summary) <= last_room;
        let time_line = if fits { 0 } else { kept - 1 };
        let cursor = if selected { look.cursor() } else { " " };
        let name_style = match (changed, hop.state) {
            (true, _) => look.theme.marked(),
            (_, HopState::Broken) => look.theme.strong(tone),
            _ => style,
        };
        let name = if changed {
            format!("{}*", hop.hop.title())
        } else {
            hop.hop.title().to_owned()
        };
        let mut lines = Vec::new();
        for i in 0..kept {
            let text = parts.get(i).cloned().unwrap_or_default();
            let time = if i == time_line { time.as_str() } else { "" };
            let pad = width.saturating_sub(LEAD + columns(&text) + columns(time) + 1);
            let end = [
                Span::raw(" ".repeat(pad)),
                Span::styled(time.to_owned(), look.theme.faint()),
                Span::raw(" "),
            ];
            let mut spans = if i == 0 {
                vec![
                    Span::raw(cursor),
                    Span::styled(gutter, look.theme.faint()),
                    Span::raw(" "),
                    look.state_mark(hop.state),
                    Span::raw(" "),
                    Span::styled(format!("{name:<NAME$}"), name_style),
                    Span::styled(text, style),
                ]
            } else {
                vec![
                    Span::raw(" "),
                    Span::styled(gutter, look.theme.faint()),
                    Span::raw(" ".repeat(LEAD - 2)),
                    Span::styled(text, style),
                ]
            };
            spans.extend(end);
            if selected && i == 0 {
                look.select(&mut spans);
            }
            lines.push(Line::from(spans));
        }
        lines
    }
}
