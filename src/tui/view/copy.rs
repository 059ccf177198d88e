//! What was copied, over the whole width and without a frame, so that it can be selected where the terminal takes no clipboard.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::look::{Look, put, shell};
use crate::tui::state::Drawn;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    look: Look,
    commands: &[String],
    of: Option<&str>,
) -> Drawn {
    frame.render_widget(Clear, area);
    let width = usize::from(area.width);
    let mut lines = vec![Line::styled(
        "Copied, if the terminal allows it; else select it here. Esc closes.",
        look.theme.faint(),
    )];
    if let Some(of) = of {
        let text = look.text(&format!("This is {of}."));
        lines.push(Line::styled(text, look.theme.title()));
    }
    lines.push(Line::default());
    for command in commands {
        for text in shell(command, width) {
            lines.push(Line::styled(text, look.theme.code()));
        }
    }
    let room = usize::from(area.height);
    if lines.len() > room {
        let hidden = lines.len() + 1 - room;
        lines.truncate(room.saturating_sub(1));
        lines.push(Line::styled(
            format!("{hidden} more lines are copied"),
            look.theme.faint(),
        ));
    }
    put(frame, area, &lines);
    Drawn::default()
}
