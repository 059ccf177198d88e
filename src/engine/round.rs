//! One round of a watching engine: the network is asked anew over the objects that are known. Answers from inside the cluster cost
//! more than others; those of an earlier round are taken as long as the network says what it said then.

use tokio::time::Instant;

use super::{Clock, Permits, fingerprint, give_up, millis, settle_within};
use crate::answer::Answerer;
use crate::diagnosis::{Settings, Walk, walk};
use crate::facts::{Edge, Facts, Question};
use crate::report::Report;
use crate::target::Target;

/// What a round is made of.
pub(super) struct Round<'a> {
    pub target: &'a Target,
    /// With the moment of this round.
    pub settings: Settings,
    pub answerer: &'a dyn Answerer,
    pub permits: &'a Permits,
    /// The objects that are known.
    pub facts: Facts,
    /// Everything the last round knew, where its answers from inside the cluster may still be taken.
    pub earlier: Option<Facts>,
}

/// What came of it.
pub(super) struct Finished {
    pub report: Report,
    pub facts: Facts,
    /// What the report rests on.
    pub read: Vec<Question>,
    /// Some answers are those of the earlier round.
    pub reused: bool,
}

impl Round<'_> {
    /// Goes to the end. `progress` is told of every walk, with the number of questions that are open then.
    pub async fn run(mut self, mut progress: impl FnMut(&Walk, usize)) -> Finished {
        let began = Instant::now();
        let clock = Clock::after(self.permits.limits.round);
        let mut reused = Vec::new();
        if let Some(earlier) = self.earlier.take() {
            self.settle(&clock, &|q| q.edge() != Edge::Tunnel, &mut progress)
                .await;
            if fingerprint::same(&earlier, &self.facts) {
                reused = self.reuse(&earlier);
            }
            self.settle(&clock, &|_| true, &mut progress).await;
            // What came inside may have led to further questions, and the network is another one by now.
            if !reused.is_empty() && !fingerprint::same(&earlier, &self.facts) {
                self.facts.retain(|q| !reused.contains(q));
                reused.clear();
                self.settle(&clock, &|_| true, &mut progress).await;
            }
        } else {
            self.settle(&clock, &|_| true, &mut progress).await;
        }
        let Walk {
            mut report, read, ..
        } = walk(self.target, &self.facts, &self.settings);
        report.stats.questions = self.facts.len();
        report.stats.api_requests = self.answerer.api_requests();
        report.stats.elapsed_ms = millis(began);
        Finished {
            report,
            facts: self.facts,
            read,
            reused: !reused.is_empty(),
        }
    }

    /// Takes the answers of an earlier round that the walk wants, one after the other: each may lead to the next.
    fn reuse(&mut self, earlier: &Facts) -> Vec<Question> {
        let mut taken = Vec::new();
        loop {
            let mut more = walk(self.target, &self.facts, &self.settings).questions;
            more.retain(|q| q.edge() == Edge::Tunnel && earlier.knows(q));
            if more.is_empty() {
                return taken;
            }
            for question in more {
                self.facts.copy(earlier, &question);
                taken.push(question);
            }
        }
    }

    async fn settle(
        &mut self,
        clock: &Clock,
        wanted: &(dyn Fn(&Question) -> bool + Sync),
        progress: &mut impl FnMut(&Walk, usize),
    ) {
        let (target, settings) = (self.target, &self.settings);
        let open = |facts: &Facts, _: &[Question]| {
            let mut walk = walk(target, facts, settings);
            walk.questions.retain(wanted);
            progress(&walk, walk.questions.len());
            walk.questions.into()
        };
        let facts = &mut self.facts;
        let settled = settle_within(facts, self.answerer, self.permits, clock, open).await;
        if let Err(end) = settled {
            give_up(&mut self.facts, end, |facts| {
                let mut questions = walk(target, facts, settings).questions;
                questions.retain(wanted);
                questions
            });
        }
    }
}
