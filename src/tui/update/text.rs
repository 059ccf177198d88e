//! Texts over the screen: scrolling, closing, and the menu of formats.

use crossterm::event::{KeyCode, KeyEvent};

use super::{distance, moved, path, prompt};
use crate::tui::action::Effect;
use crate::tui::keymap::Command;
use crate::tui::state::{Overlay, Reading, SaveFormat, State};

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let (max, page) = (state.drawn.max_scroll, state.drawn.page);
    let findings = state.finding_rows().len();
    let Some(top) = state.overlays.last_mut() else {
        return Vec::new();
    };
    if let Overlay::Findings(selected) = top {
        if let Some(by) = distance(command, page, findings) {
            *selected = moved(*selected, by, findings);
            return Vec::new();
        }
        if command == Command::Open {
            let row = *selected;
            state.overlays.pop();
            path::go_to_finding(state, row);
            return Vec::new();
        }
    }
    if let (Some(reading), Some(by)) = (top.reading(), distance(command, page, max)) {
        reading.scroll = reading.scroll.min(max).saturating_add_signed(by).min(max);
        return Vec::new();
    }
    match command {
        Command::Filter if top.reading().is_some() => return prompt::open_filter(state),
        Command::Back => {
            let filtered = top.reading().filter(|r| !r.filter.is_empty());
            match filtered {
                Some(reading) => *reading = Reading::default(),
                None => {
                    state.overlays.pop();
                }
            }
        }
        Command::Quit => {
            state.overlays.pop();
        }
        _ => {}
    }
    Vec::new()
}

/// A key of the menu of formats.
pub(super) fn choose(state: &mut State, event: &KeyEvent) -> Vec<Effect> {
    let KeyCode::Char(key) = event.code else {
        return Vec::new();
    };
    match SaveFormat::ALL.iter().find(|(k, ..)| *k == key) {
        Some((_, format, _)) => {
            state.overlays.pop();
            vec![Effect::Save(*format)]
        }
        None => Vec::new(),
    }
}
