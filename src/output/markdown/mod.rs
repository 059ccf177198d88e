//! Reports as Markdown, to paste into an issue or a chat: verdict, path, findings with their fixes, what could not be seen.

pub(super) mod escape;

use std::fmt::Write as _;

use self::escape::{cell, code, fenced, prose};
use super::Summary;
use super::shared::findings::{counts, evidence, reproduce, unread};
use super::shared::sanitize::line;
use super::shared::tone::Tone;
use super::shared::words::{
    and_more, answer_words, go_away, hop_summary, host_counts, state_word, verdict_words,
    way_words, when,
};
use super::shared::wrap;
use crate::report::{Code, Finding, HopReport, Report, State};

/// Columns of a shell line, where it can be broken.
const COMMAND: usize = 100;

/// All reports, one after another; the hosts are counted at the end unless it is one.
pub fn render(reports: &[Report]) -> String {
    let mut out = reports.iter().map(one).collect::<Vec<_>>().join("\n");
    if reports.len() != 1 {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "**{}**", host_counts(&Summary::of(reports)));
    }
    out
}

fn one(report: &Report) -> String {
    let mut out = format!(
        "## {} {}: {}\n\n| Hop | State | |\n|---|---|---|\n",
        mark(report.verdict),
        code(&line(&report.target.url)),
        verdict_words(report),
    );
    for hop in &report.path {
        row(&mut out, hop);
    }
    if let Some(way) = way_words(report) {
        let _ = writeln!(out, "\n**By way of:** {}", prose(&way));
    }
    if let Some(answer) = answer_words(report) {
        let _ = writeln!(out, "\n**Answer:** {}", prose(&answer));
    }
    let roots = report.roots();
    for root in &roots {
        section(&mut out, root.finding, &root.codes());
    }
    gaps(&mut out, report);
    let _ = writeln!(out, "\n{}\n\n{}", counts(report, &roots), footer(report));
    out
}

/// What stands for a state where there are no colours.
fn mark(tone: impl Into<Tone>) -> &'static str {
    tone.into().mark(false)
}

fn row(out: &mut String, hop: &HopReport) {
    let _ = writeln!(
        out,
        "| {} | {} {} | {} |",
        hop.hop.title(),
        mark(hop.state),
        state_word(hop.state),
        cell(&hop_summary(hop))
    );
}

fn section(out: &mut String, finding: &Finding, symptoms: &[Code]) {
    let _ = writeln!(
        out,
        "\n### {} {}: {}",
        mark(finding.severity),
        code(finding.code),
        prose(&finding.title)
    );
    labelled(out, "Why", &finding.detail);
    let remedy = &finding.remedy;
    todo(out, "Fix", remedy.fix(), remedy.fixes());
    todo(out, "Look", remedy.look(), remedy.lookups());
    if !symptoms.is_empty() {
        let _ = writeln!(out, "\n**Then:** {} {}", codes(symptoms), go_away(symptoms));
    }
    let (shown, more) = evidence(finding);
    if !shown.is_empty() {
        out.push_str("\n**Evidence:**\n\n");
    }
    for proof in shown {
        let _ = writeln!(out, "- {}", code(&line(&proof.text())));
    }
    if more > 0 {
        let _ = writeln!(out, "- and {more} more; `-o json` shows all");
    }
    let repeated = reproduce(finding);
    if !repeated.is_empty() {
        out.push_str("\n**Try it:**\n");
        shell(out, &repeated);
    }
}

/// What to do: the words for it, and the shell lines.
fn todo<'a>(out: &mut String, label: &str, words: &str, commands: impl Iterator<Item = &'a str>) {
    let commands: Vec<&str> = commands.collect();
    labelled(out, label, words);
    if !commands.is_empty() {
        if words.is_empty() {
            let _ = writeln!(out, "\n**{label}:**");
        }
        shell(out, &commands);
    }
}

fn labelled(out: &mut String, label: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "\n**{label}:** {}", prose(text));
    }
}

fn shell<S: AsRef<str>>(out: &mut String, commands: &[S]) {
    let lines: Vec<String> = commands
        .iter()
        .flat_map(|c| wrap::command(&line(c.as_ref()), COMMAND))
        .collect();
    let _ = write!(out, "\n{}", fenced("sh", &lines));
}

fn codes(codes: &[Code]) -> String {
    let codes: Vec<String> = codes.iter().map(|c| code(c)).collect();
    codes.join(", ")
}

/// What could not be read, by reason, with the rights to ask for.
fn gaps(out: &mut String, report: &Report) {
    let unread = unread(report);
    if !unread.is_empty() {
        let _ = writeln!(out, "\n### {} Not seen\n", mark(State::Unknown));
    }
    for unread in unread {
        // The words before it keep a reason from starting a list or a heading of its own.
        let _ = writeln!(out, "- because: {}", prose(&unread.why));
        for right in &unread.rights {
            let _ = writeln!(out, "  - needed: {}", code(&line(right)));
        }
        if !unread.hidden.is_empty() {
            let _ = writeln!(
                out,
                "  - could not judge {}{}",
                codes(&unread.hidden),
                and_more(unread.more)
            );
        }
    }
}

/// By what, against what, and how long it took.
fn footer(report: &Report) -> String {
    let mut parts = vec![format!("kubectl hops {}", report.hops)];
    if let Some(context) = &report.target.context {
        parts.push(format!("context {}", code(&line(context))));
    }
    parts.push(when(report));
    format!("*{}*", parts.join(" · "))
}
