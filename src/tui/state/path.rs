//! The path screen: what is walked, the newest news of it, and where a person stands in it.

use std::sync::Arc;
use std::time::Duration;

use crate::report::{Hop, Update};

/// Time between two rounds unless chosen otherwise.
pub const EVERY: Duration = Duration::from_secs(5);

/// A pane of the path screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The hops.
    Rail,
    /// The selected hop.
    Detail,
}

/// The path screen.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // switches that a person turns one by one
pub struct PathState {
    /// What is walked, as typed.
    pub target: Option<String>,
    /// The number of the watch, so that news of an earlier one are not taken for this one's.
    pub watch: u64,
    /// The newest news.
    pub update: Option<Arc<Update>>,
    /// Why it cannot be walked.
    pub failed: Option<String>,
    /// The selected hop.
    pub hop: Hop,
    /// The selection goes where the request breaks, until a person moves it.
    pub follows: bool,
    /// The selected thing at the hop.
    pub node: Option<usize>,
    /// The finding stepped to, among [`State::finding_rows`](super::State::finding_rows).
    pub finding: Option<usize>,
    /// The pane that has the keyboard.
    pub pane: Pane,
    /// Lines of the detail pane that are above its top.
    pub scroll: usize,
    /// No rounds, no news.
    pub paused: bool,
    /// Time between two rounds.
    pub every: Duration,
    /// Only hops that are not well.
    pub only_problems: bool,
    /// The detail pane over the whole width.
    pub wide: bool,
    /// The way in that was asked for, until there is news of it.
    pub entrance: Option<String>,
    /// It was chosen: what it does is not what everybody gets.
    pub chosen: bool,
    /// Which things of a hop are shown.
    pub filter: String,
}

impl Default for PathState {
    fn default() -> Self {
        Self {
            target: None,
            watch: 0,
            update: None,
            failed: None,
            hop: Hop::User,
            follows: true,
            node: None,
            finding: None,
            pane: Pane::Rail,
            scroll: 0,
            paused: false,
            every: EVERY,
            only_problems: false,
            wide: false,
            entrance: None,
            chosen: false,
            filter: String::new(),
        }
    }
}
