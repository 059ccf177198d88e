//! A report as a person on call reads it: the verdict, the path, what is wrong and how to fix it, what could not be seen.

mod findings;
mod many;
mod style;

use std::fmt::Write as _;

pub use many::{Lines, render_many};
pub use style::Style;

use crate::output::shared::findings::counts;
use crate::output::shared::sanitize::line;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{
    answer_words, beside_words, hop_summary, verdict_words, way_words, when,
};
use crate::output::shared::wrap;
use crate::report::{HopReport, Report, State};

/// The column where a hop's summary begins: indent, mark, the longest hop title, two spaces.
const SUMMARY_COLUMN: usize = 19;
/// Lines that one hop may take.
const SUMMARY_LINES: usize = 3;

/// One report.
pub fn render(report: &Report, style: &Style) -> String {
    let mut out = header(report, style);
    out.push('\n');
    for hop in &report.path {
        path_line(&mut out, hop, style);
    }
    answer_line(&mut out, report, style);
    let roots = report.roots();
    findings::blocks(&mut out, &roots, style);
    findings::gaps(&mut out, report, style);
    out.push('\n');
    for text in wrap::words(&counts(report, &roots), style.width, style.width) {
        let _ = writeln!(out, "{text}");
    }
    out
}

/// What is known of a report that is still being made, a line for each hop that is there.
pub fn so_far(report: &Report, style: &Style) -> Vec<String> {
    let url = style.cut(&line(&report.target.url), style.width.saturating_sub(2));
    let mut lines = vec![format!(
        "{} {}",
        style.mark(Tone::Unseen),
        style.strong(&url)
    )];
    let known = report.path.iter().filter(|h| h.state != State::Waiting);
    lines.extend(known.map(|hop| {
        let tone = Tone::from(hop.state);
        let room = style.width.saturating_sub(SUMMARY_COLUMN);
        let summary = style.cut(&hop_summary(hop), room);
        let title = format!("{:<15}", hop.hop.title());
        format!("  {} {title}{summary}", style.mark(tone))
    }));
    lines
}

fn header(report: &Report, style: &Style) -> String {
    let url = line(&report.target.url).into_owned();
    let verdict = verdict_words(report);
    let tone = Tone::from(report.verdict);
    let mut aside = when(report);
    if let Some(context) = &report.target.context {
        aside = format!("{} {} {aside}", line(context), style.dot());
    }
    let left = 2 + wrap::columns(&url) + 3 + wrap::columns(&verdict);
    let (mark, strong_url) = (style.mark(tone), style.strong(&url));
    let (toned, faint) = (style.toned(tone, &verdict), style.faint(&aside));
    if left + 3 + wrap::columns(&aside) <= style.width {
        let pad = style.width - left - wrap::columns(&aside);
        return format!("{mark} {strong_url}   {toned}{:pad$}{faint}\n", "");
    }
    // Too long for one line: the URL whole, so that it can be copied, then the rest.
    let mut out = format!("{mark} {strong_url}\n");
    if 2 + wrap::columns(&verdict) + 3 + wrap::columns(&aside) <= style.width {
        let _ = writeln!(out, "  {toned}   {faint}");
        return out;
    }
    let room = style.width.saturating_sub(2).max(16);
    for text in wrap::words(&verdict, room, room) {
        let _ = writeln!(out, "  {}", style.toned(tone, &text));
    }
    let _ = writeln!(out, "  {faint}");
    out
}

fn answer_line(out: &mut String, report: &Report, style: &Style) {
    let way = way_words(report).map(|text| ("By way of", text));
    let answer = answer_words(report).map(|text| ("Answer", text));
    let beside = beside_words(report).map(|text| ("Beside", text));
    let room = style.width.saturating_sub(SUMMARY_COLUMN).max(16);
    for (title, text) in way.into_iter().chain(answer).chain(beside) {
        for (i, text) in wrap::words(&line(&text), room, room).iter().enumerate() {
            let title = if i == 0 { title } else { "" };
            let _ = writeln!(out, "    {title:<15}{text}");
        }
    }
}

fn path_line(out: &mut String, hop: &HopReport, style: &Style) {
    let tone = Tone::from(hop.state);
    let summary = hop_summary(hop);
    let room = style.width.saturating_sub(SUMMARY_COLUMN).max(16);
    let mut lines = wrap::words(&summary, room, room);
    if lines.len() > SUMMARY_LINES {
        let tail = lines.split_off(SUMMARY_LINES - 1).join(" ");
        lines.push(style.cut(&tail, room));
    }
    for (i, text) in lines.iter().enumerate() {
        let text = match hop.state {
            State::Skipped => style.faint(text),
            State::Broken => style.toned(tone, text),
            _ => text.clone(),
        };
        if i == 0 {
            let title = format!("{:<15}", hop.hop.title());
            let _ = writeln!(out, "  {} {title}{text}", style.mark(tone));
        } else {
            let _ = writeln!(out, "{:SUMMARY_COLUMN$}{text}", "");
        }
    }
}
