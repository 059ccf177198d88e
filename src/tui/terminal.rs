//! The terminal: taken when the screen starts, and given back whatever happens, be it a bug, a signal or Ctrl-Z.

use std::io::{self, Stdout, Write};
use std::panic;
use std::sync::Mutex;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::state::{Drawn, State};
use super::view;

/// The screen has the terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// What a bug said while the screen had the terminal.
static BUG: Mutex<Option<String>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// The terminal while the screen has it. Dropping it gives it back.
pub struct TakenTerminal {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl TakenTerminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it cannot be set up, as with no terminal at all.
    pub fn take() -> io::Result<Self> {
        HOOK.call_once(keep_bugs_off_the_screen);
        Ok(Self {
            terminal: enter(false)?,
            mouse: false,
        })
    }

    /// One frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, state: &State) -> io::Result<Drawn> {
        let mut drawn = Drawn::default();
        // In one piece, where the terminal can: no tearing over slow connections.
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        self.terminal
            .draw(|frame| drawn = view::draw(frame, state))?;
        execute!(io::stdout(), EndSynchronizedUpdate)?;
        Ok(drawn)
    }

    /// Mouse on or off.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Bytes for the terminal itself, such as what the clipboard should hold.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&mut self, bytes: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(bytes.as_bytes())?;
        out.flush()
    }

    /// Gives the terminal to somebody else for a while.
    pub fn lend(&self) {
        restore();
    }

    /// Takes it back; the next frame is drawn whole.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn take_back(&mut self) -> io::Result<()> {
        self.terminal = enter(self.mouse)?;
        Ok(())
    }

    /// Gives the terminal back and asks to be stopped: the whole process group for Ctrl-Z, as a program without raw mode would be;
    /// this process alone when somebody sent the signal. Other threads may run on for a moment, so the terminal is to be taken back
    /// only at the signal that ends the stop.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    #[cfg(unix)]
    pub fn suspend(&mut self, group: bool) -> io::Result<()> {
        use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
        restore();
        if group {
            kill_current_process_group(Signal::STOP)?;
        } else {
            kill_process(getpid(), Signal::STOP)?;
        }
        Ok(())
    }
}

/// Whether the screen has the terminal.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

impl Drop for TakenTerminal {
    fn drop(&mut self) {
        restore();
        if let Some(bug) = BUG.lock().ok().and_then(|mut b| b.take()) {
            let _ = writeln!(io::stderr(), "hops has a bug: {bug}");
        }
    }
}

fn enter(mouse: bool) -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    TAKEN.store(true, Ordering::SeqCst);
    let entered = (|| {
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        if mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        Terminal::new(CrosstermBackend::new(io::stdout()))
    })();
    if entered.is_err() {
        restore();
    }
    entered
}

/// Gives the terminal back, if the screen has it. Safe to call from anywhere and more than once; what fails is passed over, for
/// there is nobody left to tell.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// A panic message in the middle of a frame would be lost with the alternate screen, so it is kept until the terminal is free.
fn keep_bugs_off_the_screen() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if TAKEN.load(Ordering::SeqCst) {
            if let Ok(mut bug) = BUG.lock() {
                bug.get_or_insert_with(|| info.to_string());
            }
        } else {
            usual(info);
        }
    }));
}
