//! The first two lines: what is looked at and from where, and the verdict.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, ago};
use crate::output::text::{Tone, roots, verdict_words};
use crate::output::wrap::columns;
use crate::report::{Report, Severity, Update, Verdict};
use crate::tui::state::{MOMENT, Opening, Screen, State};

/// Verdicts in the sparkline.
const SPARKS: usize = 20;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = Look::of(state);
    let width = usize::from(area.width);
    let first = spread(what(state, look), around(state, look), width, look);
    frame.render_widget(first, Rect { height: 1, ..area });
    if area.height > 1 {
        let (verdict, tone) = verdict(state, look);
        let style = look.theme.strong(tone);
        let mark = look.mark(tone);
        let left = vec![mark, Span::raw(" "), Span::styled(verdict, style)];
        let second = spread(left, aside(state, look), width, look);
        let second_area = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        frame.render_widget(second, second_area);
    }
}

/// The left part whole, the right part as far as there is room; the right part's pieces go one by one, the last first.
fn spread(
    left: Vec<Span<'static>>,
    mut right: Vec<Span<'static>>,
    width: usize,
    look: Look,
) -> Line<'static> {
    let taken = |spans: &[Span<'_>]| spans.iter().map(|s| columns(&s.content)).sum::<usize>();
    let dot = look.pick(" · ", " - ");
    let joined = |parts: &[Span<'static>]| {
        let mut all = Vec::new();
        for part in parts {
            if !all.is_empty() {
                all.push(Span::styled(dot, look.theme.faint()));
            }
            all.push(part.clone());
        }
        all
    };
    let used = taken(&left);
    while !right.is_empty() && used + 4 + taken(&joined(&right)) > width {
        right.pop();
    }
    if used + 1 > width {
        // Too long for the line: cut at its end.
        let text: String = left.iter().map(|s| s.content.as_ref()).collect();
        let style = left.last().map(|s| s.style).unwrap_or_default();
        return Line::styled(look.cut(&format!(" {text}"), width), style);
    }
    let right = joined(&right);
    let pad = width.saturating_sub(1 + used + taken(&right) + usize::from(!right.is_empty()));
    let mut all = vec![Span::raw(" ")];
    all.extend(left);
    all.push(Span::raw(" ".repeat(pad)));
    all.extend(right);
    Line::from(all)
}

fn what(state: &State, look: Look) -> Vec<Span<'static>> {
    let title = |text: String| vec![Span::styled(text, look.theme.title())];
    if state.screen == Screen::Hosts {
        return title("hosts".to_owned());
    }
    let url = state.report().map(|r| r.target.url.as_str());
    title(look.text(url.or(state.path.target.as_deref()).unwrap_or("hops")))
}

/// Where it is looked at, the most important first.
fn around(state: &State, look: Look) -> Vec<Span<'static>> {
    let faint = look.theme.faint();
    let mut parts = Vec::new();
    if let Some(origin) = state.origin() {
        let place = match (&origin.context, origin.still.is_empty()) {
            (Some(context), true) => format!("context {context}"),
            (None, true) => "in the cluster".to_owned(),
            (_, false) => origin.still.clone(),
        };
        parts.push(Span::styled(look.text(&place), Style::new()));
        parts.push(Span::styled("read-only", faint));
        if origin.is_live() && state.screen == Screen::Path {
            let pace = if state.path.paused {
                Span::styled("paused", look.theme.marked())
            } else {
                Span::styled(
                    format!("live every {} s", state.path.every.as_secs()),
                    faint,
                )
            };
            parts.push(pace);
        }
        if origin.is_live() && !origin.namespace.is_empty() {
            parts.push(Span::styled(
                look.text(&format!("ns {}", origin.namespace)),
                faint,
            ));
        }
    } else {
        parts.push(Span::styled("read-only", faint));
    }
    if let Some(update) = state.path.update.as_ref().filter(|u| u.verdicts.len() > 1)
        && state.screen == Screen::Path
    {
        parts.push(Span::raw(sparkline(update, look)));
    }
    parts
}

fn sparkline(update: &Update, look: Look) -> String {
    let from = update.verdicts.len().saturating_sub(SPARKS);
    let spark = |verdict: &Verdict| match verdict {
        Verdict::Ok => look.pick("▁", "_"),
        Verdict::Degraded => look.pick("▄", "-"),
        Verdict::Broken => look.pick("▇", "#"),
        Verdict::Unknown | Verdict::Waiting => "?",
    };
    update.verdicts[from..].iter().map(spark).collect()
}

/// The verdict in words.
pub(super) fn verdict(state: &State, look: Look) -> (String, Tone) {
    if state.screen == Screen::Hosts {
        return hosts(state, look);
    }
    if let Opening::Failed(why) = &state.opening {
        return (look.text(why), Tone::Bad);
    }
    if let Some(why) = &state.path.failed {
        return (look.text(why), Tone::Bad);
    }
    match state.path.update.as_deref() {
        None if state.origin().is_none() => ("connecting".to_owned(), Tone::Unseen),
        None => (look.text("asking …"), Tone::Unseen),
        Some(update) => of_report(&update.report, look),
    }
}

fn of_report(report: &Report, look: Look) -> (String, Tone) {
    let words = verdict_words(report);
    // The verdict itself in capitals, so that it is found at once.
    let (word, rest) = match words.find([' ', ',']) {
        Some(at) => words.split_at(at),
        None => (words.as_str(), ""),
    };
    let mut text = format!("{}{rest}", word.to_uppercase());
    let root = roots(report).into_iter().next().map(|(f, _)| f);
    let root = root.filter(|f| report.broken_at.is_none_or(|hop| hop == f.hop));
    match root {
        Some(root) if root.severity > Severity::Info => {
            text = format!("{text}: {}", root.title);
        }
        _ => {}
    }
    (look.text(&text), Tone::from(report.verdict))
}

/// Counts, age, and what runs; the most important first.
fn aside(state: &State, look: Look) -> Vec<Span<'static>> {
    let faint = look.theme.faint();
    let mut parts = Vec::new();
    if state.screen == Screen::Hosts {
        return parts;
    }
    let Some(update) = state.path.update.as_deref() else {
        return parts;
    };
    if let Some(lost) = &update.lost {
        let text = look.text(&format!("API server: {lost}"));
        parts.push(Span::styled(text, look.theme.strong(Tone::Bad)));
    }
    if let Some(change) = update.changes.first()
        && state.now.as_second() - change.at.as_second() < MOMENT
    {
        let text = format!("{} changed", change.object.display());
        parts.push(Span::styled(look.text(&text), look.theme.marked()));
    }
    let found = roots(&update.report);
    let count = |severity| found.iter().filter(|(f, _)| f.severity == severity).count();
    let many = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {more}")),
    };
    let errors = many(count(Severity::Error), "root cause", "root causes");
    let warnings = many(count(Severity::Warning), "warning", "warnings");
    parts.extend(errors.into_iter().chain(warnings).map(Span::raw));
    if update.running > 0 {
        parts.push(Span::styled(
            look.text(&format!("asking {} …", update.running)),
            faint,
        ));
    }
    let live = state
        .origin()
        .is_some_and(crate::tui::state::Origin::is_live);
    if let (Some(settled), true) = (update.settled, live) {
        let age = state.now.as_second() - settled.as_second();
        parts.push(Span::styled(ago(age), faint));
    }
    parts
}

fn hosts(state: &State, look: Look) -> (String, Tone) {
    let hosts = &state.hosts;
    match (&state.opening, &hosts.rows) {
        (Opening::Failed(why), _) | (_, Some(Err(why))) => (look.text(why), Tone::Bad),
        (Opening::Since(_), _) => ("connecting".to_owned(), Tone::Unseen),
        (_, None) => (look.text("reading the hosts …"), Tone::Unseen),
        (_, Some(Ok(rows))) => {
            let mut text = match rows.len() {
                1 => "1 host".to_owned(),
                n => format!("{n} hosts"),
            };
            if hosts.shown.len() != rows.len() {
                text = format!("{} of {text}", hosts.shown.len());
            }
            if let Some(all) = hosts.checking {
                text = format!("{text}, checked {} of {all}", hosts.checked.len());
            }
            let broken = hosts
                .checked
                .values()
                .filter(|c| c.verdict == Verdict::Broken);
            let broken = broken.count();
            if broken > 0 {
                return (format!("{text}, {broken} broken"), Tone::Bad);
            }
            (text, Tone::Quiet)
        }
    }
}
