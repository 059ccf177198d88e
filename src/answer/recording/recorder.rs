//! Writes down what passes between the engine and an edge.

use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;

use super::{Recording, Run};
use crate::answer::Answerer;
use crate::facts::{Answer, Gap, Question};

/// Answers as another edge does, and keeps every question with its answer.
pub struct Recorder<A> {
    inner: A,
    kept: Mutex<Vec<(Question, Result<Answer, Gap>)>>,
}

impl<A: Answerer> Recorder<A> {
    /// Records an edge.
    pub fn new(inner: A) -> Self {
        Self {
            inner,
            kept: Mutex::default(),
        }
    }

    /// What was asked so far, as a recording of a run.
    pub fn finish(&self, run: Run) -> Recording {
        let mut recording = Recording::new(run);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (question, answer) in kept.iter() {
            recording.add(question.clone(), answer.clone());
        }
        recording
    }

    fn keep(&self, question: &Question, answer: Result<Answer, Gap>) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((question.clone(), answer));
    }
}

impl<A: Answerer> Answerer for Recorder<A> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let mut pending = Pending {
                recorder: self,
                question: Some(question),
            };
            let answer = self.inner.answer(question).await;
            pending.question = None;
            self.keep(question, answer.clone());
            answer
        })
    }

    fn api_requests(&self) -> usize {
        self.inner.api_requests()
    }
}

/// A question that the engine stops waiting for is one that timed out.
struct Pending<'a, A: Answerer> {
    recorder: &'a Recorder<A>,
    question: Option<&'a Question>,
}

impl<A: Answerer> Drop for Pending<'_, A> {
    fn drop(&mut self) {
        if let Some(question) = self.question {
            self.recorder.keep(question, Err(Gap::TimedOut));
        }
    }
}
