//! What was found at the hop: root causes with evidence and fix, symptoms by what they go away with.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Look;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::go_away;
use crate::output::shared::wrap;
use crate::report::{Code, Evidence, Finding, HopReport, Report};
use crate::tui::state::State;

/// Shell lines that repeat probes. There is room for each vantage's own, where a printed report keeps to one a tool.
const REPRODUCED: usize = 3;

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let Some(report) = state.report() else {
        return Vec::new();
    };
    let roots = report.roots();
    let root = |f: &Finding| roots.iter().find(|r| std::ptr::eq(r.finding, f));
    let rows = state.finding_rows();
    let stepped = state.path.finding.and_then(|at| rows.get(at).copied());
    let is_stepped = |f: &Finding| stepped.is_some_and(|s| std::ptr::eq(s, f));
    let mut here: Vec<&Finding> = rows.iter().copied().filter(|f| f.hop == hop.hop).collect();
    // Roots before symptoms; before all the one that was stepped to.
    here.sort_by_key(|f| (!is_stepped(f), root(f).is_none()));
    let mut all: Vec<Line<'static>> = Vec::new();
    for finding in here {
        if !all.is_empty() {
            all.push(Line::default());
        }
        all.extend(match root(finding) {
            Some(root) => root_lines(finding, &root.codes(), look, width),
            None => symptom_lines(finding, report, look, width),
        });
    }
    all
}

fn head(finding: &Finding, look: Look, width: usize) -> Vec<Line<'static>> {
    let tone = Tone::from(finding.severity);
    let mut lines = vec![Line::from(vec![
        look.mark(tone),
        Span::raw(" "),
        Span::styled(finding.code, look.theme.strong(tone)),
    ])];
    let room = width.saturating_sub(2).max(8);
    for text in wrap::words(&look.text(&finding.title), room, room) {
        lines.push(Line::from(vec![
            Span::raw("  "),
            Span::styled(text, look.theme.title()),
        ]));
    }
    lines
}

fn root_lines(
    finding: &Finding,
    symptoms: &[Code],
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let plain = Style::new();
    let mut lines = head(finding, look, width);
    if !finding.detail.is_empty() {
        lines.extend(look.labelled("why", &finding.detail, plain, width));
    }
    let remedy = &finding.remedy;
    let fixes: Vec<&str> = remedy.fixes().collect();
    let lookups: Vec<&str> = remedy.lookups().collect();
    for (label, words, commands) in [
        ("fix", remedy.fix(), fixes),
        ("look", remedy.look(), lookups),
    ] {
        let mut label = label;
        if !words.is_empty() {
            lines.extend(look.labelled(label, words, plain, width));
            label = "";
        }
        for command in commands {
            lines.extend(look.command(label, command, width));
            label = "";
        }
    }
    if !symptoms.is_empty() {
        let text = format!("{} {}", symptoms.join(", "), go_away(symptoms));
        lines.extend(look.labelled("then", &text, plain, width));
    }
    for (i, proof) in finding.evidence.iter().enumerate() {
        let label = if i == 0 { "see" } else { "" };
        lines.extend(look.labelled(label, &proof.text(), plain, width));
    }
    let mut repeats: Vec<&str> = Vec::new();
    for command in finding.evidence.iter().filter_map(Evidence::reproduce) {
        // What the fix says to run already is not said twice.
        if !repeats.contains(&command) && !finding.remedy.commands.iter().any(|c| c == command) {
            repeats.push(command);
        }
    }
    for (i, command) in repeats.into_iter().take(REPRODUCED).enumerate() {
        lines.extend(look.command(if i == 0 { "try" } else { "" }, command, width));
    }
    lines
}

fn symptom_lines(
    finding: &Finding,
    report: &Report,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let mut lines = head(finding, look, width);
    if let Some(cause) = report.cause_of(finding) {
        let text = format!("caused by {} at {}", cause.code, cause.hop.title());
        let room = width.saturating_sub(2).max(8);
        for text in wrap::words(&text, room, room) {
            lines.push(Line::raw(format!("  {text}")));
        }
    }
    if let Some(proof) = finding.evidence.first() {
        lines.extend(look.labelled("see", &proof.text(), Style::new(), width));
    }
    lines
}
