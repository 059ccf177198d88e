//! Walks targets and prints the report: `kubectl hops HOST`, `--check`, `--all`.

use std::collections::HashSet;

use anyhow::{Error, Result, bail};

use super::reports::{Stream, code, print_reports};
use super::source::{self, Source};
use super::{Run, calls, hosts, named, progress};
use crate::answer::Answerer;
use crate::answer::veil::Veil;
use crate::cli::{Cli, Format};
use crate::diagnosis::hops::journey::EntranceId;
use crate::engine::{self, End, Step};
use crate::facts::Facts;
use crate::output::shared::sanitize;
use crate::output::shared::wrap::columns;
use crate::output::text::Style;
use crate::report::{Hop, Report, State};
use crate::target::call::one_word;
use crate::target::{Target, Transport};

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
        let mut names: Vec<&str> = served.iter().map(|s| s.host.as_str()).collect();
        names.dedup();
        // A wildcard stands for many names, none of which is known.
        for wildcard in names.extract_if(.., |name| name.contains('*')) {
            let wildcard = sanitize::line(wildcard);
            eprintln!("left out: {wildcard} stands for many names; give one of them as a TARGET");
        }
        targets = parse(&names, &run.veil)?;
    } else if let Some(from) = cli.probes.from.as_ref().filter(|_| targets.is_empty()) {
        let transport = cli.probes.protocol.map(Transport::from).unwrap_or_default();
        let names = calls::names(cli, &source, from, &mut facts).await?;
        let words = names.iter().map(|name| one_word(from, name, transport));
        targets = parse(&words.collect::<Vec<_>>(), &run.veil)?;
        return all(cli, &source, &targets, &mut facts, style).await;
    } else if targets.is_empty() {
        targets = parse(&source.targets, &run.veil)?;
    }
    if targets.is_empty() && !cli.all {
        bail!("the recording names no target: give one");
    }
    if cli.all {
        return all(cli, &source, &targets, &mut facts, style).await;
    }
    let mut progress = progress(cli, targets.len(), style);
    let watch = |step: &Step| match step {
        Step::Walked(_, report) => progress.walked(report),
        Step::Ended(_, report) => progress.ended(report.verdict),
    };
    let reports = collected(&source, &*source.answerer, &targets, &mut facts, watch).await;
    progress.end();
    let reports = reports?;
    for report in &reports {
        has_client(report)?;
    }
    if let Some(name) = &cli.probes.entrance {
        for report in &reports {
            has_entrance(report, name)?;
        }
    }
    print_reports(&reports, false, cli.report, &style)?;
    Ok(code(&reports, cli.report))
}

/// Whether the pod that calls was there to be judged.
fn has_client(report: &Report) -> Result<()> {
    let client = report.path.first().filter(|h| h.hop == Hop::Client);
    match client.filter(|c| c.state == State::Skipped) {
        Some(missing) => bail!(
            "{}: choose the namespace with -n, or as NAMESPACE/POD",
            sanitize::line(&missing.summary)
        ),
        None => Ok(()),
    }
}

/// The finding that says why no Gateway can be a way in.
const NO_GATEWAY_API: &str = "gateway-crds-missing";

/// Whether the host has the way in that is wanted.
fn has_entrance(report: &Report, name: &str) -> Result<()> {
    let called = |id: &str| EntranceId(id.into()).is_called(name);
    if report.entrances.iter().any(|e| e.judged && called(&e.id)) {
        return Ok(());
    }
    let all: Vec<&str> = report.entrances.iter().map(|e| e.id.as_str()).collect();
    let host = &report.target.host;
    let mut findings = report.findings.iter();
    if let Some(why) = findings.find(|f| f.code == NO_GATEWAY_API) {
        bail!(
            "{host} has no entrance {name}: {}",
            sanitize::line(&why.title)
        );
    }
    match all.as_slice() {
        [] => bail!("{host} has no way in that could be seen"),
        all => bail!("{host} has no entrance {name}: it has {}", all.join(", ")),
    }
}

/// Many targets: each told as it ends.
async fn all(
    cli: &Cli,
    source: &Source,
    targets: &[Target],
    facts: &mut Facts,
    style: Style,
) -> Result<u8> {
    let source = source.for_many(targets.len());
    let longest = targets.iter().map(|t| columns(&t.host)).max().unwrap_or(0);
    let whole = cli.display.verbose > 0;
    let mut stream = Stream::new(cli.report, style, longest, whole);
    let mut progress = progress(cli, targets.len(), style);
    let mut written = Ok(());
    let walked = told(
        &source,
        &*source.answerer,
        targets,
        facts,
        |step| match step {
            Step::Walked(_, report) => progress.walked(report),
            Step::Ended(_, report) => {
                // What is counted stands below all lines.
                progress.end();
                let verdict = report.verdict;
                if written.is_ok() {
                    written = stream.add(*report);
                }
                progress.ended(verdict);
            }
        },
    );
    let walked = walked.await;
    progress.end();
    walked?;
    written?;
    stream.end()
}

fn progress(
    cli: &Cli,
    targets: usize,
    style: Style,
) -> progress::Progress<anstream::AutoStream<std::io::Stderr>> {
    let is_text = cli.report.output.unwrap_or_default() == Format::Text;
    // Log lines would run into it.
    let wanted = (is_text || targets > 1) && cli.display.verbose == 0;
    progress::on_stderr(targets, wanted, style)
}

/// Reads every target before anything is asked; a wrong one among several is named.
pub(super) fn parse<S: AsRef<str>>(words: &[S], veil: &Veil) -> Result<Vec<Target>> {
    let (mut targets, mut known) = (Vec::new(), HashSet::new());
    for word in words {
        let target = one(word.as_ref(), veil).map_err(Error::msg)?;
        if known.insert(target.clone()) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// Reads one target, without what its query says.
pub(super) fn one(word: &str, veil: &Veil) -> Result<Target, String> {
    whole(word, veil).map(|target| veil.target(target))
}

/// The same with what its query says, which the veil then knows.
pub(super) fn whole(word: &str, veil: &Veil) -> Result<Target, String> {
    match Target::parse(word) {
        Ok(target) => {
            veil.hide(&target.path);
            Ok(target)
        }
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
    collected(source, answerer, targets, facts, |_| ()).await
}

/// The same, with somebody who looks on.
async fn collected(
    source: &Source,
    answerer: &dyn Answerer,
    targets: &[Target],
    facts: &mut Facts,
    mut watch: impl FnMut(&Step),
) -> Result<Vec<Report>> {
    let mut ended = Vec::new();
    let tell = |step: Step| {
        watch(&step);
        if let Step::Ended(number, report) = step {
            ended.push((number, *report));
        }
    };
    told(source, answerer, targets, facts, tell).await?;
    Ok(engine::in_order(ended))
}

/// The same, told step by step.
async fn told(
    source: &Source,
    answerer: &dyn Answerer,
    targets: &[Target],
    facts: &mut Facts,
    tell: impl FnMut(Step),
) -> Result<()> {
    let (settings, bounds) = (&source.settings, (source.limits, &source.clock));
    tokio::select! {
        biased;
        error = source.lost() => Err(error),
        () = engine::check_telling(targets, facts, answerer, settings, bounds, tell) => {
            // Who stops it knows why nothing was answered.
            let stopped = source.clock.ended() == Some(End::Stopped);
            let failure = source.failure().filter(|_| !stopped);
            failure.map_or(Ok(()), Err)
        }
    }
}
