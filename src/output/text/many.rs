//! Several reports: one line a host, details for those that fail, a summary.

use std::fmt::Write as _;

use super::{Style, render};
use crate::output::Summary;
use crate::output::shared::sanitize::line;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{host_counts, status_words, verdict_words};
use crate::output::shared::wrap;
use crate::report::{Code, Report, Verdict};

/// Names of hosts with the same root causes that are printed below the first of them.
const NAMED: usize = 5;

/// Several reports; `fails` says which of them are shown in full. Of those with the same root causes the first is.
pub fn render_many(reports: &[Report], style: &Style, fails: impl Fn(&Report) -> bool) -> String {
    let mut out = String::new();
    let words: Vec<String> = reports.iter().map(short_verdict).collect();
    let longest = |texts: &[String]| texts.iter().map(|t| wrap::columns(t)).max().unwrap_or(0);
    let room = style
        .width
        .saturating_sub(5 + longest(&words))
        .max(style.width / 3);
    let urls: Vec<String> = reports
        .iter()
        .map(|r| style.cut(&line(&r.target.url), room))
        .collect();
    let column = longest(&urls);
    for ((report, url), words) in reports.iter().zip(&urls).zip(&words) {
        let tone = Tone::from(report.verdict);
        let pad = column - wrap::columns(url);
        let words = style.cut(words, style.width.saturating_sub(column + 5));
        let _ = writeln!(
            out,
            "{} {}{:pad$}   {}",
            style.mark(tone),
            style.strong(url),
            "",
            style.toned(tone, &words)
        );
    }
    for group in by_cause(reports.iter().filter(|r| fails(r))) {
        let rule = if style.ascii { "-" } else { "─" };
        let _ = write!(out, "\n{}\n\n", style.faint(&rule.repeat(style.width)));
        out.push_str(&render(group.first, style));
        if !group.same.is_empty() {
            let _ = writeln!(out, "\n{}", same_cause(&group.same, style));
        }
    }
    let _ = writeln!(out, "\n{}", host_counts(&Summary::of(reports)));
    out
}

/// Reports with the same root causes.
struct Group<'a> {
    causes: Vec<(Code, String)>,
    first: &'a Report,
    same: Vec<&'a Report>,
}

/// Groups in the order of their first reports. A report without a finding stands for itself.
fn by_cause<'a>(reports: impl Iterator<Item = &'a Report>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for report in reports {
        let roots = report.roots();
        let causes: Vec<(Code, String)> = roots
            .iter()
            .map(|root| (root.finding.code, root.finding.subject.display()))
            .collect();
        let group = groups
            .iter_mut()
            .find(|g| g.causes == causes && !causes.is_empty());
        match group {
            Some(group) => group.same.push(report),
            None => groups.push(Group {
                causes,
                first: report,
                same: Vec::new(),
            }),
        }
    }
    groups
}

fn same_cause(same: &[&Report], style: &Style) -> String {
    let urls: Vec<String> = same
        .iter()
        .take(NAMED)
        .map(|r| line(&r.target.url).into_owned())
        .collect();
    let mut text = format!("The same for {}", urls.join(", "));
    let more = same.len().saturating_sub(NAMED);
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    wrap::words(&text, style.width, style.width).join("\n")
}

/// The verdict in a few words; for what does not work, where and by which code, and what was answered.
fn short_verdict(report: &Report) -> String {
    let roots = report.roots();
    let worst = roots.first().map(|root| root.finding);
    let hop = match report.verdict {
        Verdict::Broken => report.broken_at,
        Verdict::Degraded => worst.map(|finding| finding.hop),
        _ => None,
    };
    match (hop, worst) {
        (Some(hop), Some(finding)) => {
            format!("{}: {}{}", hop.title(), finding.code, status_words(report))
        }
        _ => verdict_words(report),
    }
}
