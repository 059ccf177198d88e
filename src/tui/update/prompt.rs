//! The last line: commands with completion, and filters that work while they are typed.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::{hosts, input, open, path, pick, tell_error};
use crate::diagnosis::checks::table;
use crate::tui::action::Effect;
use crate::tui::keymap::Command;
use crate::tui::state::{Overlay, Pick, Prompt, Reading, SaveFormat, Screen, State};
use crate::tui::theme::Theme;

/// Completions that are kept.
const COMPLETIONS: usize = 50;

/// What follows a command's name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Argument {
    None,
    Target,
    Context,
    Namespace,
    Code,
    Format,
    Theme,
    Seconds,
}

/// A command's names, the shortest last, and what follows.
struct Word(&'static [&'static str], Argument);

const WORDS: &[Word] = &[
    Word(&["host", "target"], Argument::Target),
    Word(&["hosts"], Argument::None),
    Word(&["ctx", "context"], Argument::Context),
    Word(&["ns", "namespace"], Argument::Namespace),
    Word(&["explain"], Argument::Code),
    Word(&["findings"], Argument::None),
    Word(&["questions"], Argument::None),
    Word(&["recent"], Argument::None),
    Word(&["save"], Argument::Format),
    Word(&["every"], Argument::Seconds),
    Word(&["theme"], Argument::Theme),
    Word(&["messages"], Argument::None),
    Word(&["again"], Argument::None),
    Word(&["q", "quit"], Argument::None),
    #[cfg(debug_assertions)]
    Word(&["panic"], Argument::None),
];

/// Opens the command line.
pub(super) fn open_command(state: &mut State, text: &str) -> Vec<Effect> {
    state.prompt = Some(Prompt::begin(true, text, state.overlays.len()));
    complete(state);
    Vec::new()
}

/// Opens the filter of what has the keyboard, with what it filters by already.
pub(super) fn open_filter(state: &mut State) -> Vec<Effect> {
    let text = filter(state).map(|f| f.clone()).unwrap_or_default();
    state.prompt = Some(Prompt::begin(false, &text, state.overlays.len()));
    Vec::new()
}

/// The filter of what lies topmost.
fn filter(state: &mut State) -> Option<&mut String> {
    match state.overlays.last_mut() {
        Some(overlay) => overlay.reading().map(|r| &mut r.filter),
        None => Some(match state.screen {
            Screen::Path => &mut state.path.filter,
            Screen::Hosts => &mut state.hosts.filter,
        }),
    }
}

/// A `?` is typed, rather than asks for help, inside of a URL.
pub(super) fn takes_question_mark(state: &State, event: &KeyEvent) -> bool {
    let in_url = |p: &Prompt| p.command && p.input.value().contains(' ');
    event.code == KeyCode::Char('?') && state.prompt.as_ref().is_some_and(in_url)
}

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else {
        return Vec::new();
    };
    match command {
        Command::Back if !prompt.command && !prompt.input.value().is_empty() => {
            prompt.input.reset();
            let effects = edited(state);
            state.prompt = None;
            effects
        }
        Command::Back => {
            state.prompt = None;
            Vec::new()
        }
        Command::Open => {
            let Some(prompt) = state.prompt.take() else {
                return Vec::new();
            };
            if prompt.command {
                run(state, prompt.input.value().trim())
            } else {
                Vec::new()
            }
        }
        Command::Complete | Command::Down if prompt.command => step(prompt, 1),
        Command::Up if prompt.command => step(prompt, -1),
        _ => Vec::new(),
    }
}

/// The next completion, into the line.
fn step(prompt: &mut Prompt, by: isize) -> Vec<Effect> {
    if prompt.completions.is_empty() {
        return Vec::new();
    }
    let len = isize::try_from(prompt.completions.len()).unwrap_or(isize::MAX);
    let at = prompt.completion.and_then(|at| isize::try_from(at).ok());
    let next = match at {
        Some(at) => (at + by).rem_euclid(len),
        None if by > 0 => 0,
        None => len - 1,
    };
    let next = usize::try_from(next).unwrap_or(0);
    prompt.completion = Some(next);
    let line = prompt.input.value();
    let kept = line.rfind(' ').map_or("", |at| &line[..=at]);
    let text = format!("{kept}{}", prompt.completions[next]);
    prompt.input = Input::new(text);
    Vec::new()
}

/// A key that is no command.
pub(super) fn typed(state: &mut State, event: &KeyEvent) -> Vec<Effect> {
    let changed = state
        .prompt
        .as_mut()
        .is_some_and(|prompt| input::edit(&mut prompt.input, event));
    if changed { edited(state) } else { Vec::new() }
}

/// Text that was pasted.
pub(super) fn insert(state: &mut State, text: &str) -> Vec<Effect> {
    match &mut state.prompt {
        Some(prompt) => {
            input::put(&mut prompt.input, text);
            edited(state)
        }
        None => Vec::new(),
    }
}

fn edited(state: &mut State) -> Vec<Effect> {
    let Some(prompt) = &state.prompt else {
        return Vec::new();
    };
    if prompt.command {
        complete(state);
        return missing(state);
    }
    let text = prompt.input.value().to_owned();
    if let Some(filter) = filter(state) {
        *filter = text;
    }
    if let Some(reading) = state.overlays.last_mut().and_then(Overlay::reading) {
        reading.scroll = 0;
    } else if state.screen == Screen::Hosts {
        hosts::refilter(&mut state.hosts);
    } else {
        state.path.node = None;
    }
    Vec::new()
}

/// What completion would need and nobody asked for yet.
fn missing(state: &State) -> Vec<Effect> {
    let line = state.prompt.as_ref().map_or("", |p| p.input.value());
    let known = |pick: &Pick| match pick {
        Pick::Context => !state.known_contexts.is_empty(),
        _ => !state.known_namespaces.is_empty(),
    };
    // Once, when the argument begins.
    let wanted = match split(line) {
        (name, Some("")) => match argument(name) {
            Some(Argument::Context) => Some(Pick::Context),
            Some(Argument::Namespace) => Some(Pick::Namespace),
            _ => None,
        },
        _ => None,
    };
    let wanted = wanted.filter(|pick| !known(pick));
    wanted.map(Effect::Choices).into_iter().collect()
}

/// Name and argument; no argument while the name is being typed.
fn split(line: &str) -> (&str, Option<&str>) {
    match line.split_once(' ') {
        Some((name, rest)) => (name, Some(rest.trim_start())),
        None => (line, None),
    }
}

fn argument(name: &str) -> Option<Argument> {
    let word = WORDS.iter().find(|w| w.0.contains(&name))?;
    Some(word.1)
}

/// Finds the completions of the command line anew.
pub(super) fn complete(state: &mut State) {
    let Some(line) = state.prompt.as_ref().filter(|p| p.command) else {
        return;
    };
    let (name, rest) = split(line.input.value());
    let candidates: Vec<&str> = match rest {
        None => WORDS.iter().filter_map(|w| w.0.first().copied()).collect(),
        Some(_) => match argument(name) {
            Some(Argument::Target) => {
                let rows = state.hosts.rows.iter().flatten().flatten();
                let hosts = rows.map(|r| r.host.as_str()).filter(|h| !h.contains('*'));
                let recent = state.recent.iter().map(String::as_str);
                recent.chain(hosts).collect()
            }
            Some(Argument::Context) => state.known_contexts.iter().map(String::as_str).collect(),
            Some(Argument::Namespace) => {
                state.known_namespaces.iter().map(String::as_str).collect()
            }
            Some(Argument::Code) => table::ALL.iter().map(|c| c.code).collect(),
            Some(Argument::Format) => SaveFormat::ALL.iter().map(|(_, f, _)| f.name()).collect(),
            Some(Argument::Theme) => Theme::ALL.iter().map(|t| t.name()).collect(),
            Some(Argument::None | Argument::Seconds) | None => Vec::new(),
        },
    };
    let typed = rest.unwrap_or(name);
    let mut found: Vec<String> = Vec::new();
    let begins = candidates.iter().filter(|c| c.starts_with(typed));
    let holds = candidates
        .iter()
        .filter(|c| !c.starts_with(typed) && c.contains(typed));
    for candidate in begins.chain(holds).take(COMPLETIONS * 2) {
        if !found.iter().any(|f| f == candidate) {
            found.push((*candidate).to_owned());
        }
    }
    found.truncate(COMPLETIONS);
    if let Some(prompt) = &mut state.prompt {
        prompt.completions = found;
        prompt.completion = None;
    }
}

/// Does what a command line says.
/// Whether an object is meant, as kubectl names it, and no host.
fn names_object(target: &str) -> bool {
    let kind = target.split_once('/').map_or("", |(kind, _)| kind);
    ["ingress", "ingresses", "ing", "service", "services", "svc"].contains(&kind)
}

fn run(state: &mut State, line: &str) -> Vec<Effect> {
    let (name, rest) = split(line);
    let rest = rest.unwrap_or_default().trim().to_owned();
    let Some(argument) = argument(name) else {
        if !name.is_empty() {
            tell_error(
                state,
                format!("there is no command {name:?}; ? lists the keys"),
            );
        }
        return Vec::new();
    };
    if argument != Argument::None && rest.is_empty() {
        match argument {
            Argument::Context => return pick::open(state, Pick::Context),
            Argument::Namespace => return pick::open(state, Pick::Namespace),
            Argument::Target => return path::show_hosts(state),
            Argument::Format => open(state, Overlay::Save),
            _ => tell_error(state, format!("{name} needs something after it")),
        }
        return Vec::new();
    }
    match argument {
        Argument::Target if names_object(&rest) => tell_error(
            state,
            format!("objects are targets of the command line: kubectl hops {rest}"),
        ),
        Argument::Target => return path::go(state, rest),
        Argument::Context => return pick::choose(state, Pick::Context, rest),
        Argument::Namespace => return pick::choose(state, Pick::Namespace, rest),
        Argument::Code => match table::find(&rest) {
            Some(check) => open(state, Overlay::Explain(check.code, Reading::default())),
            None => tell_error(state, format!("{rest:?} is no code that hops knows")),
        },
        Argument::Format => match SaveFormat::ALL.iter().find(|(_, f, _)| f.name() == rest) {
            Some((_, format, _)) => return vec![Effect::Save(*format)],
            None => tell_error(state, format!("{rest:?} is no format")),
        },
        Argument::Theme => match Theme::ALL.iter().find(|t| t.name() == rest) {
            Some(theme) => state.theme = *theme,
            None => tell_error(state, format!("{rest:?} is no theme")),
        },
        Argument::Seconds => match rest.trim_end_matches('s').trim().parse::<u64>() {
            Ok(seconds @ 1..=3600) => {
                return path::set_pace(state, Duration::from_secs(seconds));
            }
            _ => tell_error(state, "every needs seconds from 1 to 3600"),
        },
        Argument::None => return plain(state, name),
    }
    Vec::new()
}

/// Commands without an argument.
fn plain(state: &mut State, name: &str) -> Vec<Effect> {
    match name {
        "hosts" => return path::show_hosts(state),
        "findings" => open(state, Overlay::Findings(0)),
        "questions" => open(state, Overlay::Questions(Reading::default())),
        "recent" => return pick::open(state, Pick::Recent),
        "messages" => open(state, Overlay::Messages(Reading::default())),
        "again" => return vec![Effect::Again],
        "q" | "quit" => return vec![Effect::Quit],
        // In debug builds only: shows what a bug does to the terminal.
        #[cfg(debug_assertions)]
        #[allow(clippy::panic)]
        "panic" => panic!("asked to"),
        _ => {}
    }
    Vec::new()
}
