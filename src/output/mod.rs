//! Views for scripts: reports as text, Markdown, JSON and JUnit, the table of checks, and the exit code. Verdicts are read, never made.

pub mod compare;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod rules;
pub mod shared;
mod tally;
pub mod text;

use crate::report::Severity;
pub use tally::{Summary, Tally, exit_code};

/// From which severity on a finding makes the exit code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// The request does not work.
    #[default]
    Error,
    /// It works, and not as it should.
    Warning,
    /// Anything found.
    Info,
    /// Nothing: report only.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity counts.
    pub fn counts(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Info => severity >= Severity::Info,
            Self::Never => false,
        }
    }
}
