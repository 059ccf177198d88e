//! The real program on a terminal: keys go in as bytes, and what a person would see comes out as text.
#![allow(dead_code, clippy::panic)] // each test binary uses its own part

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use vt100::{MouseProtocolMode, Parser, Screen};

/// How long anything may take to show up.
const DEADLINE: Duration = Duration::from_secs(10);
/// After Esc, so that the key behind it does not make it an Alt.
const AFTER_ESCAPE: Duration = Duration::from_millis(60);

/// What the program wrote.
struct Seen {
    parser: Parser,
    raw: Vec<u8>,
    ended: bool,
}

struct Shared {
    seen: Mutex<Seen>,
    news: Condvar,
}

/// A program on a terminal of its own. Dropping it ends the program.
pub struct Terminal {
    shared: Arc<Shared>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    reader: Option<JoinHandle<()>>,
    modes_before: String,
    home: TempDir,
    command: String,
}

impl Terminal {
    /// hops with these arguments, on a terminal of this size. It has a home of its own, where it also runs, and of this
    /// process' environment nothing but the PATH; `env` comes on top.
    pub fn spawn(args: &[&str], env: &[(&str, &str)], cols: u16, rows: u16) -> Self {
        match option_env!("CARGO_BIN_EXE_kubectl-hops") {
            Some(program) => Self::run(Path::new(program), args, env, cols, rows),
            None => panic!("only tests are told where hops is"),
        }
    }

    /// The same with any program.
    pub fn run(program: &Path, args: &[&str], env: &[(&str, &str)], cols: u16, rows: u16) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut builder = CommandBuilder::new(program);
        builder.args(args);
        builder.cwd(home.path());
        builder.env_clear();
        builder.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        builder.env("TERM", "xterm-256color");
        builder.env("HOME", home.path());
        builder.env("XDG_STATE_HOME", home.path().join("state"));
        for (name, value) in env {
            builder.env(name, value);
        }

        let pair = native_pty_system()
            .openpty(size(cols, rows))
            .expect("a terminal");
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(builder).expect("it starts");
        drop(pair.slave); // else its end would never be seen
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: Parser::new(some(rows), some(cols), 0),
                raw: Vec::new(),
                ended: false,
            }),
            news: Condvar::new(),
        });
        let output = pair.master.try_clone_reader().expect("a reader");
        let reader = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || read(&shared, output)
        });
        Self {
            shared,
            keyboard: pair.master.take_writer().expect("a writer"),
            master: pair.master,
            child,
            reader: Some(reader),
            modes_before,
            home,
            command: format!("{} {}", program.display(), args.join(" ")),
        }
    }

    /// Its home and working directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process")
    }

    // What is seen.

    /// All rows, without blanks at their ends.
    pub fn screen(&self) -> String {
        self.seen().parser.screen().contents()
    }

    /// One row, the first is 0, without blanks at its end.
    pub fn row(&self, row: usize) -> String {
        self.look(|screen| {
            let (_, cols) = screen.size();
            let text = screen.rows(0, cols.get()).nth(row).unwrap_or_default();
            text.trim_end().to_owned()
        })
    }

    /// The screen with its styles.
    pub fn look<T>(&self, at: impl FnOnce(&Screen) -> T) -> T {
        at(self.seen().parser.screen())
    }

    /// Every byte so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    /// Whether the alternate screen is shown.
    pub fn alternate_screen(&self) -> bool {
        self.look(Screen::alternate_screen)
    }

    /// Whether the cursor is to be seen.
    pub fn cursor_visible(&self) -> bool {
        !self.look(Screen::hide_cursor)
    }

    /// Whether pasted text comes in brackets.
    pub fn bracketed_paste(&self) -> bool {
        self.look(Screen::bracketed_paste)
    }

    /// Whether the mouse is asked for.
    pub fn mouse(&self) -> bool {
        self.look(Screen::mouse_protocol_mode) != MouseProtocolMode::None
    }

    /// Whether keys arrive one by one, as the program asked for, and not line by line.
    pub fn raw_mode(&self) -> bool {
        !modes(&*self.master).contains("ICANON")
    }

    /// Whether the terminal's modes are those from before the program.
    pub fn modes_restored(&self) -> bool {
        modes(&*self.master) == self.modes_before
    }

    /// What differs from a terminal that nobody has touched.
    pub fn left_behind(&self) -> Vec<&'static str> {
        let all = [
            ("other modes", !self.modes_restored()),
            ("the alternate screen", self.alternate_screen()),
            ("no cursor", !self.cursor_visible()),
            ("bracketed paste", self.bracketed_paste()),
            ("the mouse", self.mouse()),
        ];
        all.into_iter().filter(|a| a.1).map(|a| a.0).collect()
    }

    // Waiting.

    /// Waits until a text is on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait(&format!("{text:?}"), |screen| {
            screen.contents().contains(text)
        });
    }

    /// Waits until the screen is as it should be.
    pub fn wait_until(&self, wanted: impl Fn(&str) -> bool) {
        self.wait("the screen", |screen| wanted(&screen.contents()));
    }

    /// Waits until something holds of the screen with its modes and styles; `what` is for the message.
    pub fn wait(&self, what: &str, wanted: impl Fn(&Screen) -> bool) {
        let begin = Instant::now();
        let mut seen = self.seen();
        while !wanted(seen.parser.screen()) {
            let left = DEADLINE.saturating_sub(begin.elapsed());
            if seen.ended || left.is_zero() {
                let why = if seen.ended { "ended" } else { "waited" };
                let screen = framed(seen.parser.screen());
                panic!("{}: {why} without {what}:\n{screen}", self.command);
            }
            let (next, _) = self
                .shared
                .news
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner);
            seen = next;
        }
    }

    /// Waits for the program's end and everything it wrote; gives its exit code.
    pub fn wait_exit(&mut self) -> u32 {
        let status = self.wait_end();
        if let Some(signal) = status.signal() {
            let screen = self.look(framed);
            panic!("{}: ended by a signal: {signal}:\n{screen}", self.command);
        }
        status.exit_code()
    }

    /// The same, where a signal may end it.
    pub fn wait_end(&mut self) -> ExitStatus {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                break status;
            }
            if begin.elapsed() > DEADLINE {
                let screen = self.look(framed);
                panic!("{}: goes on and on:\n{screen}", self.command);
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        // What it wrote last is read; but a program that it left on the terminal may hold that end open for ever.
        while !self.seen().ended && begin.elapsed() < DEADLINE {
            std::thread::sleep(Duration::from_millis(5));
        }
        status
    }

    /// Waits until a signal has stopped it, as Ctrl-Z does.
    pub fn wait_stopped(&self) {
        let begin = Instant::now();
        while !self.stopped() {
            assert!(begin.elapsed() < DEADLINE, "{}: runs on", self.command);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether a signal has stopped it.
    pub fn stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()));
        // The state stands behind the name, which may hold anything.
        stat.is_ok_and(|s| s.rsplit(") ").next().is_some_and(|s| s.starts_with('T')))
    }

    // What a person does.

    /// Types. `<Enter>`, `<Esc>`, `<Tab>`, `<S-Tab>`, `<BS>`, `<Del>`, `<Space>`, `<Up>`, `<Down>`, `<Left>`, `<Right>`,
    /// `<Home>`, `<End>`, `<PageUp>`, `<PageDown>`, `<C-x>`, `<A-x>` and `<lt>` are keys, the rest is itself.
    pub fn keys(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let name = rest
                .strip_prefix('<')
                .and_then(|r| r.split_once('>'))
                .map(|(name, _)| name);
            let (bytes, used) = match name {
                Some(name) => (named(name), name.len() + 2),
                None => (first.to_string(), first.len_utf8()),
            };
            self.send(bytes.as_bytes());
            rest = &rest[used..];
            if bytes == "\u{1b}" && !rest.is_empty() {
                std::thread::sleep(AFTER_ESCAPE);
            }
        }
    }

    /// Pastes, as a terminal does it into a program that wants to know.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\u{1b}[200~{text}\u{1b}[201~").as_bytes());
    }

    /// Presses and releases the left button; the first column and row are 0.
    pub fn click(&mut self, col: u16, row: u16) {
        let at = format!("{};{}", col + 1, row + 1);
        self.send(format!("\u{1b}[<0;{at}M\u{1b}[<0;{at}m").as_bytes());
    }

    /// Bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.keyboard
            .write_all(bytes)
            .expect("the terminal takes keys");
    }

    /// Makes the window larger or smaller.
    pub fn resize(&self, cols: u16, rows: u16) {
        // First here: what the program then draws is for the new size.
        let mut seen = self.seen();
        seen.parser.set_size(some(rows), some(cols));
        self.master.resize(size(cols, rows)).expect("a new size");
    }

    /// A signal for the program alone.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("it is there");
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        let seen = self.shared.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        // With something left behind on the terminal the reader would wait for it.
        if self.seen().ended
            && let Some(reader) = self.reader.take()
        {
            let _ = reader.join();
        }
    }
}

fn read(shared: &Shared, mut output: Box<dyn Read + Send>) {
    let mut bytes = [0; 4096];
    loop {
        let read = output.read(&mut bytes).unwrap_or(0);
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.raw.extend_from_slice(&bytes[..read]);
        seen.parser.process(&bytes[..read]);
        seen.ended = read == 0;
        shared.news.notify_all();
        if read == 0 {
            return;
        }
    }
}

fn named(key: &str) -> String {
    let sequence = match key {
        "Enter" => "\r",
        "Esc" => "\u{1b}",
        "Tab" => "\t",
        "S-Tab" => "\u{1b}[Z",
        "BS" => "\u{7f}",
        "Del" => "\u{1b}[3~",
        "Space" => " ",
        "Up" => "\u{1b}[A",
        "Down" => "\u{1b}[B",
        "Right" => "\u{1b}[C",
        "Left" => "\u{1b}[D",
        "Home" => "\u{1b}[H",
        "End" => "\u{1b}[F",
        "PageUp" => "\u{1b}[5~",
        "PageDown" => "\u{1b}[6~",
        "lt" => "<",
        _ => match (key.as_bytes(), key.strip_prefix("A-")) {
            ([b'C', b'-', c], _) if c.is_ascii_alphabetic() => {
                return char::from(c.to_ascii_uppercase() & 0x1f).to_string();
            }
            (_, Some(rest)) if rest.chars().count() == 1 => return format!("\u{1b}{rest}"),
            _ => panic!("no key is called <{key}>"),
        },
    };
    sequence.to_owned()
}

/// Everything that `stty -a` would show.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has modes"))
}

fn framed(screen: &Screen) -> String {
    let rows = screen.rows(0, screen.size().1.get());
    let rows: Vec<String> = rows.map(|r| format!("│{}", r.trim_end())).collect();
    rows.join("\n").trim_end_matches(['│', '\n']).to_owned()
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn some(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a size that is not 0")
}
