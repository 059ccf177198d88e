//! What a report for people says about findings and gaps, before it is laid out: which, in what order, and how much of each.

use std::fmt::Write as _;

use super::sanitize::line;
use super::words::{distinct, many, severity_counts};
use crate::diagnosis::checks::table::ALL;
use crate::report::{Code, Evidence, Finding, GapNote, Report, Root};

/// Lines of evidence that are shown; `-o json` has all.
const EVIDENCE: usize = 8;
/// Shell lines that repeat probes.
const REPRODUCED: usize = 3;
/// Codes that one gap line names.
const HIDDEN: usize = 8;
/// Things that one gap line names.
const NAMED: usize = 4;

/// The evidence to show, and how much more there is.
pub(in crate::output) fn evidence(finding: &Finding) -> (&[Evidence], usize) {
    let all = finding.evidence.as_slice();
    // A line for the last one takes no more room than a line that says that it is left out.
    let shown = if all.len() > EVIDENCE + 1 {
        EVIDENCE
    } else {
        all.len()
    };
    (&all[..shown], all.len() - shown)
}

/// The shell lines that show the same as the probes did: one a tool and vantage is enough, and what the fix says to run
/// already is not said twice.
pub(in crate::output) fn reproduce(finding: &Finding) -> Vec<&str> {
    let mut commands: Vec<&str> = Vec::new();
    for command in finding.evidence.iter().filter_map(Evidence::reproduce) {
        if !commands.iter().any(|c| tool(c) == tool(command))
            && !finding.remedy.commands.iter().any(|c| c == command)
        {
            commands.push(command);
        }
    }
    commands.truncate(REPRODUCED);
    commands
}

/// `curl`, `kubectl get`, `kubectl port-forward`.
fn tool(command: &str) -> (&str, bool) {
    let first = command.split(' ').next().unwrap_or_default();
    (first, command.contains(" port-forward "))
}

/// Things that could not be read for one reason.
pub(in crate::output) struct Unread<'a> {
    /// The reason, with the things themselves where no right would help.
    pub why: String,
    /// The rights to ask for.
    pub rights: Vec<&'a str>,
    /// Codes that could not be judged, the first of them in the order of the path.
    pub hidden: Vec<Code>,
    /// How many more.
    pub more: usize,
}

/// What could not be read, by reason.
pub(in crate::output) fn unread(report: &Report) -> Vec<Unread<'_>> {
    let mut groups: Vec<Vec<&GapNote>> = Vec::new();
    for gap in &report.gaps {
        let same = |g: &&mut Vec<&GapNote>| {
            g[0].why == gap.why && g[0].allow.is_some() == gap.allow.is_some()
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(gap),
            None => groups.push(vec![gap]),
        }
    }
    groups.iter().map(|group| one_reason(group)).collect()
}

/// Codes that could not be judged, the first of them in the order of the path, and how many more: who lacks the first right on the way
/// lacks nearly all. `-o json` has each.
pub fn unjudged(codes: impl Iterator<Item = Code>) -> (Vec<Code>, usize) {
    let mut hidden = distinct(codes);
    hidden.sort_by_key(|code| ALL.iter().position(|check| check.code == *code));
    let shown = if hidden.len() > HIDDEN + 1 {
        HIDDEN
    } else {
        hidden.len()
    };
    let more = hidden.split_off(shown).len();
    (hidden, more)
}

fn one_reason<'a>(group: &[&'a GapNote]) -> Unread<'a> {
    let rights = distinct(group.iter().filter_map(|g| g.allow.as_deref()));
    let mut why = line(&group[0].why).into_owned();
    if rights.is_empty() {
        let whats = distinct(group.iter().map(|g| missing(g)));
        let named: Vec<_> = whats.iter().take(NAMED).map(|w| line(w)).collect();
        let _ = write!(why, ": {}", named.join(", "));
        if whats.len() > NAMED {
            let _ = write!(why, " and {} more", whats.len() - NAMED);
        }
    }
    let (hidden, more) = unjudged(group.iter().flat_map(|g| g.hides.iter().copied()));
    Unread {
        why,
        rights,
        hidden,
        more,
    }
}

/// What could not be read, in short where nobody refused it: files lack a kind, however it was asked for.
fn missing(gap: &GapNote) -> &str {
    if gap.why != "not in the files" {
        return &gap.what;
    }
    let what = gap
        .what
        .strip_prefix("list ")
        .or(gap.what.strip_prefix("get "));
    let what = what.unwrap_or(&gap.what);
    let end = [" in ", " with "].iter().filter_map(|w| what.find(w)).min();
    &what[..end.unwrap_or(what.len())]
}

/// How many findings and gaps there are.
pub(in crate::output) fn counts(report: &Report, roots: &[Root<'_>]) -> String {
    let mut text = severity_counts(roots);
    let unchecked = report.gaps.len();
    if unchecked == 0 && report.finished {
        text.push_str("; nothing was left unchecked");
    } else {
        let was = if unchecked == 1 { "was" } else { "were" };
        let _ = write!(text, "; {} {was} left unchecked", many(unchecked, "thing"));
    }
    if !report.finished {
        text.push_str("; cut short, not finished");
    }
    text
}
