//! Runs the checks, tempers what an answer refutes, and folds symptoms under their causes.

use super::answer;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::checks::table::{ALL, find};
use crate::diagnosis::checks::{Ctx, Sink};
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::hops::journey::Journey;
use crate::report::{Code, Evidence, Finding, Hop, Severity};

/// Runs every check and folds symptoms under their causes; root causes come first, in path order.
pub(super) fn run(ctx: &Ctx) -> Vec<Finding> {
    let mut sink = Sink::default();
    for check in ALL {
        ctx.cx.enter(check.hop);
        (check.run)(ctx, &mut sink);
        let errors = sink.0.iter().filter(|f| f.severity == Severity::Error);
        *ctx.broken.borrow_mut() = errors.map(|f| f.hop).collect();
    }
    let mut findings = sink.0;
    temper(ctx, &mut findings);
    let causes: Vec<(Code, Severity)> = findings.iter().map(|f| (f.code, f.severity)).collect();
    for finding in &mut findings {
        let Some(check) = find(finding.code) else {
            continue;
        };
        finding.caused_by = check.symptom_of.iter().copied().find(|cause| {
            causes
                .iter()
                .any(|(code, s)| code == cause && *s >= finding.severity)
        });
    }
    prove(ctx, &mut findings);
    findings.sort_by_key(|f| (f.caused_by.is_some(), std::cmp::Reverse(f.severity), f.hop));
    findings
}

/// What objects say is wrong behind the controller does not break a request that is answered: they may be older than the answer, or
/// something that hops does not read serves the host. But where Traefik drops the router of a Service without endpoints, the next
/// rule that matches answers in its place, and a good status proves nothing.
fn temper(ctx: &Ctx, findings: &mut [Finding]) {
    if !ctx.answered_well() {
        return;
    }
    let route = ctx.journey.route.found.as_ref();
    let resolution = route.map(|r| &r.resolution);
    let undecided = resolution.is_some_and(|r| r.undecided());
    let family = ctx.journey.controller.found.as_ref().map(|c| &c.family);
    let falls_through = family == Some(&Family::Traefik)
        && resolution.is_some_and(|r| {
            let mut backends = r.matching.iter().map(|rule| &rule.backend);
            let first = backends.next();
            backends.any(|b| Some(b) != first)
        });
    if falls_through && !undecided {
        return;
    }
    for finding in findings.iter_mut().filter(|f| f.hop >= Hop::Route) {
        finding.severity = finding.severity.min(Severity::Warning);
    }
}

/// What a user gets belongs to the proof of every root cause, also of those that objects alone show.
fn prove(ctx: &Ctx, findings: &mut [Finding]) {
    let Some(line) = failing_request(ctx.cx, ctx.journey) else {
        return;
    };
    let roots = findings
        .iter_mut()
        .filter(|f| f.severity == Severity::Error && f.caused_by.is_none());
    for root in roots {
        let proven = root
            .evidence
            .iter()
            .any(|e| matches!(e, Evidence::Probe { .. }));
        if !proven {
            root.evidence.push(line.clone());
        }
        // That the controller answers is half of what there is to know about a fault before it.
        if matches!(root.hop, Hop::Dns | Hop::LoadBalancer) {
            for line in ctx.inside_lines(root.hop) {
                if !root.evidence.contains(&line) {
                    root.evidence.push(line);
                }
            }
        }
    }
}

/// The user's request as evidence, when it does not get a good answer.
fn failing_request(cx: &Cx, journey: &Journey) -> Option<Evidence> {
    let knock = answer::spokesman(journey)?;
    let https = journey.way?.https;
    match knock.response() {
        Some(response) if response.status < 400 => None,
        _ if knock.connects() => knock.http_line(cx, https),
        _ => knock.tcp_line(cx),
    }
}
