//! A terminal with room for little more than the verdict.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::header::{self, Headline};
use super::look::{Look, put};
use super::ways;
use crate::output::shared::wrap;
use crate::tui::state::{Screen, State};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = Look::of(state);
    let Headline {
        head,
        title,
        tone,
        mark,
    } = header::headline(state, look);
    let verdict = if title.is_empty() {
        head
    } else {
        format!("{head}: {title}")
    };
    let width = usize::from(area.width);
    let room = width.saturating_sub(2).max(1);
    let mut texts = wrap::words(&verdict, room, room);
    // One line for the verdict where there are few; the others for what it is about and how to see more.
    let kept = usize::from(area.height).saturating_sub(2).max(1);
    if texts.len() > kept {
        let tail = texts.split_off(kept - 1).join(" ");
        texts.push(look.cut(&tail, room));
    }
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (i, text) in texts.into_iter().enumerate() {
        let mark = if i == 0 { mark.clone() } else { Span::raw(" ") };
        lines.push(Line::from(vec![
            mark,
            Span::raw(" "),
            Span::styled(text, look.theme.strong(tone)),
        ]));
    }
    if state.screen == Screen::Path
        && let Some(target) = &state.path.target
    {
        let way = ways::by_way(state).map(|way| format!("{way}: "));
        let target = format!("{}{target}", way.unwrap_or_default());
        lines.push(Line::raw(look.cut(&look.text(&target), width)));
    }
    let size = format!(
        "terminal too small ({}{}{})",
        area.width,
        look.pick("×", "x"),
        area.height
    );
    lines.push(Line::styled(look.cut(&size, width), look.theme.faint()));
    put(frame, area, &lines);
}
