//! The keys of the place where one is, from the table of keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::tui::keymap::{Command, Key, Mode, of_mode};
use crate::tui::state::{Drawn, Reading};

/// Columns of the keys.
const KEYS: usize = 18;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    look: Look,
    mode: Mode,
    reading: &Reading,
) -> Drawn {
    let mut lines: Vec<Line<'static>> = of_mode(mode)
        .map(|binding| {
            let keys = if let Command::Hop(_) = binding.command {
                "1 ... 9 0".to_owned()
            } else {
                let labels: Vec<String> = binding.keys.iter().map(|k| Key::label(*k)).collect();
                labels.join("  ")
            };
            Line::from(vec![
                Span::styled(format!("{keys:<KEYS$}"), look.theme.key()),
                Span::raw(look.text(binding.help)),
            ])
        })
        .collect();
    let note = match mode {
        Mode::Pick | Mode::Prompt => "Everything else is typed.",
        Mode::Menu => "The letters on the left choose.",
        _ => "",
    };
    if !note.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled(note, look.theme.faint()));
    }
    let place = match mode {
        Mode::Path => "the path",
        Mode::Hosts => "the hosts",
        Mode::Text => "texts",
        Mode::Pick => "lists to pick from",
        Mode::Prompt => "the line being typed",
        Mode::Menu => "this menu",
    };
    reading::draw(
        frame,
        area,
        look,
        &format!("keys of {place}"),
        &lines,
        reading,
    )
}
