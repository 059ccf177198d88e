//! The report's path: each hop's state, from how far it was resolved and what was found there.

use std::cmp::Reverse;

use super::breaks_all;
use crate::diagnosis::ask::stage::{Progress, Stage};
use crate::diagnosis::checks::table;
use crate::diagnosis::hops::cluster_dns::Lookup;
use crate::diagnosis::hops::journey::{Backend, Called, Entrance, Journey};
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::request::attempt::Attempt;
use crate::report::{Finding, Hop, HopReport, Scope, Severity, State};

/// The hops with their states, summaries and nodes; what stands once for each backend is told together.
pub(super) fn path(
    user: HopReport,
    j: &Journey,
    findings: &[Finding],
    waiting: bool,
) -> Vec<HopReport> {
    let mut path = match &j.called {
        Some(called) => of_call(j, called),
        None => vec![user, hop(Hop::Dns, &j.dns)],
    };
    if j.called.is_none() {
        path.extend(through(j, j.entrance()));
    }
    let own: Vec<&Finding> = findings.iter().collect();
    settle(
        &mut path,
        (j, j.entrance()),
        (findings, &own),
        waiting,
        false,
    );
    path
}

/// The same of an entrance that the report is not about, from the load balancer on.
pub(super) fn beside(
    j: &Journey,
    entrance: &Entrance,
    findings: &[Finding],
    waiting: bool,
) -> Vec<HopReport> {
    let mut path = through(j, entrance);
    for hop in path.iter_mut().filter(|h| h.hop == Hop::LoadBalancer) {
        // No check is about an address that the name does not lead to.
        if hop.state == State::Ok {
            hop.state = reached(entrance);
        }
    }
    let behind = |id: &str| j.weighted(&entrance.id).any(|b| *b.id.0 == *id);
    let is_own = |f: &&Finding| match &f.scope {
        Scope::Request => false,
        Scope::Entrance(id) => *id == entrance.id.0,
        Scope::Backend(id) => behind(id),
    };
    let own: Vec<&Finding> = findings.iter().filter(is_own).collect();
    // What is not known of the name is told where the name leads.
    let blind = matches!(j.dns.progress(), Progress::Unknown(_));
    settle(&mut path, (j, entrance), (findings, &own), waiting, blind);
    path
}

/// The hops of a call from inside the cluster.
fn of_call(j: &Journey, called: &Called) -> Vec<HopReport> {
    let mut path = vec![
        hop(Hop::Client, &called.client),
        hop(Hop::ClusterDns, &called.cluster_dns),
    ];
    // A name that ends without an address does not lead on, whether or not it is known why.
    if called.cluster_dns.found().is_some_and(Lookup::is_lost) {
        path[1].state = State::Broken;
    }
    let backends: Vec<&Backend> = j.weighted(&j.entrance().id).collect();
    path.extend(behind(&called.cluster_dns, &backends));
    path
}

/// How the addresses do that an entrance publishes.
fn reached(entrance: &Entrance) -> State {
    let lb = entrance.load_balancer.found();
    let attempts = lb.map(LoadBalancer::attempts).unwrap_or_default();
    if attempts.iter().any(Attempt::connects) {
        State::Ok
    } else if attempts.iter().any(Attempt::is_waiting) {
        State::Waiting
    } else if attempts.iter().any(Attempt::is_dead) {
        State::Broken
    } else {
        State::Unknown
    }
}

/// The hops from the load balancer on, as far as they were resolved.
fn through(j: &Journey, entrance: &Entrance) -> Vec<HopReport> {
    let backends: Vec<&Backend> = j.weighted(&entrance.id).collect();
    let mut all = vec![
        hop(Hop::LoadBalancer, &entrance.load_balancer),
        hop(Hop::Controller, &entrance.controller),
        hop(Hop::Tls, &entrance.tls),
        hop(Hop::Route, &entrance.route),
    ];
    all.extend(behind(&entrance.route, &backends));
    all
}

/// The hops that stand once for each backend. `before`: what leads to them.
fn behind<T>(before: &Stage<T>, backends: &[&Backend]) -> [HopReport; 4] {
    [
        joined(Hop::Service, before, backends, |b| {
            hop(Hop::Service, &b.service)
        }),
        joined(Hop::Endpoints, before, backends, |b| {
            hop(Hop::Endpoints, &b.endpoints)
        }),
        joined(Hop::NetworkPolicy, before, backends, |b| {
            hop(Hop::NetworkPolicy, &b.policy)
        }),
        joined(Hop::Pod, before, backends, |b| hop(Hop::Pod, &b.pods)),
    ]
}

/// Says of each hop what the findings there say.
fn settle(
    path: &mut [HopReport],
    (j, entrance): (&Journey, &Entrance),
    (findings, own): (&[Finding], &[&Finding]),
    waiting: bool,
    mut blind: bool,
) {
    for report in path {
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
        blind |= report.hop != Hop::User && report.state == State::Unknown;
        let here = || {
            let own = own.iter().copied();
            own.filter(|f| f.hop == report.hop && counts_here(f))
        };
        let worst = here().map(|f| f.severity).max();
        let part = !here().any(|f| f.severity == Severity::Error && breaks_all(j, findings, f));
        // What makes the mark stands beside it: the worst, and rather a root than a symptom.
        let told = here().filter(|f| f.severity > Severity::Info);
        let told = told.min_by_key(|f| (Reverse(f.severity), f.caused_by.is_some()));
        // How many endpoints there are says it better than a symptom.
        let counted = |f: &&Finding| !part && f.hop == Hop::Endpoints && f.caused_by.is_some();
        if let Some(told) = told.filter(|f| f.hop != Hop::User && !counted(f)) {
            report.summary.clone_from(&told.title);
        }
        // A Service that stands for a name outside is seen as far as the cluster goes.
        let outside = report.hop == Hop::Service && j.leads_outside(&entrance.id);
        match worst {
            // Some of the requests get past.
            Some(Severity::Error) if part => report.state = State::Degraded,
            Some(Severity::Error) => report.state = State::Broken,
            // What could not be seen may be worse than a warning.
            Some(Severity::Warning)
                if outside || !matches!(report.state, State::Waiting | State::Unknown) =>
            {
                report.state = State::Degraded;
            }
            _ => {}
        }
    }
}

/// A symptom shows at its hop, with one exception: a route whose Service is empty is still a good route.
fn counts_here(finding: &Finding) -> bool {
    let cause = finding.caused_by.and_then(table::find);
    finding.hop != Hop::Route || cause.is_none_or(|cause| cause.hop <= finding.hop)
}

fn hop<T>(hop: Hop, stage: &Stage<T>) -> HopReport {
    let state = match stage.progress() {
        Progress::Waiting => State::Waiting,
        Progress::Known => State::Ok,
        Progress::Unknown(_) => State::Unknown,
        Progress::Skipped(_) => State::Skipped,
    };
    let summary = match (stage.progress(), stage.summary.as_str()) {
        (Progress::Unknown(gap), "") => gap.to_string(),
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

/// One hop of several backends: the worst state, all nodes, and what is to be said of each with its share.
fn joined<T>(
    at: Hop,
    before: &Stage<T>,
    backends: &[&Backend],
    of: impl Fn(&Backend) -> HopReport,
) -> HopReport {
    let (first, others) = match backends {
        [] => return hop(at, &Stage::<()>::after(before)),
        [one] => return of(one),
        [first, others @ ..] => (first, others),
    };
    let words = |b: &Backend, hop: &HopReport| {
        let share = if b.share.tied {
            "perhaps".to_owned()
        } else {
            format!("{} %", b.share.percent())
        };
        format!("{} {share} {}", b.id.0, hop.summary)
    };
    let mut all = of(first);
    all.summary = words(first, &all);
    for backend in others {
        let one = of(backend);
        all.summary = format!("{}; {}", all.summary, words(backend, &one));
        all.nodes.extend(one.nodes);
        all.state = worse(all.state, one.state);
    }
    all
}

fn worse(a: State, b: State) -> State {
    let badness = |state: &State| match state {
        State::Ok => 0,
        State::Skipped => 1,
        State::Degraded => 2,
        State::Unknown => 3,
        State::Broken => 4,
        State::Waiting => 5,
    };
    std::cmp::max_by_key(a, b, badness)
}
