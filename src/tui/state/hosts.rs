//! The hosts screen: the hosts, what the filter leaves of them, and their verdicts.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::diagnosis::served::First;
use crate::report::{ObjectRef, Verdict};
use crate::tui::keymap::SortBy;

/// A host of the picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    /// Host, possibly a wildcard.
    pub host: String,
    /// The object that declares it.
    pub by: ObjectRef,
    /// Its class; empty when it names none.
    pub class: String,
    /// Its first path.
    pub path: First,
    /// Where that leads.
    pub backend: First,
}

impl HostRow {
    /// The namespace of the object; empty where it has none.
    pub fn namespace(&self) -> &str {
        self.by.namespace.as_deref().unwrap_or_default()
    }
}

/// A host's verdict, as far as the picker shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The judgement.
    pub verdict: Verdict,
    /// The same in words: `broken at Service`.
    pub words: String,
}

/// A verdict and when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What was found.
    pub checked: Checked,
    /// When.
    pub at: Timestamp,
}

/// An order that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// The other way round.
    pub reversed: bool,
}

/// How many hosts there are, and of those that are shown how many got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // they are counted by what they are called
pub struct Tally {
    pub all: usize,
    pub shown: usize,
    pub broken: usize,
    pub degraded: usize,
    pub ok: usize,
    pub unknown: usize,
    /// Still to be checked by a check that runs.
    pub waiting: usize,
    pub unchecked: usize,
}

/// What is known of a host.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui) struct Standing {
    pub verdict: Option<Verdict>,
    pub awaited: bool,
}

/// What filtering, sorting and counting need of the rows: made once, so that a verdict among ten thousand hosts costs little.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Index {
    /// What the filter looks at, a row each.
    pub texts: Vec<String>,
    /// Which of the distinct hosts, a row each; in the order of the rows.
    pub host: Vec<usize>,
    /// What is known of it, a distinct host each.
    pub standing: Vec<Standing>,
    /// The rows that the filter leaves, best first.
    pub matching: Vec<usize>,
}

impl Index {
    /// What is known of a row's host.
    pub fn of_row(&self, row: usize) -> Standing {
        let host = self.host.get(row);
        let standing = host.and_then(|host| self.standing.get(*host));
        standing.copied().unwrap_or_default()
    }
}

/// The hosts screen.
#[derive(Clone, Debug, Default)]
pub struct HostsState {
    /// The hosts, by name; none while they are read.
    pub rows: Option<Result<Vec<HostRow>, String>>,
    /// Indices of the rows that are shown, in that order. Kept, so that a frame of ten thousand hosts costs what it shows.
    pub shown: Vec<usize>,
    /// The selected one, as an index of `shown`.
    pub selected: usize,
    /// A person put the cursor where it is: it goes with its host. Until then it stays at the top.
    pub chosen: bool,
    /// What was typed to filter.
    pub filter: String,
    /// Verdicts so far, by host: of checks, and of hosts that were walked.
    pub judged: HashMap<String, Judged>,
    /// Hosts that a running check has still to tell of.
    pub awaited: HashSet<String>,
    /// Hosts that are being checked; none when no check runs.
    pub checking: Option<usize>,
    /// Only those that are not well.
    pub only_problems: bool,
    /// The order that was chosen; without one it is by name, and the best match first where there is a filter.
    pub sort: Option<Sort>,
    /// Counted.
    pub tally: Tally,
    pub(in crate::tui) index: Index,
}

impl HostsState {
    /// The order of the rows, where they have one.
    pub fn order(&self) -> Option<Sort> {
        let by_name = Sort {
            by: SortBy::Name,
            reversed: false,
        };
        self.sort
            .or_else(|| self.filter.trim().is_empty().then_some(by_name))
    }
}
