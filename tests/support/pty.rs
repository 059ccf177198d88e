//! A program in a real terminal, seen as a person sees it: vt100 keeps the screen, portable-pty the terminal.
#![allow(dead_code, clippy::panic)] // every user has its own part; helpers stop where a test would

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// How long a test waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at what tells nobody when it changes.
const LOOK: Duration = Duration::from_millis(20);

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    exit: Option<u32>,
}

/// The program and its terminal. Dropping it ends the program.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Mutex<Box<dyn Write + Send>>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    pid: Pid,
    /// What the program may write in its home.
    home: tempfile::TempDir,
}

impl Terminal {
    /// `kubectl-hops` with nothing of this machine's environment but its path.
    pub fn spawn(args: &[&str], env: &[(&str, &str)], columns: u16, rows: u16) -> Self {
        match option_env!("CARGO_BIN_EXE_kubectl-hops") {
            Some(program) => Self::run(program, args, env, columns, rows),
            None => panic!("only tests are told where hops is"),
        }
    }

    /// Any program.
    pub fn run(
        program: &str,
        args: &[&str],
        env: &[(&str, &str)],
        columns: u16,
        rows: u16,
    ) -> Self {
        let pair = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a terminal");
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("HOME", home.path());
        command.env("XDG_STATE_HOME", home.path());
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(home.path());
        let mut child = pair.slave.spawn_command(command).expect("it starts");
        let pid = child.process_id().and_then(|id| i32::try_from(id).ok());
        let pid = pid.and_then(Pid::from_raw).expect("a process");
        let parser = vt100::Parser::new(nonzero(rows), nonzero(columns), 200);
        let seen = Arc::new((
            Mutex::new(Seen {
                parser,
                raw: Vec::new(),
                exit: None,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            // Ends with an error once the last process of the terminal is gone.
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                let mut seen = lock(&shared.0);
                seen.parser.process(&bytes[..read]);
                seen.raw.extend_from_slice(&bytes[..read]);
                shared.1.notify_all();
            }
        });
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let exit = child.wait().map_or(u32::MAX, |s| s.exit_code());
            lock(&shared.0).exit = Some(exit);
            shared.1.notify_all();
        });
        let keyboard = pair.master.take_writer().expect("a keyboard");
        Self {
            master: pair.master,
            keyboard: Mutex::new(keyboard),
            seen,
            pid,
            home,
        }
    }

    /// The screen's text.
    pub fn screen(&self) -> String {
        lock(&self.seen.0).parser.screen().contents()
    }

    /// Every cell of the screen.
    pub fn cells(&self, mut look: impl FnMut(&vt100::Cell)) {
        let seen = lock(&self.seen.0);
        let screen = seen.parser.screen();
        let (rows, columns) = screen.size();
        for row in 0..rows.get() {
            for column in 0..columns.get() {
                if let Some(cell) = screen.cell(row, column) {
                    look(cell);
                }
            }
        }
    }

    /// The screen itself.
    pub fn vt(&self) -> vt100::Screen {
        lock(&self.seen.0).parser.screen().clone()
    }

    /// Everything that was written so far.
    pub fn raw(&self) -> Vec<u8> {
        lock(&self.seen.0).raw.clone()
    }

    /// Waits for a text on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait(&format!("{text:?} on the screen"), |seen| {
            seen.parser.screen().contents().contains(text)
        });
    }

    /// Waits until the screen's text is as expected.
    pub fn wait_until(&self, expected: impl Fn(&str) -> bool) {
        self.wait("the expected screen", |seen| {
            expected(&seen.parser.screen().contents())
        });
    }

    /// Waits until these bytes were written.
    pub fn wait_for_bytes(&self, bytes: &[u8]) {
        self.wait("the expected bytes", |seen| {
            seen.raw.windows(bytes.len()).any(|w| w == bytes)
        });
    }

    /// Waits for the end; its exit code.
    pub fn wait_exit(&self) -> u32 {
        self.wait("the end of the program", |seen| seen.exit.is_some());
        // What it wrote last may still be on its way.
        let end = Instant::now() + Duration::from_millis(200);
        let mut seen = lock(&self.seen.0);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            seen = self.pause(seen, left);
        }
        seen.exit.expect("it ended")
    }

    /// Waits until a signal stopped it.
    pub fn wait_stopped(&self) {
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.wait("the program to stop", |_| {
            let seen = waitid(WaitId::Pid(self.pid), look);
            seen.is_ok_and(|status| status.is_some())
        });
    }

    /// Waits until the terminal is in the state that a screen needs.
    pub fn wait_taken(&self) {
        self.wait("the screen", |seen| {
            seen.parser.screen().alternate_screen() && self.is_raw()
        });
    }

    /// Waits until the terminal is as it was before the program.
    pub fn wait_given_back(&self) {
        self.wait("a terminal as it was before", |seen| {
            let screen = seen.parser.screen();
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
                && !self.is_raw()
        });
    }

    fn wait(&self, what: &str, done: impl Fn(&mut Seen) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut seen = lock(&self.seen.0);
        while !done(&mut seen) {
            if Instant::now() >= end {
                let screen = seen.parser.screen().contents();
                panic!("{what}: not within {PATIENCE:?}; the screen:\n{screen}");
            }
            seen = self.pause(seen, LOOK);
        }
    }

    fn pause<'a>(&'a self, seen: MutexGuard<'a, Seen>, time: Duration) -> MutexGuard<'a, Seen> {
        let waited = self.seen.1.wait_timeout(seen, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Types: characters as they are, `<Enter>`, `<Esc>`, `<Tab>`, `<Up>`, `<Down>`, `<BS>`, `<C-x>`. After an Esc there is a pause, as
    /// at a keyboard: else it would be the beginning of another key.
    pub fn keys(&self, keys: &str) {
        let mut rest = keys;
        while !rest.is_empty() {
            let named = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
            let (bytes, tail) = if let Some((name, tail)) = named {
                (named_key(name), tail)
            } else {
                let end = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
                (rest.as_bytes()[..end].to_vec(), &rest[end..])
            };
            let escape = bytes == b"\x1b";
            self.write(&bytes);
            if escape {
                let seen = lock(&self.seen.0);
                let end = Instant::now() + Duration::from_millis(60);
                let mut seen = Some(seen);
                while let (Some(left), Some(guard)) =
                    (end.checked_duration_since(Instant::now()), seen.take())
                {
                    seen = Some(self.pause(guard, left));
                }
            }
            rest = tail;
        }
    }

    /// Pastes, as a terminal does where pastes come in brackets.
    pub fn paste(&self, text: &str) {
        self.write(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// Clicks, as a terminal tells a program that takes the mouse. Columns and rows count from 0.
    pub fn click(&self, column: u16, row: u16) {
        let (x, y) = (column + 1, row + 1);
        self.write(format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m").as_bytes());
    }

    fn write(&self, bytes: &[u8]) {
        let mut keyboard = lock(&self.keyboard);
        let written = keyboard.write_all(bytes).and_then(|()| keyboard.flush());
        written.expect("the terminal takes keys");
    }

    /// Another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        lock(&self.seen.0)
            .parser
            .set_size(nonzero(rows), nonzero(columns));
        self.master.resize(size(columns, rows)).expect("resized");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("it is there");
    }

    /// The folder that it works in, its home too.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Whether the alternate screen is shown.
    pub fn alternate_screen(&self) -> bool {
        lock(&self.seen.0).parser.screen().alternate_screen()
    }

    /// Whether the program gets the mouse.
    pub fn takes_mouse(&self) -> bool {
        let mode = lock(&self.seen.0).parser.screen().mouse_protocol_mode();
        mode != vt100::MouseProtocolMode::None
    }

    /// Whether the terminal hands over each key by itself and unseen.
    pub fn is_raw(&self) -> bool {
        let termios = self.master.get_termios().expect("a terminal");
        let flags = format!("{:?}", termios.local_flags);
        !flags.contains("ICANON") && !flags.contains("ECHO ") && !flags.ends_with("ECHO)")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if lock(&self.seen.0).exit.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

fn named_key(name: &str) -> Vec<u8> {
    match name {
        "Enter" => b"\r".to_vec(),
        "Esc" => b"\x1b".to_vec(),
        "Tab" => b"\t".to_vec(),
        "Up" => b"\x1b[A".to_vec(),
        "Down" => b"\x1b[B".to_vec(),
        "BS" => b"\x7f".to_vec(),
        _ => match name.strip_prefix("C-").map(str::as_bytes) {
            Some([letter]) => vec![letter & 0x1f],
            _ => panic!("no key is called <{name}>"),
        },
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn nonzero(size: u16) -> NonZeroU16 {
    NonZeroU16::new(size).expect("a size")
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}
