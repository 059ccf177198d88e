//! Keeps the values of queries to itself: outside of it placeholders stand for them, in questions, answers, reports, recordings and log
//! lines alike; only what goes over the wire has the values. A token in a URL is as good as a password.

mod values;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::Answerer;
use crate::facts::{Answer, ClientEnd, Exchange, Gap, HttpAnswer, News, Question};
use crate::target::{Queries, Target};
use values::Values;

/// What a run hides. Copies share what they know.
#[derive(Clone, Debug, Default)]
pub struct Veil {
    values: Arc<Mutex<Values>>,
    lifted: bool,
}

impl Veil {
    /// One that hides nothing, if it is `lifted`.
    pub fn new(lifted: bool) -> Self {
        Self {
            lifted,
            ..Self::default()
        }
    }

    /// The same values, hidden whatever was said.
    #[must_use]
    pub fn lowered(&self) -> Self {
        Self {
            values: Arc::clone(&self.values),
            lifted: false,
        }
    }

    /// A URL, or a path with its query, as it may be shown.
    pub fn hide(&self, url: &str) -> String {
        if self.lifted {
            return url.to_owned();
        }
        self.values().hide(url)
    }

    /// A target as it may be shown, and asked through [`Veiled`].
    #[must_use]
    pub fn target(&self, target: Target) -> Target {
        Target {
            path: self.hide(&target.path),
            ..target
        }
    }

    /// A text in which values that are known may stand.
    pub fn clean(&self, text: &mut String) {
        if !self.lifted {
            self.values().clean(text);
        }
    }

    /// A line of a log, in which URLs may stand that nobody has seen before.
    pub fn line(&self, text: &mut String) {
        if !self.lifted {
            let mut values = self.values();
            values.clean(text);
            *text = values.urls(text);
        }
    }

    /// What rules that go by the values of queries are told.
    pub fn queries(&self) -> Queries {
        let own = self.clone();
        Queries::new(move |path| own.values().reveal(path))
    }

    /// The question for the wire, if it is another one.
    fn reveal(&self, question: &Question) -> Option<Question> {
        let path = self.values().reveal(question.path()?)?;
        let mut question = question.clone();
        *question.path_mut()? = path;
        Some(question)
    }

    fn answer(&self, answer: &mut Answer) {
        match answer {
            Answer::Http(http) => self.http(http),
            Answer::Client(client) => {
                for redirect in &mut client.redirects {
                    redirect.to = self.hide(&redirect.to);
                }
                if let Some(response) = &mut client.response {
                    self.http(response);
                }
                match &mut client.end {
                    ClientEnd::NotTrusted(text)
                    | ClientEnd::NoTls(text)
                    | ClientEnd::Http2(text)
                    | ClientEnd::Other(text) => self.clean(text),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn http(&self, http: &mut HttpAnswer) {
        for (name, value) in &mut http.headers {
            if name == "location" {
                *value = self.hide(value);
            } else {
                self.clean(value);
            }
        }
        self.clean(&mut http.body);
        if let Some(said) = &mut http.tunnel {
            self.clean(said);
        }
        if let Exchange::NotHttp(text) | Exchange::NoTls(text) = &mut http.exchange {
            self.clean(text);
        }
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the one behind the veil gets the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reveals {
    Always,
    /// A recording has placeholders where it was made behind a veil.
    Otherwise,
    /// It is behind another veil.
    Never,
}

/// An edge behind the veil.
pub struct Veiled<A> {
    inner: A,
    veil: Veil,
    reveals: Reveals,
}

impl<A: Answerer> Veiled<A> {
    /// An edge that needs the values.
    pub const fn new(inner: A, veil: Veil) -> Self {
        let reveals = Reveals::Always;
        Self {
            inner,
            veil,
            reveals,
        }
    }

    /// A recording.
    pub const fn recorded(inner: A, veil: Veil) -> Self {
        let reveals = Reveals::Otherwise;
        Self {
            inner,
            veil,
            reveals,
        }
    }

    /// Something that is behind the same veil, or behind a lifted one.
    pub const fn again(inner: A, veil: Veil) -> Self {
        let reveals = Reveals::Never;
        Self {
            inner,
            veil,
            reveals,
        }
    }

    async fn ask(&self, question: &Question) -> Result<Answer, Gap> {
        let real = self.veil.reveal(question);
        match (real, self.reveals) {
            (Some(real), Reveals::Always) => self.inner.answer(&real).await,
            (Some(real), Reveals::Otherwise) => match self.inner.answer(question).await {
                Err(Gap::NotRecorded) => self.inner.answer(&real).await,
                known => known,
            },
            (None, _) | (_, Reveals::Never) => self.inner.answer(question).await,
        }
    }
}

impl<A: Answerer> Answerer for Veiled<A> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let mut answer = self.ask(question).await;
            match &mut answer {
                Ok(answer) => self.veil.answer(answer),
                Err(Gap::Unreachable { why } | Gap::NotAsked { why } | Gap::Malformed { why }) => {
                    self.veil.clean(why);
                }
                Err(_) => {}
            }
            tracing::debug!(%question, ?answer, "probed");
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
