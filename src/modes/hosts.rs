//! Without a target: the hosts that the cluster serves.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use serde::Serialize;

use super::print;
use super::source::{self, Source};
use crate::cli::{Cli, Format};
use crate::facts::Facts;
use crate::hops::Settings;
use crate::output::sanitize;

/// A host, and the rule that serves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Served {
    /// The host, a wildcard included.
    pub host: String,
    /// The Ingress's namespace.
    pub namespace: String,
    /// The Ingress.
    pub ingress: String,
    /// Its class, as it says.
    pub class: Option<String>,
}

/// The mode.
pub(super) async fn run(cli: &Cli) -> Result<u8> {
    let source = source::open(cli).await?;
    let settings = source.settings(cli);
    let mut facts = Facts::new();
    let served = served(&source, &mut facts, &settings).await?;
    match cli.report.output.unwrap_or_default() {
        Format::Text => print(&table(&served))?,
        Format::Json => {
            let text = format!("{}\n", serde_json::to_string_pretty(&served)?);
            print(&sanitize::json(&text))?;
        }
        Format::Junit => {
            bail!("-o junit needs something to check: give a TARGET, or --check --all")
        }
    }
    Ok(0)
}

/// The hosts that the cluster serves, or one namespace of it.
pub(super) async fn served(
    _source: &Source,
    _facts: &mut Facts,
    _settings: &Settings,
) -> Result<Vec<Served>> {
    bail!("the list of hosts is being written")
}

fn table(served: &[Served]) -> String {
    if served.is_empty() {
        return "No Ingress serves a host here.\n".to_owned();
    }
    let rows: Vec<[String; 4]> = served
        .iter()
        .map(|s| {
            [
                &s.host,
                &s.namespace,
                &s.ingress,
                s.class.as_ref().unwrap_or(&"-".to_owned()),
            ]
            .map(|cell| sanitize::line(cell).into_owned())
        })
        .collect();
    let width = |i: usize| {
        let cells = rows.iter().map(|r| crate::output::wrap::columns(&r[i]));
        cells.max().unwrap_or(0)
    };
    let (host, namespace, ingress) = (width(0).max(4), width(1).max(9), width(2).max(7));
    let mut out = format!(
        "{:host$}  {:namespace$}  {:ingress$}  CLASS\n",
        "HOST", "NAMESPACE", "INGRESS"
    );
    for [h, n, i, c] in &rows {
        let _ = writeln!(out, "{h:host$}  {n:namespace$}  {i:ingress$}  {c}");
    }
    out
}
