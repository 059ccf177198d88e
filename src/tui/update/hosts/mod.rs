//! The hosts screen: choosing a host, checking all of them.

mod order;

use super::{distance, moved, path, tell};
use crate::output::shared::words::verdict_words;
use crate::report::{Report, Update, Verdict};
use crate::tui::action::Effect;
use crate::tui::keymap::{Command, SortBy};
use crate::tui::state::{Checked, HostRow, HostsState, Judged, Screen, Sort, State};

/// The hosts came.
pub(super) fn list(state: &mut State, rows: Result<Vec<HostRow>, String>) {
    state.hosts.rows = Some(rows);
    order::index(&mut state.hosts);
}

/// The filter was edited: the best match is what is meant. Once it is cleared the cursor stays on its host.
pub(super) fn refilter(hosts: &mut HostsState) {
    hosts.chosen = hosts.filter.is_empty();
    order::refilter(hosts);
}

/// A host was checked.
pub(super) fn checked(state: &mut State, host: String, checked: Checked) {
    state.hosts.awaited.remove(&host);
    let at = state.now;
    judge(&mut state.hosts, host, Judged { checked, at });
}

/// No host is left to check, or no more are wanted.
pub(super) fn checks_ended(hosts: &mut HostsState) {
    hosts.checking = None;
    hosts.awaited.clear();
    for standing in &mut hosts.index.standing {
        standing.awaited = false;
    }
    order::reorder(hosts);
}

/// A round of a walk came to its end: what it says of the host is kept for the list.
pub(super) fn walked(state: &mut State, news: &Update) {
    let report = &news.report;
    let everybodys = report.judged().is_none_or(|e| e.reached == Some(true));
    if state.path.chosen && !everybodys {
        return;
    }
    if news.rounds == 0 || report.verdict == Verdict::Waiting || report.target.from.is_some() {
        return;
    }
    let checked = Checked {
        verdict: report.verdict,
        words: format!("{}{}", elsewhere(report), verdict_words(report)),
    };
    let at = news.settled.unwrap_or(state.now);
    let host = report.target.host.clone();
    judge(&mut state.hosts, host, Judged { checked, at });
}

/// What was walked where that is not what a check of the host asks for: `:8443/cart: `.
fn elsewhere(report: &Report) -> String {
    let target = &report.target;
    let path = target.path.split('?').next().unwrap_or_default();
    match (target.port, path) {
        (80 | 443, "" | "/") => String::new(),
        (80 | 443, path) => format!("{path}: "),
        (port, path) => format!(":{port}{path}: "),
    }
}

fn judge(hosts: &mut HostsState, host: String, judged: Judged) {
    if let Some(Ok(rows)) = &hosts.rows {
        let row = rows.partition_point(|r| r.host < host);
        if rows.get(row).is_some_and(|r| r.host == host) {
            let standing = &mut hosts.index.standing[hosts.index.host[row]];
            standing.verdict = Some(judged.checked.verdict);
            standing.awaited = hosts.awaited.contains(&host);
            order::reorder(hosts);
        }
    }
    hosts.judged.insert(host, judged);
}

/// Another order; the same again turns it round.
fn sort(hosts: &mut HostsState, by: SortBy) {
    let same = hosts.order().filter(|now| now.by == by);
    hosts.sort = Some(Sort {
        by,
        reversed: same.is_some_and(|now| !now.reversed),
    });
    order::rearrange(hosts);
}

/// Selects a row of those shown.
pub(super) fn select(state: &mut State, row: usize) {
    if row < state.hosts.shown.len() {
        state.hosts.selected = row;
        state.hosts.chosen = true;
    }
}

pub(super) fn obey(state: &mut State, command: Command) -> Vec<Effect> {
    let hosts = &mut state.hosts;
    if let Some(by) = distance(command, state.drawn.page, hosts.shown.len()) {
        hosts.selected = moved(hosts.selected, by, hosts.shown.len());
        hosts.chosen = true;
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
            order::index(hosts);
            return vec![Effect::ListHosts];
        }
        Command::OnlyProblems => {
            hosts.only_problems = !hosts.only_problems;
            order::rearrange(hosts);
        }
        Command::Sort(by) => sort(hosts, by),
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
    state.hosts.chosen = true;
    path::go(state, host)
}

/// Checks the hosts that are shown, each once; a second time stops it.
fn check_all(state: &mut State) -> Vec<Effect> {
    let hosts = &mut state.hosts;
    if hosts.checking.is_some() {
        checks_ended(hosts);
        return vec![Effect::StopChecks];
    }
    let Some(Ok(rows)) = &hosts.rows else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for at in &hosts.shown {
        let standing = &mut hosts.index.standing[hosts.index.host[*at]];
        // A wildcard stands for many names, none of which is known.
        if !standing.awaited && !rows[*at].host.contains('*') {
            standing.awaited = true;
            names.push(rows[*at].host.clone());
        }
    }
    if names.is_empty() {
        return Vec::new();
    }
    hosts.awaited = names.iter().cloned().collect();
    hosts.checking = Some(names.len());
    order::reorder(hosts);
    vec![Effect::Check(names)]
}
