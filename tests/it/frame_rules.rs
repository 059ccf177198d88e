//! What holds for every frame: at any size, in every state, with any text.

use std::time::{Duration, Instant};

use hops::output::shared::sanitize;
use hops::report::{Evidence, Hop, ObjectRef, Severity, Verdict};
use hops::tui::keymap::Mode;
use hops::tui::state::{Opening, Overlay, Pane, Pick, Picking, Prompt, Reading, State, Toast};
use hops::tui::theme::Theme;
use hops::tui::yaml;
use hops::tui::yaml::marks;
use ratatui::style::Color;
use serde_json::json;
use tui_input::Input;

use crate::support::reports;
use crate::support::screens::{self, buffer, lines, now, over};

const WORDS: [(&str, Verdict); 5] = [
    ("OK", Verdict::Ok),
    ("DEGRADED", Verdict::Degraded),
    ("BROKEN", Verdict::Broken),
    ("UNKNOWN", Verdict::Unknown),
    ("WAITING", Verdict::Waiting),
];

/// Reports of every verdict.
fn reports_shown() -> Vec<(&'static str, State)> {
    let mut all: Vec<(&str, State)> = screens::DEMOS
        .iter()
        .map(|name| (*name, screens::still(name)))
        .collect();
    all.push(("partial", screens::partial()));
    all.push(("repaired", screens::repaired()));
    all.push(("lost", screens::lost()));
    all.push(("blind", screens::blind("healthy")));
    all.push(("degraded", screens::of(reports::degraded())));
    all.push(("unknown", screens::of(reports::unknown())));
    all.push(("hostile", screens::hostile()));
    for (name, scenario, entrance) in [
        ("two ways", "two-ways-in-and-the-other-one-is-broken", None),
        (
            "two ways, the other",
            "two-ways-in-and-the-other-one-is-broken",
            Some("infra/eg"),
        ),
        (
            "two ways, the same pods",
            "two-ways-in-to-the-same-pods",
            None,
        ),
    ] {
        all.push((name, screens::two_ways(scenario, entrance)));
    }
    let mut ways = reports::hostile();
    ways.entrances = ["b", "Gateway a", "a"]
        .map(|id| reports::entrance(id, id == "b"))
        .to_vec();
    all.push(("two ways, hostile", screens::of(ways)));
    all
}

/// Every kind of thing that can lie over the screen.
fn overlays() -> Vec<(&'static str, Overlay)> {
    let reading = || Reading {
        scroll: 7,
        filter: String::new(),
    };
    let text = |text: &str| text.to_owned();
    let pick = |items| {
        Overlay::Pick(Picking {
            what: Pick::Context,
            items,
            input: Input::new("x図".into()),
            selected: 900,
        })
    };
    let service = ObjectRef {
        kind: "Service".into(),
        namespace: Some("shop".into()),
        name: "frontend".into(),
    };
    let yaml = |lines| Overlay::Yaml {
        object: service.clone(),
        lines,
        reading: reading(),
    };
    vec![
        ("help", Overlay::Help(Mode::Path, reading())),
        (
            "explain",
            Overlay::Explain("service-selector-no-match", reading()),
        ),
        ("questions", Overlay::Questions(reading())),
        ("findings", Overlay::Findings(40)),
        (
            "copy",
            Overlay::Copy {
                lines: vec![text("kubectl"), "x".repeat(500)],
                of: Some(text("the fix of x")),
            },
        ),
        ("save", Overlay::Save),
        ("pick", pick(Some(Ok(vec![text("a"), "b".repeat(300)])))),
        ("pick, none", pick(None)),
        ("pick, failed", pick(Some(Err("no ".repeat(90))))),
        ("messages", Overlay::Messages(reading())),
        ("yaml", yaml(Some(Ok(yaml::lines(&screens::service()))))),
        ("yaml, none", yaml(None)),
        ("yaml, failed", yaml(Some(Err(text("gone"))))),
    ]
}

/// All sizes up to 60x20, and a coarse grid of larger ones.
fn sizes() -> Vec<(u16, u16)> {
    let small = (1..=60).flat_map(|w| (1..=20).map(move |h| (w, h)));
    let large = (61..=240)
        .step_by(13)
        .flat_map(|w| (12..=70).step_by(7).map(move |h| (w, h)));
    small.chain(large).collect()
}

fn assert_verdict_seen(name: &str, state: &State, width: u16, height: u16) {
    let report = state.report().expect("a report");
    let word = WORDS.iter().find(|(_, v)| *v == report.verdict);
    let (word, _) = word.expect("a word");
    let frame = lines(state, width, height);
    let head = frame.iter().take(2).any(|line| line.contains(word));
    assert!(
        head,
        "{name} {width}x{height} lacks {word}:\n{}",
        frame.join("\n")
    );
}

#[test]
fn the_verdict_is_seen_at_every_size() {
    for name in ["healthy", "label-drift"] {
        let mut state = screens::demo(name);
        for (width, height) in sizes() {
            state.size = (width, height);
            if width >= 20 {
                assert_verdict_seen(name, &state, width, height);
            } else {
                buffer(&state, width, height);
            }
        }
    }
    // At fewer sizes all the others.
    for (name, state) in reports_shown() {
        for (width, height) in sizes().into_iter().step_by(17).filter(|s| s.0 >= 20) {
            assert_verdict_seen(name, &state, width, height);
        }
    }
}

#[test]
fn whatever_lies_over_the_screen_leaves_the_verdict_and_fits_every_size() {
    for (name, overlay) in overlays() {
        let state = over(screens::demo("label-drift"), overlay);
        for (width, height) in sizes().into_iter().step_by(11) {
            if width >= 20 {
                assert_verdict_seen(name, &state, width, height);
            } else {
                buffer(&state, width, height);
            }
        }
        assert_verdict_seen(name, &state, 60, 12);
    }
}

#[test]
fn every_other_state_fits_every_size() {
    let mut failed = screens::opening();
    failed.opening = Opening::Failed("cannot ask the API server. ".repeat(9));
    let mut prompted = screens::demo("healthy");
    prompted.prompt = Some(Prompt {
        command: true,
        input: Input::new("explain ünïcödé 図書館 and more".into()),
        over: 0,
        completions: (0..12).map(|i| format!("{i}-図書館")).collect(),
        completion: Some(11),
    });
    let mut told = screens::demo("healthy");
    told.toast = Some(Toast {
        text: "told ".repeat(80),
        error: true,
        at: now(),
    });
    let mut far = screens::demo("label-drift");
    far.path.scroll = 9000;
    far.path.pane = Pane::Detail;
    far.path.node = Some(70);
    far.path.wide = true;
    let states = [
        screens::opening(),
        screens::loading(),
        failed,
        prompted,
        told,
        far,
        screens::hosts_loading(),
        screens::hosts(0),
        screens::hosts(40),
        screens::checking(),
    ];
    for state in &states {
        for (width, height) in sizes().into_iter().step_by(3) {
            buffer(state, width, height);
        }
    }
}

#[test]
fn no_frame_says_another_verdict() {
    for (name, state) in reports_shown() {
        let verdict = state.report().expect("a report").verdict;
        for (width, height) in [(120, 40), (80, 24), (40, 10)] {
            for line in lines(&state, width, height) {
                let words = line.split(|c: char| !c.is_ascii_alphabetic());
                for word in words {
                    let said = WORDS.iter().find(|(text, _)| *text == word);
                    assert!(
                        said.is_none_or(|(_, v)| *v == verdict),
                        "{name} is {verdict:?}: {line}"
                    );
                }
            }
        }
    }
}

/// Whichever is walked, a way in stays where it stood.
#[test]
fn a_way_in_keeps_its_place() {
    for scenario in [
        "two-ways-in-and-the-other-one-is-broken",
        "two-ways-in-to-the-same-pods",
    ] {
        for entrance in ["traefik", "infra/eg"] {
            let state = screens::two_ways(scenario, Some(entrance));
            let titles = &lines(&state, 160, 45)[2];
            let at = |id| titles.find(id).expect("its title");
            assert!(at("traefik · DNS leads here") < at("Gateway infra/eg · DNS leads elsewhere"));
            // With less room the other one is told in a line.
            let frame = lines(&state, 149, 45);
            let line = frame.iter().find(|l| l.contains("│ i:")).expect("the line");
            assert_eq!(
                line.contains("traefik answers 200, DNS leads there"),
                entrance == "infra/eg"
            );
            assert_eq!(
                line.contains("Gateway infra/eg answers"),
                entrance == "traefik"
            );
        }
    }
}

/// Side by side or one above the other, the rail is as high as the journey is long.
#[test]
fn a_shorter_journey_leaves_its_room_to_the_detail() {
    let mut state = screens::demo("healthy");
    let top = |state: &State| {
        let lines = lines(state, 80, 40);
        let at = lines.iter().position(|l| l.starts_with('├'));
        at.expect("the detail below the path")
    };
    let whole = top(&state);
    screens::change(&mut state, |update| {
        update.report.path.retain(|h| h.hop >= Hop::Service);
    });
    state.path.hop = Hop::Service;
    assert_eq!(top(&state), whole - 6);
}

#[test]
fn ascii_is_ascii() {
    for (name, mut state) in reports_shown() {
        if name.ends_with("hostile") {
            continue; // its data is not
        }
        state.ascii = true;
        for hop in state.hops() {
            state.path.hop = hop;
            for (width, height) in [(200, 60), (80, 24), (40, 10)] {
                for line in lines(&state, width, height) {
                    assert!(line.is_ascii(), "{name} {hop:?}: {line}");
                }
            }
        }
    }
    for (name, overlay) in overlays() {
        let mut state = over(screens::demo("label-drift"), overlay);
        state.ascii = true;
        for line in lines(&state, 120, 40) {
            assert!(line.is_ascii() || line.contains('図'), "{name}: {line}");
        }
    }
    let others = [
        screens::opening(),
        screens::loading(),
        screens::hosts_loading(),
        screens::hosts(0),
        screens::checking(),
    ];
    for mut state in others {
        state.ascii = true;
        for (width, height) in [(120, 40), (80, 24), (40, 10)] {
            let frame = lines(&state, width, height).join("\n");
            assert!(frame.is_ascii(), "{frame}");
        }
    }
}

#[test]
fn without_colours_there_is_none() {
    let mut states: Vec<State> = reports_shown().into_iter().map(|s| s.1).collect();
    let base = || screens::demo("label-drift");
    states.extend(overlays().into_iter().map(|(_, o)| over(base(), o)));
    states.extend([screens::checking(), screens::loading(), screens::lost()]);
    for mut state in states {
        state.theme = Theme::Mono;
        state.path.node = Some(0);
        for (width, height) in [(120, 40), (80, 24), (40, 10)] {
            for cell in &buffer(&state, width, height).0.content {
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            }
        }
    }
}

#[test]
fn no_text_acts_on_the_terminal() {
    let mut states = vec![screens::hostile()];
    let base = screens::hostile;
    states.extend(overlays().into_iter().map(|(_, o)| over(base(), o)));
    let evil = "\u{1b}[2J\u{202e}x\u{200b}\r\n";
    states.push(over(
        base(),
        Overlay::Copy {
            lines: vec![evil.into()],
            of: Some(evil.into()),
        },
    ));
    let mut hosts = screens::hosts(3);
    if let Some(Ok(rows)) = &mut hosts.hosts.rows {
        rows[0].host = evil.into();
        rows[0].by.namespace = Some(evil.into());
        rows[0].class = evil.into();
    }
    hosts.hosts.filter = evil.into();
    hosts.toast = Some(Toast {
        text: evil.into(),
        error: false,
        at: now(),
    });
    states.push(hosts);
    let value = json!({"a": evil, "\u{1b}]0;x\u{7}": ["\u{9b}31m"], "b": "x\n\u{1b}[0m"});
    states.push(over(
        base(),
        Overlay::Yaml {
            object: ObjectRef {
                kind: "Service".into(),
                namespace: Some(evil.into()),
                name: evil.into(),
            },
            lines: Some(Ok(yaml::lines(&value))),
            reading: Reading::default(),
        },
    ));
    let mut typed = base();
    typed.prompt = Some(Prompt {
        command: true,
        input: Input::new(evil.into()),
        over: 0,
        completions: vec![evil.into()],
        completion: None,
    });
    states.push(typed);
    let mut failed = screens::opening();
    failed.path.target = Some(evil.into());
    failed.opening = Opening::Failed(evil.into());
    states.push(failed);
    for mut state in states {
        for hop in state.hops() {
            state.path.hop = hop;
            for (width, height) in [(120, 40), (80, 24), (40, 10)] {
                for cell in &buffer(&state, width, height).0.content {
                    let raw = cell.symbol().chars().find(|c| sanitize::acts(*c));
                    assert_eq!(raw, None, "{:?} at {hop:?}", cell.symbol());
                }
            }
        }
    }
}

#[test]
fn a_fix_can_be_pasted_as_it_is_shown() {
    for name in &screens::DEMOS[1..] {
        let state = screens::demo(name);
        let findings = &state.report().expect("a report").findings;
        let Some(first) = findings.first() else {
            continue;
        };
        let fix = first.remedy.commands.clone();
        let copy = over(
            state,
            Overlay::Copy {
                lines: fix.clone(),
                of: None,
            },
        );
        let shown = lines(&copy, 80, 24)[4..23].join("\n");
        let joined = shown
            .replace(" \\\n  ", " ")
            .replace(",\n    \"", ",\"")
            .replace("{\n    \"", "{\"");
        for command in fix {
            assert!(joined.contains(&command), "{name}: {command}\n{shown}");
        }
    }
}

#[test]
fn the_selected_thing_stays_in_sight() {
    let mut state = screens::demo("crash-loop");
    for scroll in [0, 3, 9000] {
        state.path.scroll = scroll;
        for node in 0..3 {
            state.path.node = Some(node);
            let frame = lines(&state, 80, 24);
            let cursor = frame.iter().skip(13).any(|l| l.contains("▶"));
            assert!(cursor, "{scroll} {node}\n{}", frame.join("\n"));
        }
    }
}

#[test]
fn a_finding_is_found_in_the_yaml_however_its_path_is_written() {
    let object = ObjectRef {
        kind: "Service".into(),
        namespace: Some("shop".into()),
        name: "frontend".into(),
    };
    let lines = yaml::lines(&json!({"metadata": {"labels": {"a.b/c": "x"}},
        "spec": {"ports": [{"port": 80}, {"port": 443}]}}));
    let line = |paths: &[&str]| {
        let mut finding = reports::finding("a-code", Severity::Error, Hop::Service, "a title");
        let field = |path: &&str| Evidence::field("Service shop/frontend", *path, "x");
        finding.evidence = paths.iter().map(field).collect();
        let report = reports::shop().finding(finding).build();
        let marked = marks(&report, &object, &lines);
        let texts = marked.iter().map(|(at, _)| lines[*at].text.trim());
        texts.map(str::to_owned).collect::<Vec<_>>()
    };
    for path in [
        r#".metadata.labels["a.b/c"]"#,
        r".metadata.labels.a\.b/c",
        ".metadata.labels.a.b/c",
    ] {
        assert_eq!(line(&[path]), ["a.b/c: x"], "{path}");
    }
    assert_eq!(line(&[".spec.ports[1].port"]), ["- port: 443"]);
    // What is not there is marked where it would stand.
    assert_eq!(line(&[".spec.ports[1].name"]), ["- port: 443"]);
    assert_eq!(line(&[".spec.selector.app"]), ["spec:"]);
    assert_eq!(line(&[".status.x"]), Vec::<String>::new());
    // `.spec.port` is no part of `.spec.ports`.
    assert_eq!(line(&[".spec.port"]), ["spec:"]);
}

#[test]
fn ten_thousand_hosts_cost_what_is_seen_of_them() {
    let best = |state: &State| {
        let once = |_| {
            let began = Instant::now();
            buffer(state, 200, 60);
            began.elapsed()
        };
        (0..5).map(once).min().expect("a time")
    };
    let (few, many) = (best(&screens::hosts(100)), best(&screens::hosts(10_000)));
    assert!(
        many < few * 3 + Duration::from_millis(5),
        "{many:?} for ten thousand, {few:?} for a hundred"
    );
}
