//! Bundled recordings of the shop, walked by the same engine: no Kubernetes needed. `tests/cluster/record-demo` makes them anew on a
//! real cluster.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use super::{check, print, screen, source};
use crate::cli::{Cli, ReportArgs};
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
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "healthy",
        title: "everything works",
        recording: include_str!("../../assets/demo/healthy.yaml"),
    },
    Scenario {
        name: "label-drift",
        title: "a label was renamed, the Service selects no pod",
        recording: include_str!("../../assets/demo/label-drift.yaml"),
    },
    Scenario {
        name: "controller-down",
        title: "the ingress controller is scaled to zero",
        recording: include_str!("../../assets/demo/controller-down.yaml"),
    },
    Scenario {
        name: "secret-elsewhere",
        title: "the certificate's Secret is in another namespace",
        recording: include_str!("../../assets/demo/secret-elsewhere.yaml"),
    },
    Scenario {
        name: "crash-loop",
        title: "every frontend pod crashes at its start",
        recording: include_str!("../../assets/demo/crash-loop.yaml"),
    },
    Scenario {
        name: "exact-path",
        title: "the rule is Exact /, the user asks for /cart",
        recording: include_str!("../../assets/demo/exact-path.yaml"),
    },
    Scenario {
        name: "wrong-port",
        title: "the Service sends to a port where nobody listens",
        recording: include_str!("../../assets/demo/wrong-port.yaml"),
    },
    Scenario {
        name: "no-load-balancer",
        title: "the load balancer lost its address",
        recording: include_str!("../../assets/demo/no-load-balancer.yaml"),
    },
];

/// The mode.
pub(super) async fn run(
    cli: &Cli,
    scenario: Option<&str>,
    list: bool,
    args: ReportArgs,
    style: Style,
) -> Result<u8> {
    if list {
        print(&table())?;
        return Ok(0);
    }
    let named = scenario.is_some();
    let scenario = find(scenario)?;
    if args.output.is_none() && screen::is_wanted(cli) {
        return screen::run(cli, Some(scenario), style).await;
    }
    let source = source::recorded(scenario.recording, scenario.name)?;
    let targets = check::parse(&source.targets)?;
    let reports = check::walk(&source, &*source.answerer, &targets, &mut Facts::new()).await?;
    check::print_reports(&reports, false, args, &style)?;
    if !named {
        eprintln!(
            "\nThis is the shop when all is well. Ways in which it breaks: kubectl hops demo --list"
        );
    }
    Ok(check::code(&reports, args))
}

pub(super) fn find(name: Option<&str>) -> Result<&'static Scenario> {
    let Some(name) = name else {
        return Ok(&SCENARIOS[0]);
    };
    if let Some(found) = SCENARIOS.iter().find(|s| s.name == name) {
        return Ok(found);
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
