//! Without a target: the hosts that the cluster serves.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Error, Result, bail};
use k8s_openapi::api::core::v1::Namespace;
use serde::Serialize;

use super::source::{self, Source};
use super::{Run, print};
use crate::cli::{Cli, Format};
use crate::diagnosis::served::{First, ServedHost, ServedPath, served_hosts};
use crate::facts::{Facts, Gap, Kind, Question, Typed, Unknown};
use crate::output::json;
use crate::output::shared::sanitize;
use crate::output::shared::wrap::columns;
use crate::report::ObjectRef;

/// A line of the list in JSON.
#[derive(Serialize)]
struct Row<'a> {
    host: &'a str,
    by: &'a ObjectRef,
    class: Option<&'a str>,
    paths: &'a [ServedPath],
}

/// The mode.
pub(super) async fn run(cli: &Cli, run: &Run) -> Result<u8> {
    let source = source::open(cli, run).await?;
    let served = served(cli, &source, &mut Facts::new()).await?;
    match cli.report.output.unwrap_or_default() {
        Format::Text => print(&table(&served))?,
        Format::Json => {
            let rows: Vec<Row<'_>> = served.iter().map(Row::of).collect();
            let text = format!("{}\n", serde_json::to_string_pretty(&rows)?);
            print(&sanitize::json(&text))?;
        }
        Format::Yaml => {
            let rows: Vec<Row<'_>> = served.iter().map(Row::of).collect();
            print(&json::as_yaml(&serde_json::to_string(&rows)?).map_err(Error::msg)?)?;
        }
        Format::Junit | Format::Markdown => {
            bail!(
                "-o junit and -o markdown need something to check: give a TARGET, or --check --all"
            )
        }
    }
    Ok(0)
}

impl<'a> Row<'a> {
    fn of(served: &'a ServedHost) -> Self {
        Self {
            host: &served.host,
            by: &served.by,
            class: Some(served.class.as_str()).filter(|c| !c.is_empty()),
            paths: &served.paths,
        }
    }
}

/// The hosts that the cluster serves; with `-n` and without `-A`, one namespace of it.
pub(super) async fn served(
    cli: &Cli,
    source: &Source,
    facts: &mut Facts,
) -> Result<Vec<ServedHost>> {
    let namespace = cli.connection.namespace.as_deref();
    let namespace = namespace.filter(|_| !cli.connection.all_namespaces);
    let read = |facts: &Facts| served_hosts(facts, &source.settings, namespace);
    source
        .settle(&*source.answerer, facts, |facts| read(facts).1)
        .await?;
    match read(facts).0 {
        Ok(served) => Ok(served),
        Err(Unknown::Gap(gap @ Gap::Forbidden { .. })) => bail!(
            "cannot list the hosts: listing Ingresses is {gap}; give a TARGET, or -n with a namespace that you may read"
        ),
        Err(Unknown::Gap(gap)) => bail!("cannot list the hosts: reading Ingresses: {gap}"),
        Err(Unknown::Waiting) => bail!("cannot list the hosts: no answer in time; raise --timeout"),
    }
}

/// The names of the namespaces, sorted.
///
/// # Errors
/// Why there is no list, in words.
pub(super) async fn namespaces(source: &Source) -> Result<Vec<String>, String> {
    let question = Question::list_all(Kind::Namespace);
    let found = listed::<Namespace>(source, question).await?;
    let mut names: Vec<String> = found
        .iter()
        .filter_map(|n| n.metadata.name.clone())
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// The objects that a list has.
///
/// # Errors
/// Why there is no list, in words.
pub(super) async fn listed<T: Typed>(
    source: &Source,
    question: Question,
) -> Result<Vec<Arc<T>>, String> {
    let mut facts = Facts::new();
    let asked = source.settle(&*source.answerer, &mut facts, |_| vec![question.clone()]);
    asked.await.map_err(|error| format!("{error:#}"))?;
    match facts.objects::<T>(&question) {
        Ok((found, _)) => Ok(found),
        Err(Unknown::Gap(gap)) => Err(gap.to_string()),
        Err(Unknown::Waiting) => Err("no answer in time".to_owned()),
    }
}

fn table(served: &[ServedHost]) -> String {
    if served.is_empty() {
        return "No route serves a host here.\n".to_owned();
    }
    let first = |first: &First| match first.text.as_str() {
        "" => "-".to_owned(),
        text => format!("{text}{}", first.tail()),
    };
    let rows: Vec<[String; 6]> = served
        .iter()
        .map(|s| {
            let row = Row::of(s);
            let namespace = row.by.namespace.as_deref().unwrap_or("-");
            // As kubectl takes it after `get`.
            let object = format!("{}/{}", row.by.kind, row.by.name);
            let class = row.class.unwrap_or("-");
            let (path, backend) = (first(&s.first_path()), first(&s.first_backend()));
            [row.host, namespace, &object, class, &path, &backend]
                .map(|cell| sanitize::line(cell).into_owned())
        })
        .collect();
    let heads = ["HOST", "NAMESPACE", "BY", "CLASS", "PATH", "BACKEND"];
    let widths: [usize; 6] = std::array::from_fn(|i| {
        let cells = rows.iter().map(|r| columns(&r[i]));
        cells.max().unwrap_or(0).max(columns(heads[i]))
    });
    let mut out = String::new();
    for cells in [heads.map(str::to_owned)].iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let pad = width.saturating_sub(columns(cell)) + 2;
            let _ = write!(line, "{cell}{:pad$}", "");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}
