//! The path: the hops in order, a solid line as far as the request gets and a broken one below.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::look::{Look, first_seen};
use super::row::Row;
use super::ways;
use crate::report::{Hop, HopReport, ObjectRef, State as HopState};
use crate::tui::state::{Drawn, MOMENT, Opening, Pane, State};

/// From this many lines on a hop gets two.
const TALL: u16 = 20;

/// Lines of the pane that hold what there is to see, frame included.
pub(super) fn wanted(hops: usize) -> u16 {
    u16::try_from(hops + 2).unwrap_or(u16::MAX)
}

/// The path that is walked; `beside` it may stand another one.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, beside: bool) -> Drawn {
    let look = Look::of(state);
    let focused = state.path.pane == Pane::Rail;
    let title = ways::cut(look, &ways::title(state), area.width);
    let block = look.pane(&title, focused);
    let mut inner = block.inner(area);
    frame.render_widget(block, area);
    // Where the other way in is not seen beside this one, a line tells of it.
    let other = state.other_way().filter(|_| !beside && inner.height > 1);
    if other.is_some() {
        inner.height -= 1;
    }
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
    if let Some(other) = other {
        // Below all hops, however many of them are shown.
        let below = u16::try_from(all.len()).unwrap_or(0) * height;
        let place = Rect {
            y: inner.y + (below + 1).min(inner.height),
            height: 1,
            ..inner
        };
        frame.render_widget(ways::line(state, other, usize::from(inner.width)), place);
    }
    let room = usize::from(inner.height / height).max(1);
    let at = shown
        .iter()
        .position(|(_, h)| h.hop == state.path.hop)
        .unwrap_or(0);
    // Of a path that does not fit, the part around the selection.
    let first = first_seen(at, room, shown.len());
    let mut y = inner.y;
    for (place, hop) in shown.iter().skip(first).take(room) {
        let row = Row {
            hop,
            passed: broken.is_none_or(|b| *place <= b),
            selected: hop.hop == state.path.hop,
            changed: is_changed(state, hop),
        };
        let lines = row.lines(look, usize::from(inner.width), height);
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
