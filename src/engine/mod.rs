//! The loop: walk, get the open questions answered, walk again, until nothing is open or time is up. [`live`] goes on from there.

pub mod changes;
mod fingerprint;
pub mod live;
mod publisher;
mod round;
mod session;
pub mod watched;
mod watches;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::answer::Answerer;
use crate::diagnosis::{Settings, walk};
use crate::facts::{Answer, Edge, Facts, Gap, Question};
use crate::report::Report;
use crate::target::Target;

/// How much work may be under way, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Concurrent requests to the API server.
    pub api: usize,
    /// Concurrent probes.
    pub probes: usize,
    /// Concurrent tunnels into the cluster, and requests through the API server. Each keeps a connection of the API server
    /// and of a kubelet.
    pub tunnels: usize,
    /// For one request to the API server, pages included.
    pub api_deadline: Duration,
    /// For one probe.
    pub probe_deadline: Duration,
    /// For one tunnel: it has to be opened before it is of use.
    pub tunnel_deadline: Duration,
    /// For the whole run. What is open then becomes a gap.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            api: 16,
            probes: 32,
            tunnels: 8,
            api_deadline: Duration::from_secs(10),
            probe_deadline: Duration::from_secs(8),
            tunnel_deadline: Duration::from_secs(12),
            total: Duration::from_secs(30),
        }
    }
}

/// Asks until the facts hold all that `open` wants. It is called with what is known by then and with the questions answered since
/// it was called last, none at first, and says what it wants to know more.
pub async fn settle(
    facts: &mut Facts,
    answerer: &dyn Answerer,
    limits: Limits,
    open: impl FnMut(&Facts, &[Question]) -> Vec<Question>,
) {
    let end = Instant::now() + limits.total;
    settle_within(facts, answerer, &Permits::new(limits), end, open).await;
}

/// The same with permits that others use too, until a moment that is given.
async fn settle_within(
    facts: &mut Facts,
    answerer: &dyn Answerer,
    permits: &Permits,
    end: Instant,
    mut open: impl FnMut(&Facts, &[Question]) -> Vec<Question>,
) {
    let mut asked: HashSet<Question> = HashSet::new();
    let mut running = FuturesUnordered::new();
    let mut answered = Vec::new();
    loop {
        for question in open(facts, &answered) {
            if facts.knows(&question) || !asked.insert(question.clone()) {
                continue;
            }
            running.push(ask(question, answerer, end, permits));
        }
        answered.clear();
        let mut next = running.next().await;
        if next.is_none() {
            return;
        }
        // What else is already there joins in before the next walk.
        while let Some((question, answer, took)) = next {
            answered.push(question.clone());
            facts.note_time(question.clone(), took);
            facts.insert(question, answer);
            next = running.next().now_or_never().flatten();
        }
    }
}

/// Room for questions under way. Waiting for a permit costs nothing of a question's own time.
struct Permits {
    limits: Limits,
    api: Semaphore,
    probes: Semaphore,
    tunnels: Semaphore,
}

impl Permits {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            api: Semaphore::new(limits.api),
            probes: Semaphore::new(limits.probes),
            tunnels: Semaphore::new(limits.tunnels),
        }
    }
}

async fn ask(
    question: Question,
    answerer: &dyn Answerer,
    end: Instant,
    permits: &Permits,
) -> (Question, Result<Answer, Gap>, u64) {
    let began = Instant::now();
    let (room, limit) = match question.edge() {
        Edge::Objects => (&permits.api, permits.limits.api_deadline),
        Edge::Network => (&permits.probes, permits.limits.probe_deadline),
        Edge::Tunnel => (&permits.tunnels, permits.limits.tunnel_deadline),
    };
    let answer = timeout_at(end, async {
        let _permit = room.acquire().await;
        // A probe that panics is one gap; the run goes on.
        let answer = AssertUnwindSafe(answerer.answer(&question)).catch_unwind();
        tokio::time::timeout(limit, answer)
            .await
            .unwrap_or(Ok(Err(Gap::TimedOut)))
            .unwrap_or_else(|_| {
                Err(Gap::Malformed {
                    why: "hops has a bug and could not ask this".to_owned(),
                })
            })
    })
    .await
    .unwrap_or(Err(Gap::TimedOut));
    tracing::debug!(%question, ok = answer.is_ok(), "answered");
    (question, answer, millis(began))
}

/// Walks every target to the end over shared facts, so that what two targets need is asked once.
pub async fn check(
    targets: &[Target],
    facts: &mut Facts,
    answerer: &dyn Answerer,
    settings: &Settings,
    limits: Limits,
) -> Vec<Report> {
    check_telling(targets, facts, answerer, settings, limits, |_, _| {}).await
}

/// The same; every walk on the way is told with the number of its target.
pub async fn check_telling(
    targets: &[Target],
    facts: &mut Facts,
    answerer: &dyn Answerer,
    settings: &Settings,
    limits: Limits,
    mut tell: impl FnMut(usize, &Report),
) -> Vec<Report> {
    let started = Instant::now();
    // A target is walked again only when something that it asked was answered: with many targets that keeps the walks few.
    let mut waiting: HashMap<Question, Vec<usize>> = HashMap::new();
    settle(facts, answerer, limits, |facts, answered| {
        let again: BTreeSet<usize> = if answered.is_empty() {
            (0..targets.len()).collect()
        } else {
            let asked_by = answered.iter().filter_map(|q| waiting.remove(q));
            asked_by.flatten().collect()
        };
        let mut questions = Vec::new();
        for index in again {
            let walk = walk(&targets[index], facts, settings);
            tell(index, &walk.report);
            for question in walk.questions {
                let askers = waiting.entry(question.clone()).or_default();
                if !askers.contains(&index) {
                    askers.push(index);
                }
                questions.push(question);
            }
        }
        questions
    })
    .await;
    let (questions, api_requests) = (facts.len(), answerer.api_requests());
    targets
        .iter()
        .map(|t| {
            let mut report = walk(t, facts, settings).report;
            report.stats.questions = questions;
            report.stats.api_requests = api_requests;
            report.stats.elapsed_ms = millis(started);
            report
        })
        .collect()
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
