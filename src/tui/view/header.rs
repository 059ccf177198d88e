//! The first two lines: what is looked at and from where, and the verdict.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::hosts::tally;
use super::look::{Look, ago};
use super::ways;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{by_severity, many, verdict_words};
use crate::output::shared::wrap::columns;
use crate::report::{Report, Severity, State as HopState, Update, Verdict};
use crate::tui::state::{MOMENT, Opening, Origin, Screen, State};

/// Of what the verdict is about, fewer columns say nothing.
const LEAST_TITLE: usize = 12;
/// Verdicts in the sparkline.
const SPARKS: usize = 20;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = Look::of(state);
    let width = usize::from(area.width);
    let first = spread(what(state, look), around(state, look), width, look);
    frame.render_widget(first, Rect { height: 1, ..area });
    if area.height > 1 {
        let second = second(state, look, width);
        let second_area = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        frame.render_widget(second, second_area);
    }
}

fn taken_by(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|s| columns(&s.content)).sum()
}

/// The left part whole, the right part as far as there is room; the right part's pieces go one by one, the last first.
fn spread(
    left: Vec<Span<'static>>,
    mut right: Vec<Span<'static>>,
    width: usize,
    look: Look,
) -> Line<'static> {
    let taken = taken_by;
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
    while !right.is_empty() && used + 3 + taken(&joined(&right)) > width {
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

/// The verdict, what it is about, and asides. What the verdict is about gives way to what must be known; other asides give way to it.
fn second(state: &State, look: Look, width: usize) -> Line<'static> {
    if state.screen == Screen::Hosts
        && state.origin().is_some()
        && matches!(state.hosts.rows, Some(Ok(_)))
    {
        let mut counts = tally::spans(&state.hosts.tally, look);
        // What does not fit goes whole: half a number would be another one.
        while counts.len() > 3 && taken_by(&counts) + 1 > width {
            counts.truncate(counts.len() - 2);
        }
        return spread(counts, Vec::new(), width, look);
    }
    let Headline {
        head,
        title,
        tone,
        mark,
    } = headline(state, look);
    let style = look.theme.strong(tone);
    let (mut musts, mut mays) = asides(state, look, width);
    // Each with what parts it from the one before.
    let taken =
        |parts: &[Span<'_>]| -> usize { parts.iter().map(|p| columns(&p.content) + 3).sum() };
    let room = width.saturating_sub(4);
    let fixed = columns(&head);
    while !musts.is_empty() && fixed + 1 + taken(&musts) > room {
        musts.pop();
    }
    let about = if title.is_empty() {
        0
    } else {
        2 + columns(&title)
    };
    while !mays.is_empty() && fixed + about + 1 + taken(&musts) + taken(&mays) > room {
        mays.pop();
    }
    let left = room.saturating_sub(fixed + 2 + taken(&musts) + usize::from(!musts.is_empty()));
    let mut text = head;
    if about > 0 && left >= LEAST_TITLE {
        text = format!("{text}: {}", look.cut(&title, left));
    }
    let spans = vec![mark, Span::raw(" "), Span::styled(text, style)];
    musts.extend(mays);
    spread(spans, musts, width, look)
}

fn what(state: &State, look: Look) -> Vec<Span<'static>> {
    let title = |text: String| vec![Span::styled(text, look.theme.title())];
    if state.screen == Screen::Hosts {
        return title("hosts".to_owned());
    }
    let url = state.report().map(|r| r.target.url.as_str());
    // What was typed may say more in its query than anybody has to see.
    let typed = state
        .path
        .target
        .as_deref()
        .and_then(|t| t.split('?').next());
    let mut what = look.text(url.or(typed).unwrap_or("hops"));
    if let Some(way) = ways::by_way(state) {
        what = format!("{what} {}", look.text(&way));
    }
    title(what)
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
            let blind = state.path.update.as_ref();
            let blind = blind.is_some_and(|u| u.unseen.is_some());
            let pace = if state.path.paused {
                Span::styled("paused", look.theme.marked())
            } else if blind {
                Span::styled("not live", look.theme.strong(Tone::Bad))
            } else {
                let pace = format!("live every {} s", state.path.every.as_secs());
                Span::styled(pace, faint)
            };
            parts.push(pace);
        }
        if let Some(update) = state.path.update.as_ref().filter(|u| u.verdicts.len() > 1)
            && state.screen == Screen::Path
        {
            parts.push(Span::raw(sparkline(update, look)));
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
pub(super) struct Headline {
    /// `BROKEN at Service`.
    pub head: String,
    /// What it is about; may be empty.
    pub title: String,
    pub tone: Tone,
    pub mark: Span<'static>,
}

impl Headline {
    fn new(head: impl Into<String>, tone: Tone, look: Look) -> Self {
        Self {
            head: head.into(),
            title: String::new(),
            tone,
            mark: look.mark(tone),
        }
    }

    fn waiting(head: String, look: Look) -> Self {
        Self {
            mark: look.state_mark(HopState::Waiting),
            ..Self::new(head, Tone::Unseen, look)
        }
    }
}

pub(super) fn headline(state: &State, look: Look) -> Headline {
    if state.screen == Screen::Hosts {
        return hosts(state, look);
    }
    let failed = match &state.opening {
        Opening::Failed(why) => Some(why),
        _ => state.path.failed.as_ref(),
    };
    match (failed, state.path.update.as_deref()) {
        (Some(why), _) => Headline::new(look.text(why), Tone::Bad, look),
        (None, Some(update)) => of_report(&update.report, look),
        (None, None) if state.origin().is_none() => Headline::waiting("connecting".into(), look),
        (None, None) => Headline::waiting("asking".into(), look),
    }
}

fn of_report(report: &Report, look: Look) -> Headline {
    let words = verdict_words(report);
    // The verdict itself in capitals, so that it is found at once.
    let (word, rest) = match words.find([' ', ',']) {
        Some(at) => words.split_at(at),
        None => (words.as_str(), ""),
    };
    let head = look.text(&format!("{}{rest}", word.to_uppercase()));
    if report.verdict == Verdict::Waiting {
        return Headline::waiting(head, look);
    }
    let root = report.roots().into_iter().next().map(|r| r.finding);
    let root = root.filter(|f| report.broken_at.is_none_or(|hop| hop == f.hop));
    let root = root.filter(|f| f.severity > Severity::Info);
    Headline {
        title: root.map(|f| look.text(&f.title)).unwrap_or_default(),
        ..Headline::new(head, Tone::from(report.verdict), look)
    }
}

/// What must be known of the data, and what may be: counts, age, what runs; the most important first.
fn asides(state: &State, look: Look, width: usize) -> (Vec<Span<'static>>, Vec<Span<'static>>) {
    let faint = look.theme.faint();
    let (mut musts, mut mays) = (Vec::new(), Vec::new());
    let update = state.path.update.as_deref();
    let Some(update) = update.filter(|_| state.screen == Screen::Path) else {
        return (musts, mays);
    };
    let live = state.origin().is_some_and(Origin::is_live);
    let age = update.settled.filter(|_| live);
    let age = age.map(|at| state.now.as_second() - at.as_second());
    if let Some(unseen) = &update.unseen {
        let style = look.theme.strong(Tone::Bad);
        let short = match &unseen.what {
            None => "API server cannot be asked".to_owned(),
            Some(what) => format!("{what} not seen"),
        };
        let text = look.text(&format!("{short}: {}", unseen.why));
        let text = if columns(&text) > width / 2 {
            look.text(&short)
        } else {
            text
        };
        musts.push(Span::styled(text, style));
        let since = state.now.as_second() - unseen.since.as_second();
        musts.push(Span::raw(ago(since)));
    }
    if let Some(change) = update.changes.first()
        && state.now.as_second() - change.at.as_second() < MOMENT
    {
        let text = format!("{} changed", change.object.display());
        mays.push(Span::styled(look.text(&text), look.theme.marked()));
    }
    let found = update.report.roots();
    let [errors, warnings, _] = by_severity(&found);
    for (count, noun) in [(errors, "root cause"), (warnings, "warning")] {
        mays.extend((count > 0).then(|| Span::raw(many(count, noun))));
    }
    if update.running > 0 {
        mays.push(Span::styled(format!("asking {}", update.running), faint));
    }
    if let Some(age) = age.filter(|_| update.unseen.is_none()) {
        mays.push(Span::styled(ago(age), faint));
    }
    (musts, mays)
}

fn hosts(state: &State, look: Look) -> Headline {
    let hosts = &state.hosts;
    match (&state.opening, &hosts.rows) {
        (Opening::Failed(why), _) | (_, Some(Err(why))) => {
            Headline::new(look.text(why), Tone::Bad, look)
        }
        (Opening::Since(_), _) => Headline::waiting("connecting".into(), look),
        (_, None) => Headline::waiting("reading the hosts".into(), look),
        (_, Some(Ok(_))) => {
            let tally = &state.hosts.tally;
            Headline::new(tally::text(tally), tally::tone(tally), look)
        }
    }
}
