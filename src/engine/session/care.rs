//! The questions that nobody watches: when each is asked again, and since when what it asks for is not seen.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::POLL;
use crate::facts::{Gap, Question};
use crate::report::Unseen;

/// The first wait for what was seen and is refused now: that passes quickly when a server has just started.
const FIRST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Cared(HashMap<Question, Care>);

struct Care {
    due: Instant,
    /// When it was seen last; none where it never was.
    seen: Option<Timestamp>,
    /// Since when it is asked in vain, how often it was, and why.
    vain: Option<Vain>,
}

struct Vain {
    since: Instant,
    times: u32,
    why: Gap,
}

impl Cared {
    /// Has it asked again at a moment. It is seen now, or else it never was.
    pub fn add(&mut self, question: Question, due: Instant, seen: bool) {
        let care = Care {
            due,
            seen: seen.then(Timestamp::now),
            vain: None,
        };
        self.0.insert(question, care);
    }

    /// Whether it is asked again.
    pub fn has(&self, question: &Question) -> bool {
        self.0.contains_key(question)
    }

    /// Whether it is known that it was seen once.
    pub fn was_seen(&self, question: &Question) -> bool {
        self.0.get(question).is_some_and(|care| care.seen.is_some())
    }

    /// It is watched, or nobody reads it any more.
    pub fn remove(&mut self, question: &Question) {
        self.0.remove(question);
    }

    /// Drops all but some.
    pub fn retain(&mut self, keep: impl Fn(&Question) -> bool) {
        self.0.retain(|question, _| keep(question));
    }

    /// Has everything asked again at a moment.
    pub fn hurry(&mut self, due: Instant) {
        for care in self.0.values_mut() {
            care.due = due;
        }
    }

    /// The next moment when something is asked again.
    pub fn due(&self) -> Option<Instant> {
        self.0.values().map(|care| care.due).min()
    }

    /// What is to be asked again by a moment.
    pub fn due_by(&self, now: Instant) -> Vec<Question> {
        let due = self.0.iter().filter(|(_, care)| care.due <= now);
        due.map(|(question, _)| question.clone()).collect()
    }

    /// It was asked in vain. Whether that is to be believed: a refusal of what was seen a moment ago may be a server that has just
    /// started, or a right that is on its way. What never was seen is refused for good until it is not.
    pub fn vain(&mut self, question: &Question, why: &Gap) -> bool {
        let Some(care) = self.0.get_mut(question) else {
            return false;
        };
        let now = Instant::now();
        let vain = care.vain.get_or_insert_with(|| Vain {
            since: now,
            times: 0,
            why: why.clone(),
        });
        vain.why = why.clone();
        vain.times += 1;
        if why.is_transient() {
            care.due = now;
            return false;
        }
        let believed = care.seen.is_none() || now - vain.since >= POLL;
        let wait = if believed {
            POLL
        } else {
            FIRST * vain.times.min(4)
        };
        care.due = now + wait;
        believed
    }

    /// What was seen and is not any more, the longest first.
    fn unseen(&self) -> Vec<(&Question, Timestamp, &Gap)> {
        let mut unseen: Vec<_> = self
            .0
            .iter()
            .filter_map(|(question, care)| Some((question, care.seen?, &care.vain.as_ref()?.why)))
            .collect();
        unseen.sort_by_key(|(question, since, _)| (*since, *question));
        unseen
    }

    /// The same for a person, where `all` questions are or were seen. When none of them is seen now, it is the API server.
    pub fn told(&self, all: usize) -> Option<Unseen> {
        let unseen = self.unseen();
        let (first, since, why) = unseen.first()?;
        let objects = unseen.iter().filter(|(q, _, _)| q.brings_objects());
        let what = (objects.count() < all).then(|| {
            let asked = first.to_string();
            let what = asked.split_once(' ').map_or(&*asked, |(_, what)| what);
            match unseen.len() - 1 {
                0 => what.to_owned(),
                more => format!("{what} and {more} more"),
            }
        });
        Some(Unseen {
            what,
            why: why.to_string(),
            since: *since,
        })
    }
}

/// Nothing, then 1, 2, 4 s and so on up to the time between two polls, a part of it by chance: many screens that lost the same
/// server do not come back at the same moment.
pub(super) fn backoff(failures: u32) -> Duration {
    let Some(doubled) = failures.checked_sub(1) else {
        return Duration::ZERO;
    };
    let whole = POLL.min(Duration::from_secs(1 << doubled.min(10)));
    let chance = RandomState::new().build_hasher().finish() % 1024;
    whole.mul_f64(0.75 + 0.25 * f64::from(u32::try_from(chance).unwrap_or(0)) / 1024.0)
}
