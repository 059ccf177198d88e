//! Walks targets and writes down what was answered.

use std::path::Path;

use anyhow::{Context, Error, Result};

use super::source::Source;
use super::{Run, check, compare, named, print, source};
use crate::answer::recording::redact::redact as redacted;
use crate::answer::recording::{self, Recorder, Recording};
use crate::answer::veil::Veiled;
use crate::cli::Cli;
use crate::facts::Facts;
use crate::report::Report;
use crate::target::{ResolveOverride, Target};

/// The mode.
pub(super) async fn run(
    cli: &Cli,
    (output, redact): (&Path, bool),
    targets: &[String],
    run: &Run,
) -> Result<u8> {
    let parsed = check::parse(targets, &run.veil)?;
    let source = source::open(cli, run).await?;
    let parsed = if named::any(targets) {
        let mut facts = Facts::new();
        let named = named::expand(cli, &source, targets, &mut facts).await?;
        check::parse(&named, &run.veil)?
    } else {
        parsed
    };
    let mut recording = record(&source, &parsed).await?;
    if redact {
        recording = redacted(&recording);
    }
    let text = recording.to_yaml().map_err(Error::msg)?;
    if output.as_os_str() == "-" {
        print(&text)?;
        return Ok(0);
    }
    let name = output.display();
    std::fs::write(output, text).with_context(|| format!("cannot write {name}"))?;
    print(&format!(
        "{name}: {} answers, {} objects; to read it back: kubectl hops --replay {name}\n",
        recording.asked.len() + recording.probes.len(),
        recording.objects.len(),
    ))?;
    Ok(0)
}

/// Walks targets, and gives back all that was answered.
pub(super) async fn record(source: &Source, targets: &[Target]) -> Result<Recording> {
    // Whatever is shown, a recording is sent around.
    let veil = source.veil.lowered();
    let targets: Vec<Target> = targets.iter().map(|t| veil.target(t.clone())).collect();
    let answerer = std::sync::Arc::clone(&source.answerer);
    let recorder = Recorder::new(Veiled::again(answerer, veil));
    let mut facts = Facts::new();
    let reports = check::walk(source, &recorder, &targets, &mut facts).await?;
    // What several ways in answer differently is to be told of the recording, too.
    let several = reports
        .iter()
        .zip(&targets)
        .filter(|(r, _)| r.entrances.len() > 1);
    let mut hosts: Vec<&Target> = several.map(|(_, target)| target).collect();
    hosts.dedup_by_key(|t| &t.host);
    for host in hosts {
        compare::asked(source, &recorder, host, Vec::new(), &mut facts).await?;
    }
    Ok(recorder.finish(as_run(source, &reports, &targets)))
}

/// What a replay has to ask again. The URLs are those that were walked, with the scheme that was found out.
fn as_run(source: &Source, reports: &[Report], targets: &[Target]) -> recording::Run {
    let walked = reports.iter().zip(targets);
    let word = |(report, target): (&Report, &Target)| {
        let called = target.word();
        called.unwrap_or_else(|| report.target.url.clone())
    };
    let settings = source.settings.clone();
    recording::Run {
        now: settings.now,
        targets: walked.map(word).collect(),
        method: settings.method,
        headers: settings.headers,
        resolve: settings.resolve.iter().map(curl_form).collect(),
        dns_server: settings.dns_server,
        context: settings.context,
        namespace: settings.namespace,
        refused: settings.refused,
    }
}

fn curl_form(resolve: &ResolveOverride) -> String {
    let (port, address) = (resolve.to.port(), resolve.to.ip());
    if address.is_ipv6() {
        format!("{}:{port}:[{address}]", resolve.host)
    } else {
        format!("{}:{port}:{address}", resolve.host)
    }
}
