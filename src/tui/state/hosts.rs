//! The hosts screen: the hosts, what the filter leaves of them, and their verdicts.

use std::collections::HashMap;

use crate::report::{ObjectRef, Verdict};

/// A host of the picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRow {
    /// Host, possibly a wildcard.
    pub host: String,
    /// The object that declares it.
    pub by: ObjectRef,
    /// Its class; empty when it names none.
    pub class: String,
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

/// The hosts screen.
#[derive(Clone, Debug, Default)]
pub struct HostsState {
    /// The hosts; none while they are read.
    pub rows: Option<Result<Vec<HostRow>, String>>,
    /// Indices of the rows that the filter leaves, best first. Kept, so that a frame of ten thousand hosts costs what it shows.
    pub shown: Vec<usize>,
    /// The selected one, as an index of `shown`.
    pub selected: usize,
    /// What was typed to filter.
    pub filter: String,
    /// Verdicts so far, by host.
    pub checked: HashMap<String, Checked>,
    /// Hosts that are being checked; none when no check runs.
    pub checking: Option<usize>,
    /// Only those that are not well.
    pub only_problems: bool,
}
