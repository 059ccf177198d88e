//! What was told before, the newest first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, ago};
use super::reading;
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap;
use crate::tui::state::{Drawn, Reading, State};

/// Columns of the age.
const AGE: usize = 13;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, reading: &Reading) -> Drawn {
    let look = Look::of(state);
    let room = reading::room(area).saturating_sub(AGE + 2).max(8);
    let mut lines = Vec::new();
    for message in state.messages.iter().rev() {
        let age = ago(state.now.as_second() - message.at.as_second());
        let style = if message.error {
            look.theme.tone(Tone::Bad)
        } else {
            Style::new()
        };
        let texts = wrap::words(&look.text(&message.text), room, room);
        for (i, text) in texts.into_iter().enumerate() {
            let age = if i == 0 { age.as_str() } else { "" };
            let mark = match (i, message.error) {
                (0, true) => look.mark(Tone::Bad),
                _ => Span::raw(" "),
            };
            lines.push(Line::from(vec![
                mark,
                Span::styled(format!(" {age:<AGE$}"), look.theme.faint()),
                Span::styled(text, style),
            ]));
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled("nothing was told yet", look.theme.faint()));
    }
    reading::draw(frame, area, look, "messages", &lines, reading)
}
