//! The loop: walk, get the open questions answered, walk again, until nothing is open or time is up. [`live`] goes on from there.

pub mod changes;
mod clock;
mod fingerprint;
pub mod live;
mod many;
mod publisher;
mod round;
mod session;
pub mod watched;
mod watches;

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::answer::Answerer;
use crate::answer::room::Room;
use crate::facts::{Answer, Edge, Facts, Gap, Question};

pub use clock::{Clock, End};
pub use many::{Step, check, check_telling, check_until, in_order};

/// How much work may be under way, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Concurrent requests to the API server.
    pub api: usize,
    /// Concurrent probes.
    pub probes: usize,
    /// Concurrent probes of one address: one that is slow leaves room for the others.
    pub address: usize,
    /// Concurrent tunnels into the cluster, and requests through the API server. Each keeps a connection of the API server
    /// and of a kubelet.
    pub tunnels: usize,
    /// For one request to the API server, pages included.
    pub api_deadline: Duration,
    /// For one probe.
    pub probe_deadline: Duration,
    /// For one tunnel: it has to be opened before it is of use.
    pub tunnel_deadline: Duration,
    /// For one round of a watching engine. What is open then becomes a gap.
    pub round: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            api: 16,
            probes: 32,
            address: 16,
            tunnels: 8,
            api_deadline: Duration::from_secs(10),
            probe_deadline: Duration::from_secs(8),
            tunnel_deadline: Duration::from_secs(12),
            round: Duration::from_secs(30),
        }
    }
}

/// Asks until the facts hold all that `open` wants. It is called with what is known by then and with the questions answered since
/// it was called last, none at first, and says what it wants to know more.
///
/// # Errors
/// How the clock ended before. What was under way then is dropped.
pub async fn settle(
    facts: &mut Facts,
    answerer: &dyn Answerer,
    limits: Limits,
    clock: &Clock,
    mut open: impl FnMut(&Facts, &[Question]) -> Vec<Question>,
) -> Result<(), End> {
    let permits = Permits::new(limits);
    let open = |facts: &Facts, answered: &[Question]| open(facts, answered).into();
    settle_within(facts, answerer, &permits, clock, open).await
}

/// What is to be asked.
#[derive(Default)]
struct Wanted {
    questions: Vec<Question>,
    /// There is more to be done than waiting for answers.
    more: bool,
}

impl From<Vec<Question>> for Wanted {
    fn from(questions: Vec<Question>) -> Self {
        Self {
            questions,
            more: false,
        }
    }
}

/// The same with permits that others use too.
async fn settle_within(
    facts: &mut Facts,
    answerer: &dyn Answerer,
    permits: &Permits,
    clock: &Clock,
    mut open: impl FnMut(&Facts, &[Question]) -> Wanted,
) -> Result<(), End> {
    let mut asked: HashSet<Question> = HashSet::new();
    let mut running = FuturesUnordered::new();
    let mut answered = Vec::new();
    loop {
        let wanted = open(facts, &answered);
        for question in wanted.questions {
            if facts.knows(&question) || !asked.insert(question.clone()) {
                continue;
            }
            running.push(ask(question, answerer, permits));
        }
        answered.clear();
        let mut next = if wanted.more {
            clock.bound(tokio::task::yield_now()).await?;
            running.next().now_or_never().flatten()
        } else {
            let next = clock.bound(running.next()).await?;
            if next.is_none() {
                return Ok(());
            }
            next
        };
        // What else is already there joins in before the next walk.
        while let Some((question, answer, took)) = next {
            answered.push(question.clone());
            facts.note_time(question.clone(), took);
            facts.insert(question, answer);
            next = running.next().now_or_never().flatten();
        }
    }
}

/// Takes it for known that no more answers come, until nothing is open.
fn give_up(facts: &mut Facts, end: End, mut open: impl FnMut(&Facts) -> Vec<Question>) {
    loop {
        let mut questions = open(facts);
        questions.retain(|q| !facts.knows(q));
        if questions.is_empty() {
            return;
        }
        for question in questions {
            facts.insert(question, Err(end.gap()));
        }
    }
}

/// Room for questions under way. Waiting for a permit costs nothing of a question's own time.
struct Permits {
    limits: Limits,
    api: Semaphore,
    probes: Semaphore,
    addresses: Room<IpAddr>,
    tunnels: Semaphore,
}

impl Permits {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            api: Semaphore::new(limits.api),
            probes: Semaphore::new(limits.probes),
            addresses: Room::new(limits.address),
            tunnels: Semaphore::new(limits.tunnels),
        }
    }
}

/// The address that a question is put to. This machine's own DNS servers are one.
const fn address(question: &Question) -> Option<IpAddr> {
    match question {
        Question::Tcp { to }
        | Question::Tls { to, .. }
        | Question::Http { to, .. }
        | Question::Dns { via: Some(to), .. }
        | Question::DnsAuthority { via: Some(to), .. }
        | Question::DnsText { via: Some(to), .. } => Some(to.ip()),
        Question::Dns { via: None, .. }
        | Question::DnsAuthority { via: None, .. }
        | Question::DnsText { via: None, .. } => Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        _ => None,
    }
}

async fn ask(
    question: Question,
    answerer: &dyn Answerer,
    permits: &Permits,
) -> (Question, Result<Answer, Gap>, u64) {
    let began = Instant::now();
    let (room, limit) = match question.edge() {
        Edge::Objects => (&permits.api, permits.limits.api_deadline),
        Edge::Network => (&permits.probes, permits.limits.probe_deadline),
        Edge::Tunnel => (&permits.tunnels, permits.limits.tunnel_deadline),
    };
    // First of all at its address: who waits there takes no room from others.
    let _place = match address(&question) {
        Some(address) => Some(permits.addresses.enter(address).await),
        None => None,
    };
    let _permit = room.acquire().await;
    // A probe that panics is one gap; the run goes on.
    let answer = AssertUnwindSafe(answerer.answer(&question)).catch_unwind();
    let answer = tokio::time::timeout(limit, answer)
        .await
        .unwrap_or(Ok(Err(Gap::TimedOut)))
        .unwrap_or_else(|_| {
            Err(Gap::Malformed {
                why: "hops has a bug and could not ask this".to_owned(),
            })
        });
    tracing::debug!(%question, ok = answer.is_ok(), "answered");
    (question, answer, millis(began))
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
