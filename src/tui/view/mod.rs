//! Draws the state. Reads the report and what the screen remembers; decides nothing.
//!
//! ```text
//! https://shop.example.com/cart                context prod · read-only · live every 5 s     header, 2 lines
//! ✗ BROKEN at Service: …                                       1 root cause · 3 s ago
//! ┌ path ────────────────────┬ Service ─────────────────────────────────────────────┐
//! │ │ ✓ DNS    203.0.113.80  │ ✗ service-selector-no-match                          │     rail and detail, side by
//! │▶│ ✗ Service  no pod …    │   why   …                                            │     side from 100 columns on,
//! └──────────────────────────┴──────────────────────────────────────────────────────┘     else one above the other
//! ?:help /:filter …                                                                       footer: keys, prompt or toast
//! ```
//!
//! A host with several ways in has two rails from 150 columns on, else a line below the path that tells the other one.

mod copy;
mod detail;
mod explain;
mod findings;
mod footer;
mod header;
mod help;
mod hosts;
mod look;
mod messages;
mod pick;
mod questions;
mod rail;
mod reading;
mod row;
mod save;
mod tiny;
mod ways;
mod yaml;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Spacing};

use super::state::{Drawn, Overlay, Screen, State};
use crate::report::{Unseen, Update};
use look::Look;

/// Below this there is room for the verdict alone.
const LEAST: (u16, u16) = (60, 12);
/// From here on rail and detail stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// From here on a second way in stands beside the first.
const TWO_RAILS: u16 = 150;

/// One frame.
pub fn draw(frame: &mut Frame<'_>, state: &State) -> Drawn {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        tiny::draw(frame, area, state);
        return Drawn::default();
    }
    let [head, body, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    header::draw(frame, head, state);
    let mut drawn = match state.screen {
        Screen::Path => path(frame, body, state),
        Screen::Hosts => hosts::draw(frame, body, state),
    };
    let theme = state.theme;
    let is_lost = |u: &Arc<Update>| u.unseen.as_ref().is_some_and(Unseen::is_all);
    if state.screen == Screen::Path && state.path.update.as_ref().is_some_and(is_lost) {
        // What was seen, and may be so no more.
        frame.buffer_mut().set_style(body, theme.faint());
    }
    for overlay in &state.overlays {
        frame.buffer_mut().set_style(body, theme.faint());
        drawn = over(frame, body, state, overlay);
    }
    footer::draw(frame, foot, body, state);
    drawn
}

fn path(frame: &mut Frame<'_>, area: Rect, state: &State) -> Drawn {
    if state.path.wide {
        return detail::draw(frame, area, state);
    }
    if area.width >= TWO_RAILS && state.other_way().is_some() {
        return two_rails(frame, area, state);
    }
    let (rail, detail) = if area.width >= SIDE_BY_SIDE {
        let width = (area.width * 2 / 5).min(72);
        let [rail, detail] = Layout::horizontal([Constraint::Length(width), Constraint::Min(1)])
            .spacing(Spacing::Overlap(1))
            .areas(area);
        (rail, detail)
    } else {
        // The detail keeps a few lines even where the path has to scroll.
        let hops = (rail::wanted(state.hops().len()) + u16::from(state.other_way().is_some()))
            .min(area.height.saturating_sub(6).max(area.height / 2 + 1));
        let [rail, detail] = Layout::vertical([Constraint::Length(hops), Constraint::Min(1)])
            .spacing(Spacing::Overlap(1))
            .areas(area);
        (rail, detail)
    };
    let of_rail = rail::draw(frame, rail, state, false);
    of_both(of_rail, detail::draw(frame, detail, state))
}

/// Two ways in beside each other, each in its place whichever is walked, and the details of the one that is.
fn two_rails(frame: &mut Frame<'_>, area: Rect, state: &State) -> Drawn {
    let width = (area.width * 3 / 10).min(64);
    let [left, right, detail] = Layout::horizontal([
        Constraint::Length(width),
        Constraint::Length(width),
        Constraint::Min(1),
    ])
    .spacing(Spacing::Overlap(1))
    .areas(area);
    let (own, other) = if ways::is_left(state) {
        (left, right)
    } else {
        (right, left)
    };
    let of_rail = rail::draw(frame, own, state, true);
    ways::draw(frame, other, state, of_rail);
    of_both(of_rail, detail::draw(frame, detail, state))
}

fn of_both(of_rail: Drawn, of_detail: Drawn) -> Drawn {
    Drawn {
        max_scroll: of_detail.max_scroll,
        page: of_detail.page,
        ..of_rail
    }
}

fn over(frame: &mut Frame<'_>, area: Rect, state: &State, overlay: &Overlay) -> Drawn {
    let look = Look::of(state);
    match overlay {
        Overlay::Help(mode, reading) => help::draw(frame, area, look, *mode, reading),
        Overlay::Explain(code, reading) => explain::draw(frame, area, look, code, reading),
        Overlay::Yaml {
            object,
            lines,
            reading,
        } => yaml::draw(frame, area, state, object, lines.as_ref(), reading),
        Overlay::Questions(reading) => questions::draw(frame, area, state, reading),
        Overlay::Findings(selected) => findings::draw(frame, area, state, *selected),
        Overlay::Copy { lines, of } => copy::draw(frame, area, look, lines, of.as_deref()),
        Overlay::Save => save::draw(frame, area, look),
        Overlay::Pick(picking) => pick::draw(frame, area, look, picking),
        Overlay::Messages(reading) => messages::draw(frame, area, state, reading),
    }
}
