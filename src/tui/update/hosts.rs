//! The hosts screen: choosing a host, checking all of them.

use super::{distance, moved, path, tell};
use crate::report::Verdict;
use crate::tui::action::Effect;
use crate::tui::fuzzy;
use crate::tui::keymap::Command;
use crate::tui::state::{Checked, HostRow, HostsState, Screen, State};

/// The hosts came.
pub(super) fn list(state: &mut State, rows: Result<Vec<HostRow>, String>) {
    state.hosts.rows = Some(rows);
    refilter(&mut state.hosts);
}

/// Which rows the filter leaves. The selection stays on its host.
pub(super) fn refilter(hosts: &mut HostsState) {
    let Some(Ok(rows)) = &hosts.rows else {
        hosts.shown.clear();
        return;
    };
    let selected = hosts.shown.get(hosts.selected).copied();
    let texts = rows
        .iter()
        .map(|r| format!("{} {} {} {}", r.host, r.namespace(), r.by.name, r.class));
    let mut shown = fuzzy::matching(&hosts.filter, texts);
    if hosts.only_problems {
        let well = |at: &usize| {
            let checked = hosts.checked.get(&rows[*at].host);
            checked.is_none_or(|c| c.verdict == Verdict::Ok)
        };
        shown.retain(|at| !well(at));
    }
    let kept = selected.and_then(|row| shown.iter().position(|at| *at == row));
    hosts.selected = kept.filter(|_| hosts.filter.is_empty()).unwrap_or(0);
    hosts.shown = shown;
}

/// A host was checked.
pub(super) fn checked(state: &mut State, host: String, checked: Checked) {
    state.hosts.checked.insert(host, checked);
    if state.hosts.only_problems {
        refilter(&mut state.hosts);
    }
}

/// Selects a row of those shown.
pub(super) fn select(state: &mut State, row: usize) {
    if row < state.hosts.shown.len() {
        state.hosts.selected = row;
    }
}

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let hosts = &mut state.hosts;
    if let Some(by) = distance(command, state.drawn.page, hosts.shown.len()) {
        hosts.selected = moved(hosts.selected, by, hosts.shown.len());
        return Vec::new();
    }
    match command {
        Command::Open => return enter(state),
        Command::Back => {
            if !hosts.filter.is_empty() {
                hosts.filter.clear();
                refilter(hosts);
            } else if state.path.target.is_some() {
                state.screen = Screen::Path;
            }
        }
        Command::Quit | Command::Hosts => {
            let elsewhere = state.root == Screen::Path && state.path.target.is_some();
            if elsewhere || (command == Command::Hosts && state.path.target.is_some()) {
                state.screen = Screen::Path;
            } else if command == Command::Quit {
                return vec![Effect::Quit];
            }
        }
        Command::Again => {
            hosts.rows = None;
            hosts.shown.clear();
            return vec![Effect::ListHosts];
        }
        Command::OnlyProblems => {
            hosts.only_problems = !hosts.only_problems;
            refilter(hosts);
        }
        Command::CheckAll => return check_all(state),
        _ => {}
    }
    Vec::new()
}

/// The row under the cursor.
fn current(hosts: &HostsState) -> Option<&HostRow> {
    let rows = hosts.rows.as_ref()?.as_ref().ok()?;
    rows.get(*hosts.shown.get(hosts.selected)?)
}

fn enter(state: &mut State) -> Vec<Effect> {
    let Some(row) = current(&state.hosts) else {
        return Vec::new();
    };
    if row.host.contains('*') {
        let text = format!("{} stands for many names: type one with :host", row.host);
        tell(state, text);
        return Vec::new();
    }
    let host = row.host.clone();
    path::go(state, host)
}

/// Checks the hosts that are shown, each once; a second time stops it.
fn check_all(state: &mut State) -> Vec<Effect> {
    let hosts = &mut state.hosts;
    if hosts.checking.take().is_some() {
        return vec![Effect::StopChecks];
    }
    let Some(Ok(rows)) = &hosts.rows else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for row in hosts.shown.iter().filter_map(|at| rows.get(*at)) {
        // A wildcard stands for many names, none of which is known.
        if !row.host.contains('*') && seen.insert(row.host.as_str()) {
            names.push(row.host.clone());
        }
    }
    if names.is_empty() {
        return Vec::new();
    }
    hosts.checked.clear();
    hosts.checking = Some(names.len());
    vec![Effect::Check(names)]
}
