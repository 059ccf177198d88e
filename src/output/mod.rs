//! Views for scripts: reports as text, Markdown, JSON and JUnit, the table of checks, and the exit code. Verdicts are read, never made.

pub mod json;
pub mod junit;
pub mod markdown;
pub mod rules;
pub mod shared;
pub mod text;

use serde::Serialize;

use crate::report::{Report, Severity, Verdict};

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

/// 0 nothing found, 1 findings, 2 cut short before anything was found, 3 (`strict`) nothing found but a hop on the path, or whose answer it is, is unknown. The same for every
/// format.
pub fn exit_code(reports: &[Report], fail_on: FailOn, strict: bool) -> u8 {
    // A broken request fails a script even if no finding should explain it.
    let fails = |r: &Report| {
        r.findings.iter().any(|f| fail_on.counts(f.severity))
            || (r.verdict == Verdict::Broken && fail_on != FailOn::Never)
    };
    let open = |r: &Report| r.verdict == Verdict::Unknown || r.has_unknown_hop();
    if reports.iter().any(fails) {
        1
    } else if reports.iter().any(|r| !r.finished) {
        2
    } else if strict && reports.iter().any(open) {
        3
    } else {
        0
    }
}

/// How many targets got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All of them.
    pub targets: usize,
    /// Verdict ok.
    pub ok: usize,
    /// Verdict degraded.
    pub degraded: usize,
    /// Verdict broken.
    pub broken: usize,
    /// Verdict unknown.
    pub unknown: usize,
    /// Whatever the verdict: the end of the run left questions open.
    pub unfinished: usize,
}

impl Summary {
    /// Counts.
    pub fn of(reports: &[Report]) -> Self {
        let count = |verdict| reports.iter().filter(|r| r.verdict == verdict).count();
        Self {
            targets: reports.len(),
            ok: count(Verdict::Ok),
            degraded: count(Verdict::Degraded),
            broken: count(Verdict::Broken),
            unknown: count(Verdict::Unknown) + count(Verdict::Waiting),
            unfinished: reports.iter().filter(|r| !r.finished).count(),
        }
    }
}
