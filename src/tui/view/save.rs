//! The formats to write the report in, each on a key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::tui::state::{Drawn, Reading, SaveFormat};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, look: Look) -> Drawn {
    let lines: Vec<Line<'static>> = SaveFormat::ALL
        .iter()
        .map(|(key, _, words)| {
            Line::from(vec![
                Span::styled(format!("{key}   "), look.theme.key()),
                Span::raw(*words),
            ])
        })
        .collect();
    let title = "write the report to this folder";
    reading::draw(frame, area, look, title, &lines, &Reading::default())
}
