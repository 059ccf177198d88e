//! How good or bad something is: what decides its mark and its colour.

use crate::report::{Severity, State, Verdict};

/// What a mark stands for; decides its character and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Works.
    Good,
    /// Works, not as it should.
    Warn,
    /// Does not work.
    Bad,
    /// Not seen.
    Unseen,
    /// Not used, or only a note.
    Quiet,
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ok => Self::Good,
            Verdict::Degraded => Self::Warn,
            Verdict::Broken => Self::Bad,
            Verdict::Unknown | Verdict::Waiting => Self::Unseen,
        }
    }
}

impl From<State> for Tone {
    fn from(state: State) -> Self {
        match state {
            State::Ok => Self::Good,
            State::Degraded => Self::Warn,
            State::Broken => Self::Bad,
            State::Unknown | State::Waiting => Self::Unseen,
            State::Skipped => Self::Quiet,
        }
    }
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Warn,
            Severity::Info => Self::Quiet,
        }
    }
}

impl Tone {
    /// The character that stands before it: meaning is never carried by a colour alone.
    pub const fn mark(self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::Good, false) => "✓",
            (Self::Good, true) => "+",
            (Self::Warn, _) => "!",
            (Self::Bad, false) => "✗",
            (Self::Bad, true) => "x",
            (Self::Unseen, _) => "?",
            (Self::Quiet, false) => "·",
            (Self::Quiet, true) => ".",
        }
    }
}
