//! Takes a picture of a program on a terminal: `picture OUT.svg COLSxROWS TITLE STEP... -- PROGRAM ARG...`. Steps are `wait:TEXT`,
//! `keys:KEYS` (as `tests/support/pty.rs` spells them) and `size:COLSxROWS`; `tests/pictures/make` makes those of the README.
#![allow(clippy::panic)]

#[cfg(unix)]
#[path = "../support/pty.rs"]
mod pty;
#[cfg(unix)]
mod svg;

#[cfg(unix)]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let usage = "picture OUT.svg COLSxROWS TITLE [wait:TEXT|keys:KEYS|size:COLSxROWS]... -- PROGRAM [ARG]...";
    let (steps, command) = args
        .iter()
        .position(|a| a == "--")
        .map(|at| (&args[..at], &args[at + 1..]))
        .expect(usage);
    let ([out, size, title, steps @ ..], [program, rest @ ..]) = (steps, command) else {
        panic!("{usage}");
    };
    let (cols, rows) = columns_and_rows(size);
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let program = std::fs::canonicalize(program).expect("the program");
    let program = program.to_str().expect("a path in UTF-8");
    let terminal = pty::Terminal::run(program, &rest, &[], cols, rows);
    for step in steps {
        match step.split_once(':') {
            Some(("wait", text)) => terminal.wait_for(text),
            Some(("keys", keys)) => terminal.keys(keys),
            Some(("size", size)) => {
                let (cols, rows) = columns_and_rows(size);
                terminal.resize(cols, rows);
            }
            _ => panic!("{step:?} is no step; {usage}"),
        }
    }
    settle(&terminal);
    let screen = terminal.vt();
    // What a program has printed ends where it ends; a screen is all of it.
    let rows = if screen.alternate_screen() {
        screen.size().0.get()
    } else {
        let lines = screen.contents().trim_end().lines().count();
        u16::try_from(lines).unwrap_or(u16::MAX)
    };
    let picture = svg::draw(&screen, rows, title);
    std::fs::write(out, picture).expect("the picture is written");
}

/// Waits until nothing new has been written for a while.
#[cfg(unix)]
fn settle(terminal: &pty::Terminal) {
    use std::time::Duration;

    let mut seen = 0;
    // A screen that always moves is taken as it is in the end.
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(400));
        let now = terminal.raw().len();
        if now == seen && now > 0 {
            return;
        }
        seen = now;
    }
}

#[cfg(unix)]
fn columns_and_rows(size: &str) -> (u16, u16) {
    let parsed = size
        .split_once('x')
        .and_then(|(c, r)| Some((c.parse().ok()?, r.parse().ok()?)));
    parsed.expect("a size such as 100x30")
}

#[cfg(not(unix))]
fn main() {}
