//! From what the hops and checks found to the report: states, verdict, who answered.

mod answer;
mod judge;

use super::Walk;
use super::ask::stage::{Reach, Stage};
use super::checks::{Ctx, table};
use super::hops::endpoints::Endpoints;
use super::hops::journey::Journey;
use super::hops::route::Route;
use super::hops::user;
use super::request::Way;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::semantics::meta::{display, name_of};
use crate::report::{
    AnswerInfo, AnswerType, Backend, EndpointCount, Finding, Hop, HopReport, Outcome, Report,
    SCHEMA_VERSION, Severity, State, Stats, TargetInfo, Vantage, Verdict,
};

/// Judges and writes the report.
pub(super) fn conclude<'a>(cx: Cx<'a>, journey: &Journey<'a>) -> Walk {
    let findings = judge::run(&Ctx::new(&cx, journey));
    let waiting = cx.is_waiting();
    let mut path = path(&cx, journey, &findings, waiting);
    let answer = answer::answer(journey);
    let broken_at = findings
        .iter()
        .filter(|f| f.severity == Severity::Error && f.caused_by.is_none())
        .map(|f| f.hop)
        .min();
    let verdict = verdict(&findings, &path, &answer, waiting);
    let target = target_info(&cx, journey);
    let backends = backends(journey);
    let asked = cx.asked();
    for hop in &mut path {
        // What reads of objects cost says nothing about the request.
        let probes = asked
            .iter()
            .filter(|a| a.hop == hop.hop && a.vantage == Vantage::Here)
            .filter(|a| matches!(a.outcome, Outcome::Answered(_)));
        hop.ms = probes.filter_map(|a| a.ms).max();
    }
    let read = cx.questions();
    let (questions, gaps) = cx.into_open();
    Walk {
        report: Report {
            schema_version: SCHEMA_VERSION,
            hops: env!("CARGO_PKG_VERSION"),
            target,
            verdict,
            broken_at,
            answer,
            path,
            backends,
            findings,
            gaps,
            asked,
            stats: Stats::default(),
        },
        questions,
        read,
    }
}

fn verdict(
    findings: &[Finding],
    path: &[HopReport],
    answer: &AnswerInfo,
    waiting: bool,
) -> Verdict {
    let worst = findings.iter().map(|f| f.severity).max();
    // While answers are open a fault may still turn out to be a symptom, but it stays a fault.
    if waiting {
        return Verdict::Waiting;
    }
    // The request is made with any certificate, so that an answer proves nothing for a TLS hop that was not seen.
    let unseen_tls = path
        .iter()
        .any(|h| h.hop == Hop::Tls && h.state == State::Unknown);
    let proven = matches!(answer.kind, AnswerType::Backend | AnswerType::Redirect) && !unseen_tls;
    let unseen = path.iter().any(|h| h.state == State::Unknown);
    match worst {
        Some(Severity::Error) => Verdict::Broken,
        _ if unseen && !proven => Verdict::Unknown,
        Some(Severity::Warning) => Verdict::Degraded,
        // Good objects alone do not make a good answer.
        _ if !proven && answer.status.is_none() => Verdict::Unknown,
        _ => Verdict::Ok,
    }
}

fn path(cx: &Cx, j: &Journey, findings: &[Finding], waiting: bool) -> Vec<HopReport> {
    let user = Stage::<()> {
        reach: Reach::Known,
        found: None,
        summary: user::summary(cx),
        nodes: Vec::new(),
    };
    let mut path = vec![
        hop(Hop::User, &user),
        hop(Hop::Dns, &j.dns),
        hop(Hop::LoadBalancer, &j.load_balancer),
        hop(Hop::Controller, &j.controller),
        hop(Hop::Tls, &j.tls),
        hop(Hop::Route, &j.route),
        hop(Hop::Service, &j.service),
        hop(Hop::Endpoints, &j.endpoints),
        hop(Hop::NetworkPolicy, &j.policy),
        hop(Hop::Pod, &j.pods),
    ];
    let mut blind = false;
    for report in &mut path {
        if report.state == State::Waiting && !waiting {
            // Nothing is open any more: it waited for something that an earlier hop could not tell.
            report.state = if blind {
                State::Unknown
            } else {
                State::Skipped
            };
            if report.summary.is_empty() {
                let why = if blind {
                    "hangs on a hop that could not be seen"
                } else {
                    "not reached"
                };
                why.clone_into(&mut report.summary);
            }
        }
        blind |= report.state == State::Unknown;
        let here = || {
            findings
                .iter()
                .filter(|f| f.hop == report.hop && counts_here(f))
        };
        let worst = here().map(|f| f.severity).max();
        let root = here().find(|f| f.severity == Severity::Error && f.caused_by.is_none());
        if let Some(root) = root {
            report.summary.clone_from(&root.title);
        }
        match worst {
            Some(Severity::Error) => report.state = State::Broken,
            // What could not be seen may be worse than a warning.
            Some(Severity::Warning) if !matches!(report.state, State::Waiting | State::Unknown) => {
                report.state = State::Degraded;
            }
            _ => {}
        }
    }
    path
}

/// A symptom shows at its hop, with one exception: a route whose Service is empty is still a good route.
fn counts_here(finding: &Finding) -> bool {
    let cause = finding.caused_by.and_then(table::find);
    finding.hop != Hop::Route || cause.is_none_or(|cause| cause.hop <= finding.hop)
}

fn hop<T>(hop: Hop, stage: &Stage<T>) -> HopReport {
    let state = match &stage.reach {
        Reach::Waiting => State::Waiting,
        Reach::Known => State::Ok,
        Reach::Unknown(_) => State::Unknown,
        Reach::Skipped(_) => State::Skipped,
    };
    let summary = match (&stage.reach, stage.summary.as_str()) {
        (Reach::Unknown(gap), "") => gap.to_string(),
        (_, text) => text.to_owned(),
    };
    HopReport {
        hop,
        state,
        summary,
        ms: None,
        nodes: stage.nodes.clone(),
    }
}

fn backends(j: &Journey) -> Vec<Backend> {
    let (Some(rule), Some(service)) = (j.rule(), j.service.found.as_ref()) else {
        return Vec::new();
    };
    if j.route
        .found
        .as_ref()
        .is_some_and(|r: &Route| r.resolution.undecided())
    {
        return Vec::new();
    }
    let endpoints = j.endpoints.found.as_ref();
    let mut pods: Vec<String> = endpoints
        .into_iter()
        .flat_map(Endpoints::usable)
        .filter_map(|e| e.pod.clone())
        .collect();
    pods.sort_unstable();
    pods.dedup();
    vec![Backend {
        via: display(
            crate::facts::Kind::Ingress,
            rule.ingress.metadata.namespace.as_deref(),
            name_of(&*rule.ingress),
        ),
        namespace: service.namespace.clone(),
        service: service.name.clone(),
        port: service.port.as_ref().map(|p| p.port),
        weight: 1,
        endpoints: endpoints.map_or_else(EndpointCount::default, Endpoints::count),
        pods,
    }]
}

fn target_info(cx: &Cx, j: &Journey) -> TargetInfo {
    let way = j.way.unwrap_or(Way {
        port: cx.target.port.unwrap_or(443),
        https: true,
    });
    TargetInfo {
        url: way.url(&cx.target.host, &cx.target.path),
        host: cx.target.host.clone(),
        port: way.port,
        path: cx.target.path.clone(),
        from: None,
        context: cx.settings.context.clone(),
    }
}
