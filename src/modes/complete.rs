//! Completion candidates on stdout, a line each (`value<TAB>description`), then a directive as cobra writes it: `:4` offers
//! these and no files, `:0` files as well. Anything that goes wrong means fewer candidates, never a word in the user's prompt.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use clap::FromArgMatches as _;

use super::scenarios;
use super::{Run, hosts, print, source};
use crate::answer::veil::Veil;
use crate::cli::complete::{LastWord, Wanted, last_word};
use crate::cli::{Cli, command};
use crate::diagnosis::checks::table;
use crate::engine::Clock;
use crate::facts::Facts;
use crate::output::shared::sanitize;

/// How long a prompt may wait for the cluster.
const BUDGET: Duration = Duration::from_millis(1800);

/// The mode.
pub(super) async fn run(words: &[String]) -> Result<u8> {
    let root = command();
    let last = last_word(&root, words);
    let mut found = last.known.clone();
    let live = tokio::time::timeout(BUDGET, live(&last, words)).await;
    found.extend(live.unwrap_or_default());
    // `https://sh` is completed as `sh` is.
    let scheme = last
        .typed
        .find("://")
        .map_or("", |at| &last.typed[..at + 3]);
    let typed = &last.typed[scheme.len()..];
    let mut out = String::new();
    for (value, help) in &found {
        // No shell gets a candidate that could do something when it is inserted.
        if value.starts_with(typed) && value.chars().all(harmless) {
            let help = sanitize::line(help);
            let tab = if help.is_empty() { "" } else { "\t" };
            let _ = writeln!(out, "{}{scheme}{value}{tab}{help}", last.before);
        }
    }
    out.push_str(if last.wanted == Wanted::File {
        ":0\n"
    } else {
        ":4\n"
    });
    print(&out)?;
    Ok(0)
}

/// Letters, digits and what names of hosts, contexts (`arn:aws:eks:…`, `me@cluster`) and files hold.
fn harmless(c: char) -> bool {
    c.is_alphanumeric() || "-_.:/@+=,%~".contains(c)
}

/// What only the kubeconfig, the cluster or a table knows.
async fn live(last: &LastWord<'_>, words: &[String]) -> Vec<(String, String)> {
    let bare = |names: Vec<String>| names.into_iter().map(|n| (n, String::new())).collect();
    match last.wanted {
        Wanted::Code => table::ALL
            .iter()
            .map(|c| (c.code.to_owned(), c.title.to_owned()))
            .collect(),
        Wanted::Scenario => scenarios::all()
            .map(|s| (s.name.to_owned(), s.title.to_owned()))
            .collect(),
        Wanted::Context => bare(
            given(words)
                .map(|cli| source::contexts(&cli))
                .unwrap_or_default(),
        ),
        Wanted::Namespace => bare(namespaces(words).await.unwrap_or_default()),
        Wanted::Target | Wanted::CommandOrTarget => hosts(words).await.unwrap_or_default(),
        Wanted::Flag | Wanted::Listed | Wanted::File | Wanted::Free => Vec::new(),
    }
}

fn in_time() -> Run {
    Run {
        clock: Clock::after(BUDGET),
        veil: Veil::default(),
    }
}

/// The flags that are already on the line, the unfinished one left out.
fn given(words: &[String]) -> Option<Cli> {
    let earlier = words.split_last().map_or(words, |(_, earlier)| earlier);
    let name = std::iter::once("kubectl-hops");
    let matches = command()
        .ignore_errors(true)
        .try_get_matches_from(name.chain(earlier.iter().map(String::as_str)))
        .ok()?;
    let mut cli = Cli::from_arg_matches(&matches).ok()?;
    cli.probes.timeout = Some(BUDGET);
    Some(cli)
}

async fn namespaces(words: &[String]) -> Option<Vec<String>> {
    let source = source::open(&given(words)?, &in_time()).await.ok()?;
    hosts::namespaces(&source).await.ok()
}

async fn hosts(words: &[String]) -> Option<Vec<(String, String)>> {
    let cli = given(words)?;
    let source = source::open(&cli, &in_time()).await.ok()?;
    let mut served = hosts::served(&cli, &source, &mut Facts::new()).await.ok()?;
    // One candidate a host; a wildcard names none.
    served.retain(|s| !s.host.contains('*'));
    served.dedup_by(|a, b| a.host == b.host);
    let served = served.into_iter();
    Some(served.map(|s| (s.host, s.by.display())).collect())
}
