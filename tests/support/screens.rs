//! States of the screen at a fixed moment, and the frames they make.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hops::diagnosis::served::First;
use hops::report::{
    Asked, Change, Hop, ObjectRef, Outcome, Report, State as HopState, Unseen, Update, Vantage,
    Verdict,
};
use hops::tui::action::Action;
use hops::tui::state::{Checked, Drawn, HostRow, Opening, Origin, Overlay, Reading, Screen, State};
use hops::tui::theme::Theme;
use hops::tui::update::update;
use hops::tui::view::draw;
use hops::tui::yaml;
use jiff::{Timestamp, ToSpan};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use serde_json::{Value, json};

use super::fixture::Fixture;
use super::{reports, shown};

/// The bundled recordings that are walked.
pub const DEMOS: [&str; 18] = [
    "healthy",
    "label-drift",
    "controller-down",
    "secret-elsewhere",
    "crash-loop",
    "exact-path",
    "wrong-port",
    "no-load-balancer",
    "two-ways-in",
    "no-grant",
    "no-certificate",
    "call",
    "call-namespace",
    "call-port",
    "call-not-ready",
    "call-dns-down",
    "call-dns-hosts",
    "call-policy",
];

pub fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().expect("a moment")
}

/// Nothing is known yet.
pub fn opening() -> State {
    State::new(
        Some("https://shop.example.com/cart".to_owned()),
        now(),
        Theme::Ansi,
        false,
    )
}

/// A live cluster that has not answered yet.
pub fn loading() -> State {
    let mut state = opening();
    state.opening = Opening::Open(shown::cluster());
    state
}

/// A report of a live cluster, three seconds old.
pub fn of(report: Report) -> State {
    with(Update {
        verdicts: vec![report.verdict],
        report,
        rounds: 1,
        running: 0,
        settled: Some(now()),
        changes: Vec::new(),
        unseen: None,
    })
}

fn with(mut update: Update) -> State {
    let mut state = loading();
    update.settled = update.settled.map(|_| now() - 3.seconds());
    state.path.target = Some(update.report.target.url.clone());
    let bad = |h: &&hops::report::HopReport| h.state == HopState::Broken;
    let first = update.report.path.iter().find(bad).map(|h| h.hop);
    state.path.hop = update.report.broken_at.or(first).unwrap_or(Hop::User);
    state.path.update = Some(shown::news(update));
    state
}

/// A demo scenario, as on a live cluster.
pub fn demo(name: &str) -> State {
    with(shown::demo(name))
}

/// The same for a user without any right.
pub fn blind(name: &str) -> State {
    with(shown::blind(name))
}

/// A demo scenario as the demo shows it.
pub fn still(name: &str) -> State {
    let mut state = demo(name);
    state.opening = Opening::Open(Origin {
        still: format!("demo {name}"),
        ..shown::cluster()
    });
    state
}

/// Changes the news that are shown.
pub fn change(state: &mut State, edit: impl FnOnce(&mut Update)) {
    let mut update = (**state.path.update.as_ref().expect("news")).clone();
    edit(&mut update);
    state.path.update = Some(shown::news(update));
}

/// The first round is under way: the upper half has answered.
pub fn partial() -> State {
    let mut state = demo("label-drift");
    change(&mut state, |update| {
        update.rounds = 0;
        update.running = 5;
        update.settled = None;
        update.verdicts.clear();
        let report = &mut update.report;
        report.verdict = Verdict::Waiting;
        report.broken_at = None;
        report.findings.clear();
        report.backends.clear();
        for hop in report.path.iter_mut().filter(|h| h.hop >= Hop::Service) {
            hop.state = HopState::Waiting;
            hop.summary.clear();
            hop.nodes.clear();
            hop.ms = None;
        }
        report.asked.push(Asked {
            hop: Hop::Service,
            vantage: Vantage::Objects,
            what: "get Service shop/frontend".into(),
            outcome: Outcome::Waiting,
            ms: None,
            reproduce: None,
        });
    });
    state.path.hop = Hop::Service;
    state
}

/// A repair: the selector changed two seconds ago, and the verdicts tell what was.
pub fn repaired() -> State {
    let mut state = demo("healthy");
    change(&mut state, |update| {
        update.rounds = 6;
        update.verdicts = vec![
            Verdict::Ok,
            Verdict::Degraded,
            Verdict::Broken,
            Verdict::Broken,
            Verdict::Unknown,
            Verdict::Ok,
        ];
        let change =
            |seconds: i64, kind: &str, name: &str, path: Option<&str>, what: &str| Change {
                at: now() - seconds.seconds(),
                object: ObjectRef {
                    kind: kind.into(),
                    namespace: Some("shop".into()),
                    name: name.into(),
                },
                path: path.map(Into::into),
                what: what.into(),
            };
        update.changes = vec![
            change(
                2,
                "Service",
                "frontend",
                Some(".spec.selector.app"),
                r#""fronted" → "frontend""#,
            ),
            change(190, "Service", "frontend", None, "created"),
        ];
    });
    state.path.hop = Hop::Service;
    state
}

/// The API server is gone; what was seen stays.
pub fn lost() -> State {
    let mut state = demo("label-drift");
    change(&mut state, |update| {
        update.unseen = Some(Unseen {
            what: None,
            why: "connection refused".into(),
            since: now() - 200.seconds(),
        });
        update.settled = Some(now() - 200.seconds());
    });
    state
}

/// A host with two ways in, of a scenario; the one that is walked is asked for by name, or is that of the host's name.
pub fn two_ways(scenario: &str, entrance: Option<&str>) -> State {
    of(ways_report(scenario, entrance))
}

/// The report of the same.
pub fn ways_report(scenario: &str, entrance: Option<&str>) -> Report {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let mut fixture = Fixture::load(&Path::new(folder).join(format!("{scenario}.yaml")));
    if let Some(name) = entrance {
        fixture.enter(name);
    }
    let mut report = fixture.report();
    report.stats.elapsed_ms = 0;
    report
}

/// Without a target: the hosts, not there yet.
pub fn hosts_loading() -> State {
    let mut state = State::new(None, now(), Theme::Ansi, false);
    state.opening = Opening::Open(shown::cluster());
    state
}

fn first(text: &str, more: usize) -> First {
    First {
        text: text.to_owned(),
        more,
    }
}

/// That many hosts.
pub fn hosts(count: usize) -> State {
    let mut state = hosts_loading();
    let names = ["shop", "api", "admin", "status", "login", "docs"];
    let rows: Vec<HostRow> = (0..count)
        .map(|i| HostRow {
            host: match i {
                2 => "*.preview.example.com".into(),
                i if i < names.len() => format!("{}.example.com", names[i]),
                i => format!("{}-{i}.example.com", names[i % names.len()]),
            },
            by: ObjectRef {
                kind: "Ingress".into(),
                namespace: Some(["shop", "platform", "team-a"][i % 3].into()),
                name: "web".into(),
            },
            class: if i % 4 == 3 { "" } else { "traefik" }.into(),
            path: first(
                ["/", "/cart", "/a/long/path/of/the/shop/that/nobody/types"][i % 3],
                i % 4,
            ),
            backend: first(
                ["web:80", "frontend:http", "StorageBucket/assets"][i % 3],
                i % 2,
            ),
        })
        .collect();
    update(&mut state, Action::Hosts(Ok(rows)));
    state.screen = Screen::Hosts;
    state
}

/// Presses keys.
pub fn press(state: &mut State, keys: &str) {
    for c in keys.chars() {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        update(state, Action::Key(key));
    }
}

/// Some of them checked.
pub fn checking() -> State {
    let mut state = hosts(40);
    press(&mut state, "a");
    press(&mut state, "jjjjj");
    let words = |verdict, words: &str| Checked {
        verdict,
        words: words.into(),
    };
    for (host, checked) in [
        (
            "shop.example.com",
            words(Verdict::Broken, "broken at Service"),
        ),
        ("api.example.com", words(Verdict::Ok, "ok, answers 200")),
        (
            "status.example.com",
            words(Verdict::Degraded, "degraded, answers 200"),
        ),
        ("login.example.com", words(Verdict::Unknown, "unknown")),
        (
            "docs.example.com",
            words(Verdict::Broken, "broken at Load balancer"),
        ),
    ] {
        update(&mut state, Action::Checked(host.into(), checked));
    }
    state
}

/// The Service of the shop, whose selector selects nothing.
pub fn service() -> Value {
    json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "frontend", "namespace": "shop", "labels": {"app.kubernetes.io/name": "frontend"},
            "annotations": {"example.com/note": "first\nsecond"}},
        "spec": {"clusterIP": "10.96.14.2", "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
            "selector": {"app": "fronted"}, "type": "ClusterIP"}})
}

/// Its YAML over the path.
pub fn yaml() -> State {
    let mut state = demo("label-drift");
    state.overlays.push(Overlay::Yaml {
        object: ObjectRef {
            kind: "Service".into(),
            namespace: Some("shop".into()),
            name: "frontend".into(),
        },
        lines: Some(Ok(yaml::lines(&service()))),
        reading: Reading::default(),
    });
    state
}

/// With something over it.
pub fn over(mut state: State, overlay: Overlay) -> State {
    state.overlays.push(overlay);
    state
}

/// A frame.
pub fn buffer(state: &State, width: u16, height: u16) -> (Buffer, Drawn) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    let mut drawn = Drawn::default();
    terminal
        .draw(|frame| drawn = draw(frame, state))
        .expect("drawn");
    (terminal.backend().buffer().clone(), drawn)
}

/// Its lines, without the blanks at their ends.
pub fn lines(state: &State, width: u16, height: u16) -> Vec<String> {
    let (buffer, _) = buffer(state, width, height);
    (0..height)
        .map(|y| {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..width {
                let symbol = buffer[(x, y)].symbol();
                if skip == 0 {
                    line.push_str(symbol);
                    skip = unicode_width::UnicodeWidthStr::width(symbol).max(1);
                }
                skip -= 1;
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// A frame with a headline that says what it is.
pub fn frame(title: &str, state: &State, width: u16, height: u16) -> String {
    let text = lines(state, width, height).join("\n");
    format!("==== {title} {width}x{height}\n{text}\n")
}

/// Frames of one subject, one below the other.
pub fn frames(title: &str, state: &State, sizes: &[(u16, u16)]) -> String {
    let each = sizes.iter().map(|(w, h)| frame(title, state, *w, *h));
    each.collect::<Vec<_>>().join("\n")
}

/// A report made by hand.
pub fn hostile() -> State {
    let mut report = reports::hostile();
    let long = "x".repeat(300);
    let wide = "図書館".repeat(40);
    for hop in &mut report.path {
        hop.nodes[0].name = format!("a\u{1b}[31m\u{202e}{wide}");
        hop.nodes[0].detail = format!("{long}\r\n\u{9b}2J");
    }
    report.asked.push(Asked {
        hop: Hop::Service,
        vantage: Vantage::Pod,
        what: format!("GET \u{1b}]0;x\u{7} {wide}"),
        outcome: Outcome::Answered("200\u{1b}[0m".into()),
        ms: Some(3),
        reproduce: None,
    });
    report.asked.push(Asked {
        hop: Hop::Service,
        vantage: Vantage::Objects,
        what: "get Secret shop/\u{1b}c".into(),
        outcome: Outcome::Gap("forbidden\u{85}".into()),
        ms: None,
        reproduce: None,
    });
    of(report)
}
