//! A report that goes on: the newest state of a target that is watched.

use jiff::Timestamp;

use super::{ObjectRef, Report, Verdict};

/// Something in the cluster that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it was noticed.
    pub at: Timestamp,
    /// The object.
    pub object: ObjectRef,
    /// The first field that differs, `.spec.selector.app`; none when the object came or went.
    pub path: Option<String>,
    /// `"fronted" → "frontend"`, `created`, `deleted`.
    pub what: String,
}

/// What is known of a watched target by now.
#[derive(Clone, Debug)]
pub struct Update {
    /// The report: of the round under way while it is the first, else of the last that came to its end.
    pub report: Report,
    /// Rounds that came to their end.
    pub rounds: u64,
    /// Questions under way.
    pub running: usize,
    /// When the last round ended.
    pub settled: Option<Timestamp>,
    /// The verdicts of the last rounds, oldest first.
    pub verdicts: Vec<Verdict>,
    /// What changed, newest first.
    pub changes: Vec<Change>,
    /// What was seen and is not any more; what the report says of it is then as it was.
    pub unseen: Option<Unseen>,
}

/// What was seen and is not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// `Service shop/frontend and 2 more`; none when the API server answers nothing at all.
    pub what: Option<String>,
    /// Why it cannot be asked.
    pub why: String,
    /// When it was seen last.
    pub since: Timestamp,
}

impl Unseen {
    /// Nothing is seen any more.
    pub const fn is_all(&self) -> bool {
        self.what.is_none()
    }
}
