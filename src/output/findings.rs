//! What a report for people says about findings and gaps, before it is laid out: which, in what order, and how much of each.

use std::fmt::Write as _;

use super::sanitize::line;
use crate::report::{Code, Evidence, Finding, GapNote, Report, Severity};

/// Lines of evidence that are shown; `-o json` has all.
const EVIDENCE: usize = 8;
/// Shell lines that repeat probes.
const REPRODUCED: usize = 3;
/// Things that one gap line names.
const NAMED: usize = 4;

/// Root findings in the order they are printed, each with the codes of its symptoms.
pub(super) struct Shown<'a> {
    pub roots: Vec<(&'a Finding, Vec<Code>)>,
}

impl<'a> Shown<'a> {
    /// Sorts by severity and folds every finding under the one that its chain of causes ends at.
    pub fn of(report: &'a Report) -> Self {
        let all = &report.findings;
        let mut roots: Vec<(&Finding, Vec<Code>)> = Vec::new();
        let mut folded = Vec::new();
        for finding in all {
            match root_of(finding, all) {
                Some(root) => folded.push((root.code, finding.code)),
                None => roots.push((finding, Vec::new())),
            }
        }
        for (root, symptom) in folded {
            if let Some((_, symptoms)) = roots.iter_mut().find(|(f, _)| f.code == root)
                && !symptoms.contains(&symptom)
            {
                symptoms.push(symptom);
            }
        }
        roots.sort_by_key(|(f, _)| std::cmp::Reverse(f.severity));
        Self { roots }
    }

    fn count(&self, severity: Severity) -> usize {
        self.roots
            .iter()
            .filter(|(f, _)| f.severity == severity)
            .count()
    }
}

/// The finding at the end of the chain of causes; none for a root. A cause that is not among the findings, and a circle,
/// leave the finding standing for itself: nothing is ever hidden under something that is not printed.
fn root_of<'a>(finding: &'a Finding, all: &'a [Finding]) -> Option<&'a Finding> {
    let mut at = finding;
    for _ in 0..=all.len() {
        let cause = at
            .caused_by
            .and_then(|code| all.iter().find(|f| f.code == code));
        match cause {
            Some(cause) => at = cause,
            None => return (!std::ptr::eq(at, finding)).then_some(at),
        }
    }
    None
}

/// The evidence to show, and how much more there is.
pub(super) fn evidence(finding: &Finding) -> (&[Evidence], usize) {
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
pub(super) fn reproduce(finding: &Finding) -> Vec<&str> {
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

/// What goes away with a root.
pub(crate) fn go_away(symptoms: &[Code]) -> &'static str {
    if symptoms.len() == 1 {
        "goes away with it"
    } else {
        "go away with it"
    }
}

/// Things that could not be read for one reason.
pub(super) struct Unread<'a> {
    /// The reason, with the things themselves where no right would help.
    pub why: String,
    /// The rights to ask for.
    pub rights: Vec<&'a str>,
    /// Codes that could not be judged.
    pub hidden: Vec<Code>,
}

/// What could not be read, by reason.
pub(super) fn unread(report: &Report) -> Vec<Unread<'_>> {
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

fn one_reason<'a>(group: &[&'a GapNote]) -> Unread<'a> {
    let rights = distinct(group.iter().filter_map(|g| g.allow.as_deref()));
    let mut why = line(&group[0].why).into_owned();
    if rights.is_empty() {
        let whats = distinct(group.iter().map(|g| g.what.as_str()));
        let named: Vec<_> = whats.iter().take(NAMED).map(|w| line(w)).collect();
        let _ = write!(why, ": {}", named.join(", "));
        if whats.len() > NAMED {
            let _ = write!(why, " and {} more", whats.len() - NAMED);
        }
    }
    let mut hidden = distinct(group.iter().flat_map(|g| g.hides.iter().copied()));
    hidden.sort_unstable();
    Unread {
        why,
        rights,
        hidden,
    }
}

/// Each of the texts once, in their order.
pub(crate) fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// How many findings and gaps there are.
pub(super) fn counts(report: &Report, shown: &Shown<'_>) -> String {
    let (errors, warnings) = (shown.count(Severity::Error), shown.count(Severity::Warning));
    let mut text = format!("{}, {}", many(errors, "error"), many(warnings, "warning"));
    let notes = shown.count(Severity::Info);
    if notes > 0 {
        let _ = write!(text, ", {}", many(notes, "note"));
    }
    let unchecked = report.gaps.len();
    if unchecked == 0 {
        text.push_str("; nothing was left unchecked");
    } else {
        let was = if unchecked == 1 { "was" } else { "were" };
        let _ = write!(text, "; {} {was} left unchecked", many(unchecked, "thing"));
    }
    text
}

pub(crate) fn many(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}
