//! A live cluster: questions become requests to the API server, what it says becomes answers, errors become gaps.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::header::{ACCEPT, ACCEPT_ENCODING, RETRY_AFTER};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use kube::client::{Body, Client};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

pub(super) mod cause;
pub mod connect;
mod distance;
mod find;
mod gathered;
mod page;
mod reading;
pub(super) mod status;
pub(super) mod url;
mod versions;
mod watch;

use super::objects::arrival::arrive;
use super::{Answerer, RequestCount};
use crate::facts::{Answer, Gap, Kind, News, Question};
use connect::kubeconfig::Connection;
use distance::Distance;
use gathered::{Gathered, name_of};
use page::PAGE;
use reading::Reading;
use status::{answered, is_html, is_of_api_server, names_an_object, not_json};
use versions::Served;
use watch::Start;

/// More pages than any list has, which makes a million objects: a server that always says "continue" must not keep us forever.
const MAX_PAGES: usize = 2_000;
/// What all pages of a list may have together, in full responses.
const FULL_PAGES: usize = 8;
/// Further tries after 429 and 503.
const RETRIES: usize = 2;
/// Waited before such a try where the server names no time.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_millis(500);

/// Asks the API server.
pub struct Cluster {
    client: Client,
    server: String,
    request_timeout: Option<Duration>,
    patience: Duration,
    body_limit: usize,
    /// Lists are decoded as they come.
    decodes: bool,
    requests: RequestCount,
    distance: Distance,
    /// Where a watch of what was answered goes on.
    starts: Mutex<HashMap<Question, Start>>,
    /// Kinds that turned out to be served in another version than the preferred one.
    served: Served,
}

/// What a request got: an object or list, or a status other than 200.
enum Reply {
    Body(Bytes),
    Status(StatusCode, Bytes),
}

enum ListError {
    /// 410: the list changed too much since its first page.
    Expired,
    Gap(Gap),
}

impl From<Gap> for ListError {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}

impl Cluster {
    /// Asks over a connection.
    pub fn new(connection: &Connection) -> Self {
        Self {
            client: connection.client.clone(),
            server: connection.server.clone(),
            request_timeout: connection.request_timeout,
            patience: Duration::from_secs(10),
            body_limit: 64 << 20,
            decodes: false,
            requests: RequestCount::default(),
            distance: Distance::default(),
            starts: Mutex::default(),
            served: Served::default(),
        }
    }

    /// How long one question may take with its retries (10 s): a try that could not end within it is not begun.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Lists are decoded page by page, which takes a fraction of the room. What their types do not have is gone then: not for who writes
    /// them down.
    #[must_use]
    pub fn decoding(mut self) -> Self {
        self.decodes = true;
        self
    }

    /// The most bytes that one response may have (64 MiB).
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Asks in one version.
    async fn ask_in(
        &self,
        version: &'static str,
        question: &Question,
    ) -> Result<(Answer, Start), Gap> {
        match question {
            Question::Get {
                kind,
                namespace,
                name,
            } => {
                let found = self.get(*kind, version, namespace.as_deref(), name);
                let (object, start) = found.await?;
                Ok((Answer::Object { object }, start))
            }
            Question::List {
                kind,
                namespace,
                labels,
                fields,
            } => {
                let query = url::Query::of(labels.as_deref(), fields.as_deref());
                let found = self.list(*kind, version, namespace.as_deref(), &query);
                let (gathered, start) = found.await?;
                Ok((gathered.answer(), start))
            }
            Question::Find { kind, name } => {
                let namespaces = self.find(*kind, version, name).await?;
                Ok((Answer::Namespaces { namespaces }, Start::Unknown))
            }
            Question::ApiGroups => Ok((self.api_groups().await?, Start::Unknown)),
            _ => Err(Gap::NotAsked {
                why: "the API server does not answer questions about the network".to_owned(),
            }),
        }
    }

    async fn get(
        &self,
        kind: Kind,
        version: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(Option<Value>, Start), Gap> {
        let Some(path) = url::object(kind, version, namespace, name) else {
            return Ok((None, Start::Never)); // no object can have such a name
        };
        match self.send(&path, url::JSON).await? {
            Reply::Body(bytes) => {
                let object: Value = self.parse(&bytes)?;
                let another = |(_, is): (_, String)| is != name;
                if object["kind"] != kind.name() {
                    Err(self.malformed(&format!("it is no {}", kind.name())))
                } else if name_of(&object).is_some_and(another) {
                    Err(self.malformed(&format!("it is another {}", kind.name())))
                } else {
                    Ok((Some(arrive(kind, object)), Start::WithObject))
                }
            }
            Reply::Status(StatusCode::NOT_FOUND, body) if names_an_object(&body) => {
                Ok((None, Start::Now))
            }
            Reply::Status(code, body) => Err(self.refusal(code, &body, "get", kind, namespace)),
        }
    }

    async fn list(
        &self,
        kind: Kind,
        version: &'static str,
        namespace: Option<&str>,
        query: &url::Query<'_>,
    ) -> Result<(Gathered, Start), Gap> {
        let as_json = !self.decodes || query.metadata_only;
        let Some(path) = url::collection(kind, version, namespace) else {
            // No namespace can have such a name.
            return Ok((Gathered::new(kind, version, as_json), Start::Never));
        };
        let pages = |limit| {
            let gathered = Gathered::new(kind, version, as_json);
            self.pages(kind, namespace, &path, query, (limit, gathered))
        };
        let all = match pages(Some(PAGE)).await {
            // As client-go does: once more, in one piece.
            Err(ListError::Expired) => pages(None).await,
            other => other,
        };
        all.map_err(|error| match error {
            ListError::Gap(gap) => gap,
            ListError::Expired => self.unreachable("answered 410: the list expired"),
        })
    }

    async fn pages(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        path: &str,
        query: &url::Query<'_>,
        (mut limit, gathered): (Option<usize>, Gathered),
    ) -> Result<(Gathered, Start), ListError> {
        let mut state = None;
        let mut next: Option<String> = None;
        let mut left = self.body_limit.saturating_mul(FULL_PAGES);
        let mut tokens = HashSet::new();
        let mut reading = Reading::Done(Ok(gathered));
        for _ in 0..MAX_PAGES {
            let asked = query.on(path, limit, next.as_deref());
            let bytes = match self.send(&asked, query.accept()).await? {
                Reply::Body(body) => body,
                Reply::Status(StatusCode::GONE, _) if next.is_some() => {
                    return Err(ListError::Expired);
                }
                Reply::Status(code, body) => {
                    return Err(self.refusal(code, &body, "list", kind, namespace).into());
                }
            };
            left = left.checked_sub(bytes.len()).ok_or_else(|| {
                let mib = (self.body_limit >> 20) * FULL_PAGES;
                self.malformed(&format!("all pages of its list are larger than {mib} MiB"))
            })?;
            let head = page::head(&bytes).map_err(|e| self.malformed(&not_json(&bytes, &e)))?;
            if !query.is_list(&head.kind, kind) {
                let why = format!("it is no list of {}", kind.plural());
                return Err(self.malformed(&why).into());
            }
            let gathered = reading.end().await.map_err(|why| self.malformed(&why))?;
            // All pages show the state of the first one.
            state = state.or(head.version);
            next = head.next;
            limit = limit.map(|objects| page::further(objects, bytes.len()));
            // The next page is on its way meanwhile.
            reading = Reading::begin(gathered, bytes);
            match &next {
                None => {
                    let all = reading.end().await.map_err(|why| self.malformed(&why))?;
                    return Ok((all, Start::of_list(state)));
                }
                Some(token) if !tokens.insert(token.clone()) => break, // it goes in a circle
                Some(_) => {}
            }
        }
        Err(self.malformed("its list has no end").into())
    }

    /// Sends a GET, and again after 429 and 503 when there is time for it.
    async fn send(&self, path: &str, accept: &str) -> Result<Reply, Gap> {
        let end = Instant::now() + self.patience;
        let mut tries = 0;
        loop {
            let (reply, retry_after) = match self.request_timeout {
                Some(limit) => tokio::time::timeout(limit, self.send_once(path, accept))
                    .await
                    .unwrap_or(Err(Gap::TimedOut))?,
                None => self.send_once(path, accept).await?,
            };
            let Some(pause) =
                retry_after.filter(|pause| tries < RETRIES && Instant::now() + *pause < end)
            else {
                return Ok(reply);
            };
            tracing::debug!(path, ?pause, "the API server asks to come back later");
            tokio::time::sleep(pause).await;
            tries += 1;
        }
    }

    async fn send_once(&self, path: &str, accept: &str) -> Result<(Reply, Option<Duration>), Gap> {
        let mut request = Request::get(path).header(ACCEPT, accept);
        if self.distance.is_near() {
            request = request.header(ACCEPT_ENCODING, "identity");
        }
        let request = request
            .body(Body::empty())
            .map_err(|e| self.malformed(&format!("cannot ask for {path}: {e}")))?;
        self.requests.add();
        let sent = Instant::now();
        let response = self
            .client
            .send(request)
            .await
            .map_err(|error| Gap::Unreachable {
                why: cause::of(&error, &self.server),
            })?;
        self.distance.note(sent.elapsed());
        let (head, body) = response.into_parts();
        let retry_after = matches!(
            head.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        )
        .then(|| {
            head.headers
                .get(RETRY_AFTER)
                .and_then(|v| v.to_str().ok()?.trim().parse().ok())
                .map_or(DEFAULT_RETRY_AFTER, Duration::from_secs)
        });
        let bytes = match Limited::new(body, self.body_limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                let mib = self.body_limit >> 20;
                return Err(self.malformed(&format!("it is larger than {mib} MiB")));
            }
            Err(error) => {
                let why = cause::deepest(error.as_ref());
                return Err(self.unreachable(&format!("broke off its answer: {why}")));
            }
        };
        let reply = if head.status == StatusCode::OK {
            Reply::Body(bytes)
        } else {
            Reply::Status(head.status, bytes)
        };
        Ok((reply, retry_after))
    }

    fn parse<T: for<'de> Deserialize<'de>>(&self, bytes: &[u8]) -> Result<T, Gap> {
        serde_json::from_slice(bytes).map_err(|e| self.malformed(&not_json(bytes, &e)))
    }

    /// A gap for a status that carries no object.
    fn refusal(
        &self,
        code: StatusCode,
        body: &[u8],
        verb: &str,
        kind: Kind,
        namespace: Option<&str>,
    ) -> Gap {
        match code {
            // A proxy's refusal says nothing of rights in the cluster.
            StatusCode::FORBIDDEN if !is_html(body) => Gap::Forbidden {
                verb: verb.to_owned(),
                resource: kind.resource(),
                namespace: namespace.map(str::to_owned),
                name: None,
            },
            StatusCode::UNAUTHORIZED => Gap::Unauthorized,
            StatusCode::NOT_FOUND if is_of_api_server(body) => Gap::NotInstalled,
            _ => self.unreachable(&answered(code, body)),
        }
    }

    fn unreachable(&self, what: &str) -> Gap {
        Gap::Unreachable {
            why: format!("API server {} {what}", self.server),
        }
    }

    fn malformed(&self, why: &str) -> Gap {
        Gap::Malformed {
            why: format!("the answer of {}: {why}", self.server),
        }
    }
}

impl Answerer for Cluster {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let (answer, start) = self.ask(question).await?;
            if let Ok(mut starts) = self.starts.lock() {
                starts.insert(question.clone(), start);
            }
            Ok(answer)
        })
    }

    fn watch(&self, question: &Question) -> Option<BoxStream<'_, News>> {
        let start = self.starts.lock().ok()?.get(question)?.clone();
        self.watch_from(question, start)
    }

    fn api_requests(&self) -> usize {
        self.requests.get()
    }
}
