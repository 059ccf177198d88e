//! Runs the checks, tempers what an answer refutes, and folds symptoms under their causes: each within its scope.

use std::sync::Arc;

use super::{answer, beside, breaks_all, fold};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::checks::causes::WRONG_PAGE;
use crate::diagnosis::checks::table::ALL;
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::{Backend, Journey};
use crate::diagnosis::request::author::Author;
use crate::diagnosis::routing::Share;
use crate::report::{Evidence, Finding, Hop, Scope, Severity};

/// Runs every check and folds symptoms under their causes.
pub(super) fn run(cx: Cx, journey: &Journey) -> Vec<Finding> {
    let mut findings = Vec::new();
    let case = Case::new(cx, journey);
    // Who asks for another way in than the name's wants to know what it does, and knows where the name leads.
    let chosen = cx.settings.entrance.is_some() && journey.entrances.len() > 1;
    let chosen = chosen && beside::reached(journey, journey.entrance()) != Some(true);
    let passed = journey.hops();
    let checks = ALL.iter().filter(|c| passed.contains(&c.hop));
    let checks = checks.filter(|c| !(chosen && c.hop <= Hop::Dns));
    for check in checks {
        let broken: Vec<Hop> = errors(&findings).map(|f| f.hop).collect();
        let found = run_one(check, case.of(check.hop, &broken));
        findings.extend(found);
    }
    temper(&case, &mut findings);
    say_the_share(journey, &mut findings);
    fold::fold(journey, &mut findings);
    findings
}

/// The findings as the report tells them: those of other ways in as notes, the others with their proof; root causes first, in path order.
pub(super) fn tell(cx: Cx, journey: &Journey, mut findings: Vec<Finding>) -> Vec<Finding> {
    let (softened, missed) = cx.watch(|| beside::soften(journey, &mut findings));
    for code in softened {
        missed.hide(code);
    }
    prove(&Case::new(cx, journey), &mut findings);
    for command in findings.iter_mut().flat_map(|f| &mut f.remedy.commands) {
        *command = cx.settings.shown(command);
    }
    findings.sort_by_key(|f| (f.caused_by.is_some(), std::cmp::Reverse(f.severity), f.hop));
    findings
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|f| f.severity == Severity::Error)
}

fn run_one(check: &Check, case: Case) -> Vec<Finding> {
    let mut sink = Sink {
        findings: Vec::new(),
        scope: Scope::Request,
    };
    let journey = case.journey;
    // What looked at something that is not known, and found nothing, may have found something.
    let watched = |sink: &mut Sink, run: &dyn Fn(&mut Sink)| {
        let before = sink.findings.len();
        let ((), missed) = case.watch(|| run(sink));
        let found = &mut sink.findings[before..];
        if missed.has_failed_probe() {
            // Objects alone: the answer that did not come may have refuted them.
            for finding in found.iter_mut().filter(|f| !is_probed(f)) {
                finding.severity = finding.severity.min(Severity::Warning);
            }
        }
        if errors(found).next().is_none() {
            missed.hide(check.code);
        }
    };
    match check.run {
        Run::Request(run) => watched(&mut sink, &|sink| run(&case, sink)),
        Run::Entrance(run) => {
            for entrance in &journey.entrances {
                // Where the name leads is the way in that it leads to.
                if entrance.id != journey.entrance().id && check.hop <= Hop::LoadBalancer {
                    continue;
                }
                sink.scope = Scope::Entrance(entrance.id.0.clone());
                watched(&mut sink, &|sink| run(&case.through(entrance), sink));
            }
        }
        Run::Backend(run) => {
            let (backends, missed) = case.watch(|| &*journey.backends);
            for backend in backends {
                let judged =
                    |b: &Backend| b.entrance == journey.entrance().id && b.id == backend.id;
                let again =
                    backend.entrance != journey.entrance().id && backends.iter().any(judged);
                if backend.via.weight == 0 && backend.share.weight == 0 || again {
                    continue;
                }
                sink.scope = Scope::Backend(backend.id.0.clone());
                watched(&mut sink, &|sink| run(&case.behind(backend), backend, sink));
            }
            // Others may be the ones that count.
            if errors(&sink.findings).next().is_none() {
                missed.hide(check.code);
            }
        }
    }
    sink.findings
}

/// What objects say is wrong behind the controller does not break a request that is answered: they may be older than the answer, or
/// something that hops does not read serves the host. A good answer excuses only the entrance through which it came, and a backend
/// only if it is the sole one that gets requests.
fn temper(case: &Case, findings: &mut [Finding]) {
    let journey = case.journey;
    for entrance in &journey.entrances {
        let case = case.through(entrance);
        let author = &entrance.inside.author;
        let from_pod =
            |id: &Arc<str>| matches!(author, Author::Backend { id: own, .. } if own == id);
        if !case.answered_well() {
            continue;
        }
        let sole = journey.weighted(&entrance.id).count() <= 1;
        // Where somebody else could have given the answer, it excuses only whom it is known to come from.
        let certain = !entrance.is_doubtful(&journey.backends);
        let excused = |scope: &Scope| match scope {
            // The Ingress that does not decode may be the one that serves it.
            _ if entrance.is_unclaimed() && journey.has_garbled_rules() => true,
            Scope::Request => certain && journey.entrances.len() == 1,
            Scope::Entrance(id) => certain && *id == entrance.id.0,
            Scope::Backend(id) => {
                let gets = || journey.weighted(&entrance.id).any(|b| b.id.0 == *id);
                sole && (certain || from_pod(id)) && gets()
            }
        };
        for finding in findings.iter_mut().filter(|f| f.hop >= Hop::Route) {
            let (excused, missed) = case.watch(|| excused(&finding.scope));
            if excused && !WRONG_PAGE.contains(&finding.code) {
                finding.severity = finding.severity.min(Severity::Warning);
                missed.hide(finding.code);
            }
        }
    }
}

/// What breaks a part of the requests says how large the part is; what breaks none, for others get its share, is a warning.
fn say_the_share(journey: &Journey, findings: &mut [Finding]) {
    let all: Vec<bool> = findings
        .iter()
        .map(|f| breaks_all(journey, findings, f))
        .collect();
    for (finding, breaks_all) in findings.iter_mut().zip(all) {
        let Scope::Backend(id) = &finding.scope else {
            continue;
        };
        let backend = journey.backends.iter().find(|b| b.id.0 == *id);
        let Some(backend) = backend.filter(|b| !b.share.is_all()) else {
            continue;
        };
        let share = backend.share;
        let part = if share.weight == 0 {
            finding.severity = finding.severity.min(Severity::Warning);
            let declared = Share {
                weight: backend.via.weight,
                ..share
            };
            let percent = declared.percent();
            format!("its share of {percent} % goes to the other backend")
        } else {
            share.words()
        };
        if finding.severity == Severity::Error && !breaks_all || share.weight == 0 {
            finding.title = format!("{} ({part})", finding.title);
        }
    }
}

/// What a user gets belongs to the proof of every root cause, also of those that objects alone show.
fn prove(case: &Case, findings: &mut [Finding]) {
    let roots = findings
        .iter_mut()
        .filter(|f| f.severity == Severity::Error && f.caused_by.is_none());
    for root in roots {
        let entrances = &case.journey.entrances;
        let entrance = match &root.scope {
            Scope::Entrance(id) => entrances.iter().find(|e| e.id.0 == *id),
            _ => None,
        };
        let case = case.through(entrance.unwrap_or(case.entrance));
        let Some(line) = failing_request(&case) else {
            continue;
        };
        if !is_probed(root) {
            root.evidence.push(line);
        }
        // That the controller answers is half of what there is to know about a fault before it.
        if matches!(root.hop, Hop::Dns | Hop::LoadBalancer) {
            for line in case.inside_lines(root.hop) {
                if !root.evidence.contains(&line) {
                    root.evidence.push(line);
                }
            }
        }
    }
}

/// Whether its proof is something that happened.
fn is_probed(finding: &Finding) -> bool {
    let mut evidence = finding.evidence.iter();
    evidence.any(|e| matches!(e, Evidence::Probe { .. }))
}

/// The user's request as evidence, when it does not get a good answer.
fn failing_request(case: &Case) -> Option<Evidence> {
    let attempt = answer::deciding_attempt(case.entrance)?;
    let https = case.journey.request.as_ref()?.https;
    match attempt.response() {
        Some(response) if response.status < 400 => None,
        _ if attempt.connects() => attempt.http_line(case, https),
        _ => attempt.tcp_line(case),
    }
}
