//! The program on a real terminal.
#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;

use pty::Terminal;
use rustix::process::Signal;
use std::path::Path;

#[test]
fn a_report_is_printed_as_wide_as_the_terminal_and_in_colour() {
    for cols in [60, 90] {
        let mut terminal = Terminal::spawn(&["demo", "label-drift", "-o", "text"], &[], cols, 50);
        terminal.wait_for("service-selector-no-match");
        assert_eq!(terminal.wait_exit(), 1);
        assert!(terminal.left_behind().is_empty());
        let head = terminal.row(0);
        assert!(head.starts_with("✗ https://shop.example.com/"), "{head}");
        assert!(terminal.screen().contains("broken at Service"));
        let widest = terminal.screen().lines().map(|l| l.chars().count()).max();
        assert!(widest <= Some(usize::from(cols)), "{widest:?}");
        let red = terminal.look(|s| s.cell(0, 0).map(vt100::Cell::fgcolor));
        assert_eq!(red, Some(vt100::Color::Idx(1)));
    }
}

#[test]
fn no_color_is_honoured_on_a_terminal() {
    let args = ["demo", "label-drift", "-o", "text"];
    let mut terminal = Terminal::spawn(&args, &[("NO_COLOR", "1")], 80, 50);
    assert_eq!(terminal.wait_exit(), 1);
    assert!(!terminal.raw().contains(&0x1b));
}

/// What the other tests lean on.
#[test]
fn the_harness_sees_keys_modes_signals_and_sizes() {
    let script = r"
        before=$(stty -g); stty -icanon -echo
        printf '\033[?1049h\033[?25l\033[?2004h\033[?1000h\033[31mready'
        dd bs=1 count=11 2>/dev/null | od -An -tx1
        bye() { stty $before; printf '\033[?1000l\033[?2004l\033[?25h\033[?1049l'; exit 7; }
        trap bye TERM
        trap 'stty size' WINCH
        echo up; while :; do sleep 0.02; done";
    let mut terminal = Terminal::run(Path::new("/bin/sh"), &["-c", script], &[], 40, 10);
    terminal.wait_for("ready");
    assert!(terminal.raw_mode() && terminal.alternate_screen() && terminal.mouse());
    assert!(terminal.bracketed_paste() && !terminal.cursor_visible());
    assert_eq!(terminal.left_behind().len(), 5);
    terminal.keys("j<lt><Enter><C-a><Up><A-x><S-Tab>");
    terminal.wait_until(|s| s.replace('\n', " ").contains("up"));
    assert!(
        terminal.screen().contains("6a 3c 0a 01 1b 5b 41 1b 78"),
        "{}",
        terminal.screen()
    );
    terminal.resize(44, 12);
    terminal.wait_for("12 44");
    terminal.signal(Signal::STOP);
    terminal.wait_stopped();
    terminal.signal(Signal::CONT);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), 7);
    assert!(!terminal.raw_mode());
    assert!(terminal.left_behind().is_empty());
}
