//! Many targets over shared facts: what two need is asked once, some are under way at a time, and each is told when it is through.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use tokio::time::Instant;

use super::{Clock, End, Limits, Permits, Wanted, millis, settle_within};
use crate::answer::Answerer;
use crate::diagnosis::{Settings, Walk, walk};
use crate::facts::{Facts, Question};
use crate::report::Report;
use crate::target::Target;

/// Targets that are under way at once.
const ROOM: usize = 256;
/// The same while lists are awaited that all of them need: each that began would only be walked again.
const FIRST: usize = 4;
/// Fewer walks than this are not worth dividing.
const DIVIDED: usize = 4;

/// Something that became of a target, by its number.
pub enum Step<'a> {
    /// It was walked, and is not through.
    Walked(usize, &'a Report),
    /// It is through, or the run ends.
    Ended(usize, Box<Report>),
}

/// Walks every target to the end over shared facts.
pub async fn check(
    targets: &[Target],
    facts: &mut Facts,
    answerer: &dyn Answerer,
    settings: &Settings,
    limits: Limits,
) -> Vec<Report> {
    let clock = Clock::default();
    check_until(targets, facts, answerer, settings, (limits, &clock)).await
}

/// The same until the clock ends. The reports are in the order of the targets.
pub async fn check_until(
    targets: &[Target],
    facts: &mut Facts,
    answerer: &dyn Answerer,
    settings: &Settings,
    bounds: (Limits, &Clock),
) -> Vec<Report> {
    let mut ended = Vec::new();
    let tell = |step: Step| {
        if let Step::Ended(number, report) = step {
            ended.push((number, *report));
        }
    };
    check_telling(targets, facts, answerer, settings, bounds, tell).await;
    in_order(ended)
}

/// Reports as their targets were given.
pub fn in_order(mut ended: Vec<(usize, Report)>) -> Vec<Report> {
    ended.sort_unstable_by_key(|(number, _)| *number);
    ended.into_iter().map(|(_, report)| report).collect()
}

/// The same until the clock ends, and each report is told in the order of ending: what is not through by then is marked as not finished.
pub async fn check_telling(
    targets: &[Target],
    facts: &mut Facts,
    answerer: &dyn Answerer,
    settings: &Settings,
    (limits, clock): (Limits, &Clock),
    mut tell: impl FnMut(Step),
) {
    let started = Instant::now();
    let mut course = Course::new(targets.len());
    let settled = settle_within(
        facts,
        answerer,
        &Permits::new(limits),
        clock,
        |facts, answered| {
            let again = course.next(answered);
            if clock.ended().is_some() {
                return Wanted::default();
            }
            let mut questions = Vec::new();
            for (number, mut walk) in walk_all(&again, targets, facts, settings) {
                if walk.questions.is_empty() {
                    course.end(number);
                    count(&mut walk.report, facts, answerer, started);
                    tell(Step::Ended(number, Box::new(walk.report)));
                } else {
                    tell(Step::Walked(number, &walk.report));
                    course.wait(number, &walk.questions);
                    questions.append(&mut walk.questions);
                }
            }
            Wanted {
                questions,
                more: course.has_room(),
            }
        },
    )
    .await;
    let late: Vec<usize> = (0..targets.len()).filter(|n| !course.ended[*n]).collect();
    if late.is_empty() {
        return;
    }
    let end = settled.err().or_else(|| clock.ended());
    facts.end(end.unwrap_or(End::Time).gap());
    for some in late.chunks(ROOM) {
        for (number, mut walk) in walk_all(some, targets, facts, settings) {
            walk.report.finished = false;
            count(&mut walk.report, facts, answerer, started);
            tell(Step::Ended(number, Box::new(walk.report)));
        }
    }
}

/// Walks side by side.
fn walk_all(
    some: &[usize],
    targets: &[Target],
    facts: &Facts,
    settings: &Settings,
) -> Vec<(usize, Walk)> {
    let one = |number: &usize| (*number, walk(&targets[*number], facts, settings));
    if some.len() < DIVIDED {
        some.iter().map(one).collect()
    } else {
        some.par_iter().map(one).collect()
    }
}

/// What the run cost by now.
fn count(report: &mut Report, facts: &Facts, answerer: &dyn Answerer, started: Instant) {
    report.stats.questions = facts.len();
    report.stats.api_requests = answerer.api_requests();
    report.stats.elapsed_ms = millis(started);
}

/// Who is under way, and what for.
struct Course {
    /// Those up to here were begun.
    begun: usize,
    ended: Vec<bool>,
    under_way: usize,
    /// A target is walked again only when something that it asked was answered.
    waiting: HashMap<Question, BTreeSet<usize>>,
    /// Those of these that read objects.
    reads: HashSet<Question>,
}

impl Course {
    fn new(targets: usize) -> Self {
        Self {
            begun: 0,
            ended: vec![false; targets],
            under_way: 0,
            waiting: HashMap::new(),
            reads: HashSet::new(),
        }
    }

    /// Those to be walked now: who waits for these answers, and as many new ones as there is room for.
    fn next(&mut self, answered: &[Question]) -> Vec<usize> {
        let mut next = BTreeSet::new();
        for question in answered {
            self.reads.remove(question);
            next.extend(self.waiting.remove(question).into_iter().flatten());
        }
        next.retain(|number| !self.ended[*number]);
        let new = self.begun..self.ended.len().min(self.begun + self.room());
        self.begun = new.end;
        self.under_way += new.len();
        next.extend(new);
        next.into_iter().collect()
    }

    fn room(&self) -> usize {
        let most = if self.reads.is_empty() && self.begun > 0 {
            ROOM
        } else {
            FIRST
        };
        most.saturating_sub(self.under_way)
    }

    fn has_room(&self) -> bool {
        self.begun < self.ended.len() && self.room() > 0
    }

    fn wait(&mut self, number: usize, questions: &[Question]) {
        for question in questions {
            if question.is_api() {
                self.reads.insert(question.clone());
            }
            let all = self.waiting.entry(question.clone()).or_default();
            all.insert(number);
        }
    }

    fn end(&mut self, number: usize) {
        self.ended[number] = true;
        self.under_way -= 1;
    }
}
