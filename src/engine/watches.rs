//! The watches that are open: one for each question, ended one by one or all at once.

use std::collections::HashMap;
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{self, AbortHandle, Abortable, BoxStream, SelectAll, StreamExt};
use tokio::time::Instant;

use crate::answer::Answerer;
use crate::facts::{Gap, News, Question};

/// A watch that ends sooner than this was of no use.
const SHORT: Duration = Duration::from_secs(5);

/// What came over a watch, and the number of the watch.
type Numbered = (Question, u64, News);

#[derive(Default)]
pub(super) struct Watches<'a> {
    streams: SelectAll<BoxStream<'a, Numbered>>,
    open: HashMap<Question, Open>,
    /// How often in a row a question's watch was of no use.
    short: HashMap<Question, u32>,
    number: u64,
}

struct Open {
    number: u64,
    began: Instant,
    abort: AbortHandle,
}

impl<'a> Watches<'a> {
    /// Watches a question from its last answer on; whether it can be watched.
    pub fn begin(&mut self, answerer: &'a dyn Answerer, question: &Question) -> bool {
        self.end(question);
        let Some(news) = answerer.watch(question) else {
            return false;
        };
        self.number += 1;
        let (number, asked) = (self.number, question.clone());
        let ended = News::Lost(Gap::Unreachable {
            why: "the watch ended".to_owned(),
        });
        let numbered = news
            .chain(stream::once(async { ended }))
            .map(move |news| (asked.clone(), number, news));
        let (abort, registration) = AbortHandle::new_pair();
        self.streams
            .push(Abortable::new(numbered, registration).boxed());
        let open = Open {
            number,
            began: Instant::now(),
            abort,
        };
        self.open.insert(question.clone(), open);
        true
    }

    /// Whether a question is watched.
    pub fn has(&self, question: &Question) -> bool {
        self.open.contains_key(question)
    }

    /// Ends one.
    pub fn end(&mut self, question: &Question) {
        if let Some(open) = self.open.remove(question) {
            open.abort.abort();
        }
    }

    /// Ends one that was lost; how often in a row it was of no use.
    pub fn lost(&mut self, question: &Question) -> u32 {
        let lived = self.open.get(question).map(|open| open.began.elapsed());
        self.end(question);
        if lived.is_some_and(|lived| lived >= SHORT) {
            self.short.remove(question);
            return 0;
        }
        let times = self.short.entry(question.clone()).or_default();
        *times += 1;
        *times
    }

    /// Ends all but some.
    pub fn retain(&mut self, keep: impl Fn(&Question) -> bool) {
        self.short.retain(|question, _| keep(question));
        self.open.retain(|question, open| {
            let kept = keep(question);
            if !kept {
                open.abort.abort();
            }
            kept
        });
    }

    /// Ends all.
    pub fn clear(&mut self) {
        *self = Self {
            number: self.number,
            ..Self::default()
        };
    }

    /// The next news; never while nothing is watched.
    pub async fn next(&mut self) -> (Question, News) {
        loop {
            match self.streams.next().await {
                Some((question, number, news)) if self.is_open(&question, number) => {
                    return (question, news);
                }
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Further news that is already there.
    pub fn next_now(&mut self) -> Option<(Question, News)> {
        self.next().now_or_never()
    }

    fn is_open(&self, question: &Question, number: u64) -> bool {
        self.open.get(question).is_some_and(|o| o.number == number)
    }
}
