//! How long the screen takes to draw: the picker of a cluster with 10,000 hosts, and the path of a broken request.
//!
//! `cargo bench --bench screen`. A frame of the picker has to stay below 5 ms however many hosts there are: it builds the rows that
//! are seen and no others. Time to the first frame, processor time while idle and memory are measured on the real binary by
//! `tests/bench/measure`.

#[allow(dead_code)] // its own part of it
#[path = "../support/shown.rs"]
mod shown;

use criterion::{Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hops::diagnosis::served::First;
use hops::report::{ObjectRef, Verdict};
use hops::tui::action::Action;
use hops::tui::state::{Checked, HostRow, State};
use hops::tui::theme::Theme;
use hops::tui::update::update;
use hops::tui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn state(target: Option<&str>) -> State {
    let now = "2026-11-25T12:00:00Z".parse().expect("a moment");
    let mut state = State::new(target.map(str::to_owned), now, Theme::Ansi, false);
    update(&mut state, Action::Opened(Ok(shown::cluster())));
    state
}

fn first(text: &str, more: usize) -> First {
    First {
        text: text.to_owned(),
        more,
    }
}

fn hosts(count: usize) -> State {
    let mut state = state(None);
    let rows = (0..count).map(|i| HostRow {
        host: format!("service-{i}.team-{}.example.com", i % 200),
        by: ObjectRef {
            kind: "Ingress".into(),
            namespace: Some(format!("team-{}", i % 200)),
            name: format!("web-{i}"),
        },
        class: "traefik".to_owned(),
        path: first("/", 0),
        backend: first(&format!("web-{i}:80"), i % 3),
    });
    update(&mut state, Action::Hosts(Ok(rows.collect())));
    state
}

fn press(state: &mut State, keys: &str) {
    for c in keys.chars() {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        update(state, Action::Key(key));
    }
}

fn frames(c: &mut Criterion) {
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).expect("a terminal");
    for count in [100, 10_000] {
        let mut state = hosts(count);
        press(&mut state, "G");
        c.bench_function(
            &format!("draw the picker of {count} hosts at 200x60"),
            |b| {
                b.iter(|| terminal.draw(|frame| _ = draw(frame, &state)).map(|_| ()));
            },
        );
    }
    let mut state = state(Some("https://shop.example.com/"));
    let news = shown::news(shown::demo("label-drift"));
    update(&mut state, Action::Update(1, news));
    c.bench_function("draw a broken path at 200x60", |b| {
        b.iter(|| terminal.draw(|frame| _ = draw(frame, &state)).map(|_| ()));
    });
}

fn filter(c: &mut Criterion) {
    c.bench_function("filter 10,000 hosts by a letter", |b| {
        let mut state = hosts(10_000);
        press(&mut state, "/");
        b.iter(|| {
            press(&mut state, "s");
            let key = KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE);
            update(&mut state, Action::Key(key));
        });
    });
}

fn verdicts(c: &mut Criterion) {
    c.bench_function("a verdict among 10,000 hosts, sorted by state", |b| {
        let mut state = hosts(10_000);
        press(&mut state, "GS");
        let mut at = 0;
        b.iter(|| {
            let checked = Checked {
                verdict: [Verdict::Ok, Verdict::Broken][at / 10_000 % 2],
                words: String::new(),
            };
            let host = format!("service-{}.team-{}.example.com", at % 10_000, at % 200);
            update(&mut state, Action::Checked(host, checked));
            at += 1;
        });
    });
}

criterion_group!(benches, frames, filter, verdicts);
criterion_main!(benches);
