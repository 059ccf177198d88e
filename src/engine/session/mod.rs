//! What a watching engine knows and has under way, and what it does when something comes in.

mod care;
mod orders;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::publisher::Publisher;
use super::round::{Finished, Round};
use super::watched::Watched;
use super::watches::Watches;
use super::{Clock, Permits, give_up, settle_within};
use crate::diagnosis::Settings;
use crate::facts::{Facts, Gap, News, Question, display_name};
use crate::report::{Unseen, Update};
use care::{Cared, backoff};

/// Changes that come together make one round.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// From the beginning of one round to that of the next, at least.
const GAP: Duration = Duration::from_millis(500);
/// From the end of one round to the next, at most.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How long answers from inside the cluster are good for.
const KEEP: Duration = Duration::from_secs(30);
/// How often what is not watched is asked again. A refusal of something that was seen is believed when it lasts as long.
const POLL: Duration = Duration::from_secs(10);
/// News taken in at once, so that what is published is published once.
const BATCH: usize = 256;

pub(super) struct Session<'a> {
    watched: &'a Watched,
    permits: &'a Permits,
    publisher: Publisher<'a>,
    every: Duration,
    /// The way in that is walked, where it is another one than at the beginning.
    entrance: Option<String>,
    /// The same when the round under way began.
    began_with: Option<String>,
    paused: bool,
    /// Answers about objects that hold: without gaps that may pass.
    objects: Facts,
    watches: Watches<'a>,
    /// Every question whose answer is known, and that is not watched: when it is asked again.
    cared: Cared,
    refresh: Option<BoxFuture<'a, (Vec<Question>, Facts)>>,
    /// How often in a row asking again failed, and the moment before which it is not tried.
    failures: u32,
    retry_at: Instant,
    /// Why nothing at all was answered in the last round.
    nobody: Option<(Gap, Timestamp)>,
    round: Option<BoxFuture<'a, Finished>>,
    next_round: Option<Instant>,
    began: Option<Instant>,
    /// No round before everything stale was asked for.
    hold: bool,
    /// Objects changed after the round under way had begun.
    dirty: bool,
    /// What the last round knew, and since when its answers from inside the cluster are known; none when objects changed since.
    last: Option<(Facts, Instant)>,
    gets: FuturesUnordered<BoxFuture<'a, ()>>,
}

impl<'a> Session<'a> {
    pub fn new(
        watched: &'a Watched,
        permits: &'a Permits,
        out: &'a watch::Sender<Option<Arc<Update>>>,
    ) -> Self {
        let now = Instant::now();
        Self {
            watched,
            permits,
            publisher: Publisher(out),
            every: watched.every,
            entrance: None,
            began_with: None,
            paused: false,
            objects: Facts::new(),
            watches: Watches::default(),
            cared: Cared::default(),
            refresh: None,
            failures: 0,
            retry_at: now,
            nobody: None,
            round: None,
            next_round: Some(now),
            began: None,
            hold: false,
            dirty: false,
            last: None,
            gets: FuturesUnordered::new(),
        }
    }

    /// Waits for the next thing to happen and takes it in.
    pub async fn next(&mut self) {
        let due = self.due();
        tokio::select! {
            biased;
            finished = done(&mut self.round) => self.settled(finished),
            (asked, fresh) = done(&mut self.refresh) => self.refreshed(asked, &fresh),
            Some(()) = self.gets.next() => {}
            (question, news) = self.watches.next() => {
                let mut changed = self.news(question, news);
                for _ in 0..BATCH {
                    let Some((question, news)) = self.watches.next_now() else { break };
                    changed |= self.news(question, news);
                }
                if changed {
                    self.publisher.publish();
                    self.objects_changed();
                }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
    }

    /// When there is something to begin.
    fn due(&self) -> Option<Instant> {
        if self.paused {
            return None;
        }
        let round = self
            .next_round
            .filter(|_| self.round.is_none() && !self.hold);
        let stale = self.cared.due().filter(|_| self.refresh.is_none());
        let stale = stale.map(|due| due.max(self.retry_at));
        round.into_iter().chain(stale).min()
    }

    /// Begins what is due.
    pub fn begin_due(&mut self) {
        if self.paused {
            return;
        }
        let now = Instant::now();
        if self.round.is_none() && !self.hold && self.next_round.is_some_and(|due| due <= now) {
            self.begin_round(now);
        }
        if self.refresh.is_none() && self.retry_at <= now {
            let due = self.cared.due_by(now);
            if !due.is_empty() {
                self.begin_refresh(due);
            }
        }
    }

    fn settings(&self) -> Settings {
        let mut settings = self.watched.settings.clone();
        if self.watched.live {
            settings.now = Timestamp::now();
        }
        if self.entrance.is_some() {
            settings.entrance.clone_from(&self.entrance);
        }
        settings
    }

    fn begin_round(&mut self, now: Instant) {
        let settings = self.settings();
        // What cannot be asked again is as good as it was.
        let blind = self.unseen().is_some_and(|u| u.is_all());
        let keep = |since: Instant| blind || now - since < KEEP;
        let earlier = self.last.as_ref().filter(|(_, since)| keep(*since));
        let known = match &self.last {
            // Nothing that was answered is asked a second time.
            Some((facts, _)) if !self.watched.live => facts,
            _ => &self.objects,
        };
        let round = Round {
            target: &self.watched.target,
            settings,
            answerer: &*self.watched.answerer,
            permits: self.permits,
            facts: known.clone(),
            earlier: earlier.map(|(facts, _)| facts.clone()),
        };
        let (publisher, first) = (self.publisher, self.publisher.rounds() == 0);
        let mut said = false;
        self.dirty = false;
        self.began = Some(now);
        self.began_with.clone_from(&self.entrance);
        self.next_round = None;
        self.round = Some(Box::pin(round.run(move |walk, running| {
            if first {
                publisher.fill_in(&walk.report, running);
            } else if !said && running > 0 {
                // The report stays until there is a whole one; only that something runs is news.
                said = true;
                publisher.running(running);
            }
        })));
    }

    fn settled(&mut self, finished: Finished) {
        let now = Instant::now();
        let began = self.began.unwrap_or(now);
        let mut unanswered = None;
        let asked = finished.facts.questions().filter(|q| q.is_api());
        for question in asked {
            match finished.facts.gap(question) {
                Some(gap) if gap.is_transient() => unanswered = Some(gap.clone()),
                _ if self.objects.knows(question) => {}
                _ => self.objects.copy(&finished.facts, question),
            }
        }
        let read = |question: &Question| finished.read.contains(question);
        self.objects.retain(read);
        self.watches.retain(read);
        self.cared.retain(read);
        // One question without an answer is a gap in the report; with all of them there is nobody to ask.
        let nobody = !self.objects.questions().any(|q| is_good(&self.objects, q));
        let since = self.nobody.take().map(|(_, since)| since);
        let unanswered = unanswered.filter(|_| nobody);
        self.nobody = unanswered.map(|gap| (gap, since.unwrap_or_else(Timestamp::now)));
        self.publisher.settle(finished.report, self.unseen());
        if self.watched.live {
            let known: Vec<Question> = self.objects.questions().cloned().collect();
            for question in known {
                if self.watches.has(&question) || self.cared.has(&question) {
                    continue;
                }
                if is_good(&self.objects, &question) {
                    self.begin_watch(question);
                } else {
                    self.cared.add(question, now + self.poll(), false);
                }
            }
            self.next_round = Some(now + self.pace());
        }
        let since = match &self.last {
            Some((_, since)) if finished.reused => *since,
            _ => began,
        };
        self.last = Some((finished.facts, since));
        if self.began_with != self.entrance {
            self.turn();
        }
        if std::mem::take(&mut self.dirty) {
            self.objects_changed();
        }
    }

    /// What was seen and cannot be seen now.
    fn unseen(&self) -> Option<Unseen> {
        let nobody = self.nobody.as_ref().map(|(gap, since)| Unseen {
            what: None,
            why: gap.to_string(),
            since: *since,
        });
        nobody.or_else(|| {
            let all = self.objects.questions();
            let all = all.filter(|q| q.brings_objects());
            let all = all.filter(|q| is_good(&self.objects, q) || self.cared.was_seen(q));
            self.cared.told(all.count())
        })
    }

    /// From the end of one round to the next, within what a clock can tell.
    fn pace(&self) -> Duration {
        self.every.clamp(GAP, LONGEST)
    }

    /// From one time that something is asked again to the next: not more often than the network is asked.
    fn poll(&self) -> Duration {
        self.pace().max(POLL)
    }

    fn begin_watch(&mut self, question: Question) {
        if self.watches.begin(&*self.watched.answerer, &question) {
            self.cared.remove(&question);
        } else {
            let due = Instant::now() + self.poll();
            self.cared.add(question, due, true);
        }
    }

    /// A round soon, and nothing that rests on the objects as they were.
    fn objects_changed(&mut self) {
        if self.round.is_some() {
            self.dirty = true;
            return;
        }
        self.last = None;
        let now = Instant::now();
        let earliest = self.began.map_or(now, |began| began + GAP);
        let soon = (now + DEBOUNCE).max(earliest);
        self.next_round = Some(self.next_round.map_or(soon, |due| due.min(soon)));
    }

    /// Takes in what a watch says; whether an object is not as it was.
    fn news(&mut self, question: Question, news: News) -> bool {
        let object = match &news {
            News::Lost(gap) => {
                tracing::debug!(%question, %gap, "a watch ended");
                let useless = self.watches.lost(&question);
                let wait = if gap.is_transient() {
                    DEBOUNCE.max(backoff(useless.saturating_sub(1)))
                } else {
                    self.poll()
                };
                self.cared.add(question, Instant::now() + wait, true);
                return false;
            }
            News::Put(object) | News::Gone(object) => object,
        };
        let name = display_name(object);
        let before = self.objects.seen_one(&question, &name);
        self.objects.apply(&question, news);
        let after = self.objects.seen_one(&question, &name);
        self.publisher
            .compare(&question, &name, before.as_ref(), after.as_ref())
    }

    fn begin_refresh(&mut self, questions: Vec<Question>) {
        let (answerer, permits) = (&*self.watched.answerer, self.permits);
        let clock = Clock::after(permits.limits.round);
        self.refresh = Some(Box::pin(async move {
            let mut fresh = Facts::new();
            let all = |_: &Facts, _: &[Question]| questions.clone().into();
            let settled = settle_within(&mut fresh, answerer, permits, &clock, all).await;
            if let Err(end) = settled {
                give_up(&mut fresh, end, |_| questions.clone());
            }
            (questions, fresh)
        }));
    }

    fn refreshed(&mut self, asked: Vec<Question>, fresh: &Facts) {
        let mut failed = false;
        let mut changed = false;
        let before = self.unseen();
        for question in asked {
            if !self.objects.knows(&question) {
                self.cared.remove(&question); // no walk reads it any more
                continue;
            }
            let good = is_good(&self.objects, &question);
            if let Some(gap) = fresh.gap(&question) {
                failed |= gap.is_transient();
                let believed = self.cared.vain(&question, gap);
                if believed && self.objects.gap(&question) != Some(gap) {
                    changed = true;
                    self.watches.end(&question);
                    self.objects.copy(fresh, &question);
                }
                continue;
            }
            let (before, after) = (self.objects.seen(&question), fresh.seen(&question));
            self.objects.copy(fresh, &question);
            // Where nothing was known, nothing came and nothing went.
            changed |= !good;
            let came = after.keys().filter(|name| !before.contains_key(*name));
            for name in before.keys().chain(came).filter(|_| good) {
                let (before, after) = (before.get(name), after.get(name));
                changed |= self.publisher.compare(&question, name, before, after);
            }
            self.begin_watch(question);
        }
        self.hold = false;
        self.failures = if failed { self.failures + 1 } else { 0 };
        self.retry_at = Instant::now() + backoff(self.failures);
        let unseen = self.unseen();
        let other = before != unseen;
        // What could not be asked through a lost API server can be now.
        let back = before.is_some() && unseen.is_none();
        if changed || other {
            self.publisher.unseen(unseen);
            self.publisher.publish();
        }
        if changed || back {
            self.objects_changed();
        }
    }
}

fn is_good(facts: &Facts, question: &Question) -> bool {
    facts.knows(question) && facts.gap(question).is_none()
}

/// The end of a job; never while there is none.
async fn done<T>(job: &mut Option<BoxFuture<'_, T>>) -> T {
    let Some(running) = job else {
        return std::future::pending().await;
    };
    let result = running.await;
    *job = None;
    result
}
