//! Bundled recordings, walked by the same engine: no Kubernetes needed.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use super::{check, print, source};
use crate::cli::ReportArgs;
use crate::facts::Facts;
use crate::output::rules::nearest;
use crate::output::text::Style;

/// A recording in the binary.
pub(super) struct Scenario {
    /// What the user types.
    pub name: &'static str,
    /// The story in a few words.
    pub title: &'static str,
    /// The recording, which names its target.
    pub recording: &'static str,
}

/// All of them; the first is what `demo` shows when nothing is named.
pub(super) const SCENARIOS: &[Scenario] = &[];

/// The mode.
pub(super) async fn run(
    scenario: Option<&str>,
    list: bool,
    args: ReportArgs,
    style: Style,
) -> Result<u8> {
    if list {
        print(&table())?;
        return Ok(0);
    }
    let Some(scenario) = find(scenario)? else {
        bail!("this build bundles no scenario");
    };
    let source = source::recorded(scenario.recording, scenario.name)?;
    let targets = check::parse(&source.targets)?;
    let reports = check::walk(&source, &*source.answerer, &targets, &mut Facts::new()).await?;
    check::print_reports(&reports, false, args, &style)?;
    Ok(check::code(&reports, args))
}

fn find(name: Option<&str>) -> Result<Option<&'static Scenario>> {
    let Some(name) = name else {
        return Ok(SCENARIOS.first());
    };
    if let Some(found) = SCENARIOS.iter().find(|s| s.name == name) {
        return Ok(Some(found));
    }
    match nearest(name, SCENARIOS.iter().map(|s| s.name)).first() {
        Some(near) => bail!("there is no scenario {name:?}; did you mean {near}?"),
        None => bail!("there is no scenario {name:?}; kubectl hops demo --list shows them"),
    }
}

fn table() -> String {
    let width = SCENARIOS
        .iter()
        .map(|s| s.name.len())
        .max()
        .unwrap_or(0)
        .max(8);
    let mut out = format!("{:width$}  TITLE\n", "SCENARIO");
    for scenario in SCENARIOS {
        let _ = writeln!(out, "{:width$}  {}", scenario.name, scenario.title);
    }
    out
}
