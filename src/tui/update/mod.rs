//! What happens changes the state, and says what the runtime is to do. Pure: no clock, no terminal, no network.

mod called;
mod hosts;
mod input;
mod path;
mod pick;
mod prompt;
mod text;

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::action::{Action, Effect};
use super::keymap::{self, Command, Key, Mode};
use super::state::{MOMENT, Opening, Overlay, Pick, Reading, Screen, State, Toast};
use super::yaml;

/// Messages that are remembered.
const MESSAGES: usize = 100;

/// Takes in what happened.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Key(event) => return key(state, &event),
        Action::Paste(text) => return paste(state, &text),
        Action::Mouse(event) => return mouse(state, event),
        Action::Resize(columns, lines) => state.size = (columns, lines),
        Action::Tick(now) => tick(state, now),
        Action::Opened(Ok(origin)) => {
            let target = origin.target.clone();
            state.opening = Opening::Open(origin);
            state.hosts.rows = None;
            if state.path.target.is_none() {
                state.path.target = target;
            }
            return begin(state);
        }
        Action::Opened(Err(why)) => {
            // What was seen before stays on the screen.
            if state.path.update.is_some() {
                tell_error(state, why.clone());
            }
            state.opening = Opening::Failed(why);
        }
        Action::Update(watch, news) => {
            if watch == state.path.watch {
                hosts::walked(state, &news);
            }
            path::news(state, watch, news);
        }
        Action::Failed(watch, why) if watch == state.path.watch => state.path.failed = Some(why),
        Action::Failed(..) | Action::NeedsTerminal | Action::Resumed => {}
        Action::Hosts(rows) => hosts::list(state, rows),
        Action::Checked(host, checked) => hosts::checked(state, host, checked),
        Action::ChecksEnded => hosts::checks_ended(&mut state.hosts),
        Action::Choices(what, items) => {
            pick::choices(state, what, items);
            prompt::complete(state);
        }
        Action::Object(object, value) => {
            let report = state.path.update.as_ref().map(|u| &u.report);
            for overlay in &mut state.overlays {
                if let Overlay::Yaml {
                    object: shown,
                    lines,
                    reading,
                } = overlay
                    && *shown == object
                {
                    let found = value.clone().map(|v| yaml::lines(&v));
                    // The first line that a finding is about, with some room above it.
                    let marked = match (report, &found) {
                        (Some(report), Ok(lines)) => yaml::marks(report, &object, lines),
                        _ => Vec::new(),
                    };
                    let first = marked.iter().map(|(at, _)| *at).min();
                    reading.scroll = first.map_or(0, |at| at.saturating_sub(4));
                    *lines = Some(found);
                }
            }
        }
        Action::Saved(Ok(name)) => tell(state, format!("written: {name}")),
        Action::Saved(Err(why)) => tell_error(state, why),
        Action::Say(text) => tell(state, text),
    }
    Vec::new()
}

/// Once something answers: watch the target, list the hosts.
fn begin(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(target) = state.path.target.clone() {
        effects.extend(path::watch(state, target));
    }
    if state.screen == Screen::Hosts {
        effects.push(Effect::ListHosts);
    }
    for overlay in &state.overlays {
        if let Overlay::Pick(picking) = overlay
            && picking.items.is_none()
        {
            effects.push(Effect::Choices(picking.what.clone()));
        }
    }
    effects
}

fn tick(state: &mut State, now: jiff::Timestamp) {
    state.now = now;
    let over = |t: &Toast| !t.error && now.as_second() - t.at.as_second() >= MOMENT;
    if state.toast.as_ref().is_some_and(over) {
        state.toast = None;
    }
}

/// Tells something for a moment.
fn tell(state: &mut State, text: impl Into<String>) {
    say(state, text.into(), false);
}

/// Tells of something that failed; it stays until Esc.
fn tell_error(state: &mut State, text: impl Into<String>) {
    say(state, text.into(), true);
}

fn say(state: &mut State, text: String, error: bool) {
    let toast = Toast {
        text,
        error,
        at: state.now,
    };
    if state.messages.len() == MESSAGES {
        state.messages.pop_front();
    }
    state.messages.push_back(toast.clone());
    state.toast = Some(toast);
}

fn key(state: &mut State, event: &KeyEvent) -> Vec<Effect> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let mode = state.mode();
    let bound = Key::of(event).and_then(|key| keymap::command(mode, key));
    match (bound, mode) {
        (Some(Command::Help), Mode::Prompt) if prompt::takes_question_mark(state, event) => {
            prompt::typed(state, event)
        }
        (Some(command), _) => obey(state, mode, command),
        (None, Mode::Prompt) => prompt::typed(state, event),
        (None, Mode::Pick) => pick::typed(state, event),
        (None, Mode::Menu) => text::choose(state, event),
        (None, Mode::Path | Mode::Hosts | Mode::Text) => Vec::new(),
    }
}

fn obey(state: &mut State, mode: Mode, command: Command) -> Vec<Effect> {
    match command {
        Command::QuitNow => return vec![Effect::Quit],
        Command::Suspend => return vec![Effect::Suspend],
        Command::Help => {
            open(state, Overlay::Help(mode, Reading::default()));
            return Vec::new();
        }
        // What was told goes first; then whatever has the keyboard closes something of its own.
        Command::Back if state.toast.take_if(|t| t.error).is_some() => return Vec::new(),
        _ => {}
    }
    match mode {
        Mode::Prompt => prompt::obey(state, command),
        Mode::Pick => pick::obey(state, command),
        Mode::Text | Mode::Menu => text::obey(state, command),
        Mode::Path => either_screen(state, command).unwrap_or_else(|| path::obey(state, command)),
        Mode::Hosts => either_screen(state, command).unwrap_or_else(|| hosts::obey(state, command)),
    }
}

/// What both screens do alike.
fn either_screen(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    Some(match command {
        Command::Contexts => pick::open(state, Pick::Context),
        Command::Namespaces => pick::open(state, Pick::Namespace),
        Command::Recent => pick::open(state, Pick::Recent),
        Command::Prompt => prompt::open_command(state, ""),
        Command::Filter => prompt::open_filter(state),
        Command::Messages => {
            open(state, Overlay::Messages(Reading::default()));
            Vec::new()
        }
        Command::Theme => {
            state.theme = state.theme.next();
            tell(state, format!("theme {}", state.theme.name()));
            Vec::new()
        }
        Command::Called => called::offer(state),
        Command::Mouse => {
            state.mouse = !state.mouse;
            let text = if state.mouse {
                "mouse on: the terminal's own selection needs Shift"
            } else {
                "mouse off"
            };
            tell(state, text);
            vec![Effect::Mouse(state.mouse)]
        }
        _ => return None,
    })
}

/// Puts something over the screen. The same thing twice would only need two Escs.
fn open(state: &mut State, overlay: Overlay) {
    let same = |top: &Overlay| std::mem::discriminant(top) == std::mem::discriminant(&overlay);
    if state.overlays.last().is_some_and(same) {
        state.overlays.pop();
    }
    state.overlays.push(overlay);
}

/// Text that was pasted goes where text is typed; elsewhere it is taken for a target.
fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let text: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    match state.mode() {
        Mode::Prompt => prompt::insert(state, &text),
        Mode::Pick => pick::insert(state, &text),
        Mode::Path | Mode::Hosts if !text.is_empty() => {
            prompt::open_command(state, &format!("host {text}"))
        }
        _ => Vec::new(),
    }
}

fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let mode = state.mode();
    match event.kind {
        MouseEventKind::ScrollDown => obey(state, mode, Command::Down),
        MouseEventKind::ScrollUp => obey(state, mode, Command::Up),
        MouseEventKind::Down(MouseButton::Left) => {
            let rows = state.drawn.rows;
            let inside = (rows.x..rows.right()).contains(&event.column)
                && (rows.y..rows.bottom()).contains(&event.row);
            if inside && matches!(mode, Mode::Path | Mode::Hosts) {
                let line = usize::from((event.row - rows.y) / state.drawn.row_height.max(1));
                let row = state.drawn.first_row + line;
                match mode {
                    Mode::Path => path::select_row(state, row),
                    _ => hosts::select(state, row),
                }
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Moves an index within a length.
fn moved(at: usize, by: isize, len: usize) -> usize {
    at.saturating_add_signed(by).min(len.saturating_sub(1))
}

/// How far a movement goes in a list with pages.
fn distance(command: Command, page: usize, len: usize) -> Option<isize> {
    let page = isize::try_from(page.max(1)).unwrap_or(isize::MAX);
    let len = isize::try_from(len).unwrap_or(isize::MAX);
    Some(match command {
        Command::Down => 1,
        Command::Up => -1,
        Command::PageDown => page,
        Command::PageUp => -page,
        Command::Bottom => len,
        Command::Top => -len,
        _ => return None,
    })
}
