//! The path: the hops in order, a solid line as far as the request gets and a broken one below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, first_seen, millis};
use crate::output::shared::tone::Tone;
use crate::output::shared::words::hop_summary;
use crate::output::shared::wrap::{self, columns};
use crate::report::{Hop, HopReport, ObjectRef, State as HopState};
use crate::tui::state::{Drawn, MOMENT, Opening, Pane, State};

/// Columns of a hop's name, the longest title and a space.
const NAME: usize = 15;
/// Columns before the summary: cursor, line, mark, name.
const LEAD: usize = 5 + NAME;
/// From this many lines on a hop gets two.
const TALL: u16 = 20;

/// Lines of the pane that hold what there is to see, frame included.
pub(super) fn wanted(hops: usize) -> u16 {
    u16::try_from(hops + 2).unwrap_or(u16::MAX)
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) -> Drawn {
    let look = Look::of(state);
    let focused = state.path.pane == Pane::Rail;
    let title = if state.path.only_problems {
        "path, problems only"
    } else {
        "path"
    };
    let block = look.pane(title, focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let all: Vec<HopReport> = if let Some(report) = state.report() {
        report.path.clone()
    } else {
        let failed = is_failed(state);
        let hops = state.hops().into_iter();
        hops.map(|hop| unknown(hop, failed)).collect()
    };
    // As far as the request gets.
    let broken = all.iter().position(|h| h.state == HopState::Broken);
    let quiet = |s: HopState| matches!(s, HopState::Ok | HopState::Skipped);
    let shown: Vec<(usize, &HopReport)> = all
        .iter()
        .enumerate()
        .filter(|(_, h)| !state.path.only_problems || !quiet(h.state))
        .collect();
    let height = if inner.height >= TALL { 2 } else { 1 };
    let room = usize::from(inner.height / height).max(1);
    let at = shown
        .iter()
        .position(|(_, h)| h.hop == state.path.hop)
        .unwrap_or(0);
    // Of a path that does not fit, the part around the selection.
    let first = first_seen(at, room, shown.len());
    let mut y = inner.y;
    for (place, hop) in shown.iter().skip(first).take(room) {
        let passed = broken.is_none_or(|b| *place <= b);
        let lines = row(state, look, hop, passed, usize::from(inner.width), height);
        for line in lines {
            if y < inner.bottom() {
                frame.render_widget(
                    line,
                    Rect {
                        y,
                        height: 1,
                        ..inner
                    },
                );
            }
            y += 1;
        }
    }
    if shown.is_empty() && inner.height > 0 {
        let text = Line::styled(" every hop is well", look.theme.faint());
        frame.render_widget(text, Rect { height: 1, ..inner });
    }
    Drawn {
        rows: inner,
        row_height: height,
        first_row: first,
        ..Drawn::default()
    }
}

/// Nothing can be asked.
fn is_failed(state: &State) -> bool {
    matches!(state.opening, Opening::Failed(_)) || state.path.failed.is_some()
}

/// A hop without a report: it waits, or there is nothing to wait for.
fn unknown(hop: Hop, failed: bool) -> HopReport {
    let (state, summary) = if failed {
        (HopState::Skipped, "not asked")
    } else {
        (HopState::Waiting, "")
    };
    HopReport {
        hop,
        state,
        summary: summary.to_owned(),
        ms: None,
        nodes: Vec::new(),
    }
}

fn row(
    state: &State,
    look: Look,
    hop: &HopReport,
    passed: bool,
    width: usize,
    height: u16,
) -> Vec<Line<'static>> {
    let selected = hop.hop == state.path.hop;
    let gutter = if passed {
        look.pick("│", "|")
    } else {
        look.pick("╎", ":")
    };
    let tone = Tone::from(hop.state);
    let style = match hop.state {
        HopState::Broken => look.theme.tone(tone),
        HopState::Skipped | HopState::Waiting => look.theme.faint(),
        _ => Style::new(),
    };
    let changed = is_changed(state, hop);
    let time = hop.ms.map(millis).unwrap_or_default();
    let time_room = if time.is_empty() {
        0
    } else {
        columns(&time) + 1
    };
    // The time stands at the end of the text, on the last line if that is a full one.
    let kept = usize::from(height);
    let room = width.saturating_sub(LEAD + 1);
    let last_room = room.saturating_sub(time_room).max(1);
    let first_room = if kept == 1 { last_room } else { room.max(1) };
    let summary = look.text(&hop_summary(hop));
    let mut parts = wrap::words(&summary, first_room, last_room);
    if parts.len() > kept {
        let tail = parts.split_off(kept - 1).join(" ");
        parts.push(look.cut(&tail, last_room));
    }
    let fits = columns(&summary) <= last_room;
    let time_line = if fits { 0 } else { kept - 1 };
    let cursor = if selected { look.cursor() } else { " " };
    let name_style = match (changed, hop.state) {
        (true, _) => look.theme.marked(),
        (_, HopState::Broken) => look.theme.strong(tone),
        _ => style,
    };
    let name = if changed {
        format!("{}*", hop.hop.title())
    } else {
        hop.hop.title().to_owned()
    };
    let mut lines = Vec::new();
    for i in 0..kept {
        let text = parts.get(i).cloned().unwrap_or_default();
        let time = if i == time_line { time.as_str() } else { "" };
        let pad = width.saturating_sub(LEAD + columns(&text) + columns(time) + 1);
        let end = [
            Span::raw(" ".repeat(pad)),
            Span::styled(time.to_owned(), look.theme.faint()),
            Span::raw(" "),
        ];
        let mut spans = if i == 0 {
            vec![
                Span::raw(cursor),
                Span::styled(gutter, look.theme.faint()),
                Span::raw(" "),
                look.state_mark(hop.state),
                Span::raw(" "),
                Span::styled(format!("{name:<NAME$}"), name_style),
                Span::styled(text, style),
            ]
        } else {
            vec![
                Span::raw(" "),
                Span::styled(gutter, look.theme.faint()),
                Span::raw(" ".repeat(LEAD - 2)),
                Span::styled(text, style),
            ]
        };
        spans.extend(end);
        if selected && i == 0 {
            look.select(&mut spans);
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// Something at the hop changed a moment ago.
fn is_changed(state: &State, hop: &HopReport) -> bool {
    let Some(update) = state.path.update.as_deref() else {
        return false;
    };
    let young = |at: jiff::Timestamp| state.now.as_second() - at.as_second() < MOMENT;
    let here = |object: &ObjectRef| {
        hop.nodes.iter().any(|n| n.object.as_ref() == Some(object))
            || update
                .report
                .findings
                .iter()
                .any(|f| f.hop == hop.hop && f.subject.display() == object.display())
    };
    update
        .changes
        .iter()
        .any(|c| young(c.at) && here(&c.object))
}
