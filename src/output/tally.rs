//! What many reports come to: how many of each verdict, and the exit code.

use serde::Serialize;

use super::FailOn;
use crate::report::{Finding, Report, Verdict};

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
        let mut summary = Self::default();
        for report in reports {
            summary.add(report);
        }
        summary
    }

    /// One more.
    pub fn add(&mut self, report: &Report) {
        self.targets += 1;
        let of_verdict = match report.verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Degraded => &mut self.degraded,
            Verdict::Broken => &mut self.broken,
            Verdict::Unknown | Verdict::Waiting => &mut self.unknown,
        };
        *of_verdict += 1;
        self.unfinished += usize::from(!report.finished);
    }
}

/// The exit code of reports that are told one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    fail_on: FailOn,
    strict: bool,
    worst: Worst,
}

/// What decides the exit code, from the least on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worst {
    Nothing,
    Open,
    Unfinished,
    Found,
}

impl Tally {
    /// Of none yet.
    pub const fn new(fail_on: FailOn, strict: bool) -> Self {
        Self {
            fail_on,
            strict,
            worst: Worst::Nothing,
        }
    }

    /// One more.
    pub fn add(&mut self, report: &Report) {
        // A broken request fails a script even if no finding should explain it.
        let broken = report.verdict == Verdict::Broken && self.fail_on != FailOn::Never;
        let counts = |f: &Finding| self.fail_on.counts(f.severity);
        let open = || report.verdict == Verdict::Unknown || report.has_unknown_hop();
        let of_it = if broken || report.findings.iter().any(counts) {
            Worst::Found
        } else if !report.finished {
            Worst::Unfinished
        } else if self.strict && open() {
            Worst::Open
        } else {
            Worst::Nothing
        };
        self.worst = self.worst.max(of_it);
    }

    /// 0 nothing found, 1 findings, 2 cut short before anything was found, 3 (`strict`) nothing found but a hop on the path, or whose answer
    /// it is, is unknown. The same for every format.
    pub const fn code(self) -> u8 {
        match self.worst {
            Worst::Nothing => 0,
            Worst::Found => 1,
            Worst::Unfinished => 2,
            Worst::Open => 3,
        }
    }
}

/// The exit code of some reports.
pub fn exit_code(reports: &[Report], fail_on: FailOn, strict: bool) -> u8 {
    let mut tally = Tally::new(fail_on, strict);
    for report in reports {
        tally.add(report);
    }
    tally.code()
}
