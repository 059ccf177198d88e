//! A report's verdict, answer and hops in words, and the small words of lists and counts.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::sanitize;
use crate::output::Summary;
use crate::report::{AnswerType, Code, HopReport, Report, Root, Severity, State, Verdict};

/// What the verdict line says after the URL.
pub fn verdict_words(report: &Report) -> String {
    let answer = status_words(report);
    match report.verdict {
        Verdict::Ok => format!("ok{answer}"),
        Verdict::Degraded => format!("degraded{answer}"),
        Verdict::Broken => match report.broken_at {
            Some(hop) => format!("broken at {}{answer}", hop.title()),
            None => format!("broken{answer}"),
        },
        Verdict::Unknown => format!("unknown{answer}"),
        Verdict::Waiting => "waiting".to_owned(),
    }
}

/// What the user got, as the verdict line goes on with it: `, answers 404`; empty where no answer came.
pub fn status_words(report: &Report) -> String {
    match (report.answer.kind, report.answer.status) {
        (AnswerType::Redirect, Some(status)) => match &report.answer.location {
            Some(location) => format!(", redirects ({status}) to {}", sanitize::line(location)),
            None => format!(", redirects ({status})"),
        },
        (_, Some(status)) => format!(", answers {status}"),
        (_, None) => String::new(),
    }
}

/// Who answered, who should have, and how that is known.
pub fn answer_words(report: &Report) -> Option<String> {
    let answer = &report.answer;
    let (status, by) = (answer.status?, answer.answered_by.as_deref()?);
    let by = if by == "app" { "the application" } else { by };
    let mut text = format!("{status} by {by}");
    if let Some(expected) = &answer.expected {
        let _ = write!(text, ", expected of {expected}");
    }
    if let Some(known) = &answer.known_by {
        let _ = write!(text, "; {known}");
    }
    Some(text)
}

/// The way in that the report is about, where the host has several and it is not known to be the one that the name leads to.
pub fn way_words(report: &Report) -> Option<String> {
    let judged = report.judged().filter(|_| report.entrances.len() > 1)?;
    match judged.reached {
        Some(true) => None,
        Some(false) => Some(format!("{}, to which the name does not lead", judged.id)),
        None => Some(judged.id.clone()),
    }
}

/// Of each way in beside the one that the report is about: who serves it, where, and what it answers.
pub fn beside_words(report: &Report) -> impl Iterator<Item = String> {
    let led = report.judged().and_then(|e| e.reached) == Some(true);
    report.entrances.iter().filter(|e| !e.judged).map(move |e| {
        let mut text = e.id.clone();
        if let Some(controller) = &e.controller {
            let _ = write!(text, " ({controller})");
        }
        if let Some(address) = e.addresses.first() {
            let _ = write!(text, " at {address}");
        }
        match e.status {
            Some(status) => {
                let _ = write!(text, " answers {status}");
            }
            None if e.addresses.is_empty() => text.push_str(" has no address"),
            None => text.push_str(" gives no answer"),
        }
        if !e.backends.is_empty() {
            let _ = write!(text, ", leads to {}", e.backends.join(" or "));
        }
        match e.reached {
            Some(true) if led => text.push_str("; the name leads there, too"),
            Some(true) => text.push_str("; the name leads there"),
            Some(false) => text.push_str("; the name does not lead there"),
            None => {}
        }
        text
    })
}

/// A hop's line, safe to print, and what its state means where it has none.
pub fn hop_summary(hop: &HopReport) -> Cow<'_, str> {
    if !hop.summary.is_empty() {
        return sanitize::line(&hop.summary);
    }
    Cow::Borrowed(match hop.state {
        State::Skipped => "not reached",
        State::Waiting => "waiting",
        State::Unknown => "could not be seen",
        State::Ok | State::Degraded | State::Broken => "",
    })
}

/// The word of a severity.
pub const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The word of a hop's state.
pub const fn state_word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Degraded => "degraded",
        State::Broken => "broken",
        State::Unknown => "unknown",
        State::Skipped => "skipped",
        State::Waiting => "waiting",
    }
}

/// The word of a verdict.
pub const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Degraded => "degraded",
        Verdict::Broken => "broken",
        Verdict::Unknown => "unknown",
        Verdict::Waiting => "waiting",
    }
}

/// How many errors, warnings and notes there are, what goes away with another one left out: the same in every format.
pub fn by_severity(roots: &[Root<'_>]) -> [usize; 3] {
    [Severity::Error, Severity::Warning, Severity::Info]
        .map(|s| roots.iter().filter(|r| r.finding.severity == s).count())
}

/// `1 error, 0 warnings, 2 notes`.
pub fn severity_counts(roots: &[Root<'_>]) -> String {
    let [errors, warnings, notes] = by_severity(roots);
    let mut text = format!("{}, {}", many(errors, "error"), many(warnings, "warning"));
    if notes > 0 {
        let _ = write!(text, ", {}", many(notes, "note"));
    }
    text
}

/// How many hosts got which verdict.
pub fn host_counts(summary: &Summary) -> String {
    let mut text = many(summary.targets, "host");
    let mut separator = ": ";
    for (count, word) in [
        (summary.ok, "ok"),
        (summary.degraded, "degraded"),
        (summary.broken, "broken"),
        (summary.unknown, "unknown"),
    ] {
        if count > 0 {
            let _ = write!(text, "{separator}{count} {word}");
            separator = ", ";
        }
    }
    if summary.unfinished > 0 {
        let _ = write!(text, "; {} not finished", summary.unfinished);
    }
    text
}

/// What goes away with a root.
pub fn go_away(symptoms: &[Code]) -> &'static str {
    if symptoms.len() == 1 {
        "goes away with it"
    } else {
        "go away with it"
    }
}

/// Each of the texts once, in their order.
pub fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// What a list leaves out: nothing, or ` and 3 more`.
pub fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

/// `1 finding`, `2 findings`.
pub fn many(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// How long the run took; of a recording when it was made, for what is said of ages and times left is of that day.
pub fn when(report: &Report) -> String {
    match report.recorded_at {
        Some(at) => format!("recorded {}", at.strftime("%-d %b %Y")),
        None => seconds(report.stats.elapsed_ms),
    }
}

/// Milliseconds as seconds: `0.4 s`.
fn seconds(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}
