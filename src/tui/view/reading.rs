//! A text over the screen: framed, filtered, scrolled.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::look::{Look, centered, passes};
use crate::output::shared::wrap::columns;
use crate::tui::state::{Drawn, Reading};

/// Draws lines in a frame that is as large as they need. A filter leaves lines out.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    look: Look,
    title: &str,
    lines: &[Line<'static>],
    reading: &Reading,
) -> Drawn {
    let shown: Vec<&Line<'static>> = lines
        .iter()
        .filter(|line| {
            let text: String = line.spans.iter().map(|s| s.content.as_ref()).collect();
            reading.filter.is_empty() || passes(&reading.filter, &text)
        })
        .collect();
    let widest = lines.iter().map(|l| l.width()).max().unwrap_or(0);
    let width = u16::try_from(widest + 4).unwrap_or(u16::MAX).max(40);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let place = centered(area, width, height);
    let title = if reading.filter.is_empty() {
        title.to_owned()
    } else {
        format!("{title}, filter {}", reading.filter)
    };
    frame.render_widget(Clear, place);
    let block = look.pane(&title, true);
    let inner = block.inner(place);
    frame.render_widget(block, place);
    let page = usize::from(inner.height);
    let max_scroll = shown.len().saturating_sub(page);
    let from = reading.scroll.min(max_scroll);
    for (y, line) in (inner.y..inner.bottom()).zip(shown.iter().skip(from)) {
        let row = Rect {
            x: inner.x + 1,
            y,
            width: inner.width.saturating_sub(2),
            height: 1,
        };
        frame.render_widget(fitted(line, usize::from(row.width), look), row);
    }
    if shown.is_empty() && !lines.is_empty() {
        let text = Line::styled(
            " nothing matches, Esc clears the filter",
            look.theme.faint(),
        );
        frame.render_widget(text, Rect { height: 1, ..inner });
    }
    if max_scroll > from && place.width > 16 {
        let text = format!(" {} more ", max_scroll - from);
        let width = u16::try_from(text.len()).unwrap_or(0);
        let row = Rect {
            x: place.right() - width - 2,
            y: place.bottom() - 1,
            width,
            height: 1,
        };
        frame.render_widget(Line::styled(text, look.theme.faint()), row);
    }
    Drawn {
        max_scroll,
        page,
        ..Drawn::default()
    }
}

/// A line that says so where its end is missing.
fn fitted(line: &Line<'static>, width: usize, look: Look) -> Line<'static> {
    if line.width() <= width {
        return line.clone();
    }
    let mut room = width;
    let mut spans = Vec::new();
    for span in &line.spans {
        let taken = span.width();
        // The last span that is seen keeps room for the ellipsis.
        let text = if taken + columns(look.ellipsis()) <= room {
            span.content.to_string()
        } else {
            let end = format!("{}{}", span.content, look.ellipsis());
            look.cut(&end, room)
        };
        let done = taken + columns(look.ellipsis()) > room;
        room -= columns(&text).min(room);
        spans.push(Span::styled(text, span.style));
        if done {
            break;
        }
    }
    Line::from(spans).style(line.style)
}

/// Columns that a text in such a frame may have.
pub(super) fn room(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(4)
}
