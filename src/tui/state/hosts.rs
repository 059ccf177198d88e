//! The hosts screen: the hosts, what the filter leaves of them, and their verdicts.

use std::collections::HashMap;

use crate::tui::action::{Checked, HostRow};

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
