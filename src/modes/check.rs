//! Walks targets and prints the report: `kubectl hops HOST`, `--check`, `--all`.

use anyhow::{Error, Result, bail};

use super::source::{self, Source};
use super::{Run, hosts, named, print, progress};
use crate::answer::Answerer;
use crate::answer::veil::Veil;
use crate::cli::{Cli, Format, ReportArgs};
use crate::engine::{self, End};
use crate::facts::Facts;
use crate::output::shared::sanitize;
use crate::output::text::{self, Style};
use crate::output::{exit_code, json, junit, markdown};
use crate::report::{Report, Verdict};
use crate::target::Target;

/// The mode.
pub(super) async fn run(cli: &Cli, style: Style, run: &Run) -> Result<u8> {
    // A wrong target is told before anything is opened.
    let mut targets = parse(&cli.targets, &run.veil)?;
    let source = source::open(cli, run).await?;
    let mut facts = Facts::new();
    if named::any(&cli.targets) {
        let named = named::expand(cli, &source, &cli.targets, &mut facts).await?;
        targets = parse(&named, &run.veil)?;
    }
    if cli.all {
        let served = hosts::served(cli, &source, &mut facts).await?;
        let mut names: Vec<&str> = served
            .iter()
            .map(|s| s.host.as_str())
            .filter(|host| !host.contains('*'))
            .collect();
        names.dedup();
        // A wildcard stands for many names, none of which is known.
        for wildcard in names.extract_if(.., |name| name.contains('*')) {
            let wildcard = sanitize::line(wildcard);
            eprintln!("left out: {wildcard} stands for many names; give one of them as a TARGET");
        }
        targets = parse(&names, &run.veil)?;
    } else if targets.is_empty() {
        targets = parse(&source.targets, &run.veil)?;
    }
    if targets.is_empty() && !cli.all {
        bail!("the recording names no target: give one");
    }
    let is_text = cli.report.output.unwrap_or_default() == Format::Text;
    // Log lines would run into it.
    let wanted = (is_text || targets.len() > 1) && cli.display.verbose == 0;
    let mut progress = progress::on_stderr(targets.len(), wanted, style);
    let told = walk_telling(
        &source,
        &*source.answerer,
        &targets,
        &mut facts,
        |n, report| {
            progress.tell(n, report);
        },
    );
    let reports = told.await;
    progress.end();
    let reports = reports?;
    print_reports(&reports, cli.all, cli.report, &style)?;
    Ok(code(&reports, cli.report))
}

/// Reads every target before anything is asked; a wrong one among several is named.
pub(super) fn parse<S: AsRef<str>>(words: &[S], veil: &Veil) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for word in words {
        let target = one(word.as_ref(), veil).map_err(Error::msg)?;
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// Reads one target, without what its query says.
pub(super) fn one(word: &str, veil: &Veil) -> Result<Target, String> {
    match Target::parse(word) {
        Ok(target) => Ok(veil.target(target)),
        Err(wrong) => {
            veil.hide(word);
            let mut why = wrong.to_string();
            veil.clean(&mut why);
            Err(why)
        }
    }
}

/// Walks all targets, or says why the source cannot be asked. `answerer` is the source's, or something around it.
pub(super) async fn walk(
    source: &Source,
    answerer: &dyn Answerer,
    targets: &[Target],
    facts: &mut Facts,
) -> Result<Vec<Report>> {
    walk_telling(source, answerer, targets, facts, |_, _| {}).await
}

/// The same; every walk on the way is told with the number of its target.
async fn walk_telling(
    source: &Source,
    answerer: &dyn Answerer,
    targets: &[Target],
    facts: &mut Facts,
    tell: impl FnMut(usize, &Report),
) -> Result<Vec<Report>> {
    let (settings, bounds) = (&source.settings, (source.limits, &source.clock));
    tokio::select! {
        biased;
        error = source.lost() => Err(error),
        reports = engine::check_telling(targets, facts, answerer, settings, bounds, tell) => {
            // Who stops it knows why nothing was answered.
            let stopped = source.clock.ended() == Some(End::Stopped);
            let failure = source.failure().filter(|_| !stopped);
            failure.map_or(Ok(reports), Err)
        }
    }
}

/// The reports in the format that was asked for. `listed`: as a list even if it is one.
pub(super) fn print_reports(
    reports: &[Report],
    listed: bool,
    args: ReportArgs,
    style: &Style,
) -> Result<()> {
    let fail_on = args.fail_on.unwrap_or_default();
    print(&match args.output.unwrap_or_default() {
        Format::Json => json::render(reports, listed)?,
        Format::Yaml => json::as_yaml(&json::render(reports, listed)?).map_err(Error::msg)?,
        Format::Junit => junit::render(reports, fail_on)?,
        Format::Markdown => markdown::render(reports),
        Format::Text => match reports {
            [one] if !listed => text::render(one, style),
            _ => text::render_many(reports, style, |r| {
                r.verdict == Verdict::Broken || code(std::slice::from_ref(r), args) != 0
            }),
        },
    })
}

/// The exit code of the reports.
pub(super) fn code(reports: &[Report], args: ReportArgs) -> u8 {
    exit_code(reports, args.fail_on.unwrap_or_default(), args.strict)
}
