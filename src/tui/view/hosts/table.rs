//! The table of hosts: how wide its columns are, its head and its rows.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::cells::{COLUMNS, Cell, Row};
use crate::output::shared::wrap::columns;
use crate::tui::fuzzy::Filter;
use crate::tui::keymap::SortBy;
use crate::tui::state::{HostRow, State};
use crate::tui::view::look::Look;

const HEADS: [(&str, Option<SortBy>); COLUMNS] = [
    ("HOST", Some(SortBy::Name)),
    ("NAMESPACE", Some(SortBy::Namespace)),
    ("CLASS", None),
    ("PATH", None),
    ("BACKEND", None),
    ("VERDICT", Some(SortBy::State)),
    ("CHECKED", None),
];
const HOST: usize = 0;
const NAMESPACE: usize = 1;
const CLASS: usize = 2;
const PATH: usize = 3;
const BACKEND: usize = 4;
const VERDICT: usize = 5;
const CHECKED: usize = 6;
/// Cells that the filter looks at.
const SEARCHED: usize = VERDICT;
/// Columns of the screen from which on there is more than host, namespace, class and verdict.
const WIDE: u16 = 100;
/// Cursor and mark.
const LEAD: usize = 4;
/// Between two columns.
const GAP: usize = 2;
/// Columns that a verdict has at least: `broken at Load balancer`.
const VERDICT_WIDTH: usize = 26;

pub(super) struct Table {
    widths: [usize; COLUMNS],
    rows: Vec<Row>,
}

impl Table {
    /// The rows that are seen: place in the list, number and the row itself.
    pub fn of<'a>(
        state: &State,
        look: Look,
        screen: u16,
        width: u16,
        visible: impl Iterator<Item = (usize, usize, &'a HostRow)>,
    ) -> Self {
        let rows: Vec<Row> = visible
            .map(|(at, row, shown)| Row::of(state, look, at, row, shown))
            .collect();
        let widths = widths(state, look, screen >= WIDE, usize::from(width), &rows);
        Self { widths, rows }
    }

    /// The head and the rows.
    pub fn lines(&self, state: &State, look: Look) -> impl Iterator<Item = Line<'static>> {
        let mut head = vec![Span::raw(" ".repeat(LEAD))];
        for (i, width) in self.widths.iter().enumerate().filter(|(_, w)| **w > 0) {
            let text = look.cut(&title(state, look, i), *width);
            let pad = width.saturating_sub(columns(&text)) + GAP;
            head.push(Span::raw(format!("{text}{:pad$}", "")));
        }
        let head = Line::from(head).style(look.theme.faint());
        let mut filter = Filter::parse(&state.hosts.filter);
        let rows = self.rows.iter().map(move |row| {
            let texts = &state.hosts.index.texts;
            self.line(row, look, &mut filter, texts)
        });
        std::iter::once(head).chain(rows)
    }

    fn line(&self, row: &Row, look: Look, filter: &mut Filter, texts: &[String]) -> Line<'static> {
        let cursor = if row.selected { look.cursor() } else { " " };
        let mark = row
            .tone
            .map_or_else(|| Span::raw(" "), |tone| look.mark(tone));
        let mut spans = vec![Span::raw(cursor), Span::raw(" "), mark, Span::raw(" ")];
        let fitted: Vec<(String, &str)> = row
            .cells
            .iter()
            .zip(self.widths)
            .map(|(cell, width)| match width {
                0 => (String::new(), ""),
                width => cell.fitted(look, width),
            })
            .collect();
        let searched: Vec<&str> = fitted[..SEARCHED].iter().map(|c| c.0.as_str()).collect();
        let text = texts
            .get(row.number)
            .map(String::as_str)
            .unwrap_or_default();
        let mut places = filter.places(&searched, text).into_iter();
        for (i, (text, tail)) in fitted.iter().enumerate() {
            let places = places.next().unwrap_or_default();
            if self.widths[i] == 0 {
                continue;
            }
            let style = match row.tone {
                Some(tone) if i == VERDICT => look.theme.tone(tone),
                _ if i == CHECKED => look.theme.faint(),
                _ => Style::new(),
            };
            marked(text, &places, style, look, &mut spans);
            let taken = columns(text) + columns(tail);
            let pad = self.widths[i].saturating_sub(taken) + GAP;
            spans.push(Span::styled(
                format!("{tail}{:pad$}", ""),
                look.theme.faint(),
            ));
        }
        if row.selected {
            look.select(&mut spans);
        }
        Line::from(spans)
    }
}

/// The name of a column, with an arrow where the list is sorted by it.
fn title(state: &State, look: Look, column: usize) -> String {
    let (name, by) = HEADS[column];
    let order = state.hosts.order().filter(|order| Some(order.by) == by);
    let arrow = match order {
        None => "",
        Some(order) if order.reversed => look.pick("↓", "v"),
        Some(_) => look.pick("↑", "^"),
    };
    format!("{name}{arrow}")
}

/// Wide enough for what is seen. The host gives way last; path and backend come where there is room for them.
fn widths(state: &State, look: Look, wide: bool, width: usize, rows: &[Row]) -> [usize; COLUMNS] {
    let longest = |column: usize| {
        let cells = rows.iter().map(|r| Cell::width(&r.cells[column]));
        let title = columns(&title(state, look, column));
        cells.max().unwrap_or(0).max(title)
    };
    let mut widths = [0; COLUMNS];
    let mut left = width.saturating_sub(LEAD);
    let mut give = |column: usize, wanted: usize, least: usize| {
        let given = wanted.min(left);
        if given >= least {
            widths[column] = given;
            left = left.saturating_sub(given + GAP);
        }
    };
    give(HOST, longest(HOST).max(20), 1);
    give(NAMESPACE, longest(NAMESPACE).min(24), 1);
    give(VERDICT, VERDICT_WIDTH, 1);
    let class = longest(CLASS).min(18);
    give(CLASS, class, class);
    if wide {
        let (backend, path) = (longest(BACKEND).min(32), longest(PATH).min(40));
        give(BACKEND, backend.min(14), backend.min(9));
        give(PATH, path.min(9), path.min(5));
        if !state.hosts.judged.is_empty() {
            give(CHECKED, 10, 10);
        }
        // What is left goes to what is cut.
        for (column, wanted) in [
            (BACKEND, backend),
            (VERDICT, longest(VERDICT)),
            (PATH, path),
        ] {
            if widths[column] > 0 {
                let more = wanted.saturating_sub(widths[column]).min(left);
                widths[column] += more;
                left -= more;
            }
        }
    }
    widths
}

/// A text in pieces, those that match marked.
fn marked(text: &str, places: &[usize], style: Style, look: Look, spans: &mut Vec<Span<'static>>) {
    if places.is_empty() {
        spans.push(Span::styled(text.to_owned(), style));
        return;
    }
    let mut piece = String::new();
    let mut is_match = false;
    for (at, c) in text.chars().enumerate() {
        if places.contains(&at) != is_match {
            let style = if is_match {
                look.theme.matched()
            } else {
                style
            };
            spans.push(Span::styled(std::mem::take(&mut piece), style));
            is_match = !is_match;
        }
        piece.push(c);
    }
    let style = if is_match {
        look.theme.matched()
    } else {
        style
    };
    spans.push(Span::styled(piece, style));
}
