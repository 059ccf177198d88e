//! A list to pick from, with what was typed to filter it.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::look::{Look, centered, first_seen, put};
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap;
use crate::tui::state::{Drawn, Pick, Picking};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, look: Look, picking: &Picking) -> Drawn {
    let Picking {
        what,
        items,
        input,
        selected,
    } = picking;
    let title = match what {
        Pick::Context => "context".to_owned(),
        Pick::Namespace => "namespace".to_owned(),
        Pick::Recent => "recent targets".to_owned(),
        Pick::Called(from) => look.text(&format!("what {from} calls")),
    };
    let shown = picking.shown();
    let all = match items {
        Some(Ok(all)) => all.as_slice(),
        _ => &[],
    };
    let widest = all
        .iter()
        .map(|i| wrap::columns(i))
        .max()
        .unwrap_or(0)
        .max(50);
    let width = u16::try_from(widest + 6).unwrap_or(u16::MAX);
    let height = u16::try_from(all.len().max(2) + 3).unwrap_or(u16::MAX);
    let place = centered(area, width, height);
    frame.render_widget(Clear, place);
    let block = look.pane(&title, true);
    let inner = block.inner(place);
    frame.render_widget(block, place);
    let typed = look.text(input.value());
    let prompt = Line::from(vec![
        Span::styled(" / ", look.theme.key()),
        Span::raw(typed.clone()),
    ]);
    frame.render_widget(prompt, Rect { height: 1, ..inner });
    let at = wrap::columns(&typed[..byte_of(&typed, input.cursor())]);
    let x = inner.x + 3 + u16::try_from(at).unwrap_or(0);
    if state_is_topmost(x, inner) {
        frame.set_cursor_position(Position { x, y: inner.y });
    }
    let page = usize::from(inner.height).saturating_sub(1);
    let first = first_seen(*selected, page, shown.len());
    let width = usize::from(inner.width).saturating_sub(3);
    let mut lines: Vec<Line<'static>> = match items {
        None => vec![Line::styled(look.text(" reading …"), look.theme.faint())],
        Some(Err(why)) => wrap::words(&look.text(why), width, width)
            .into_iter()
            .map(|text| Line::styled(format!(" {text}"), look.theme.tone(Tone::Bad)))
            .collect(),
        Some(Ok(all)) if all.is_empty() => vec![Line::styled(" none", look.theme.faint())],
        Some(Ok(_)) if shown.is_empty() => {
            let words = match what {
                Pick::Called(_) => " nothing matches: Enter calls the name as it is typed",
                _ => " nothing matches",
            };
            vec![Line::styled(words, look.theme.faint())]
        }
        Some(Ok(_)) => Vec::new(),
    };
    for (i, text) in shown.iter().enumerate().skip(first).take(page) {
        let cursor = if i == *selected { look.cursor() } else { " " };
        let mut line = Line::raw(format!("{cursor} {}", look.cut(&look.text(text), width)));
        if i == *selected {
            line = line.style(look.theme.selected());
        }
        lines.push(line);
    }
    let below = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    put(frame, below, &lines);
    Drawn {
        page,
        ..Drawn::default()
    }
}

/// Whether the cursor falls inside of the frame.
const fn state_is_topmost(x: u16, inner: Rect) -> bool {
    x < inner.x + inner.width && inner.height > 0
}

/// Where a character begins.
pub(super) fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices()
        .nth(character)
        .map_or(text.len(), |(at, _)| at)
}
