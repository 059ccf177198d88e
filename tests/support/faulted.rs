//! A fixture whose answers are all at hand, to be walked again with others in the place of some: as pure as the walk itself, and as fast.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::FutureExt;
use hops::answer::Answerer;
use hops::diagnosis::{Walk, walk};
use hops::facts::{Answer, Facts, Gap, Question};
use hops::report::Report;

use super::fixture::{Answers, Fixture};

/// What an edge says.
pub type Said = Result<Answer, Gap>;

/// The fixture and what it answered so far.
pub struct Faulted<'f> {
    answers: Answers<'f>,
    fixture: &'f Fixture,
    known: RefCell<(Facts, BTreeMap<Question, Said>)>,
}

impl<'f> Faulted<'f> {
    /// Of a fixture.
    pub fn new(fixture: &'f Fixture) -> Self {
        Self {
            answers: Answers::of(fixture),
            fixture,
            known: RefCell::default(),
        }
    }

    /// What hops says without any fault, and what it read for that.
    pub fn whole(&self) -> (Report, Vec<(Question, Said)>) {
        let walk = self.walk(&|_, _| None);
        let known = self.known.borrow();
        let read = walk.read.into_iter();
        let read = read.map(|q| (q.clone(), known.1[&q].clone())).collect();
        (walk.report, read)
    }

    /// What hops says when some answers are others: those for which the fault has one.
    pub fn report(&self, fault: &dyn Fn(&Question, &Said) -> Option<Said>) -> Report {
        self.walk(fault).report
    }

    fn walk(&self, fault: &dyn Fn(&Question, &Said) -> Option<Said>) -> Walk {
        let mut known = self.known.borrow_mut();
        let (base, answers) = &mut *known;
        let mut facts = base.clone();
        for (question, said) in answers.iter() {
            if let Some(other) = fault(question, said) {
                facts.insert(question.clone(), other);
            }
        }
        loop {
            let walk = walk(self.fixture.target(), &facts, self.fixture.settings());
            if walk.questions.is_empty() {
                return walk;
            }
            for question in walk.questions {
                let said = answers.entry(question.clone()).or_insert_with(|| {
                    let said = self.answers.answer(&question).now_or_never();
                    said.expect("a fixture answers at once")
                });
                base.insert(question.clone(), said.clone());
                let said = fault(&question, said).unwrap_or_else(|| said.clone());
                facts.insert(question, said);
            }
        }
    }
}
