//! What keys and news do to the screen's state. No terminal is needed: `update` is a pure function.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hops::diagnosis::served::First;
use hops::report::{Hop, ObjectRef, State as HopState, Update, Verdict};
use hops::tui::action::{Action, Effect};
use hops::tui::keymap::Mode;
use hops::tui::state::{
    Checked, HostRow, Opening, Origin, Overlay, Pane, Pick, Picking, SaveFormat, Screen, State,
};
use hops::tui::theme::Theme;
use hops::tui::update::update;
use serde_json::json;

use crate::support::{screens, shown};

const SHOP: &str = "https://shop.example.com/";

fn start(target: Option<&str>) -> State {
    let now = "2026-11-25T12:00:00Z".parse().expect("a moment");
    State::new(target.map(str::to_owned), now, Theme::Ansi, false)
}

/// The path of a demo scenario, as on a live cluster.
fn showing(scenario: &str) -> State {
    let mut state = start(Some(SHOP));
    let effects = update(&mut state, Action::Opened(Ok(shown::cluster())));
    assert!(
        matches!(&effects[..], [Effect::Watch { target, watch: 1, .. }] if target == SHOP),
        "{effects:?}"
    );
    update(
        &mut state,
        Action::Update(1, shown::news(shown::demo(scenario))),
    );
    state
}

fn hosts() -> Vec<HostRow> {
    let row = |host: &str, namespace: &str| HostRow {
        host: host.into(),
        by: ObjectRef {
            kind: "Ingress".into(),
            namespace: Some(namespace.into()),
            name: "web".into(),
        },
        class: "traefik".into(),
        path: First::default(),
        backend: First::default(),
    };
    vec![
        row("*.wild.example.com", "team"),
        row("api.example.com", "team"),
        row("shop.example.com", "shop"),
    ]
}

/// The hosts of a live cluster.
fn listing() -> State {
    let mut state = start(None);
    let effects = update(&mut state, Action::Opened(Ok(shown::cluster())));
    assert_eq!(effects, [Effect::ListHosts]);
    update(&mut state, Action::Hosts(Ok(hosts())));
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in keys.chars() {
        let (code, held) = match c {
            '\n' => (KeyCode::Enter, KeyModifiers::NONE),
            '\t' => (KeyCode::Tab, KeyModifiers::NONE),
            '\u{1b}' => (KeyCode::Esc, KeyModifiers::NONE),
            '\u{8}' => (KeyCode::Backspace, KeyModifiers::NONE),
            '\u{3}' => (KeyCode::Char('c'), KeyModifiers::CONTROL),
            c if c.is_uppercase() => (KeyCode::Char(c), KeyModifiers::SHIFT),
            c => (KeyCode::Char(c), KeyModifiers::NONE),
        };
        effects.extend(update(state, Action::Key(KeyEvent::new(code, held))));
    }
    effects
}

/// A state for every mode.
fn each_mode() -> Vec<(Mode, State)> {
    let with = |keys: &str| {
        let mut state = showing("label-drift");
        press(&mut state, keys);
        state
    };
    vec![
        (Mode::Path, with("")),
        (Mode::Hosts, listing()),
        (Mode::Text, with("e")),
        (Mode::Pick, with("c")),
        (Mode::Prompt, with(":")),
        (Mode::Menu, with("o")),
    ]
}

#[test]
fn escape_never_quits_and_ctrl_c_always_does() {
    for (mode, mut state) in each_mode() {
        assert_eq!(state.mode(), mode);
        assert_eq!(
            press(&mut state.clone(), "\u{3}"),
            [Effect::Quit],
            "{mode:?}"
        );
        for _ in 0..12 {
            let effects = press(&mut state, "\u{1b}");
            assert!(!effects.contains(&Effect::Quit), "{mode:?}");
        }
        assert!(
            state.overlays.is_empty() && state.prompt.is_none(),
            "{mode:?}"
        );
    }
}

#[test]
fn help_opens_in_every_mode_and_closes_to_where_it_was() {
    for (mode, mut state) in each_mode() {
        press(&mut state, "?");
        assert!(
            matches!(state.overlays.last(), Some(Overlay::Help(of, _)) if *of == mode),
            "{mode:?}"
        );
        assert_eq!(state.mode(), Mode::Text);
        press(&mut state, "\u{1b}");
        assert_eq!(state.mode(), mode);
    }
}

#[test]
fn q_goes_back_and_quits_at_the_first_screen() {
    let mut state = showing("healthy");
    press(&mut state, "a");
    assert_eq!(press(&mut state, "q"), []);
    assert_eq!(state.mode(), Mode::Path);
    assert_eq!(press(&mut state, "q"), [Effect::Quit]);

    let mut state = listing();
    press(&mut state, "j\n");
    assert_eq!(state.screen, Screen::Path);
    assert_eq!(press(&mut state, "q"), []);
    assert_eq!(state.screen, Screen::Hosts);
    assert_eq!(press(&mut state, "q"), [Effect::Quit]);
}

#[test]
fn the_first_broken_hop_is_selected_until_a_person_moves() {
    let mut state = showing("label-drift");
    assert_eq!(state.path.hop, Hop::Service);
    // It heals: the selection follows.
    update(
        &mut state,
        Action::Update(1, shown::news(shown::demo("healthy"))),
    );
    assert_eq!(state.path.hop, Hop::User);
    press(&mut state, "jj");
    assert_eq!(state.path.hop, Hop::LoadBalancer);
    update(
        &mut state,
        Action::Update(1, shown::news(shown::demo("crash-loop"))),
    );
    assert_eq!(state.path.hop, Hop::LoadBalancer);
    press(&mut state, "0");
    assert_eq!(state.path.hop, Hop::Pod);
}

#[test]
fn digits_name_the_hops_of_the_journey_however_many_it_has() {
    let mut state = start(Some(SHOP));
    press(&mut state, "0");
    assert_eq!(state.path.hop, Hop::Pod);
    let mut state = showing("healthy");
    let mut inside = (**state.path.update.as_ref().expect("news")).clone();
    inside.report.path.retain(|h| h.hop >= Hop::Service);
    update(&mut state, Action::Update(1, shown::news(inside)));
    assert_eq!(state.path.hop, Hop::Service);
    press(&mut state, "4");
    assert_eq!(state.path.hop, Hop::Pod);
    press(&mut state, "2");
    assert_eq!(state.path.hop, Hop::Endpoints);
    press(&mut state, "50");
    assert_eq!(state.path.hop, Hop::Endpoints);
}

#[test]
fn news_of_an_earlier_watch_are_not_taken_for_this_one() {
    let mut state = showing("label-drift");
    assert_eq!(press(&mut state, ":host ingress/shop\n"), []);
    let said = state.toast.as_ref().map(|t| format!("{t:?}"));
    assert!(said.is_some_and(|t| t.contains("kubectl hops ingress/shop")));
    let effects = press(&mut state, ":host other.example.com\n");
    assert!(
        matches!(&effects[..], [Effect::Watch { target, watch: 2, .. }] if target == "other.example.com"),
        "{effects:?}"
    );
    assert!(state.path.update.is_none());
    update(
        &mut state,
        Action::Update(1, shown::news(shown::demo("healthy"))),
    );
    assert!(state.path.update.is_none());
    update(&mut state, Action::Failed(1, "no".into()));
    assert!(state.path.failed.is_none());
}

#[test]
fn a_verdict_that_turns_is_told() {
    let mut state = showing("label-drift");
    let mut healed = shown::demo("healthy");
    healed.rounds = 2;
    update(&mut state, Action::Update(1, shown::news(healed)));
    let toast = state.toast.as_ref().expect("a word about it");
    assert_eq!(
        toast.text,
        "now ok, answers 200; it was broken at Service, answers 404"
    );
    let later = "2026-11-25T12:00:07Z".parse().expect("a moment");
    update(&mut state, Action::Tick(later));
    assert!(state.toast.is_none(), "it stays for a moment only");
    press(&mut state, "M");
    assert!(matches!(state.overlays.last(), Some(Overlay::Messages(_))));
}

#[test]
fn findings_are_stepped_through_in_their_order() {
    let mut state = showing("label-drift");
    let codes: Vec<&str> = state.finding_rows().iter().map(|f| f.code).collect();
    assert_eq!(codes[0], "service-selector-no-match");
    assert!(codes.contains(&"endpoints-empty"));
    press(&mut state, "n");
    assert_eq!(state.path.hop, Hop::Service);
    for _ in 1..codes.len() {
        press(&mut state, "n");
    }
    let last = state.finding_rows()[codes.len() - 1].hop;
    assert_eq!(state.path.hop, last);
    press(&mut state, "n");
    assert_eq!(state.path.finding, Some(0), "round and round");
    press(&mut state, "F");
    press(&mut state, "j\n");
    assert_eq!(state.path.finding, Some(1));
    assert!(state.overlays.is_empty());
}

#[test]
fn the_fix_is_copied_with_context_and_namespace() {
    let mut state = showing("label-drift");
    let effects = press(&mut state, "Y");
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(text.starts_with("kubectl --context "), "{text}");
    assert!(text.contains(" -n shop patch service frontend"), "{text}");
    assert!(
        matches!(state.overlays.last(), Some(Overlay::Copy { lines, .. }) if lines.join("\n") == *text)
    );
    // From a hop without a finding it is still the root cause's.
    let mut state = showing("label-drift");
    press(&mut state, "1");
    assert_eq!(press(&mut state, "Y").len(), 1);
    // On a symptom it is the fix of its cause, and that is said.
    let mut state = showing("label-drift");
    let symptom = state
        .finding_rows()
        .iter()
        .position(|f| f.code == "endpoints-empty");
    state.path.finding = symptom;
    state.path.hop = Hop::Endpoints;
    assert!(
        matches!(&press(&mut state, "Y")[..], [Effect::Copy(t)] if t.contains("patch service frontend"))
    );
    let Some(Overlay::Copy { of: Some(of), .. }) = state.overlays.last() else {
        panic!("{:?}", state.overlays.last());
    };
    assert_eq!(of, "the fix of service-selector-no-match, the cause");
    // What only looks is not called a fix.
    let mut state = showing("crash-loop");
    press(&mut state, "1");
    press(&mut state, "Y");
    let Some(Overlay::Copy { lines, .. }) = state.overlays.last() else {
        panic!("{:?}", state.overlays.last());
    };
    assert!(lines.iter().all(|l| !hops::report::changes(l)), "{lines:?}");
    let mut state = showing("healthy");
    assert_eq!(press(&mut state, "Y"), []);
    assert!(state.toast.is_some());
}

#[test]
fn yaml_is_that_of_the_selected_thing_or_of_the_finding() {
    let service = ObjectRef {
        kind: "Service".into(),
        namespace: Some("shop".into()),
        name: "frontend".into(),
    };
    let mut state = showing("label-drift");
    assert_eq!(press(&mut state, "y"), [Effect::Object(service.clone())]);
    let object = json!({"kind": "Service", "metadata": {"name": "frontend"}, "spec": {"a": 1, "b": 2, "c": 3,
        "d": 4, "selector": {"app": "fronted"}}});
    update(&mut state, Action::Object(service, Ok(object)));
    let Some(Overlay::Yaml {
        lines: Some(Ok(lines)),
        reading,
        ..
    }) = state.overlays.last()
    else {
        panic!("{:?}", state.overlays);
    };
    let at = lines.iter().position(|l| l.path == ".spec.selector.app");
    assert_eq!(reading.scroll, at.expect("the field") - 4);
    press(&mut state, "q");
    // A field that is not there: where it would stand.
    let object = ObjectRef {
        kind: "Service".into(),
        namespace: Some("shop".into()),
        name: "frontend".into(),
    };
    press(&mut state, "y");
    let without = json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "spec": {"type": "ClusterIP"}});
    update(&mut state, Action::Object(object, Ok(without)));
    let Some(Overlay::Yaml { reading, .. }) = state.overlays.last() else {
        panic!("{:?}", state.overlays);
    };
    assert_eq!(reading.scroll, 1);
    press(&mut state, "q");
    // Another thing, at another hop.
    press(&mut state, "4ll");
    let effects = press(&mut state, "y");
    assert!(
        matches!(&effects[..], [Effect::Object(o)] if o.kind == "Pod" && o.namespace.as_deref() == Some("traefik")),
        "{effects:?}"
    );
    press(&mut state, "q2l");
    assert_eq!(press(&mut state, "y"), [], "a DNS record has no YAML");
}

#[test]
fn hosts_are_filtered_fuzzily_and_chosen() {
    let mut state = listing();
    press(&mut state, "/shpex");
    assert_eq!(state.hosts.shown, [2]);
    press(&mut state, "\n");
    assert_eq!(state.mode(), Mode::Hosts);
    let effects = press(&mut state, "\n");
    assert!(matches!(&effects[..], [Effect::Watch { target, .. }] if target == "shop.example.com"));
    assert_eq!(state.recent, ["shop.example.com"]);
    press(&mut state, "t/\u{1b}");
    assert_eq!(state.hosts.shown.len(), 3, "Esc clears the filter");
    // A wildcard names no host.
    let mut state = listing();
    assert_eq!(press(&mut state, "\n"), []);
    assert!(state.toast.is_some());
    press(&mut state, "/!shop\n");
    assert_eq!(state.hosts.shown, [0, 1]);
}

fn checked(state: &mut State, host: &str, verdict: Verdict) {
    let words = format!("{verdict:?}").to_lowercase();
    let checked = Checked { verdict, words };
    update(state, Action::Checked(host.into(), checked));
}

/// The hosts that are shown, in their order.
fn shown(state: &State) -> Vec<&str> {
    let Some(Ok(rows)) = &state.hosts.rows else {
        return Vec::new();
    };
    let shown = state.hosts.shown.iter();
    shown.map(|row| rows[*row].host.as_str()).collect()
}

fn under_cursor(state: &State) -> &str {
    shown(state)[state.hosts.selected]
}

/// Hosts `a` to `e`, in namespaces the other way round.
fn five() -> State {
    let mut state = listing();
    let row = |(host, namespace): (&str, &str)| HostRow {
        host: host.into(),
        by: ObjectRef {
            kind: "Ingress".into(),
            namespace: Some(namespace.into()),
            name: "web".into(),
        },
        class: String::new(),
        path: First::default(),
        backend: First::default(),
    };
    let rows = [("a", "4"), ("b", "3"), ("c", "2"), ("d", "1"), ("e", "0")].map(row);
    update(&mut state, Action::Hosts(Ok(rows.to_vec())));
    state
}

#[test]
fn hosts_are_sorted_by_name_namespace_and_state_and_turned_round() {
    let mut state = five();
    press(&mut state, "j");
    press(&mut state, "N");
    assert_eq!(shown(&state), ["e", "d", "c", "b", "a"], "by name it was");
    assert_eq!(under_cursor(&state), "b");
    press(&mut state, "N");
    assert_eq!(shown(&state), ["a", "b", "c", "d", "e"]);
    press(&mut state, "P");
    assert_eq!(shown(&state), ["e", "d", "c", "b", "a"]);
    press(&mut state, "P");
    assert_eq!(shown(&state), ["a", "b", "c", "d", "e"]);
    assert_eq!(under_cursor(&state), "b");
    press(&mut state, "S");
    assert_eq!(shown(&state), ["a", "b", "c", "d", "e"], "all alike");
    checked(&mut state, "b", Verdict::Ok);
    checked(&mut state, "c", Verdict::Unknown);
    checked(&mut state, "d", Verdict::Degraded);
    checked(&mut state, "e", Verdict::Broken);
    assert_eq!(shown(&state), ["e", "d", "c", "b", "a"]);
    assert_eq!(under_cursor(&state), "b", "the cursor goes with its host");
    press(&mut state, "S");
    assert_eq!(shown(&state), ["a", "b", "c", "d", "e"]);
    checked(&mut state, "a", Verdict::Broken);
    assert_eq!(shown(&state), ["b", "c", "d", "a", "e"], "alike: by name");
    assert_eq!(under_cursor(&state), "b");
}

#[test]
fn a_cursor_that_nobody_moved_stays_at_the_top() {
    let mut state = five();
    press(&mut state, "S");
    checked(&mut state, "c", Verdict::Broken);
    assert_eq!((shown(&state)[0], under_cursor(&state)), ("c", "c"));
    checked(&mut state, "b", Verdict::Broken);
    assert_eq!(under_cursor(&state), "b");
    // To come back from a walk is to have chosen the host.
    press(&mut state, "\nt");
    checked(&mut state, "a", Verdict::Broken);
    assert_eq!((shown(&state)[0], under_cursor(&state)), ("a", "b"));
    // The best match of a filter is as good as the top.
    press(&mut state, "/!a\n");
    assert_eq!(under_cursor(&state), "b");
    checked(&mut state, "b", Verdict::Ok);
    assert_eq!(under_cursor(&state), "c");
    press(&mut state, "\u{1b}");
    assert_eq!((shown(&state)[0], under_cursor(&state)), ("a", "c"));
}

#[test]
fn only_the_order_by_state_changes_with_a_verdict() {
    let mut state = five();
    press(&mut state, "P");
    checked(&mut state, "a", Verdict::Broken);
    assert_eq!(shown(&state), ["e", "d", "c", "b", "a"]);
    // A filter keeps the chosen order; without one the best match goes first.
    press(&mut state, "/!c\n");
    assert_eq!(shown(&state), ["e", "d", "b", "a"]);
    assert_eq!(under_cursor(&state), "e");
    press(&mut state, "jf");
    assert_eq!(shown(&state), ["a"], "problems only");
    checked(&mut state, "d", Verdict::Degraded);
    assert_eq!(shown(&state), ["d", "a"]);
    assert_eq!(under_cursor(&state), "a");
    checked(&mut state, "a", Verdict::Ok);
    assert_eq!(shown(&state), ["d"]);
    assert_eq!(under_cursor(&state), "d");
}

#[test]
fn hosts_are_counted_once_by_their_verdicts() {
    let mut state = five();
    let mut rows = hosts();
    rows.push(rows[1].clone());
    rows[3].by.name = "second".into();
    update(&mut state, Action::Hosts(Ok(rows)));
    let tally = |state: &State| state.hosts.tally;
    let none = tally(&state);
    assert_eq!((none.all, none.shown, none.unchecked), (3, 3, 3));
    let effects = press(&mut state, "a");
    let names = vec!["api.example.com".to_owned(), "shop.example.com".to_owned()];
    assert_eq!(effects, [Effect::Check(names)], "each once, no wildcard");
    assert_eq!((tally(&state).waiting, tally(&state).unchecked), (2, 1));
    checked(&mut state, "api.example.com", Verdict::Broken);
    let now = tally(&state);
    assert_eq!((now.broken, now.waiting, now.unchecked), (1, 1, 1));
    // Checked again the old verdict does not count until the check is stopped.
    update(&mut state, Action::ChecksEnded);
    assert_eq!((tally(&state).waiting, tally(&state).unchecked), (0, 2));
    press(&mut state, "a");
    assert_eq!((tally(&state).broken, tally(&state).waiting), (0, 2));
    assert_eq!(press(&mut state, "a"), [Effect::StopChecks]);
    assert_eq!((tally(&state).broken, tally(&state).waiting), (1, 0));
    press(&mut state, "/shop\n");
    let now = tally(&state);
    assert_eq!(
        (now.all, now.shown, now.broken, now.unchecked),
        (3, 1, 0, 1)
    );
}

#[test]
fn the_verdict_of_a_host_that_was_walked_is_kept() {
    let verdict = |state: &State| {
        let judged = state.hosts.judged.get("shop.example.com");
        judged.map(|j| (j.checked.verdict, j.checked.words.clone()))
    };
    let mut state = showing("label-drift");
    press(&mut state, "t");
    update(&mut state, Action::Hosts(Ok(hosts())));
    let broken = "broken at Service, answers 404".to_owned();
    assert_eq!(verdict(&state), Some((Verdict::Broken, broken.clone())));
    assert_eq!(state.hosts.tally.broken, 1);
    // The walk goes on behind the list; one that is under way says nothing yet.
    let mut news = shown::demo("healthy");
    news.rounds = 0;
    update(&mut state, Action::Update(1, shown::news(news)));
    assert_eq!(verdict(&state), Some((Verdict::Broken, broken)));
    let mut news = shown::demo("healthy");
    news.report.target.path = "/cart?token=x".into();
    update(&mut state, Action::Update(1, shown::news(news)));
    let cart = "/cart: ok, answers 200".to_owned();
    assert_eq!(verdict(&state), Some((Verdict::Ok, cart)));
    assert_eq!((state.hosts.tally.broken, state.hosts.tally.ok), (0, 1));
    let mut news = shown::demo("label-drift");
    news.report.target.from = Some("shop/web".into());
    update(&mut state, Action::Update(1, shown::news(news)));
    assert_eq!(
        state.hosts.tally.ok, 1,
        "from within it is another question"
    );
}

#[test]
fn all_shown_hosts_are_checked_once_and_a_second_time_stops() {
    let mut state = listing();
    let effects = press(&mut state, "a");
    let names = vec!["api.example.com".to_owned(), "shop.example.com".to_owned()];
    assert_eq!(effects, [Effect::Check(names)]);
    assert_eq!(state.hosts.checking, Some(2));
    let broken = Checked {
        verdict: Verdict::Broken,
        words: "broken at DNS".into(),
    };
    update(
        &mut state,
        Action::Checked("api.example.com".into(), broken),
    );
    press(&mut state, "f");
    assert_eq!(state.hosts.shown, [1], "problems only");
    press(&mut state, "f");
    assert_eq!(press(&mut state, "a"), [Effect::StopChecks]);
    assert_eq!(state.hosts.checking, None);
}

#[test]
fn contexts_and_namespaces_open_the_cluster_anew() {
    let mut state = showing("healthy");
    assert_eq!(press(&mut state, "c"), [Effect::Choices(Pick::Context)]);
    update(
        &mut state,
        Action::Choices(
            Pick::Context,
            Ok(vec!["dev".into(), "prod".into(), "stage".into()]),
        ),
    );
    let effects = press(&mut state, "st\n");
    let open = Effect::Open {
        context: Some("stage".into()),
        namespace: None,
    };
    assert_eq!(effects, [open]);
    // What was seen there must not pass for what is here.
    assert!(state.path.update.is_none());
    assert!(matches!(state.opening, Opening::Since(_)));
    let origin = Origin {
        context: Some("stage".into()),
        ..shown::cluster()
    };
    let effects = update(&mut state, Action::Opened(Ok(origin)));
    assert!(
        matches!(&effects[..], [Effect::Watch { target, watch: 3, .. }] if target == SHOP),
        "{effects:?}"
    );
    let effects = press(&mut state, ":ns team\n");
    let open = Effect::Open {
        context: None,
        namespace: Some("team".into()),
    };
    // For completion the names are asked for as soon as `:ns ` stands there.
    assert_eq!(effects, [Effect::Choices(Pick::Namespace), open]);
}

#[test]
fn commands_complete() {
    let mut state = showing("healthy");
    press(&mut state, ":expl\t tls-secret-m\t");
    let line = state.prompt.as_ref().map(|p| p.input.value().to_owned());
    assert_eq!(line.as_deref(), Some("explain tls-secret-missing"));
    press(&mut state, "\n");
    assert!(matches!(
        state.overlays.last(),
        Some(Overlay::Explain("tls-secret-missing", _))
    ));
    press(&mut state, "q:theme mono\n");
    assert_eq!(state.theme, Theme::Mono);
    press(&mut state, ":nonsense\n");
    assert!(state.toast.as_ref().is_some_and(|t| t.error));
    press(&mut state, "\u{1b}");
    assert!(state.toast.is_none(), "an error stays until Esc");
    assert_eq!(press(&mut state, ":q\n"), [Effect::Quit]);
    let mut state = showing("healthy");
    press(&mut state, ":host shop.example.com/?a=1");
    assert!(
        state.overlays.is_empty(),
        "a question mark inside of a URL is typed"
    );
}

#[test]
fn live_things_can_be_paused_and_paced_and_still_ones_not() {
    let mut state = showing("healthy");
    assert_eq!(press(&mut state, " "), [Effect::Pause(true)]);
    assert_eq!(press(&mut state, "p"), [Effect::Pause(false)]);
    assert!(matches!(&press(&mut state, "+")[..], [Effect::Every(d)] if d.as_secs() == 2));
    assert!(
        matches!(&press(&mut state, ":every 30s\n")[..], [Effect::Every(d)] if d.as_secs() == 30)
    );
    let mut state = start(None);
    let recording = Origin {
        still: "recording x.yaml".into(),
        target: Some(SHOP.into()),
        ..Origin::default()
    };
    update(&mut state, Action::Opened(Ok(recording)));
    state.screen = Screen::Path;
    assert_eq!(press(&mut state, " +"), []);
    assert!(!state.path.paused);
}

#[test]
fn one_key_chooses_the_format() {
    for (key, format) in [
        ("t", SaveFormat::Text),
        ("m", SaveFormat::Markdown),
        ("x", SaveFormat::Redacted),
    ] {
        let mut state = showing("healthy");
        press(&mut state, "o");
        assert_eq!(press(&mut state, key), [Effect::Save(format)]);
        assert!(state.overlays.is_empty());
    }
    let mut state = start(Some(SHOP));
    press(&mut state, "o");
    assert!(state.overlays.is_empty(), "nothing to write yet");
}

#[test]
fn pasting_a_host_asks_before_it_goes_there() {
    let mut state = showing("healthy");
    update(
        &mut state,
        Action::Paste("https://other.example.com/x\nrm -rf /\n".into()),
    );
    let line = state.prompt.as_ref().map(|p| p.input.value().to_owned());
    assert_eq!(line.as_deref(), Some("host https://other.example.com/x"));
}

#[test]
fn a_cluster_that_cannot_be_opened_keeps_what_was_seen() {
    let mut state = start(Some(SHOP));
    update(&mut state, Action::Opened(Err("no such context".into())));
    assert_eq!(state.opening, Opening::Failed("no such context".into()));
    assert_eq!(press(&mut state, "r"), [Effect::Again]);
}

#[test]
fn what_failed_stands_until_a_round_succeeds() {
    let mut state = start(Some(SHOP));
    update(&mut state, Action::Opened(Ok(shown::cluster())));
    update(&mut state, Action::Failed(1, "cannot ask".into()));
    let told = |rounds: u64, lost: Option<&str>| Update {
        rounds,
        unseen: lost.map(|why| shown::unseen(None, why)),
        ..shown::demo("healthy")
    };
    update(&mut state, Action::Update(1, shown::news(told(0, None))));
    assert!(
        state.path.failed.is_some(),
        "a round under way proves nothing"
    );
    update(
        &mut state,
        Action::Update(1, shown::news(told(1, Some("refused")))),
    );
    assert!(state.path.failed.is_some());
    update(&mut state, Action::Update(1, shown::news(told(2, None))));
    assert_eq!(state.path.failed, None);
}

#[test]
fn only_hops_that_are_not_well_can_be_walked_along() {
    let mut state = showing("label-drift");
    press(&mut state, "0f");
    assert_eq!(
        state.path.hop,
        Hop::User,
        "the first of those that are left"
    );
    press(&mut state, "g");
    let bad = |hop: Hop, state: &State| {
        let report = state.report().expect("a report");
        let hop = report.path.iter().find(|h| h.hop == hop).expect("the hop");
        hop.state != HopState::Ok
    };
    assert!(bad(state.path.hop, &state));
    press(&mut state, "G");
    assert!(bad(state.path.hop, &state));
}

#[test]
fn tab_moves_the_keyboard_and_scrolling_has_an_end() {
    let mut state = showing("label-drift");
    state.drawn.max_scroll = 3;
    state.drawn.page = 10;
    press(&mut state, "\tjjjjjj");
    assert_eq!((state.path.pane, state.path.scroll), (Pane::Detail, 3));
    press(&mut state, "g");
    assert_eq!(state.path.scroll, 0);
    press(&mut state, "\u{1b}");
    assert_eq!(state.path.pane, Pane::Rail);
}

/// The update of a report that is still being filled in.
#[test]
fn an_open_round_says_nothing_of_a_turn() {
    let mut state = showing("label-drift");
    let first = Update {
        rounds: 1,
        running: 3,
        ..shown::demo("healthy")
    };
    update(&mut state, Action::Update(1, shown::news(first)));
    assert!(state.toast.is_none());
}

const BROKEN: &str = "two-ways-in-and-the-other-one-is-broken";

/// The path of a host that has an Ingress, to which its name leads, and a Gateway; of one of them.
fn ways(entrance: Option<&str>, rounds: u64) -> Update {
    let report = screens::ways_report(BROKEN, entrance);
    Update {
        verdicts: vec![report.verdict],
        report,
        rounds,
        ..shown::demo("healthy")
    }
}

fn of_two_ways() -> State {
    let mut state = start(Some(SHOP));
    update(&mut state, Action::Opened(Ok(shown::cluster())));
    update(&mut state, Action::Update(1, shown::news(ways(None, 1))));
    state
}

fn judged(state: &State) -> Option<&str> {
    let report = state.report().expect("a report");
    report.judged().map(|e| e.id.as_str())
}

#[test]
fn a_key_walks_the_other_way_in_and_back() {
    let walk = |name: &str| Effect::Entrance(name.into());
    let mut state = of_two_ways();
    assert_eq!(judged(&state), Some("traefik"));
    let watch = state.path.watch;
    press(&mut state, " 6l");
    assert_eq!(press(&mut state, "i"), [walk("Gateway infra/eg")]);
    // Whoever asks for it wants it to be asked; the hop that a person looks at stays.
    assert!(!state.path.paused);
    assert_eq!((state.path.hop, state.path.node), (Hop::Route, None));
    // Until there is news of it the one before is shown, and the same key goes back.
    assert_eq!(judged(&state), Some("traefik"));
    assert_eq!(press(&mut state, "i"), [walk("traefik")]);
    assert_eq!(press(&mut state, "i"), [walk("Gateway infra/eg")]);
    let there = ways(Some("Gateway infra/eg"), 1);
    update(
        &mut state,
        Action::Update(watch, shown::news(there.clone())),
    );
    assert_eq!(judged(&state), Some("Gateway infra/eg"));
    assert_eq!(state.path.entrance, None);
    // That it is broken is no turn of the one before, which is not.
    let settled = Update {
        rounds: 2,
        ..there.clone()
    };
    update(&mut state, Action::Update(watch, shown::news(settled)));
    assert!(state.toast.is_none(), "{:?}", state.toast);
    assert_eq!(press(&mut state, "i"), [walk("traefik")]);
    update(
        &mut state,
        Action::Update(watch, shown::news(ways(None, 3))),
    );
    assert_eq!(judged(&state), Some("traefik"));
    assert!(state.toast.is_none(), "{:?}", state.toast);
    assert_eq!(state.path.watch, watch, "the watch goes on");
}

#[test]
fn what_another_way_in_does_is_not_the_verdict_of_the_host() {
    let verdict = |state: &State| {
        state
            .hosts
            .judged
            .get("shop.example.com")
            .map(|j| j.checked.verdict)
    };
    let mut state = of_two_ways();
    assert_eq!(verdict(&state), Some(Verdict::Ok));
    press(&mut state, "i");
    let there = shown::news(ways(Some("Gateway infra/eg"), 2));
    update(&mut state, Action::Update(1, there));
    assert_eq!(state.report().map(|r| r.verdict), Some(Verdict::Broken));
    assert_eq!(verdict(&state), Some(Verdict::Ok));
    // Another host begins anew.
    press(&mut state, ":host other.example.com\n");
    assert!(!state.path.chosen);
}

#[test]
fn without_another_way_in_the_key_says_so() {
    let mut state = showing("healthy");
    assert_eq!(press(&mut state, "i"), []);
    let told = state.toast.as_ref().map(|t| t.text.as_str());
    assert_eq!(told, Some("no other way in is known"));
}

#[test]
fn a_pod_is_asked_whom_it_calls() {
    let mut state = showing("healthy");
    // At a hop without a pod nobody is asked.
    press(&mut state, "2");
    assert_eq!(press(&mut state, ">"), []);
    assert!(state.toast.is_some());
    // The first pod of a hop, and the selected one.
    press(&mut state, "\u{1b}0");
    let effects = press(&mut state, ">");
    let [Effect::Choices(Pick::Called(first))] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(first.starts_with("shop/frontend-"), "{first}");
    let names = "http://product-service:8080  env PRODUCT_URL of container web";
    let what = Pick::Called(first.clone());
    update(&mut state, Action::Choices(what, Ok(vec![names.into()])));
    let effects = press(&mut state, "\n");
    let target = format!("{first}>http://product-service:8080");
    assert!(
        matches!(&effects[..], [Effect::Watch { target: t, .. }] if *t == target),
        "{effects:?}"
    );
    // Before anything is known, the hops are those of a call; its own pod is asked again.
    assert_eq!(state.hops()[0], Hop::Client);

    // A name that is in no list.
    let mut state = showing("healthy");
    press(&mut state, "0>");
    update(
        &mut state,
        Action::Choices(Pick::Called(first.clone()), Ok(vec![names.into()])),
    );
    let effects = press(&mut state, "db.data:5432\n");
    assert!(
        matches!(&effects[..], [Effect::Watch { target: t, .. }] if *t == format!("{first}>db.data:5432")),
        "{effects:?}"
    );
}

#[test]
fn the_screen_may_begin_with_the_names_of_a_pod() {
    let mut state = start(None);
    let what = Pick::Called("shop/frontend-1".into());
    state
        .overlays
        .push(Overlay::Pick(Picking::of(what.clone())));
    let effects = update(&mut state, Action::Opened(Ok(shown::cluster())));
    assert_eq!(effects, [Effect::ListHosts, Effect::Choices(what)]);
}
