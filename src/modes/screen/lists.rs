//! Lists behind the screen: hosts and their verdicts, contexts, namespaces, what a pod calls.

use std::sync::Arc;

use super::super::scenarios::SCENARIOS;
use super::super::source::{self, Source};
use super::super::{calls, check, hosts};
use super::runtime::LiveRuntime;
use crate::diagnosis::called::CalledName;
use crate::engine::{self, Clock, Step};
use crate::facts::Facts;
use crate::output::shared::words::verdict_words;
use crate::output::shared::wrap::columns;
use crate::target::Caller;
use crate::tui::action::{ALL_NAMESPACES, Action};
use crate::tui::state::{Checked, HostRow, Pick};

impl LiveRuntime {
    pub(super) fn list_hosts(&mut self) {
        let Some(source) = self.source() else { return };
        let cli = Arc::clone(&self.cli);
        self.begin(async move {
            let served = hosts::served(&cli, &source, &mut Facts::new()).await;
            Action::Hosts(match served {
                Ok(served) => Ok(served.into_iter().map(HostRow::from).collect()),
                Err(error) => Err(format!("{error:#}")),
            })
        });
    }

    pub(super) fn check(&mut self, names: Vec<String>) {
        self.stop_checks();
        let Some(source) = self.source() else { return };
        let source = source.for_many(names.len());
        let actions = self.actions.clone();
        self.checks = Some(tokio::spawn(async move {
            let targets = match check::parse(&names, &source.veil) {
                Ok(targets) => targets,
                Err(wrong) => {
                    let _ = actions.send(Action::Say(wrong.to_string()));
                    let _ = actions.send(Action::ChecksEnded);
                    return;
                }
            };
            let tell = |step: Step| {
                let Step::Ended(number, report) = step else {
                    return;
                };
                let checked = Checked {
                    verdict: report.verdict,
                    words: verdict_words(&report),
                };
                let host = targets[number].host.clone();
                // Whoever listens to it may have gone.
                let _ = actions.send(Action::Checked(host, checked));
            };
            let bounds = (source.limits, &Clock::default());
            engine::check_telling(
                &targets,
                &mut Facts::new(),
                &*source.answerer,
                &source.settings,
                bounds,
                tell,
            )
            .await;
            let _ = actions.send(Action::ChecksEnded);
        }));
    }

    pub(super) fn stop_checks(&mut self) {
        if let Some(checks) = self.checks.take() {
            checks.abort();
        }
    }

    pub(super) fn choices(&mut self, what: Pick) {
        if what == Pick::Context && self.demo.is_some() {
            let names = SCENARIOS.iter().map(|s| s.name.to_owned()).collect();
            let _ = self.actions.send(Action::Choices(what, Ok(names)));
            return;
        }
        let (cli, source) = (Arc::clone(&self.cli), self.source());
        self.begin(async move {
            let found = match (&what, source) {
                (Pick::Context, _) => {
                    let read = tokio::task::spawn_blocking(move || source::contexts(&cli)).await;
                    read.map_err(|e| e.to_string())
                }
                (Pick::Called(from), Some(source)) => called(&source, from).await,
                (_, Some(source)) => hosts::namespaces(&source)
                    .await
                    .map(|names| [vec![ALL_NAMESPACES.to_owned()], names].concat())
                    .map_err(|why| format!("no list of namespaces ({why}): type one with :ns")),
                (_, None) => Err("no cluster is open".to_owned()),
            };
            Action::Choices(what, found)
        });
    }
}

/// What a pod is configured to call, each with where it says so; any Service where it says nothing.
async fn called(source: &Source, from: &str) -> Result<Vec<String>, String> {
    let caller = Caller::parse(from)?;
    let found = calls::configured(source, &caller, &mut Facts::new()).await;
    let names = found.map_err(|error| format!("{error:#}"))?.names;
    if names.is_empty() {
        let services = calls::services(source).await;
        return services.map_err(|why| format!("no list of Services ({why}): type a name"));
    }
    let widest = names.iter().map(|n| columns(&n.name)).max().unwrap_or(0);
    let line = |n: CalledName| {
        let pad = widest - columns(&n.name);
        format!("{}{:pad$}  {}", n.name, "", n.by)
    };
    Ok(names.into_iter().map(line).collect())
}
