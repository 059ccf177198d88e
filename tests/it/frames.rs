//! What the screen shows: whole frames, at the sizes that people have.

use hops::report::Hop;
use hops::tui::keymap::Mode;
use hops::tui::state::{Opening, Overlay, Pane, Pick, Picking, Prompt, Reading, State, Toast};
use hops::tui::theme::Theme;
use insta::assert_snapshot;
use jiff::ToSpan;
use ratatui::style::Modifier;
use tui_input::Input;

use crate::support::screens::{self, frame, frames, now, over};

/// The sizes that count.
const SIZES: &[(u16, u16)] = &[(80, 24), (120, 40), (200, 60), (60, 12), (40, 10)];
const USUAL: &[(u16, u16)] = &[(120, 40), (80, 24)];

fn toast(text: &str, error: bool, seconds: i64) -> Toast {
    Toast {
        text: text.into(),
        error,
        at: now() - seconds.seconds(),
    }
}

#[test]
fn loading() {
    let mut all = frames("opening", &screens::opening(), &[(80, 24), (40, 10)]);
    all += &frames("asking", &screens::loading(), SIZES);
    assert_snapshot!(all);
}

#[test]
fn partly_answered() {
    assert_snapshot!(frames("partly answered", &screens::partial(), USUAL));
}

#[test]
fn healthy() {
    assert_snapshot!(frames("healthy", &screens::demo("healthy"), SIZES));
}

#[test]
fn every_demo() {
    for name in &screens::DEMOS[1..] {
        let sizes = if *name == "label-drift" { SIZES } else { USUAL };
        assert_snapshot!(
            format!("demo_{name}"),
            frames(name, &screens::still(name), sizes)
        );
    }
}

#[test]
fn every_hop() {
    let mut state = screens::demo("healthy");
    let mut all = String::new();
    for hop in state.hops() {
        state.path.hop = hop;
        all += &frame(hop.title(), &state, 100, 30);
    }
    assert_snapshot!(all);
}

#[test]
fn without_rights() {
    let mut state = screens::blind("healthy");
    let mut all = frames("no rights", &state, USUAL);
    state.path.hop = Hop::Route;
    all += &frame("no rights, Route", &state, 120, 40);
    assert_snapshot!(all);
}

/// The sizes of a host with two ways in: beside each other, and one after the other.
const WAYS: &[(u16, u16)] = &[(60, 15), (80, 24), (120, 40), (160, 45), (200, 60)];
const BROKEN: &str = "two-ways-in-and-the-other-one-is-broken";
const SAME_PODS: &str = "two-ways-in-to-the-same-pods";
const GATEWAY: Option<&str> = Some("Gateway infra/eg");

#[test]
fn two_ways_in() {
    let state = screens::two_ways(BROKEN, None);
    assert_snapshot!(frames("by the Ingress", &state, WAYS));
}

#[test]
fn two_ways_in_the_other_one_is_walked() {
    let state = screens::two_ways(BROKEN, GATEWAY);
    assert_snapshot!(frames("by the Gateway", &state, WAYS));
}

#[test]
fn two_ways_in_to_the_same_pods() {
    let mut state = screens::two_ways(SAME_PODS, None);
    let mut all = frames("by the Ingress", &state, &[(160, 45), (150, 20), (80, 24)]);
    let asked = screens::two_ways(SAME_PODS, GATEWAY);
    all += &frame("by the Gateway", &asked, 160, 45);
    state.path.only_problems = true;
    all += &frame("problems only", &state, 160, 24);
    state.path.only_problems = false;
    state.path.entrance = GATEWAY.map(Into::into);
    all += &frames("the other one is asked for", &state, &[(160, 24), (80, 24)]);
    assert_snapshot!(all);
}

#[test]
fn two_ways_in_in_ascii_and_colours() {
    let mut state = screens::two_ways(BROKEN, None);
    state.ascii = true;
    let mut all = frames("ascii", &state, &[(160, 45), (80, 24)]);
    let mut same = screens::two_ways(SAME_PODS, GATEWAY);
    same.ascii = true;
    all += &frame("ascii, the same pods", &same, 160, 45);
    assert_snapshot!(all);
    let styled = |mut state: State, theme| {
        state.theme = theme;
        format!("{:?}", screens::buffer(&state, 150, 30).0)
    };
    state.ascii = false;
    assert_snapshot!("two_ways_in_ansi", styled(state.clone(), Theme::Ansi));
    assert_snapshot!("two_ways_in_mono", styled(state, Theme::Mono));
}

#[test]
fn without_a_cluster() {
    let mut state = screens::opening();
    state.opening = Opening::Failed(
        "cannot ask the API server https://10.0.0.1:6443 of context prod: connection refused; check the address in the kubeconfig, and the network or VPN"
            .into(),
    );
    let mut all = frames("no cluster", &state, SIZES);
    let mut state = screens::loading();
    state.path.failed = Some("No rule serves shop.example.".into());
    all += &frames("no such host", &state, USUAL);
    assert_snapshot!(all);
}

#[test]
fn changes_and_losses() {
    let mut all = frames("repaired", &screens::repaired(), USUAL);
    let mut paused = screens::repaired();
    paused.path.paused = true;
    all += &frame("paused", &paused, 80, 24);
    all += &frames("lost", &screens::lost(), USUAL);
    assert_snapshot!(all);
}

#[test]
fn things_wide_filters_problems() {
    let mut state = screens::demo("crash-loop");
    state.path.node = Some(2);
    state.path.pane = Pane::Detail;
    let mut all = frames("the third pod is selected", &state, USUAL);
    let mut state = screens::demo("healthy");
    state.path.hop = Hop::LoadBalancer;
    state.path.filter = "!published".into();
    all += &frame("filtered", &state, 80, 24);
    let mut state = screens::demo("label-drift");
    state.path.hop = Hop::Route;
    state.path.finding = Some(1);
    all += &frame("a symptom is stepped to", &state, 80, 24);
    state.path.finding = None;
    state.path.only_problems = true;
    all += &frame("problems only", &state, 80, 24);
    state.path.wide = true;
    all += &frame("wide", &state, 80, 24);
    state.path.wide = false;
    state.path.hop = Hop::Service;
    state.path.scroll = 8;
    all += &frame("scrolled", &state, 80, 24);
    let mut well = screens::demo("healthy");
    well.path.only_problems = true;
    all += &frame("no problems", &well, 80, 24);
    assert_snapshot!(all);
}

#[test]
fn hosts() {
    let mut all = frames("hosts, reading", &screens::hosts_loading(), &[(80, 24)]);
    all += &frames(
        "hosts",
        &screens::hosts(40),
        &[(120, 40), (100, 30), (80, 24), (60, 12), (40, 10)],
    );
    let mut state = screens::hosts(40);
    screens::press(&mut state, "/docs");
    state.prompt = None;
    screens::press(&mut state, "jj");
    all += &frame("filtered", &state, 80, 24);
    let checking = screens::checking();
    all += &frames("checking", &checking, &[(200, 50), (120, 40), (80, 24)]);
    all += &frame("the last counts have no room", &checking, 60, 12);
    let mut sorted = checking.clone();
    screens::press(&mut sorted, "S");
    all += &frames("by state", &sorted, USUAL);
    screens::press(&mut sorted, "PP");
    sorted.ascii = true;
    all += &frame("by namespace, turned round", &sorted, 120, 40);
    screens::press(&mut state, "/nothing");
    state.prompt = None;
    all += &frame("nothing left", &state, 80, 24);
    all += &frame("none", &screens::hosts(0), 80, 24);
    state.hosts.rows = Some(Err("ingresses may not be listed in all namespaces".into()));
    all += &frame("not allowed", &state, 80, 24);
    assert_snapshot!(all);
}

/// The texts that stand out because the filter found them, a row each.
fn found(filter: &str, width: u16) -> Vec<String> {
    let mut state = screens::hosts(40);
    screens::press(&mut state, &format!("/{filter}"));
    let (buffer, _) = screens::buffer(&state, width, 24);
    let line = |y: u16| {
        let cells = (0..width).map(|x| &buffer[(x, y)]);
        let found = cells.filter(|c| c.modifier.contains(Modifier::UNDERLINED));
        found.map(ratatui::buffer::Cell::symbol).collect::<String>()
    };
    let lines: Vec<String> = (0..24).map(line).collect();
    lines.into_iter().filter(|l| !l.is_empty()).collect()
}

#[test]
fn what_the_filter_found_stands_out() {
    // The first of the six is the one under the cursor: all of that row stands out.
    assert_eq!(found("docs", 80), ["docs"; 5]);
    assert_eq!(found("docs platform", 80), Vec::<String>::new());
    assert_eq!(found("login platform", 80), ["loginplatform"; 5]);
    assert_eq!(found("!docs", 80), Vec::<String>::new());
    assert_eq!(found("", 80), Vec::<String>::new());
    // What has no column here cannot stand out, and no letters do in its place.
    assert_eq!(found("frontend", 120), ["frontend"; 12]);
    assert_eq!(found("frontend", 80), Vec::<String>::new());
}

#[test]
fn help() {
    let mut all = String::new();
    for mode in [
        Mode::Path,
        Mode::Hosts,
        Mode::Text,
        Mode::Pick,
        Mode::Prompt,
        Mode::Menu,
    ] {
        let state = over(
            screens::demo("label-drift"),
            Overlay::Help(mode, Reading::default()),
        );
        all += &frame(&format!("{mode:?}"), &state, 100, 30);
    }
    let reading = Reading {
        scroll: 3,
        filter: String::new(),
    };
    let state = over(
        screens::demo("label-drift"),
        Overlay::Help(Mode::Path, reading),
    );
    all += &frames("scrolled", &state, &[(80, 24), (60, 12)]);
    let reading = Reading {
        scroll: 0,
        filter: "copy".into(),
    };
    let state = over(
        screens::demo("label-drift"),
        Overlay::Help(Mode::Path, reading),
    );
    all += &frame("filtered", &state, 80, 24);
    assert_snapshot!(all);
}

#[test]
fn texts() {
    let base = || screens::demo("label-drift");
    let reading = Reading::default;
    let mut all = frames("yaml", &screens::yaml(), USUAL);
    let explain = Overlay::Explain("service-selector-no-match", reading());
    all += &frames("explain", &over(base(), explain), USUAL);
    all += &frames(
        "questions",
        &over(base(), Overlay::Questions(reading())),
        USUAL,
    );
    all += &frame(
        "questions without rights",
        &over(screens::blind("healthy"), Overlay::Questions(reading())),
        120,
        40,
    );
    all += &frames("findings", &over(base(), Overlay::Findings(1)), USUAL);
    assert_snapshot!(all);
}

#[test]
fn small_things_over_the_screen() {
    let base = || screens::demo("label-drift");
    let command = r#"kubectl --context prod -n shop patch service frontend --type merge -p '{"spec":{"selector":{"app":"frontend"}}}'"#;
    let mut all = frames(
        "copy",
        &over(
            base(),
            Overlay::Copy {
                lines: vec![command.into()],
                of: Some("the fix of service-selector-no-match, the cause".into()),
            },
        ),
        USUAL,
    );
    all += &frames("save", &over(base(), Overlay::Save), &[(80, 24)]);
    let pick = |items, typed: &str| {
        Overlay::Pick(Picking {
            what: Pick::Context,
            items,
            input: Input::new(typed.into()),
            selected: 1,
        })
    };
    let contexts = ["prod-eu", "prod-us", "staging", "kind-local"];
    let contexts: Vec<String> = contexts.map(String::from).to_vec();
    all += &frame("pick, reading", &over(base(), pick(None, "")), 80, 24);
    let found = Some(Ok(contexts));
    all += &frame("pick", &over(base(), pick(found.clone(), "")), 80, 24);
    all += &frame("pick, filtered", &over(base(), pick(found, "prod")), 80, 24);
    let called = |items: Option<Result<Vec<String>, String>>, typed: &str| {
        Overlay::Pick(Picking {
            items,
            input: Input::new(typed.into()),
            ..Picking::of(Pick::Called("shop/frontend-1".into()))
        })
    };
    let names = [
        "http://product-service:8080  env PRODUCT_URL of container web",
        "redis:6379                   ConfigMap shop/app, app.properties",
    ];
    let names = Some(Ok(names.map(String::from).to_vec()));
    all += &frame("calls", &over(base(), called(names.clone(), "")), 80, 24);
    all += &frame(
        "calls, typed",
        &over(base(), called(names, "xyzzy:1")),
        80,
        24,
    );
    let mut state = over(base(), Overlay::Messages(Reading::default()));
    state
        .messages
        .push_back(toast("written: hops-report.md", false, 4000));
    state.messages.push_back(toast(
        "cannot write to this folder: permission denied",
        true,
        30,
    ));
    all += &frame("messages", &state, 80, 24);
    assert_snapshot!(all);
}

#[test]
fn the_last_line() {
    let prompt = |command, typed: &str, completions: &[&str], completion| Prompt {
        command,
        input: Input::new(typed.into()),
        over: 0,
        completions: completions.iter().map(|c| (*c).to_owned()).collect(),
        completion,
    };
    let mut state = screens::demo("label-drift");
    state.prompt = Some(prompt(true, "h", &["host", "hosts"], None));
    let mut all = frame("command", &state, 80, 24);
    state.prompt = Some(prompt(
        true,
        "explain service-selector-no-match",
        &["service-selector-no-match", "service-targetport-mismatch"],
        Some(0),
    ));
    all += &frame("completed", &state, 80, 24);
    state.prompt = Some(prompt(false, "", &[], None));
    all += &frame("filter", &state, 80, 24);
    state.prompt = None;
    state.toast = Some(toast("written: hops-report.md", false, 1));
    all += &frame("told", &state, 80, 24);
    state.toast = Some(toast(
        "cannot write to this folder: permission denied",
        true,
        1,
    ));
    all += &frame("told of a failure", &state, 80, 24);
    assert_snapshot!(all);
}

#[test]
fn ascii() {
    let mut all = String::new();
    for name in ["healthy", "label-drift"] {
        let mut state = screens::demo(name);
        state.ascii = true;
        all += &frames(name, &state, USUAL);
    }
    let mut state = screens::repaired();
    state.ascii = true;
    all += &frame("repaired", &state, 120, 40);
    assert_snapshot!(all);
}

#[test]
fn colours() {
    let styled = |mut state: State, theme| {
        state.theme = theme;
        format!("{:?}", screens::buffer(&state, 100, 24).0)
    };
    assert_snapshot!(
        "colours_ansi",
        styled(screens::demo("label-drift"), Theme::Ansi)
    );
    assert_snapshot!(
        "colours_light",
        styled(screens::demo("label-drift"), Theme::Light)
    );
    assert_snapshot!(
        "colours_mono",
        styled(screens::demo("label-drift"), Theme::Mono)
    );
}

#[test]
fn hostile() {
    assert_snapshot!(frames("hostile", &screens::hostile(), USUAL));
}
