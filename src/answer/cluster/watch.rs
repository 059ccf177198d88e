//! Watches: what happens to the objects of a question after it was answered (API Concepts, "Efficient detection of changes").

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt};
use http::header::ACCEPT;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Cluster, FULL_PAGES, cause, url};
use crate::answer::cluster::status::answered;
use crate::answer::objects::arrival::arrive;
use crate::facts::{Gap, Kind, News, Question};

/// After this the server ends a watch, and it is begun again where it was.
const LENGTH: Duration = Duration::from_secs(290);
/// A server that says nothing for so long, not even where it is, may be gone. It usually says so every minute.
const SILENCE: Duration = Duration::from_secs(150);
/// A watch that begins with the objects that are there shows them within this time.
const PROMPT: Duration = Duration::from_secs(2);
/// A watch that ends sooner than this without a word is not begun again at once.
const BRIEF: Duration = Duration::from_secs(1);

/// Where a watch begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the state that a list showed.
    At(String),
    /// Now. What is there by now is told first.
    Now,
    /// The same, and the object has to be there, else it went in the meantime. The version of a single object would not do: it is
    /// as old as the object's last change, and servers do not remember for long.
    WithObject,
    /// There is nothing that could ever change.
    Never,
    /// Nobody knows.
    Unknown,
}

impl Start {
    pub fn of_list(version: Option<String>) -> Self {
        version
            .filter(|version| !version.is_empty())
            .map_or(Self::Unknown, Self::At)
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    object: Value,
}

/// What the next line of a watch came to.
enum Read {
    Line(Bytes),
    /// The server ended the watch, the connection broke off, or nothing came for too long.
    End,
    TooLong,
}

/// One open response.
struct Lines {
    body: Body,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    searched: usize,
    opened: Instant,
}

impl Lines {
    /// The next line. A line without an end is none.
    async fn next(&mut self, longest: usize, until: Instant) -> Read {
        loop {
            if let Some(at) = self.buffer[self.searched..]
                .iter()
                .position(|b| *b == b'\n')
            {
                let line = self.buffer.split_to(self.searched + at + 1).freeze();
                self.searched = 0;
                if line.len() > longest {
                    return Read::TooLong;
                }
                if line.iter().any(|b| !b.is_ascii_whitespace()) {
                    return Read::Line(line);
                }
                continue;
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > longest {
                return Read::TooLong;
            }
            match timeout_at(until, self.body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Ok(Some(Err(_)) | None) | Err(_) => return Read::End,
            }
        }
    }
}

/// One watch over all of its responses.
struct Watch<'a> {
    cluster: &'a Cluster,
    kind: Kind,
    /// In which it is watched: that of the answer.
    api_version: &'static str,
    namespace: Option<String>,
    path: String,
    labels: Option<String>,
    fields: Option<String>,
    version: Option<String>,
    /// The object has to show up by the time that is set when the first response is there.
    expects: bool,
    lines: Option<Lines>,
    /// Bytes of the objects that came since it began, without those that went.
    grown: usize,
    ended: bool,
}

impl Cluster {
    pub(super) fn watch_from(
        &self,
        question: &Question,
        start: Start,
    ) -> Option<BoxStream<'_, News>> {
        let expects = start == Start::WithObject;
        let version = match start {
            Start::Never => return Some(stream::pending().boxed()),
            Start::Unknown => return None,
            Start::Now | Start::WithObject => None,
            Start::At(version) => Some(version),
        };
        let (kind, namespace, labels, fields) = match question {
            Question::Get {
                kind,
                namespace,
                name,
            } => (kind, namespace, None, Some(format!("metadata.name={name}"))),
            Question::List {
                kind,
                namespace,
                labels,
                fields,
            } => (kind, namespace, labels.clone(), fields.clone()),
            _ => return None,
        };
        let api_version = self.served.version_of(*kind);
        let watch = Watch {
            cluster: self,
            kind: *kind,
            api_version,
            namespace: namespace.clone(),
            path: url::collection(*kind, api_version, namespace.as_deref())?,
            labels,
            fields,
            version,
            expects,
            lines: None,
            grown: 0,
            ended: false,
        };
        let news = stream::unfold(watch, |mut watch| async move {
            let news = watch.next().await?;
            Some((news, watch))
        });
        Some(news.boxed())
    }
}

impl Watch<'_> {
    async fn next(&mut self) -> Option<News> {
        if self.ended {
            return None;
        }
        match self.next_or_gap().await {
            Ok(news) => Some(news),
            Err(gap) => {
                self.ended = true;
                self.lines = None;
                Some(News::Lost(gap))
            }
        }
    }

    async fn next_or_gap(&mut self) -> Result<News, Gap> {
        loop {
            let mut lines = match self.lines.take() {
                Some(lines) => lines,
                None => self.open().await?,
            };
            let patience = if self.expects { PROMPT } else { SILENCE };
            let until = Instant::now() + patience;
            match lines.next(self.cluster.body_limit, until).await {
                Read::Line(line) => {
                    self.lines = Some(lines);
                    if let Some(news) = self.read(&line)? {
                        return Ok(news);
                    }
                }
                Read::TooLong => {
                    let mib = self.cluster.body_limit >> 20;
                    let why = format!("an object in a watch is larger than {mib} MiB");
                    return Err(self.cluster.malformed(&why));
                }
                Read::End if self.expects => {
                    return Err(self
                        .cluster
                        .unreachable("does not show the object any more"));
                }
                Read::End if lines.opened.elapsed() < BRIEF => {
                    return Err(self
                        .cluster
                        .unreachable("ends a watch as soon as it begins"));
                }
                // Begun again where it was.
                Read::End => {}
            }
        }
    }

    fn read(&mut self, line: &[u8]) -> Result<Option<News>, Gap> {
        let Line { kind, mut object } = serde_json::from_slice(line)
            .map_err(|e| self.cluster.unreachable(&format!("garbles a watch: {e}")))?;
        if kind == "ERROR" {
            let said = object["message"].as_str().unwrap_or("an error");
            return Err(self.cluster.unreachable(&format!("ends a watch: {said}")));
        }
        if let Some(version) = object.pointer("/metadata/resourceVersion")
            && let Some(version) = version.as_str().filter(|v| !v.is_empty())
        {
            self.version = Some(version.to_owned());
        }
        if kind == "BOOKMARK" {
            return Ok(None);
        }
        let says = object.get("kind").and_then(Value::as_str);
        if says.is_some_and(|says| says != self.kind.name()) {
            let why = format!("garbles a watch: it is no {}", self.kind.name());
            return Err(self.cluster.unreachable(&why));
        }
        self.expects = false;
        if let Some(fields) = object.as_object_mut() {
            fields.insert("apiVersion".to_owned(), self.api_version.into());
            fields.insert("kind".to_owned(), self.kind.name().into());
        }
        let object = arrive(self.kind, object);
        Ok(match kind.as_str() {
            "ADDED" => {
                self.grown += line.len();
                let most = self.cluster.body_limit.saturating_mul(FULL_PAGES);
                if self.grown > most {
                    let mib = most >> 20;
                    let why = format!("a watch adds objects of more than {mib} MiB");
                    return Err(self.cluster.malformed(&why));
                }
                Some(News::Put(object))
            }
            "MODIFIED" => Some(News::Put(object)),
            "DELETED" => {
                self.grown = self.grown.saturating_sub(line.len());
                Some(News::Gone(object))
            }
            _ => None,
        })
    }

    /// Opens the watch. Only until the response begins is there a limit on time.
    async fn open(&mut self) -> Result<Lines, Gap> {
        let cluster = self.cluster;
        let query = url::Query::of(self.labels.as_deref(), self.fields.as_deref());
        let seconds = LENGTH.as_secs();
        let path = url::watch(&self.path, &query, self.version.as_deref(), seconds);
        let request = Request::get(&path)
            .header(ACCEPT, url::JSON)
            .body(Body::empty())
            .map_err(|e| cluster.malformed(&format!("cannot ask for {path}: {e}")))?;
        cluster.requests.add();
        let limit = cluster.request_timeout.unwrap_or(cluster.patience);
        let response = timeout(limit, cluster.client.send(request))
            .await
            .map_err(|_| Gap::TimedOut)?
            .map_err(|error| Gap::Unreachable {
                why: cause::of(&error, &cluster.server),
            })?;
        let (head, body) = response.into_parts();
        if head.status == StatusCode::OK {
            return Ok(Lines {
                body,
                buffer: BytesMut::new(),
                searched: 0,
                opened: Instant::now(),
            });
        }
        let limited = http_body_util::Limited::new(body, cluster.body_limit);
        let body = match timeout(limit, limited.collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) | Err(_) => Bytes::new(),
        };
        Err(match head.status {
            // As with any other refusal that says nothing of the server: it can still be asked.
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST => {
                cluster.malformed(&answered(head.status, &body))
            }
            status => cluster.refusal(status, &body, "watch", self.kind, self.namespace.as_deref()),
        })
    }
}
