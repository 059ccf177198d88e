//! The edges: they turn questions into answers and errors into gaps. They compose: `Recorder(Sources { objects, network })`.

pub mod capped;
pub mod cluster;
pub mod network;
pub mod objects;
pub mod recording;
pub(crate) mod room;
pub mod tunnel;
pub mod veil;

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::facts::{Answer, Edge, Gap, News, Question};

/// Something that answers questions. It never panics and never hangs for good: the engine also sets a deadline.
pub trait Answerer: Send + Sync {
    /// Answers one question.
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>>;

    /// What happens to the objects of a question since it was answered last, until the news is that nobody watches any more.
    /// None where nothing can be watched: then it has to be asked again.
    fn watch(&self, _question: &Question) -> Option<BoxStream<'_, News>> {
        None
    }

    /// Requests sent to the API server so far, pages and retries included.
    fn api_requests(&self) -> usize {
        0
    }
}

/// A counter of requests that edges share.
#[derive(Debug, Default)]
pub struct RequestCount(AtomicUsize);

impl RequestCount {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// So far.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Objects from one place, the network from another, the inside of the cluster from a third.
pub struct Sources {
    /// Answers get and list: a cluster or files.
    pub objects: Box<dyn Answerer>,
    /// Answers DNS, TCP, TLS and HTTP: this machine's network, or [`NoProbes`].
    pub network: Box<dyn Answerer>,
    /// Answers the same from inside the cluster, or [`NoProbes`].
    pub tunnel: Box<dyn Answerer>,
}

impl Answerer for Sources {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        match question.edge() {
            Edge::Objects => self.objects.answer(question),
            Edge::Network => self.network.answer(question),
            Edge::Tunnel => self.tunnel.answer(question),
        }
    }

    fn watch(&self, question: &Question) -> Option<BoxStream<'_, News>> {
        match question.edge() {
            Edge::Objects => self.objects.watch(question),
            Edge::Network | Edge::Tunnel => None,
        }
    }

    fn api_requests(&self) -> usize {
        self.objects.api_requests() + self.tunnel.api_requests()
    }
}

/// Refuses every question about the network, with the reason.
pub struct NoProbes(pub &'static str);

impl Answerer for NoProbes {
    fn answer<'a>(&'a self, _question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        let why = self.0.to_owned();
        Box::pin(async move { Err(Gap::NotAsked { why }) })
    }
}

impl<A: Answerer + ?Sized> Answerer for std::sync::Arc<A> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        (**self).answer(question)
    }

    fn watch(&self, question: &Question) -> Option<BoxStream<'_, News>> {
        (**self).watch(question)
    }

    fn api_requests(&self) -> usize {
        (**self).api_requests()
    }
}
