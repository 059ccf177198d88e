//! The last line: what is told, what is being typed, or the keys.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::look::Look;
use super::pick::byte_of;
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap::columns;
use crate::tui::keymap::{Binding, Command, Key, of_mode};
use crate::tui::state::{Overlay, Prompt, State};

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
    let mode = state.mode();
    let named = of_mode(mode).map(|b| (b, hint(b, state)));
    let mut hints: Vec<_> = named.filter(|(_, hint)| !hint.is_empty()).collect();
    // Over the screen the way out comes first.
    hints.sort_by_key(|(b, _)| state.overlays.is_empty() || !is_way_out(b.command));
    // The last word is how to leave, however many others there are.
    let quit = hints.iter().position(|(b, _)| b.command == Command::Quit);
    let quit = quit.map(|at| hints.remove(at));
    let label = |b: &Binding| b.keys.first().map(|k| Key::label(*k)).unwrap_or_default();
    let taken = |b: &Binding, hint: &str| columns(&label(b)) + 1 + columns(hint) + 2;
    let kept = quit.as_ref().map_or(0, |(b, hint)| taken(b, hint));
    let fits = hints.into_iter().take_while(|(b, hint)| {
        used += taken(b, hint);
        used + kept <= width
    });
    for (binding, hint) in fits.collect::<Vec<_>>().into_iter().chain(quit) {
        let key = label(binding);
        spans.push(Span::styled(key, look.theme.key()));
        spans.push(Span::styled(format!(":{hint}  "), look.theme.faint()));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What closes and what chooses.
const fn is_way_out(command: Command) -> bool {
    matches!(command, Command::Back | Command::Open)
}

/// The word of a key. What lies over the screen says how to leave it, and what Enter does.
fn hint(binding: &Binding, state: &State) -> &'static str {
    match (binding.command, state.overlays.last()) {
        (Command::Back, Some(_)) => "close",
        (Command::Open, Some(Overlay::Pick(_))) => "choose",
        (Command::Open, Some(Overlay::Findings(_))) => "go there",
        (Command::Filter, Some(Overlay::Findings(_) | Overlay::Copy { .. })) => "",
        (Command::NextFinding | Command::Quit, Some(_)) => "",
        (Command::NextWay, _) if state.other_way().is_none() => "",
        _ => binding.hint,
    }
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
    let width = shown.iter().map(|c| columns(c)).max().unwrap_or(0).max(20) + 4;
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(above.width);
    let height = u16::try_from(shown.len() + 2).unwrap_or(0);
    let height = height.min(above.height);
    let place = Rect {
        x: above.x,
        y: above.bottom() - height,
        width,
        height,
    };
    frame.render_widget(Clear, place);
    let block = look.pane("Tab completes", true);
    let place = block.inner(place);
    frame.render_widget(
        block,
        Rect {
            x: above.x,
            y: above.bottom() - height,
            width,
            height,
        },
    );
    let height = place.height;
    for (i, text) in shown.iter().enumerate().take(usize::from(height)) {
        let chosen = prompt.completion == Some(first + i);
        let style = if chosen {
            look.theme.selected()
        } else {
            Style::new()
        };
        let cell = look.cut(&look.text(text), usize::from(place.width).saturating_sub(1));
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
