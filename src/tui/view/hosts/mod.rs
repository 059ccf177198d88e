//! The hosts of the cluster, with their verdicts as far as they were checked.

mod cells;
mod table;
pub(super) mod tally;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::look::{Look, first_seen, put};
use crate::output::shared::wrap;
use crate::tui::state::{Drawn, HostRow, Opening, State};
use table::Table;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) -> Drawn {
    let look = Look::of(state);
    let hosts = &state.hosts;
    let mut title = "hosts".to_owned();
    if hosts.only_problems {
        title.push_str(", problems only");
    }
    if !hosts.filter.is_empty() {
        title = format!("{title}, filter {}", hosts.filter);
    }
    let block = look.pane(&title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = match &hosts.rows {
        Some(Ok(rows)) if !hosts.shown.is_empty() => rows,
        other => {
            say(frame, inner, state, look, other.as_ref());
            return Drawn::default();
        }
    };
    let page = usize::from(inner.height).saturating_sub(1);
    let first = first_seen(hosts.selected, page, hosts.shown.len());
    let visible = hosts.shown.iter().enumerate().skip(first).take(page);
    let visible = visible.filter_map(|(at, row)| Some((at, *row, rows.get(*row)?)));
    let table = Table::of(state, look, area.width, inner.width, visible);
    let lines: Vec<Line<'static>> = table.lines(state, look).collect();
    put(frame, inner, &lines);
    Drawn {
        page,
        rows: Rect {
            y: inner.y + 1,
            height: inner.height.saturating_sub(1),
            ..inner
        },
        row_height: 1,
        first_row: first,
        ..Drawn::default()
    }
}

/// Why there is no table, and which key goes on.
fn say(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    look: Look,
    rows: Option<&Result<Vec<HostRow>, String>>,
) {
    let (text, next) = match (&state.opening, rows) {
        (Opening::Failed(why), _) => (
            why.clone(),
            "r tries again, c chooses another context, q quits",
        ),
        (Opening::Since(_), _) => ("Opening the cluster.".to_owned(), "? lists the keys"),
        (_, None) => ("Reading the hosts of the cluster.".to_owned(), ""),
        (_, Some(Err(why))) => (
            why.clone(),
            ":host NAME walks one, s chooses a namespace, r tries again",
        ),
        (_, Some(Ok(rows))) if rows.is_empty() => (
            "No route serves a host here.".to_owned(),
            ":host NAME walks any name, s chooses a namespace",
        ),
        (_, Some(Ok(rows))) => (
            format!("None of {} hosts is left by the filter.", rows.len()),
            "Esc clears it",
        ),
    };
    let width = usize::from(area.width).saturating_sub(2);
    let words = wrap::words(&look.text(&text), width, width);
    let words = words.into_iter().map(|text| Line::raw(format!(" {text}")));
    let mut lines: Vec<Line<'static>> = words.collect();
    lines.push(Line::default());
    lines.push(Line::styled(format!(" {next}"), look.theme.faint()));
    put(frame, area, &lines);
}
