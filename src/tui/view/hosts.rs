//! The hosts of the cluster, with their verdicts as far as they were checked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::look::{Look, first_seen, put};
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap::{self, columns};
use crate::tui::state::{Drawn, HostRow, Opening, State};

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
    let visible: Vec<&HostRow> = hosts
        .shown
        .iter()
        .skip(first)
        .take(page)
        .filter_map(|at| rows.get(*at))
        .collect();
    let widths = Widths::of(usize::from(inner.width), &visible, look);
    let head = widths.line(
        look,
        " ",
        Span::raw(" "),
        ["HOST", "NAMESPACE", "CLASS", "VERDICT"],
    );
    let head = head.style(look.theme.faint());
    frame.render_widget(head, Rect { height: 1, ..inner });
    for (i, row) in visible.iter().enumerate() {
        let selected = first + i == hosts.selected;
        let checked = hosts.checked.get(&row.host);
        let tone = checked.map(|c| Tone::from(c.verdict));
        let mark = tone.map_or_else(|| Span::raw(" "), |t| look.mark(t));
        let words = match (checked, hosts.checking) {
            (Some(checked), _) => checked.words.as_str(),
            (None, Some(_)) if !row.host.contains('*') => "…",
            _ => "",
        };
        let class = if row.class.is_empty() {
            "-"
        } else {
            &row.class
        };
        let cells = [row.host.as_str(), row.namespace(), class, words];
        let cursor = if selected { look.cursor() } else { " " };
        let mut line = widths.line(look, cursor, mark, cells);
        if let (Some(tone), Some(last)) = (tone, line.spans.last_mut()) {
            last.style = look.theme.tone(tone);
        }
        if selected {
            look.select(&mut line.spans);
        }
        let y = inner.y + 1 + u16::try_from(i).unwrap_or(0);
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..inner
            },
        );
    }
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

/// Columns of the table's cells.
struct Widths {
    host: usize,
    namespace: usize,
    class: usize,
    words: usize,
}

impl Widths {
    /// Wide enough for what is seen; the host gives way last.
    fn of(width: usize, visible: &[&HostRow], look: Look) -> Self {
        let longest = |cell: fn(&HostRow) -> &str, least: usize| {
            let cells = visible.iter().map(|r| columns(&look.text(cell(r))));
            cells.max().unwrap_or(0).max(least)
        };
        let lead = 4;
        let room = width.saturating_sub(lead);
        let host = longest(|r| &r.host, 20).min(room);
        let left = room.saturating_sub(host + 2);
        let namespace = longest(HostRow::namespace, 9).min(24).min(left);
        let left = left.saturating_sub(namespace + 2);
        let words = 26.min(left);
        let left = left.saturating_sub(words + 2);
        let class = longest(|r| &r.class, 5).min(18);
        let class = if left >= class { class } else { 0 };
        Self {
            host,
            namespace,
            class,
            words,
        }
    }

    fn line(
        &self,
        look: Look,
        cursor: &'static str,
        mark: Span<'static>,
        cells: [&str; 4],
    ) -> Line<'static> {
        let [host, namespace, class, words] = cells;
        let mut spans = vec![Span::raw(cursor), Span::raw(" "), mark, Span::raw(" ")];
        let widths = [self.host, self.namespace, self.class, self.words];
        for (text, width) in [host, namespace, class, words].into_iter().zip(widths) {
            if width == 0 {
                continue;
            }
            let text = look.cut(&look.text(text), width);
            let pad = width.saturating_sub(columns(&text)) + 2;
            spans.push(Span::raw(format!("{text}{:pad$}", "")));
        }
        Line::from(spans)
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
