//! The terminal interface: one task owns the state, [`update`] changes it, [`view`] draws it, the [`Runtime`] does what is asked and
//! answers with actions.

pub mod action;
pub mod clipboard;
mod fuzzy;
pub mod keymap;
mod signals;
pub mod state;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod yaml;

use std::io;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::MissedTickBehavior;

use action::{Action, Effect};
use signals::{Signal, Signals};
use state::State;
use terminal::TakenTerminal;

/// Does what the screen asks for. Nothing here may block: work goes on elsewhere and comes back as actions.
pub trait Runtime: Send {
    /// Begins what an effect asks for.
    fn act(&mut self, effect: Effect);

    /// Does with the whole terminal what could not be done behind the screen: a credential plugin that asks a person.
    fn with_terminal(&mut self) -> BoxFuture<'_, Action>;
}

/// How the screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// By a person.
    Quit,
    /// By a signal; its number.
    Killed(u8),
}

/// Shows the screen until it is left, and gives the state back.
///
/// # Errors
/// When the terminal cannot be used, or is gone.
pub async fn run(
    mut state: State,
    begin: Effect,
    runtime: &mut dyn Runtime,
    actions: &mut UnboundedReceiver<Action>,
) -> io::Result<(State, Left)> {
    let mut signals = Signals::listen()?;
    let mut screen = TakenTerminal::take()?;
    screen.mouse(state.mouse)?;
    state.size = crossterm::terminal::size().unwrap_or(state.size);
    state.drawn = screen.draw(&state)?;
    runtime.act(begin);
    let mut events = EventStream::new();
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let action = tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => of_event(event),
                Some(Err(error)) => return Err(error),
                None => return Ok((state, Left::Quit)),
            },
            signal = signals.next() => match signal {
                Signal::Stop => match suspend(&mut screen, &mut signals, false).await? {
                    Some(number) => return Ok((state, Left::Killed(number))),
                    None => Some(Action::Resumed),
                },
                Signal::Continue => {
                    screen.take_back()?;
                    Some(Action::Resumed)
                }
                Signal::End(number) => return Ok((state, Left::Killed(number))),
            },
            action = actions.recv() => action,
            _ = clock.tick() => Some(Action::Tick(Timestamp::now())),
        };
        // What else is there already joins in before the next frame.
        let more = std::iter::from_fn(|| actions.try_recv().ok());
        let all: Vec<Action> = action.into_iter().chain(more).collect();
        if all.is_empty() {
            continue;
        }
        for action in all {
            let asks = matches!(action, Action::NeedsTerminal);
            for effect in update::update(&mut state, action) {
                match effect {
                    Effect::Quit => return Ok((state, Left::Quit)),
                    Effect::Suspend => {
                        if let Some(number) = suspend(&mut screen, &mut signals, true).await? {
                            return Ok((state, Left::Killed(number)));
                        }
                    }
                    Effect::Mouse(on) => screen.mouse(on)?,
                    Effect::Copy(text) => {
                        let in_tmux = std::env::var_os("TMUX").is_some();
                        screen.send(&clipboard::sequence(&text, in_tmux))?;
                    }
                    effect => runtime.act(effect),
                }
            }
            if asks {
                // The reader of keys goes first: it would take them from whoever gets the terminal.
                drop(events);
                screen.lend();
                let answer = runtime.with_terminal().await;
                screen.take_back()?;
                events = EventStream::new();
                for effect in update::update(&mut state, answer) {
                    runtime.act(effect);
                }
            }
        }
        state.drawn = screen.draw(&state)?;
    }
}

/// Stops until it is continued; the number of a signal that ends it instead.
#[cfg(unix)]
async fn suspend(
    screen: &mut TakenTerminal,
    signals: &mut Signals,
    group: bool,
) -> io::Result<Option<u8>> {
    screen.suspend(group)?;
    loop {
        match signals.next().await {
            Signal::Continue => {
                screen.take_back()?;
                return Ok(None);
            }
            Signal::End(number) => return Ok(Some(number)),
            Signal::Stop => {}
        }
    }
}

/// Elsewhere there is nothing to be stopped by.
#[cfg(not(unix))]
async fn suspend(_: &mut TakenTerminal, _: &mut Signals, _: bool) -> io::Result<Option<u8>> {
    Ok(None)
}

fn of_event(event: Event) -> Option<Action> {
    Some(match event {
        Event::Key(key) => Action::Key(key),
        Event::Paste(text) => Action::Paste(text),
        Event::Mouse(mouse) => Action::Mouse(mouse),
        Event::Resize(columns, lines) => Action::Resize(columns, lines),
        Event::FocusGained | Event::FocusLost => return None,
    })
}
