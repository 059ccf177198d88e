//! Lists to pick from: contexts, namespaces, recent targets.

use crossterm::event::KeyEvent;
use tui_input::Input;

use super::{distance, fuzzy, moved, path, prompt};
use crate::tui::action::{Effect, Pick};
use crate::tui::keymap::Command;
use crate::tui::state::{Opening, Overlay, State};

/// Opens the list.
pub(super) fn open(state: &mut State, what: Pick) -> Vec<Effect> {
    let (items, effects) = match what {
        Pick::Recent => (Some(Ok(state.recent.clone())), Vec::new()),
        _ => (None, vec![Effect::Choices(what)]),
    };
    super::open(
        state,
        Overlay::Pick {
            what,
            items,
            input: Input::default(),
            selected: 0,
        },
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
        }
    }
    for overlay in &mut state.overlays {
        if let Overlay::Pick {
            what: shown, items, ..
        } = overlay
            && *shown == what
        {
            *items = Some(found.clone());
        }
    }
    prompt::complete(state);
}

/// The items that the filter leaves, best first.
pub fn shown<'a>(items: Option<&'a Result<Vec<String>, String>>, input: &Input) -> Vec<&'a str> {
    let Some(Ok(items)) = items else {
        return Vec::new();
    };
    let found = fuzzy::matching(input.value(), items.iter());
    found.into_iter().map(|at| items[at].as_str()).collect()
}

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let page = state.drawn.page;
    let Some(Overlay::Pick {
        what,
        items,
        input,
        selected,
    }) = state.overlays.last_mut()
    else {
        return Vec::new();
    };
    let found = shown(items.as_ref(), input);
    if let Some(by) = distance(command, page, found.len()) {
        *selected = moved(*selected, by, found.len());
        return Vec::new();
    }
    match command {
        Command::Back => {
            state.overlays.pop();
            Vec::new()
        }
        Command::Open => {
            let Some(chosen) = found.get(*selected).map(|s| (*s).to_owned()) else {
                return Vec::new();
            };
            let what = *what;
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
    }
}

/// Another context, scenario or namespace. What is shown of the old one must not be taken for the new one's.
pub(super) fn reopen(
    state: &mut State,
    context: Option<String>,
    namespace: Option<String>,
) -> Vec<Effect> {
    let live = state
        .origin()
        .is_none_or(super::super::state::Origin::is_live);
    if !live {
        // A recording comes with its own target.
        state.path.target = None;
    }
    state.opening = Opening::Since(state.now);
    state.path.update = None;
    state.path.failed = None;
    state.path.watch += 1;
    state.hosts = crate::tui::state::HostsState::default();
    vec![Effect::Open { context, namespace }]
}

/// A key that is no command: it goes into the filter.
pub(super) fn typed(state: &mut State, event: &KeyEvent) -> Vec<Effect> {
    if let Some(Overlay::Pick {
        input, selected, ..
    }) = state.overlays.last_mut()
        && prompt::edit(input, event)
    {
        *selected = 0;
    }
    Vec::new()
}

/// Text that was pasted.
pub(super) fn insert(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Overlay::Pick {
        input, selected, ..
    }) = state.overlays.last_mut()
    {
        prompt::put(input, text);
        *selected = 0;
    }
    Vec::new()
}
