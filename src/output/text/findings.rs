//! Findings, gaps and counts: roots in full, their symptoms by name.

use std::fmt::Write as _;

use super::{Style, Tone};
use crate::output::sanitize::line;
use crate::output::wrap;
use crate::report::{Code, Evidence, Finding, GapNote, Report, Severity};

/// Columns before the text of a block.
const INDENT: usize = 8;
/// Lines of evidence that a block shows; `-o json` has all.
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

/// One block a root.
pub(super) fn blocks(out: &mut String, shown: &Shown<'_>, style: &Style) {
    for (finding, symptoms) in &shown.roots {
        out.push('\n');
        block(out, finding, symptoms, style);
    }
}

fn block(out: &mut String, finding: &Finding, symptoms: &[Code], style: &Style) {
    let tone = Tone::from(finding.severity);
    let title = line(&finding.title);
    let code_columns = 2 + wrap::columns(finding.code) + 2;
    let head = format!("{} {}", style.mark(tone), style.toned(tone, finding.code));
    let first = style.width.saturating_sub(code_columns);
    let titles = if wrap::columns(&title) <= first || first >= 30 {
        wrap::words(&title, first, style.width - 2)
    } else {
        // A code this long leaves no room beside it.
        let mut lines = vec![String::new()];
        lines.extend(wrap::words(&title, style.width - 2, style.width - 2));
        lines
    };
    for (i, text) in titles.iter().enumerate() {
        let text = style.strong(text);
        let text = if i == 0 {
            format!("{head}  {text}")
        } else {
            format!("  {text}")
        };
        let _ = writeln!(out, "{}", text.trim_end());
    }
    labelled(out, "why", &line(&finding.detail), style);
    evidence(out, finding, style);
    reproduce(out, finding, style);
    fix(out, finding, style);
    if !symptoms.is_empty() {
        let go = if symptoms.len() == 1 { "goes" } else { "go" };
        let text = format!("{} {go} away with it", symptoms.join(", "));
        labelled(out, "then", &text, style);
    }
}

fn evidence(out: &mut String, finding: &Finding, style: &Style) {
    let room = style.width.saturating_sub(INDENT).max(16);
    let mut label = "see";
    let shown = if finding.evidence.len() > EVIDENCE + 1 {
        EVIDENCE
    } else {
        finding.evidence.len()
    };
    for proof in &finding.evidence[..shown] {
        // The second line of one proof is set in, so that proofs can be told apart.
        for (i, text) in wrap::words(&line(&proof.text()), room, room - 2)
            .iter()
            .enumerate()
        {
            let inset = if i == 0 { 0 } else { 2 };
            lead(out, label, style);
            let _ = writeln!(out, "{:inset$}{text}", "");
            label = "";
        }
    }
    let more = finding.evidence.len() - shown;
    if more > 0 {
        lead(out, "", style);
        let _ = writeln!(
            out,
            "{}",
            style.faint(&format!("and {more} more; -o json shows all"))
        );
    }
}

/// The shell lines that show the same as the probes did.
fn reproduce(out: &mut String, finding: &Finding, style: &Style) {
    let room = style.width.saturating_sub(INDENT).max(16);
    let mut commands: Vec<&str> = Vec::new();
    for command in finding.evidence.iter().filter_map(Evidence::reproduce) {
        // One line a tool and vantage is enough; -o json has them all. What the fix says to run already is not said twice.
        let like = |other: &&&str| tool(other) == tool(command);
        if !commands.iter().any(|c| like(&c))
            && !finding.remedy.commands.iter().any(|c| c == command)
        {
            commands.push(command);
        }
    }
    let mut label = "try";
    for command in commands.into_iter().take(REPRODUCED) {
        for text in wrap::command(&line(command), room) {
            lead(out, label, style);
            let _ = writeln!(out, "{text}");
            label = "";
        }
    }
}

/// `curl`, `kubectl get`, `kubectl port-forward`.
fn tool(command: &str) -> (&str, bool) {
    let first = command.split(' ').next().unwrap_or_default();
    (first, command.contains(" port-forward "))
}

fn fix(out: &mut String, finding: &Finding, style: &Style) {
    let mut label = "fix";
    if !finding.remedy.text.is_empty() {
        labelled(out, label, &line(&finding.remedy.text), style);
        label = "";
    }
    let room = style.width.saturating_sub(INDENT).max(16);
    for command in &finding.remedy.commands {
        for text in wrap::command(&line(command), room) {
            lead(out, label, style);
            let _ = writeln!(out, "{}", style.code(&text));
            label = "";
        }
    }
}

fn labelled(out: &mut String, label: &str, text: &str, style: &Style) {
    if text.is_empty() {
        return;
    }
    let room = style.width.saturating_sub(INDENT).max(16);
    for (i, text) in wrap::words(text, room, room).iter().enumerate() {
        lead(out, if i == 0 { label } else { "" }, style);
        let _ = writeln!(out, "{text}");
    }
}

/// The part of a line before a block's text.
fn lead(out: &mut String, label: &str, style: &Style) {
    let label = format!("{label:<6}");
    let label = if label.trim().is_empty() {
        label
    } else {
        style.faint(&label)
    };
    let _ = write!(out, "  {label}");
}

/// What could not be read: one block for each reason, with the rights to ask for or else the things themselves.
pub(super) fn gaps(out: &mut String, report: &Report, style: &Style) {
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
    for group in groups {
        out.push('\n');
        let rights = distinct(group.iter().filter_map(|g| g.allow.as_deref()));
        let mut text = line(&group[0].why).into_owned();
        if rights.is_empty() {
            let whats = distinct(group.iter().map(|g| g.what.as_str()));
            let named: Vec<_> = whats.iter().take(NAMED).map(|w| line(w)).collect();
            let _ = write!(text, ": {}", named.join(", "));
            if whats.len() > NAMED {
                let _ = write!(text, " and {} more", whats.len() - NAMED);
            }
        }
        for (i, text) in wrap::words(&text, style.width - 2, style.width - 2)
            .iter()
            .enumerate()
        {
            let mark = if i == 0 {
                style.mark(Tone::Unseen)
            } else {
                " ".to_owned()
            };
            let _ = writeln!(out, "{mark} {text}");
        }
        for (i, right) in rights.iter().enumerate() {
            labelled(out, if i == 0 { "need" } else { "" }, &line(right), style);
        }
        let mut hidden = distinct(group.iter().flat_map(|g| g.hides.iter().copied()));
        hidden.sort_unstable();
        if !hidden.is_empty() {
            let text = format!("could not judge {}", hidden.join(", "));
            labelled(out, "so", &text, style);
        }
    }
}

/// Each of the texts once, in their order.
fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// The last line.
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

pub(super) fn many(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}
