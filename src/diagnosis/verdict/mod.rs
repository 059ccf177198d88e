//! From what the hops and checks found to the report: states, verdict, who answered.

mod answer;
mod beside;
mod call;
mod fold;
mod gaps;
mod judge;
mod path;
mod user;

use super::Walk;
use super::ask::cx::Cx;
use super::hops::endpoints::Endpoints;
use super::hops::journey::Journey;
use crate::report::{
    AnswerInfo, AnswerType, Backend, EndpointCount, Finding, Hop, HopReport, Outcome, Report,
    SCHEMA_VERSION, Scope, Severity, State, Stats, TargetInfo, Vantage, Verdict,
};

/// Judges and writes the report.
pub(super) fn conclude<'a>(cx: Cx<'a>, journey: &Journey<'a>) -> Walk {
    let found = judge::run(cx, journey);
    let waiting = cx.is_waiting();
    let entrances = beside::entrances(journey, &found, waiting);
    let findings = judge::tell(cx, journey, found);
    let answer = match &journey.called {
        Some(_) => call::answer(journey),
        None => answer::answer(journey),
    };
    let user = user::row(&cx, journey, &answer, &findings);
    let mut path = path::path(user, journey, &findings, waiting);
    let broken_at = findings
        .iter()
        .filter(|f| f.severity == Severity::Error && f.caused_by.is_none())
        .filter(|f| breaks_all(journey, &findings, f))
        .map(|f| f.hop)
        .min();
    let proven = match &journey.called {
        Some(called) => call::is_proven(journey, called),
        None => answer::is_proven(&cx, journey),
    };
    let verdict = verdict(
        &findings,
        &path,
        &answer,
        (broken_at.is_some(), proven, waiting),
    );
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
    let (questions, mut gaps) = cx.take_open();
    if !waiting {
        let of_hops = gaps::of_hops(journey, &gaps);
        gaps.extend(of_hops);
        gaps.extend(match &journey.called {
            Some(called) => call::gap(journey, called, &findings),
            None => answer::gap(&cx, journey, &answer, &findings),
        });
    }
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
            entrances,
            findings,
            gaps,
            asked,
            finished: true,
            recorded_at: cx.settings.recorded.then_some(cx.settings.now),
            stats: Stats::default(),
        },
        questions,
        read,
    }
}

/// Whether a fault breaks the request, and not merely a part of all requests: of several backends each has one.
fn breaks_all(journey: &Journey, findings: &[Finding], fault: &Finding) -> bool {
    let Scope::Backend(id) = &fault.scope else {
        return true;
    };
    let Some(backend) = journey.backends.iter().find(|b| b.id.0 == *id) else {
        return true;
    };
    journey.weighted(&backend.entrance).all(|other| {
        let scope = Scope::Backend(other.id.0.clone());
        let mut errors = findings.iter().filter(|f| f.severity == Severity::Error);
        errors.any(|f| f.scope == scope)
    })
}

fn verdict(
    findings: &[Finding],
    path: &[HopReport],
    answer: &AnswerInfo,
    (broken, by_right, waiting): (bool, bool, bool),
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
    let answered = matches!(answer.kind, AnswerType::Backend | AnswerType::Redirect);
    let proven = answered && by_right && !unseen_tls;
    let unseen = path.iter().any(|h| h.state == State::Unknown);
    match worst {
        Some(Severity::Error) if broken => Verdict::Broken,
        // Some of the requests come through.
        Some(Severity::Error) => Verdict::Degraded,
        _ if unseen && !proven => Verdict::Unknown,
        Some(Severity::Warning) => Verdict::Degraded,
        // Good objects alone do not make a good answer.
        _ if !proven => Verdict::Unknown,
        _ => Verdict::Ok,
    }
}

fn backends(j: &Journey) -> Vec<Backend> {
    let own = j.backends.iter().filter(|b| b.entrance == j.entrance().id);
    let known = own.filter(|b| b.service.found().is_some());
    known
        .filter(|b| !j.entrance_of(b).is_only_meant())
        .map(|backend| {
            let service = backend.service.found();
            let endpoints = backend.endpoints.found();
            let mut pods: Vec<String> = endpoints
                .into_iter()
                .flat_map(Endpoints::usable)
                .filter_map(|e| e.pod.clone())
                .collect();
            pods.sort_unstable();
            pods.dedup();
            Backend {
                via: backend.via.place.declared.label(),
                namespace: service.map(|s| s.namespace.clone()).unwrap_or_default(),
                service: service.map(|s| s.name.clone()).unwrap_or_default(),
                port: service.and_then(|s| s.port.as_ref()).map(|p| p.port),
                weight: backend.share.weight,
                endpoints: endpoints.map_or_else(EndpointCount::default, Endpoints::count),
                pods,
            }
        })
        .collect()
}

fn target_info(cx: &Cx, j: &Journey) -> TargetInfo {
    if let (Some(call), Some(request)) = (&cx.target.call, &j.request) {
        let context = cx.settings.context.clone();
        let client = j.called.as_ref().and_then(|c| c.client.found());
        return call::target((cx.target, call, client), request, context);
    }
    let open;
    let request = if let Some(request) = &j.request {
        request
    } else {
        open = super::request_over(cx, true);
        &open
    };
    TargetInfo {
        url: request.url(),
        host: request.host.clone(),
        port: request.port,
        path: request.path.clone(),
        scheme_guessed: j.scheme_guessed,
        from: None,
        context: cx.settings.context.clone(),
        word: None,
    }
}
