//! Lists to pick from: contexts, namespaces, recent targets, what a pod calls.

use crossterm::event::KeyEvent;

use super::{distance, input, moved, path};
use crate::tui::action::Effect;
use crate::tui::keymap::Command;
use crate::tui::state::{HostsState, Opening, Origin, Overlay, Pick, Picking, State};

/// Opens the list.
pub(super) fn open(state: &mut State, what: Pick) -> Vec<Effect> {
    let (items, effects) = match what {
        Pick::Recent => (Some(Ok(state.recent.clone())), Vec::new()),
        _ => (None, vec![Effect::Choices(what.clone())]),
    };
    super::open(
        state,
        Overlay::Pick(Picking {
            items,
            ..Picking::of(what)
        }),
    );
    effects
}

/// What can be picked came.
pub(super) fn choices(state: &mut State, what: Pick, found: Result<Vec<String>, String>) {
    if let Ok(found) = &found {
        match what {
            Pick::Context => state.known_contexts.clone_from(found),
            Pick::Namespace => state.known_namespaces.clone_from(found),
            Pick::Recent => state.recent.clone_from(found),
            Pick::Called(_) => {}
        }
    }
    for overlay in &mut state.overlays {
        if let Overlay::Pick(picking) = overlay
            && picking.what == what
        {
            picking.items = Some(found.clone());
        }
    }
}

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let page = state.drawn.page;
    let Some(Overlay::Pick(picking)) = state.overlays.last_mut() else {
        return Vec::new();
    };
    let shown = picking.shown();
    let len = shown.len();
    if let Some(by) = distance(command, page, len) {
        picking.selected = moved(picking.selected, by, len);
        return Vec::new();
    }
    match command {
        Command::Back => {
            state.overlays.pop();
            Vec::new()
        }
        Command::Open => {
            let what = picking.what.clone();
            let typed = picking.input.value().trim();
            let chosen = match shown.get(picking.selected) {
                Some(chosen) => (*chosen).to_owned(),
                // Any name can be called.
                None if matches!(what, Pick::Called(_)) && !typed.is_empty() => typed.to_owned(),
                None => return Vec::new(),
            };
            state.overlays.pop();
            choose(state, what, chosen)
        }
        _ => Vec::new(),
    }
}

/// Goes where was chosen.
pub(super) fn choose(state: &mut State, what: Pick, chosen: String) -> Vec<Effect> {
    match what {
        Pick::Recent => path::go(state, chosen),
        Pick::Context => reopen(state, Some(chosen), None),
        Pick::Namespace => reopen(state, None, Some(chosen)),
        Pick::Called(from) => {
            // Behind the name stands where it was found.
            let name = chosen.split_whitespace().next().unwrap_or(&chosen);
            path::go(state, format!("{from}>{name}"))
        }
    }
}

/// Another context, scenario or namespace. What is shown of the old one must not be taken for the new one's.
pub(super) fn reopen(
    state: &mut State,
    context: Option<String>,
    namespace: Option<String>,
) -> Vec<Effect> {
    let live = state.origin().is_none_or(Origin::is_live);
    if !live {
        // A recording comes with its own target.
        state.path.target = None;
    }
    state.opening = Opening::Since(state.now);
    state.path.update = None;
    state.path.failed = None;
    state.path.watch += 1;
    state.hosts = HostsState {
        sort: state.hosts.sort,
        ..HostsState::default()
    };
    vec![Effect::Open { context, namespace }]
}

/// A key that is no command: it goes into the filter.
pub(super) fn typed(state: &mut State, event: &KeyEvent) -> Vec<Effect> {
    if let Some(Overlay::Pick(picking)) = state.overlays.last_mut()
        && input::edit(&mut picking.input, event)
    {
        picking.selected = 0;
    }
    Vec::new()
}

/// Text that was pasted.
pub(super) fn insert(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Overlay::Pick(picking)) = state.overlays.last_mut() {
        input::put(&mut picking.input, text);
        picking.selected = 0;
    }
    Vec::new()
}
