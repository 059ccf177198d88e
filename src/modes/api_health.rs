//! Notices an API server that cannot be asked at all, or that is none. One failed question is a gap in a report; when nothing is ever
//! read there is nothing to report, and waiting for the other questions would only take time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::Notify;

use crate::answer::Answerer;
use crate::facts::{Answer, Gap, Kind, News, Question};

/// Passes questions on and counts how those to the API server end.
pub struct ApiHealth {
    inner: Box<dyn Answerer>,
    answered: AtomicUsize,
    open: AtomicUsize,
    failure: Mutex<Option<Gap>>,
    lost: Notify,
}

impl ApiHealth {
    /// Around an edge.
    pub fn new(inner: Box<dyn Answerer>) -> Self {
        Self {
            inner,
            answered: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            failure: Mutex::new(None),
            lost: Notify::new(),
        }
    }

    /// Ends when everything asked so far has failed and nothing was ever answered; never ends otherwise.
    pub async fn lost(&self) -> Gap {
        loop {
            let notified = self.lost.notified();
            if let Some(gap) = self.failure() {
                return gap;
            }
            notified.await;
        }
    }

    /// Why the API server cannot be asked, if it cannot.
    pub fn failure(&self) -> Option<Gap> {
        let quiet =
            self.open.load(Ordering::SeqCst) == 0 && self.answered.load(Ordering::SeqCst) == 0;
        let failure = self.failure.lock().ok()?;
        if quiet { failure.clone() } else { None }
    }

    fn failed(&self, gap: &Gap) {
        if let Ok(mut failure) = self.failure.lock() {
            failure.get_or_insert_with(|| gap.clone());
        }
    }
}

/// One question under way. The engine drops a question that takes too long, which then counts as timed out.
struct Open<'a> {
    health: &'a ApiHealth,
    ended: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.health.failed(&Gap::TimedOut);
        }
        self.health.open.fetch_sub(1, Ordering::SeqCst);
        self.health.lost.notify_waiters();
    }
}

/// What an answer says about the server.
enum Says<'a> {
    /// An API server answered, be it with a refusal.
    Read,
    /// Nothing: any web server answers 404 to what it does not know.
    Nothing,
    /// It cannot be asked, or is none.
    Unusable(&'a Gap),
}

fn says<'a>(question: &Question, answer: &'a Result<Answer, Gap>) -> Says<'a> {
    match answer {
        Ok(Answer::Object { object: None }) => Says::Nothing,
        Ok(_) | Err(Gap::Forbidden { .. } | Gap::OtherVersion { .. }) => Says::Read,
        Err(
            gap @ (Gap::Unreachable { .. }
            | Gap::Unauthorized
            | Gap::TimedOut
            | Gap::Malformed { .. }),
        ) => Says::Unusable(gap),
        // Every API server has these.
        Err(gap @ Gap::NotInstalled) if question.kind().is_some_and(Kind::is_built_in) => {
            Says::Unusable(gap)
        }
        Err(_) => Says::Nothing,
    }
}

impl Answerer for ApiHealth {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        if !question.is_api() {
            return self.inner.answer(question);
        }
        Box::pin(async move {
            self.open.fetch_add(1, Ordering::SeqCst);
            let mut open = Open {
                health: self,
                ended: false,
            };
            let answer = self.inner.answer(question).await;
            open.ended = true;
            match says(question, &answer) {
                Says::Unusable(gap) => self.failed(gap),
                Says::Read => {
                    self.answered.fetch_add(1, Ordering::SeqCst);
                }
                Says::Nothing => {}
            }
            answer
        })
    }

    fn watch(&self, question: &Question) -> Option<BoxStream<'_, News>> {
        self.inner.watch(question)
    }

    fn api_requests(&self) -> usize {
        self.inner.api_requests()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers lists of pods, fails everything else about the cluster.
    struct Half;

    impl Answerer for Half {
        fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
            let answer = match question.kind() {
                Some(Kind::Pod) => Ok(Answer::Objects {
                    objects: Vec::new(),
                }),
                _ => Err(Gap::Unauthorized),
            };
            Box::pin(async move { answer })
        }
    }

    #[tokio::test]
    async fn one_answer_is_enough_to_be_reachable() {
        let health = ApiHealth::new(Box::new(Half));
        let _ = health.answer(&Question::list_all(Kind::Service)).await;
        assert_eq!(health.failure(), Some(Gap::Unauthorized));
        assert_eq!(health.lost().await, Gap::Unauthorized);
        let _ = health.answer(&Question::list_all(Kind::Pod)).await;
        assert_eq!(health.failure(), None);
    }

    /// A tunnel that is not to be had says nothing about whether objects can be read.
    #[tokio::test]
    async fn a_failing_tunnel_is_no_lost_api_server() {
        let health = ApiHealth::new(Box::new(Half));
        let pod = crate::facts::PodPort {
            namespace: "shop".to_owned(),
            name: "web-1".to_owned(),
            port: 80,
            proxy_line: false,
        };
        let sni = "shop.example.com".to_owned();
        let answer = health.answer(&Question::PodTls { pod, sni }).await;
        assert_eq!(answer, Err(Gap::Unauthorized));
        assert_eq!(health.failure(), None);
    }

    /// Lets itself be watched.
    struct Watched;

    impl Answerer for Watched {
        fn answer<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
            Box::pin(std::future::pending())
        }

        fn watch(&self, _: &Question) -> Option<BoxStream<'_, News>> {
            Some(Box::pin(futures::stream::pending()))
        }
    }

    #[test]
    fn a_watch_is_passed_on() {
        let question = Question::list_all(Kind::Pod);
        let health = ApiHealth::new(Box::new(std::sync::Arc::new(Watched)));
        assert!(health.watch(&question).is_some());
        assert!(ApiHealth::new(Box::new(Half)).watch(&question).is_none());
    }

    /// What a server has to say before it counts as one.
    #[tokio::test]
    async fn reached_means_read() {
        struct Always(Result<Answer, Gap>);
        impl Answerer for Always {
            fn answer<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
                Box::pin(async { self.0.clone() })
            }
        }
        let html = Gap::Malformed {
            why: "it is HTML".to_owned(),
        };
        let forbidden = Gap::Forbidden {
            verb: "list".to_owned(),
            resource: "pods".to_owned(),
            namespace: None,
            name: None,
        };
        let nothing = Ok(Answer::Object { object: None });
        let objects = Vec::new();
        for (kind, answer, usable) in [
            (Kind::Pod, Err(html), false),
            (Kind::Pod, Err(Gap::NotInstalled), false),
            (Kind::Pod, Err(forbidden), true),
            (Kind::Pod, nothing, true),
            (Kind::Pod, Ok(Answer::Objects { objects }), true),
        ] {
            let health = ApiHealth::new(Box::new(Always(answer.clone())));
            let _ = health.answer(&Question::list_all(kind)).await;
            assert_eq!(health.failure().is_none(), usable, "{answer:?}");
        }
    }

    /// Never answers.
    struct Silent;

    impl Answerer for Silent {
        fn answer<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_is_given_up_counts_as_timed_out() {
        let health = ApiHealth::new(Box::new(Silent));
        let question = Question::list_all(Kind::Pod);
        let limit = std::time::Duration::from_secs(1);
        assert!(
            tokio::time::timeout(limit, health.answer(&question))
                .await
                .is_err()
        );
        assert_eq!(health.lost().await, Gap::TimedOut);
    }
}
