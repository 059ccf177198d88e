//! The selected hop in full: its findings, the things that are there, where they lead, what was asked, what could not be read and
//! what changed.

mod asked;
mod changes;
mod finding;
mod gaps;
mod things;
mod tree;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::look::{Look, put};
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{answer_words, beside_words, hop_summary};
use crate::output::shared::wrap;
use crate::report::HopReport;
use crate::tui::state::{Drawn, Opening, Pane, State};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) -> Drawn {
    let look = Look::of(state);
    let focused = state.path.pane == Pane::Detail;
    let title = state.path.hop.title();
    let title = if state.path.filter.is_empty() {
        title.to_owned()
    } else {
        format!("{title}, filter {}", state.path.filter)
    };
    let block = look.pane(&title, focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width).saturating_sub(2);
    let lines = lines(state, look, width);
    let page = usize::from(inner.height);
    let max_scroll = lines.len().saturating_sub(page);
    let from = state.path.scroll.min(max_scroll);
    let from = match lines.iter().position(|l| is_selected(look, l)) {
        // The selected thing stays in sight.
        Some(at) => from.clamp((at + 2).saturating_sub(page).min(max_scroll), at),
        None => from,
    };
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(1),
        ..inner
    };
    put(frame, text, lines.iter().skip(from));
    if max_scroll > 0 && area.height > 2 {
        let below = max_scroll - from;
        let text = match (from, below) {
            (_, 0) => " end ".to_owned(),
            (_, n) => format!(" {n} more "),
        };
        let text_width = u16::try_from(text.len()).unwrap_or(0);
        if area.width > text_width + 4 {
            let place = Rect {
                x: area.right() - text_width - 2,
                y: area.bottom() - 1,
                width: text_width,
                height: 1,
            };
            frame.render_widget(Line::styled(text, look.theme.faint()), place);
        }
    }
    Drawn {
        max_scroll,
        page,
        ..Drawn::default()
    }
}

/// The line of the selected thing begins with the cursor.
fn is_selected(look: Look, line: &Line<'_>) -> bool {
    let first = line.spans.first();
    let is_reversed = |s: &Span<'_>| s.style.add_modifier.contains(Modifier::REVERSED);
    first.is_some_and(|s| s.content == look.cursor() && is_reversed(s))
}

fn lines(state: &State, look: Look, width: usize) -> Vec<Line<'static>> {
    let Some(hop) = state.hop() else {
        return nothing_yet(state, look, width);
    };
    // Of a broken hop the summary is the title of its root finding, which follows anyway.
    let findings = state.report().into_iter().flat_map(|r| &r.findings);
    let said = findings
        .filter(|f| f.hop == hop.hop)
        .any(|f| f.title == hop.summary);
    let mut all = if said {
        Vec::new()
    } else {
        summary(hop, look, width)
    };
    let sections = [
        finding::lines(state, hop, look, width),
        answer(state, hop, look, width),
        things::lines(state, hop, look, width),
        tree::lines(state, hop, look),
        asked::lines(state, hop, look, width),
        gaps::lines(state, hop, look, width),
        changes::lines(state, hop, look, width),
    ];
    for section in sections {
        if !section.is_empty() {
            if !all.is_empty() {
                all.push(Line::default());
            }
            all.extend(section);
        }
    }
    all
}

/// What the user gets in the end, and what the other ways in answer, stands where the journey begins.
fn answer(state: &State, hop: &HopReport, look: Look, width: usize) -> Vec<Line<'static>> {
    let first = state.hops().first() == Some(&hop.hop);
    let Some(report) = state.report().filter(|_| first) else {
        return Vec::new();
    };
    let gets = answer_words(report).map(|words| ("gets", words));
    let beside = beside_words(report).map(|words| ("also", words));
    let all = gets.into_iter().chain(beside);
    all.flat_map(|(label, words)| look.labelled(label, &words, Style::new(), width))
        .collect()
}

fn summary(hop: &HopReport, look: Look, width: usize) -> Vec<Line<'static>> {
    let style = look.theme.strong(Tone::from(hop.state));
    let text = look.text(&hop_summary(hop));
    let room = width.saturating_sub(2).max(8);
    let lines = wrap::words(&text, room, room).into_iter().enumerate();
    lines
        .map(|(i, text)| {
            let mark = if i == 0 {
                look.state_mark(hop.state)
            } else {
                " ".into()
            };
            Line::from(vec![mark, " ".into(), Span::styled(text, style)])
        })
        .collect()
}

/// Without a report: why, and what can be done.
fn nothing_yet(state: &State, look: Look, width: usize) -> Vec<Line<'static>> {
    let failed = match &state.opening {
        Opening::Failed(why) => Some(why),
        _ => state.path.failed.as_ref(),
    };
    let text = match (failed, state.origin().is_some()) {
        (Some(why), _) => {
            let mut lines = look.labelled("", why, look.theme.tone(Tone::Bad), width + 6);
            for line in &mut lines {
                line.spans.remove(0);
            }
            lines.push(Line::default());
            let next = if state.origin().is_some() {
                "t lists the hosts that exist, r tries again, :host walks another"
            } else {
                "r tries again, c chooses another context, q quits"
            };
            lines.push(keys(look, next));
            return lines;
        }
        (None, false) => "Opening the cluster. Keys work already: ? lists them.",
        (None, true) => "Asking. The path fills in from the top.",
    };
    vec![keys(look, text)]
}

fn keys(look: Look, text: &str) -> Line<'static> {
    Line::styled(text.to_owned(), look.theme.faint())
}

/// The title of a section.
fn title(look: Look, text: &str) -> Line<'static> {
    Line::styled(text.to_owned(), look.theme.title())
}
