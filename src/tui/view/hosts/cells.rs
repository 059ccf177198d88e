//! The cells of the table of hosts.

use crate::diagnosis::served::First;
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap::columns;
use crate::tui::state::{HostRow, State};
use crate::tui::view::look::{Look, ago};

/// Columns of the table.
pub(super) const COLUMNS: usize = 7;

/// Text that may be cut at its end, and what stays behind it.
#[derive(Clone, Default)]
pub(super) struct Cell {
    text: String,
    tail: String,
}

impl Cell {
    fn of(look: Look, text: &str) -> Self {
        Self {
            text: look.text(text),
            tail: String::new(),
        }
    }

    fn first(look: Look, first: &First) -> Self {
        let text = if first.text.is_empty() {
            "-"
        } else {
            &first.text
        };
        Self {
            text: look.text(text),
            tail: first.tail(),
        }
    }

    /// Columns that it takes in full.
    pub fn width(&self) -> usize {
        columns(&self.text) + columns(&self.tail)
    }

    /// In a width: the text as far as there is room, and what stays.
    pub fn fitted(&self, look: Look, width: usize) -> (String, &str) {
        let room = width.saturating_sub(columns(&self.tail));
        (look.cut(&self.text, room), &self.tail)
    }
}

/// A row, as it is shown.
pub(super) struct Row {
    /// Its index among all rows.
    pub number: usize,
    pub cells: [Cell; COLUMNS],
    /// Of its verdict, where there is one.
    pub tone: Option<Tone>,
    pub selected: bool,
}

impl Row {
    /// Host, namespace, class, path, backend, verdict, and how old that is.
    pub fn of(state: &State, look: Look, at: usize, row: usize, shown: &HostRow) -> Self {
        let hosts = &state.hosts;
        let awaited = hosts.index.of_row(row).awaited;
        let judged = hosts.judged.get(&shown.host).filter(|_| !awaited);
        let words = match judged {
            Some(judged) => judged.checked.words.as_str(),
            None if awaited => "…",
            None => "",
        };
        let age = judged.map(|j| ago(state.now.as_second() - j.at.as_second()));
        let class = if shown.class.is_empty() {
            "-"
        } else {
            &shown.class
        };
        let cell = |text: &str| Cell::of(look, text);
        Self {
            number: row,
            cells: [
                cell(&shown.host),
                cell(shown.namespace()),
                cell(class),
                Cell::first(look, &shown.path),
                Cell::first(look, &shown.backend),
                cell(words),
                cell(age.as_deref().unwrap_or_default()),
            ],
            tone: judged.map(|j| Tone::from(j.checked.verdict)),
            selected: at == hosts.selected,
        }
    }
}
