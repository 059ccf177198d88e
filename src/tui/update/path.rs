//! The path screen: moving along the hops, and the news of what is watched.

use std::sync::Arc;
use std::time::Duration;

use super::{distance, moved, open, tell};
use crate::output::shared::words::verdict_words;
use crate::report::{
    Finding, Hop, ObjectRef, Root, State as HopState, Subject, Unseen, Update, Verdict,
};
use crate::tui::action::Effect;
use crate::tui::keymap::Command;
use crate::tui::state::{Origin, Overlay, Pane, PathState, Reading, Screen, State};

/// Seconds between two rounds that can be chosen.
const PACES: [u64; 6] = [1, 2, 5, 10, 30, 60];
/// Targets that are remembered.
const RECENT: usize = 20;

/// Walks a target, and shows it.
pub(super) fn go(state: &mut State, target: String) -> Vec<Effect> {
    state.screen = Screen::Path;
    state.overlays.clear();
    watch(state, target)
}

/// Watches a target in place of the one before.
pub(super) fn watch(state: &mut State, target: String) -> Vec<Effect> {
    let old = &state.path;
    state.path = PathState {
        target: Some(target.clone()),
        watch: old.watch + 1,
        every: old.every,
        wide: old.wide,
        ..PathState::default()
    };
    if state.origin().is_none() {
        return Vec::new(); // it begins once something answers
    }
    state.recent.retain(|t| *t != target);
    state.recent.insert(0, target.clone());
    state.recent.truncate(RECENT);
    vec![Effect::Watch {
        target,
        watch: state.path.watch,
        every: state.path.every,
    }]
}

/// The report is newer.
pub(super) fn news(state: &mut State, watch: u64, news: Arc<Update>) {
    let path = &mut state.path;
    if watch != path.watch {
        return;
    }
    // Only a round that came to its end says that there is somebody to ask.
    let blind = news.unseen.as_ref().is_some_and(Unseen::is_all);
    if !blind && news.rounds > 0 {
        path.failed = None;
    }
    let before = path.update.replace(Arc::clone(&news));
    let report = &news.report;
    if path.follows {
        let bad = |s: HopState| s == HopState::Broken;
        let broken = report.broken_at;
        let first = || report.path.iter().find(|h| bad(h.state)).map(|h| h.hop);
        let odd = || {
            let odd = |s| matches!(s, HopState::Degraded | HopState::Unknown);
            let hop = report.path.iter().find(|h| odd(h.state));
            hop.filter(|_| news.settled.is_some()).map(|h| h.hop)
        };
        let start = || report.path.first().map(|h| h.hop);
        let hop = broken.or_else(first).or_else(odd).or_else(start);
        path.hop = hop.unwrap_or(path.hop);
    }
    let things = report.path.iter().find(|h| h.hop == path.hop);
    let things = things.map_or(0, |h| h.nodes.len());
    path.node = path.node.filter(|at| *at < things);
    // A verdict that turned is worth a word: the eye may be elsewhere. Another way in has its own, which turned nothing.
    let settled = before.as_ref().is_some_and(|b| news.rounds > b.rounds);
    let wanted = path.entrance.clone();
    let is_shown = report
        .judged()
        .is_some_and(|e| Some(&e.id) == wanted.as_ref());
    if settled || is_shown {
        path.entrance = None;
    }
    let turned = before.filter(|b| b.rounds > 0 && settled && wanted.is_none());
    let turned = turned.filter(|b| b.report.verdict != Verdict::Waiting);
    if let Some(before) = turned.filter(|b| b.report.verdict != report.verdict) {
        let was = verdict_words(&before.report);
        let is = verdict_words(report);
        tell(state, format!("now {is}; it was {was}"));
    }
}

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let page = state.drawn.page.max(1);
    match command {
        Command::PageDown | Command::PageUp => scroll(state, command, page),
        Command::Down | Command::Up | Command::Top | Command::Bottom => match state.path.pane {
            Pane::Detail => scroll(state, command, page),
            Pane::Rail => {
                let hops = visible_hops(state);
                let at = hops.iter().position(|h| *h == state.path.hop).unwrap_or(0);
                let by = distance(command, page, hops.len()).unwrap_or(0);
                if let Some(hop) = hops.get(moved(at, by, hops.len())) {
                    select(state, *hop);
                }
            }
        },
        Command::Left => thing(state, -1),
        Command::Right => thing(state, 1),
        Command::NextPane => {
            state.path.pane = match state.path.pane {
                Pane::Rail => Pane::Detail,
                Pane::Detail => Pane::Rail,
            };
        }
        Command::Open if state.path.pane == Pane::Rail && state.path.node.is_none() => {
            state.path.pane = Pane::Detail;
        }
        Command::Open | Command::Yaml => return show_yaml(state),
        Command::Back => back(&mut state.path),
        Command::Quit if state.root == Screen::Hosts => state.screen = Screen::Hosts,
        Command::Quit => return vec![Effect::Quit],
        Command::Hosts => return show_hosts(state),
        Command::Hop(index) => {
            if let Some(hop) = state.hops().get(usize::from(index)) {
                select(state, *hop);
            }
        }
        Command::NextWay => return next_way(state),
        Command::NextFinding => step_finding(state, 1),
        Command::PreviousFinding => step_finding(state, -1),
        Command::Explain => match finding(state).map(|f| f.code) {
            Some(code) => open(state, Overlay::Explain(code, Reading::default())),
            None => tell(state, "nothing was found at this hop"),
        },
        Command::Findings => open(state, Overlay::Findings(0)),
        Command::Questions => open(state, Overlay::Questions(Reading::default())),
        Command::CopyFix => return copy_fix(state),
        Command::Save if state.report().is_some() => open(state, Overlay::Save),
        Command::Again => {
            state.path.failed = None;
            return vec![Effect::Again];
        }
        Command::Pause if is_live(state) => {
            state.path.paused = !state.path.paused;
            return vec![Effect::Pause(state.path.paused)];
        }
        Command::Slower if is_live(state) => return pace(state, 1),
        Command::Faster if is_live(state) => return pace(state, -1),
        Command::Pause | Command::Slower | Command::Faster => {
            tell(state, "what is shown here does not change by itself");
        }
        Command::OnlyProblems => {
            state.path.only_problems = !state.path.only_problems;
            let hops = visible_hops(state);
            if let (Some(first), false) = (hops.first(), hops.contains(&state.path.hop)) {
                select(state, *first);
            }
        }
        Command::Wide => state.path.wide = !state.path.wide,
        _ => {}
    }
    Vec::new()
}

/// Walks the way in after the one that is walked. Where a person stands on the path stays; what was found there is another matter.
fn next_way(state: &mut State) -> Vec<Effect> {
    let Some(next) = state.next_way().map(|e| e.id.clone()) else {
        tell(state, "no other way in is known");
        return Vec::new();
    };
    let path = &mut state.path;
    path.entrance = Some(next.clone());
    path.chosen = true;
    path.paused = false;
    path.node = None;
    path.finding = None;
    path.scroll = 0;
    vec![Effect::Entrance(next)]
}

fn is_live(state: &State) -> bool {
    state.origin().is_some_and(Origin::is_live)
}

/// The hosts screen; read when it is opened first.
pub(super) fn show_hosts(state: &mut State) -> Vec<Effect> {
    state.screen = Screen::Hosts;
    if state.hosts.rows.is_none() && state.origin().is_some() {
        return vec![Effect::ListHosts];
    }
    Vec::new()
}

/// The hops that the rail shows, in order.
pub(super) fn visible_hops(state: &State) -> Vec<Hop> {
    let Some(report) = state.report() else {
        return state.hops();
    };
    let quiet = |s: HopState| matches!(s, HopState::Ok | HopState::Skipped);
    let shown = report
        .path
        .iter()
        .filter(|h| !state.path.only_problems || !quiet(h.state));
    shown.map(|h| h.hop).collect()
}

/// A row of the rail was clicked.
pub(super) fn select_row(state: &mut State, row: usize) {
    if let Some(hop) = visible_hops(state).get(row) {
        select(state, *hop);
    }
}

/// Selects a hop; from now on the selection stays where a person put it.
fn select(state: &mut State, hop: Hop) {
    let path = &mut state.path;
    if path.hop != hop {
        path.node = None;
        path.scroll = 0;
    }
    path.hop = hop;
    path.follows = false;
}

fn scroll(state: &mut State, command: Command, page: usize) {
    let max = state.drawn.max_scroll;
    if let Some(by) = distance(command, page, max) {
        let at = state.path.scroll.min(max);
        state.path.scroll = at.saturating_add_signed(by).min(max);
    }
}

/// Selects the next thing at the hop. Before the first is none.
fn thing(state: &mut State, by: isize) {
    let things = state.hop().map_or(0, |h| h.nodes.len());
    let path = &mut state.path;
    path.node = match (path.node, by) {
        _ if things == 0 => None,
        (None, 1) => Some(0),
        (None, _) | (Some(0), -1) => None,
        (Some(at), by) => Some(moved(at, by, things)),
    };
    path.follows = false;
}

/// Esc: one thing after the other, never the program.
fn back(path: &mut PathState) {
    if path.node.take().is_some() {
    } else if !path.filter.is_empty() {
        path.filter.clear();
    } else if path.pane == Pane::Detail {
        path.pane = Pane::Rail;
    } else if path.wide {
        path.wide = false;
    } else {
        path.only_problems = false;
    }
}

/// The finding that keys are about: the one stepped to, else the first at the hop.
pub(super) fn finding(state: &State) -> Option<&Finding> {
    let rows = state.finding_rows();
    let hop = state.path.hop;
    let stepped = state.path.finding.and_then(|at| rows.get(at).copied());
    stepped
        .filter(|f| f.hop == hop)
        .or_else(|| rows.iter().copied().find(|f| f.hop == hop))
}

fn step_finding(state: &mut State, by: isize) {
    let rows = state.finding_rows();
    if rows.is_empty() {
        tell(state, "nothing was found");
        return;
    }
    let last = rows.len() - 1;
    let next = match (state.path.finding, by) {
        (None, 1) => 0,
        (None, _) => last,
        (Some(at), 1) if at >= last => 0,
        (Some(0), -1) => last,
        (Some(at), by) => at.saturating_add_signed(by).min(last),
    };
    let hop = rows[next].hop;
    select(state, hop);
    state.path.finding = Some(next);
    state.path.scroll = 0;
}

/// Goes to a finding of the list.
pub(super) fn go_to_finding(state: &mut State, row: usize) {
    let hop = state.finding_rows().get(row).map(|f| f.hop);
    if let Some(hop) = hop {
        select(state, hop);
        state.path.finding = Some(row);
        state.path.scroll = 0;
    }
}

/// The object whose YAML is meant: of the selected thing, else of what the finding is about, else of the first thing that is one.
fn object(state: &State) -> Option<ObjectRef> {
    let hop = state.hop()?;
    if let Some(at) = state.path.node {
        return hop.nodes.get(at)?.object.clone();
    }
    let subject = finding(state).map(|f| &f.subject);
    let subject = subject
        .filter(|s| !s.api_version.is_empty())
        .map(Subject::object);
    subject.or_else(|| hop.nodes.iter().find_map(|n| n.object.clone()))
}

fn show_yaml(state: &mut State) -> Vec<Effect> {
    let Some(object) = object(state) else {
        tell(state, "this is no object of the cluster");
        return Vec::new();
    };
    open(
        state,
        Overlay::Yaml {
            object: object.clone(),
            lines: None,
            reading: Reading::default(),
        },
    );
    vec![Effect::Object(object)]
}

/// The commands to copy, and of what they are where that is not what is looked at: of a symptom's cause, for a symptom has no fix of its
/// own, and where that has none of the first finding that has some. What changes something goes before what only looks.
fn fix_to_copy(state: &State) -> Option<(Vec<String>, Option<String>)> {
    let report = state.report()?;
    let here = finding(state);
    let roots = report.roots();
    let root = here.map(|f| {
        let is_symptom = |r: &&Root| r.symptoms.iter().any(|s| std::ptr::eq(*s, f));
        roots.iter().find(is_symptom).map_or(f, |r| r.finding)
    });
    let mut candidates = root.into_iter().chain(state.finding_rows());
    let found = candidates.find(|f| !f.remedy.commands.is_empty())?;
    let own = |all: &mut dyn Iterator<Item = &str>| all.map(str::to_owned).collect::<Vec<_>>();
    let mut lines = own(&mut found.remedy.fixes());
    let what = if lines.is_empty() {
        lines = own(&mut found.remedy.lookups());
        "where to look for"
    } else {
        "the fix of"
    };
    let code = found.code;
    let of = match (here, root) {
        (Some(here), _) if std::ptr::eq(here, found) => None,
        (Some(_), Some(root)) if std::ptr::eq(root, found) => {
            Some(format!("{what} {code}, the cause"))
        }
        (Some(_), _) => Some(format!("{what} {code}")),
        (None, _) => None,
    };
    Some((lines, of))
}

fn copy_fix(state: &mut State) -> Vec<Effect> {
    let Some((lines, of)) = fix_to_copy(state) else {
        tell(state, "no finding has a command to copy");
        return Vec::new();
    };
    let text = lines.join("\n");
    open(state, Overlay::Copy { lines, of });
    vec![Effect::Copy(text)]
}

fn pace(state: &mut State, by: isize) -> Vec<Effect> {
    let now = state.path.every.as_secs();
    let at = PACES
        .iter()
        .position(|p| *p >= now)
        .unwrap_or(PACES.len() - 1);
    set_pace(
        state,
        Duration::from_secs(PACES[moved(at, by, PACES.len())]),
    )
}

/// Another time between two rounds.
pub(super) fn set_pace(state: &mut State, every: Duration) -> Vec<Effect> {
    state.path.every = every;
    tell(state, format!("probing every {} s", every.as_secs()));
    vec![Effect::Every(every)]
}
