//! The ways in of a host that has several: which one the path is, and the other one, beside it or in a line.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, put};
use super::row::Row;
use crate::output::shared::wrap::columns;
use crate::report::{Entrance, Hop, HopLine, HopReport, State as HopState};
use crate::tui::keymap::{self, Command, Key};
use crate::tui::state::{Drawn, State};

/// The hops that every way in has in common; beside the other one's path there is room for what it is.
const COMMON: &[Hop] = &[Hop::User, Hop::Dns];

/// What stands above the path.
pub(super) fn title(state: &State) -> String {
    let judged = state.ways().into_iter().find(|e| e.judged);
    match (judged, state.path.only_problems) {
        (None, false) => "path".to_owned(),
        (None, true) => "path, problems only".to_owned(),
        (Some(way), false) => heading(way),
        (Some(way), true) => format!("{}, problems only", way.id),
    }
}

/// Which one, and whether it is the name's.
fn heading(way: &Entrance) -> String {
    match way.reached {
        Some(true) => format!("{} · DNS leads here", way.id),
        Some(false) => format!("{} · DNS leads elsewhere", way.id),
        None => way.id.clone(),
    }
}

/// A pane's title within its frame.
pub(super) fn cut(look: Look, title: &str, width: u16) -> String {
    look.cut(&look.text(title), usize::from(width).saturating_sub(4))
}

/// What is said of the way in where there is more than one and it is not known to be the name's.
pub(super) fn by_way(state: &State) -> Option<String> {
    let judged = state.ways().into_iter().find(|e| e.judged)?;
    (judged.reached != Some(true)).then(|| format!("by way of {}", judged.id))
}

/// Whether the way in that is walked has its place before the other one.
pub(super) fn is_left(state: &State) -> bool {
    let judged = state.report().and_then(|r| r.judged());
    let pair = judged.zip(state.other_way());
    pair.is_none_or(|(own, other)| own.place() <= other.place())
}

/// How it does, as far as its hops and its answer tell.
fn standing(way: &Entrance) -> HopState {
    let any = |state| way.hops.iter().any(|h| h.state == state);
    let broken = any(HopState::Broken);
    match way.status {
        _ if broken => HopState::Broken,
        Some(500..) => HopState::Broken,
        // Whose answer it is was not asked.
        Some(400 | 402..) => HopState::Degraded,
        _ if any(HopState::Waiting) => HopState::Waiting,
        Some(_) if any(HopState::Degraded) => HopState::Degraded,
        Some(_) => HopState::Ok,
        None => HopState::Unknown,
    }
}

/// What it answers.
fn answer(way: &Entrance) -> String {
    let tried = way.hops.iter().find(|h| h.hop == Hop::LoadBalancer);
    match (way.status, way.addresses.first(), tried.map(|h| h.state)) {
        (Some(status), ..) => format!("answers {status}"),
        (None, None, _) => "has no known address".to_owned(),
        (None, Some(_), Some(HopState::Waiting)) => "is being asked".to_owned(),
        (None, Some(_), Some(HopState::Unknown)) => "was not asked".to_owned(),
        (None, Some(_), _) => "gives no answer".to_owned(),
    }
}

/// The mark of a way in, and that of one that is about to be walked.
fn mark(state: &State, look: Look, way: &Entrance) -> Span<'static> {
    let pending = state.path.entrance.as_ref() == Some(&way.id);
    look.state_mark(if pending {
        HopState::Waiting
    } else {
        standing(way)
    })
}

/// The key that walks the next one.
fn key(look: Look) -> Span<'static> {
    let mut all = keymap::BINDINGS.iter();
    let binding = all.find(|b| b.command == Command::NextWay);
    let key = binding.and_then(|b| b.keys.first());
    Span::styled(
        key.map(|k| Key::label(*k)).unwrap_or_default(),
        look.theme.key(),
    )
}

/// The other way in, in a line.
pub(super) fn line(state: &State, way: &Entrance, width: usize) -> Line<'static> {
    let look = Look::of(state);
    let mut text = format!("{} {}", way.id, answer(way));
    match way.reached {
        Some(true) => text.push_str(", DNS leads there"),
        Some(false)
            if state
                .report()
                .and_then(|r| r.judged())
                .is_some_and(|e| e.reached.is_none()) =>
        {
            text.push_str(", DNS leads elsewhere");
        }
        _ => {}
    }
    let others = state.ways().len().saturating_sub(2);
    if others > 0 {
        text = format!("{text}; and {others} more");
    }
    let key = key(look);
    let lead = 5 + columns(&key.content);
    let text = look.cut(&look.text(&text), width.saturating_sub(lead));
    Line::from(vec![
        Span::raw(" "),
        key,
        Span::styled(":", look.theme.faint()),
        mark(state, look, way),
        Span::raw(" "),
        Span::styled(text, Style::new()),
    ])
}

/// The other way in with its hops, a row beside each of the path that is walked.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, of_rail: Drawn) {
    let look = Look::of(state);
    let Some(way) = state.other_way() else {
        return;
    };
    let block = look.pane(&cut(look, &heading(way), area.width), false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let height = of_rail.row_height.max(1);
    let top = usize::from(height) * COMMON.len();
    let mut lines = head(state, look, way, width);
    lines.resize(top.max(lines.len()), Line::default());
    let quiet = |s: HopState| matches!(s, HopState::Ok | HopState::Skipped);
    let broken = way.broken_at();
    for hop in &way.hops {
        if state.path.only_problems && quiet(hop.state) {
            continue;
        }
        let row = Row {
            hop: &report(hop),
            passed: broken.is_none_or(|at| hop.hop <= at),
            selected: false,
            changed: false,
        };
        lines.extend(row.lines(look, width, height));
    }
    if way.joins.is_some() && !state.path.only_problems {
        let text = "the same from here on";
        let text = format!("{} {text}", look.pick("╰─", "`-"));
        let text = look.cut(&text, width.saturating_sub(2));
        lines.push(Line::styled(format!(" {text}"), look.theme.faint()));
    }
    let above = if state.path.only_problems {
        0
    } else {
        of_rail.first_row * usize::from(height)
    };
    put(frame, inner, lines.iter().skip(above));
}

/// What it answers and where, and how to walk it.
fn head(state: &State, look: Look, way: &Entrance, width: usize) -> Vec<Line<'static>> {
    let text = match (way.addresses.first(), way.status) {
        (Some(address), Some(_)) => format!("{} at {address}", answer(way)),
        (Some(address), None) => format!("{address} {}", answer(way)),
        (None, _) => answer(way),
    };
    let others = state.ways().len().saturating_sub(2);
    let walks = match others {
        0 => " walks this way in".to_owned(),
        n => format!(" walks this way in, then {n} more"),
    };
    vec![
        Line::from(vec![
            Span::raw(" "),
            mark(state, look, way),
            Span::raw(" "),
            Span::raw(look.cut(&look.text(&text), width.saturating_sub(4))),
        ]),
        Line::from(vec![
            Span::raw("   "),
            key(look),
            Span::styled(
                look.cut(&walks, width.saturating_sub(5)),
                look.theme.faint(),
            ),
        ]),
    ]
}

/// As the path has it.
fn report(hop: &HopLine) -> HopReport {
    HopReport {
        hop: hop.hop,
        state: hop.state,
        summary: hop.summary.clone(),
        ms: None,
        nodes: Vec::new(),
    }
}
