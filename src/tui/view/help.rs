//! The keys of the place where one is, from the table of keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::look::{Look, passes};
use super::reading;
use crate::output::shared::wrap::columns;
use crate::tui::keymap::{Command, Key, Mode, of_mode};
use crate::tui::state::{Drawn, Reading};

/// Columns between two columns of keys.
const GAP: usize = 4;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    look: Look,
    mode: Mode,
    reading: &Reading,
) -> Drawn {
    let rows: Vec<(String, String)> = of_mode(mode)
        .map(|binding| {
            let keys = if let Command::Hop(_) = binding.command {
                "1 ... 9 0".to_owned()
            } else {
                let labels: Vec<String> = binding.keys.iter().map(|k| Key::label(*k)).collect();
                labels.join("  ")
            };
            (keys, look.text(binding.help))
        })
        .filter(|(keys, help)| {
            reading.filter.is_empty() || passes(&reading.filter, &format!("{keys} {help}"))
        })
        .collect();
    let keys = rows.iter().map(|r| columns(&r.0)).max().unwrap_or(0) + 2;
    let words = rows.iter().map(|r| columns(&r.1)).max().unwrap_or(0);
    let page = usize::from(area.height).saturating_sub(2);
    let one = |(label, help): &(String, String)| {
        [
            Span::styled(format!("{label:<keys$}"), look.theme.key()),
            Span::raw(help.clone()),
        ]
    };
    // Two columns where one does not fit the height and two fit the width.
    let two = rows.len() > page && 2 * (keys + words) + GAP <= reading::room(area);
    let height = if two {
        rows.len().div_ceil(2)
    } else {
        rows.len()
    };
    let mut lines: Vec<Line<'static>> = (0..height)
        .map(|at| {
            let mut spans = one(&rows[at]).to_vec();
            if let Some(right) = rows.get(at + height).filter(|_| two) {
                let pad = words.saturating_sub(columns(&rows[at].1)) + GAP;
                spans.push(Span::raw(" ".repeat(pad)));
                spans.extend(one(right));
            }
            Line::from(spans)
        })
        .collect();
    let note = match mode {
        _ if rows.is_empty() => "nothing matches, Esc clears the filter",
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
    let mut title = format!("keys of {place}");
    if !reading.filter.is_empty() {
        title = format!("{title}, filter {}", reading.filter);
    }
    let unfiltered = Reading {
        scroll: reading.scroll,
        filter: String::new(),
    };
    reading::draw(frame, area, look, &title, &lines, &unfiltered)
}
