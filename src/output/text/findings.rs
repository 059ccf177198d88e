//! Findings, gaps and counts: roots in full, their symptoms by name.

use std::fmt::Write as _;

use super::Style;
use crate::output::shared::findings::{evidence as shown_evidence, reproduce, unread};
use crate::output::shared::sanitize::line;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{and_more, go_away};
use crate::output::shared::wrap;
use crate::report::{Code, Finding, Report, Root};

/// Columns before the text of a block.
const INDENT: usize = 8;

/// One block a root.
pub(super) fn blocks(out: &mut String, roots: &[Root<'_>], style: &Style) {
    for root in roots {
        out.push('\n');
        block(out, root.finding, &root.codes(), style);
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
    let remedy = &finding.remedy;
    todo(out, "fix", remedy.fix(), remedy.fixes(), style);
    todo(out, "look", remedy.look(), remedy.lookups(), style);
    if !symptoms.is_empty() {
        let text = format!("{} {}", symptoms.join(", "), go_away(symptoms));
        labelled(out, "then", &text, style);
    }
    evidence(out, finding, style);
    repeat(out, finding, style);
}

fn evidence(out: &mut String, finding: &Finding, style: &Style) {
    let room = style.width.saturating_sub(INDENT).max(16);
    let mut label = "see";
    let (shown, more) = shown_evidence(finding);
    for proof in shown {
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
fn repeat(out: &mut String, finding: &Finding, style: &Style) {
    let room = style.width.saturating_sub(INDENT).max(16);
    let mut label = "try";
    for command in reproduce(finding) {
        for text in wrap::command(&line(command), room) {
            lead(out, label, style);
            let _ = writeln!(out, "{text}");
            label = "";
        }
    }
}

/// What to do: the words for it, and the shell lines.
fn todo<'a>(
    out: &mut String,
    mut label: &str,
    words: &str,
    commands: impl Iterator<Item = &'a str>,
    style: &Style,
) {
    if !words.is_empty() {
        labelled(out, label, &line(words), style);
        label = "";
    }
    let room = style.width.saturating_sub(INDENT).max(16);
    for command in commands {
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
    for unread in unread(report) {
        out.push('\n');
        let room = style.width - 2;
        for (i, text) in wrap::words(&unread.why, room, room).iter().enumerate() {
            let mark = if i == 0 {
                style.mark(Tone::Unseen)
            } else {
                " ".to_owned()
            };
            let _ = writeln!(out, "{mark} {text}");
        }
        for (i, right) in unread.rights.iter().enumerate() {
            labelled(out, if i == 0 { "need" } else { "" }, &line(right), style);
        }
        if !unread.hidden.is_empty() {
            let text = format!(
                "could not judge {}{}",
                unread.hidden.join(", "),
                and_more(unread.more)
            );
            labelled(out, "so", &text, style);
        }
    }
}
