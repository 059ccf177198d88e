//! Recordings read back, and what of their verdict has to stay when they are redacted.

use hops::answer::Answerer;
use hops::answer::recording::{Recording, Replay, Run};
use hops::diagnosis::Settings;
use hops::engine::{Limits, check};
use hops::facts::Facts;
use hops::report::Report;
use hops::target::{ResolveOverride, Target};

/// What a walk says that takes its answers from there.
pub fn walk(answerer: &dyn Answerer, run: &Run) -> Report {
    let targets = [Target::parse(&run.targets[0]).unwrap_or_else(|e| panic!("{e}"))];
    let settings = Settings {
        now: run.now,
        context: run.context.clone(),
        namespace: run.namespace.clone(),
        method: run.method.clone(),
        headers: run.headers.clone(),
        resolve: run
            .resolve
            .iter()
            .map(|r| ResolveOverride::parse(r).expect("curl's form"))
            .collect(),
        dns_server: run.dns_server,
        refused: run.refused.clone(),
        ..Settings::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut facts = Facts::new();
    runtime
        .block_on(check(
            &targets,
            &mut facts,
            answerer,
            &settings,
            Limits::default(),
        ))
        .remove(0)
}

/// What a recording says when it is read back.
pub fn replay(recording: &Recording) -> Report {
    // Through the file, as a bug report comes.
    let text = recording.to_yaml().expect("written");
    let recording =
        Recording::from_yaml(&text, "redacted").unwrap_or_else(|e| panic!("{e}\n{text}"));
    let run = recording.run.clone();
    walk(&Replay::new(recording), &run)
}

/// What redaction must not change.
pub fn verdict(report: &Report) -> (String, Vec<(&'static str, String)>, Vec<String>) {
    let mut findings: Vec<_> = report
        .findings
        .iter()
        .map(|f| {
            (
                f.code,
                format!(
                    "{:?} at {:?} because of {:?}",
                    f.severity, f.hop, f.caused_by
                ),
            )
        })
        .collect();
    findings.sort();
    let path = report
        .path
        .iter()
        .map(|p| format!("{:?}: {:?}", p.hop, p.state))
        .collect();
    (
        format!("{:?} at {:?}", report.verdict, report.broken_at),
        findings,
        path,
    )
}
