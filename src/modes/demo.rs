//! `demo`: a bundled recording, walked by the same engine as a cluster. No Kubernetes needed.

use std::fmt::Write as _;

use anyhow::{Error, Result};

use super::scenarios::{COMPARE, all, find};
use super::{check, compare, print, reports, screen, source};
use crate::answer::veil::Veil;
use crate::cli::{Cli, ReportArgs};
use crate::facts::Facts;
use crate::output::text::Style;

/// The mode.
pub(super) async fn run(
    cli: &Cli,
    scenario: Option<&str>,
    list: bool,
    args: ReportArgs,
    style: Style,
    veil: &Veil,
) -> Result<u8> {
    if list {
        print(&table())?;
        return Ok(0);
    }
    let named = scenario.is_some();
    let scenario = find(scenario)?;
    if scenario.name == COMPARE.name {
        return compared(args, style, cli.display.verbose > 0, veil).await;
    }
    if args.output.is_none() && screen::is_wanted(cli) {
        return screen::run(cli, Some(scenario), style, veil).await;
    }
    let source = source::recorded(scenario.recording, scenario.name, veil)?;
    let targets = check::parse(&source.targets, veil)?;
    let reports = check::walk(&source, &*source.answerer, &targets, &mut Facts::new()).await?;
    reports::print_reports(&reports, false, args, &style)?;
    if !named {
        eprintln!(
            "\nThis is the shop when all is well. Ways in which it breaks: kubectl hops demo --list"
        );
    }
    Ok(reports::code(&reports, args))
}

/// The shop before the name is moved: no path, but requests that end differently.
async fn compared(args: ReportArgs, style: Style, whole: bool, veil: &Veil) -> Result<u8> {
    let source = source::recorded(COMPARE.recording, COMPARE.name, veil)?;
    let host = check::one(&source.targets[0], veil).map_err(Error::msg)?;
    let mut facts = Facts::new();
    let trials = compare::asked(&source, &*source.answerer, &host, Vec::new(), &mut facts).await?;
    let comparison = compare::compared(&source, &host, &trials, &facts)?;
    compare::tell(&comparison, args, style, whole)
}

fn table() -> String {
    let width = all().map(|s| s.name.len()).max().unwrap_or(0).max(8);
    let mut out = format!("{:width$}  TITLE\n", "SCENARIO");
    for scenario in all() {
        let _ = writeln!(out, "{:width$}  {}", scenario.name, scenario.title);
    }
    out
}
