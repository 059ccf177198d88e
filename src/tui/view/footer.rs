//! The last line: what is told, what is being typed, or the keys.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::look::Look;
use super::pick::byte_of;
use crate::output::text::Tone;
use crate::output::wrap::{self, columns};
use crate::tui::keymap::{Key, of_mode};
use crate::tui::state::{Prompt, State};

/// Completions that are shown.
const COMPLETIONS: usize = 8;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, above: Rect, state: &State) {
    let look = Look::of(state);
    let width = usize::from(area.width);
    if let Some(prompt) = &state.prompt {
        prompt_line(frame, area, above, prompt, look);
        return;
    }
    if let Some(toast) = &state.toast {
        let (tone, style) = if toast.error {
            (Tone::Bad, look.theme.strong(Tone::Bad))
        } else {
            (Tone::Quiet, look.theme.title())
        };
        let line = Line::from(vec![
            Span::raw(" "),
            look.mark(tone),
            Span::raw(" "),
            Span::styled(
                look.cut(&look.text(&toast.text), width.saturating_sub(4)),
                style,
            ),
        ]);
        frame.render_widget(line, area);
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for binding in of_mode(state.mode()).filter(|b| !b.hint.is_empty()) {
        let Some(key) = binding.keys.first().map(|k| Key::label(*k)) else {
            continue;
        };
        let taken = columns(&key) + 1 + columns(binding.hint) + 2;
        if used + taken > width {
            break;
        }
        used += taken;
        spans.push(Span::styled(key, look.theme.key()));
        spans.push(Span::styled(
            format!(":{}  ", binding.hint),
            look.theme.faint(),
        ));
    }
    frame.render_widget(Line::from(spans), area);
}

fn prompt_line(frame: &mut Frame<'_>, area: Rect, above: Rect, prompt: &Prompt, look: Look) {
    let sign = if prompt.command { ":" } else { "/" };
    let typed = prompt.input.value();
    let before = columns(&typed[..byte_of(typed, prompt.input.cursor())]);
    let room = usize::from(area.width).saturating_sub(3);
    // Of a line that is too long, the part around the cursor.
    let skipped = before.saturating_sub(room);
    let shown: String = typed.chars().skip(skipped).collect();
    let line = Line::from(vec![
        Span::styled(format!(" {sign}"), look.theme.key()),
        Span::raw(look.text(&shown)),
    ]);
    frame.render_widget(Clear, area);
    frame.render_widget(line, area);
    let x = area.x + 2 + u16::try_from(before - skipped).unwrap_or(0);
    frame.set_cursor_position(Position {
        x: x.min(area.right().saturating_sub(1)),
        y: area.y,
    });
    if !prompt.command || prompt.completions.is_empty() {
        return;
    }
    // Right above the line, the best at the top.
    let first = prompt
        .completion
        .map_or(0, |at| (at + 1).saturating_sub(COMPLETIONS));
    let shown: Vec<&String> = prompt
        .completions
        .iter()
        .skip(first)
        .take(COMPLETIONS)
        .collect();
    let width = shown.iter().map(|c| columns(c)).max().unwrap_or(0) + 2;
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(above.width);
    let height = u16::try_from(shown.len()).unwrap_or(0).min(above.height);
    let place = Rect {
        x: above.x + 1,
        y: above.bottom() - height,
        width: width.min(above.width.saturating_sub(1)),
        height,
    };
    frame.render_widget(Clear, place);
    for (i, text) in shown.iter().enumerate().take(usize::from(height)) {
        let chosen = prompt.completion == Some(first + i);
        let style = if chosen {
            look.theme.selected()
        } else {
            look.theme.faint()
        };
        let cell = wrap::cut(
            &look.text(text),
            usize::from(place.width).saturating_sub(1),
            "",
        );
        let y = place.y + u16::try_from(i).unwrap_or(0);
        frame.render_widget(
            Line::styled(format!(" {cell}"), style),
            Rect {
                y,
                height: 1,
                ..place
            },
        );
    }
}
