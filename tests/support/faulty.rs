//! What lies between hops and its API server in real life, in memory and under a clock that stands still: connections that break, and
//! plans of what goes wrong with which request. The same seed is the same plan, in whatever order requests come.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::Connection;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tower_service::Service;

use super::fake_api::{FakeApi, Fault, Seen};

/// A number that a seed and what it is for decide: the same for the same, and any else.
pub fn roll(seed: u64, what: &str) -> u64 {
    let bytes = seed.to_le_bytes();
    let all = bytes.iter().copied().chain(what.bytes());
    let mut hash = all.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    for shift in [33, 29, 32] {
        hash = (hash ^ (hash >> shift)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }
    hash ^ (hash >> 33)
}

/// One of several.
pub fn pick<'a, T>(seed: u64, what: &str, all: &'a [T]) -> &'a T {
    let at = roll(seed, what) % u64::try_from(all.len()).expect("few");
    &all[usize::try_from(at).expect("few")]
}

/// What can go wrong, with a name for a person.
pub type Named = (&'static str, fn() -> Fault);

/// What says nothing of the cluster, each time that it is asked.
pub const HARD: [Named; 18] = [
    ("hangs", || Fault::Hang),
    ("cut", || Fault::Cut),
    ("cut in the body", || Fault::CutBody),
    ("401", || status(401, "Unauthorized")),
    ("403", || Fault::Forbidden),
    ("403 in text", || answer(403, "Forbidden\n")),
    ("403 in HTML", || answer(403, PAGE)),
    ("404 in text", || Fault::NotServed),
    ("404 in HTML", || answer(404, PAGE)),
    ("410", || status(410, "Expired")),
    ("429, in half a minute", || busy(429, Some(30))),
    ("500", || Fault::Error),
    ("500 in text", || answer(500, "oops")),
    ("502", || answer(502, PAGE)),
    ("503, whenever", || busy(503, Some(30))),
    ("504", || answer(504, PAGE)),
    ("200 in HTML", || answer(200, PAGE)),
    ("200 and garbage", || {
        answer(200, "}{ \u{0}\u{1b}[31m nonsense")
    }),
];

/// What is overcome.
pub const SOFT: [Named; 4] = [
    ("slow", || Fault::Slow(Duration::from_millis(800))),
    ("very slow", || Fault::Slow(Duration::from_secs(3))),
    ("429, in a second", || busy(429, Some(1))),
    ("503, soon", || busy(503, None)),
];

/// What comes in another form than it is.
pub const CHANGED: [Named; 9] = [
    ("too slow", || Fault::Slow(Duration::from_secs(11))),
    ("half of it", || Fault::Half),
    ("nothing in it", || answer(200, "")),
    ("of another kind", || Fault::Changed(other_kind)),
    ("with one more that is malformed", || {
        Fault::Changed(one_more)
    }),
    ("the first one malformed", || Fault::Changed(first)),
    ("with a text in place of an object", || Fault::Changed(text)),
    ("one page twice", || Fault::Changed(twice)),
    ("one page without end", || Fault::Changed(circle)),
];

const PAGE: &str = "<!DOCTYPE html>\n<html><title>Grand Hotel - sign in</title></html>";

fn answer(status: u16, body: &str) -> Fault {
    let body = body.to_owned();
    Fault::Answer { status, body }
}

fn status(code: u16, reason: &str) -> Fault {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": reason, "reason": reason, "code": code});
    answer(code, &body.to_string())
}

fn busy(status: u16, retry_after: Option<u64>) -> Fault {
    Fault::Busy {
        status,
        retry_after,
        times: 1,
    }
}

/// Another thing, which has the same form.
fn other_kind(said: &mut Value) {
    let widget = json!({"kind": "Widget", "apiVersion": "example.com/v1", "metadata": {"name": "widget", "namespace": "shop"}});
    *said = if said.get("items").is_some() {
        json!({"kind": "WidgetList", "apiVersion": "example.com/v1", "metadata": {"resourceVersion": "1"}, "items": [widget]})
    } else {
        widget
    };
}

fn garbled() -> Value {
    json!({"metadata": {"name": "garbled", "namespace": "garbled", "labels": "nonsense"}})
}

fn one_more(said: &mut Value) {
    if let Some(items) = said["items"].as_array_mut() {
        items.push(garbled());
    }
}

fn text(said: &mut Value) {
    if let Some(items) = said["items"].as_array_mut() {
        items.push(json!("nonsense"));
    }
}

fn first(said: &mut Value) {
    let list = said.get("items").is_some();
    let object = if list {
        said["items"].get_mut(0)
    } else {
        Some(said)
    };
    if let Some(labels) = object.and_then(|o| o.get_mut("metadata")?.as_object_mut()) {
        labels.insert("labels".to_owned(), json!("nonsense"));
    }
}

/// The page that follows is the same again; see [`Faults::of`], which leaves that one alone.
fn twice(said: &mut Value) {
    if said["items"].is_array() {
        said["metadata"]["continue"] = json!("from-0");
    }
}

fn circle(said: &mut Value) {
    if said["items"].is_array() {
        said["metadata"]["continue"] = json!("again");
    }
}

/// What goes wrong on some paths, how often, and what.
#[derive(Clone)]
pub struct Rule {
    /// Apart from those of other rules.
    pub seed: u64,
    /// One path of so many, by chance.
    pub share: u64,
    /// Every path that has this in it, in place of a share.
    pub only: Option<String>,
    /// Of a hundred requests for the path.
    pub chance: u64,
    /// Each request has a chance of its own for each fault, else a path has one fault.
    pub mixed: bool,
    /// What can go wrong.
    pub what: Vec<Named>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what: Vec<_> = self.what.iter().map(|(name, _)| name).collect();
        let paths = self.only.as_deref().unwrap_or("any");
        let (chance, share) = (self.chance, self.share);
        write!(f, "{chance} % at {paths} in {share}: {what:?}")
    }
}

/// A plan with what came of it.
pub struct Faults {
    rules: Vec<Rule>,
    seen: Mutex<HashMap<String, u64>>,
    log: Mutex<Vec<(String, Option<&'static str>)>>,
}

impl Faults {
    /// By rules, the first one that fits first.
    pub fn new(rules: Vec<Rule>) -> Arc<Self> {
        Arc::new(Self {
            rules,
            seen: Mutex::default(),
            log: Mutex::default(),
        })
    }

    /// What goes wrong with a request.
    pub fn of(&self, request: &Seen) -> Option<Fault> {
        let asked = format!("{}?{}", request.path, request.query);
        let number = {
            let mut seen = self.seen.lock().expect("not poisoned");
            let number = seen.entry(asked.clone()).or_default();
            *number += 1;
            *number
        };
        let named = self.rules.iter().find_map(|rule| {
            let hit = match &rule.only {
                Some(part) => request.path.contains(part.as_str()),
                None => {
                    roll(rule.seed, &format!("path {}", request.path)).is_multiple_of(rule.share)
                }
            };
            let each = format!("{asked} {number}");
            if !hit || roll(rule.seed, &each) % 100 >= rule.chance {
                return None;
            }
            let which = if rule.mixed { &each } else { &request.path };
            Some(*pick(rule.seed, &format!("what {which}"), &rule.what))
        });
        // A page that follows one which is there twice is as it is.
        let again = request.query.contains("continue=from-0");
        let named = named.filter(|(name, _)| !(again && *name == "one page twice"));
        let mut log = self.log.lock().expect("not poisoned");
        log.push((asked, named.map(|(name, _)| name)));
        named.map(|(_, fault)| fault())
    }

    /// Every request that came, and what went wrong with it.
    pub fn log(&self) -> Vec<(String, Option<&'static str>)> {
        self.log.lock().expect("not poisoned").clone()
    }
}

/// A cluster over connections in memory. Where they end early, half of them are reset.
pub fn cluster(api: &Arc<FakeApi>) -> Cluster {
    let wire = Wire(Arc::clone(api));
    let connection = Connection {
        client: kube::Client::new(wire, "default"),
        context: None,
        namespace: "default".to_owned(),
        server: "http://fake".to_owned(),
        proxy: None,
        request_timeout: None,
    };
    Cluster::new(&connection)
}

/// Carries each request over a connection of its own.
struct Wire(Arc<FakeApi>);

impl Service<Request<Body>> for Wire {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (near, far) = duplex(64 << 10);
        tokio::spawn(self.0.serve(far));
        let resets = roll(0, &request.uri().to_string()).is_multiple_of(2);
        Box::pin(async move {
            let end = End { near, resets };
            let (mut sender, connection) = http1::handshake(TokioIo::new(end)).await?;
            tokio::spawn(connection);
            sender.send_request(request).await
        })
    }
}

/// The near end of a connection.
struct End {
    near: DuplexStream,
    resets: bool,
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.near).poll_read(cx, buffer);
        let over = matches!(read, Poll::Ready(Ok(()))) && buffer.filled().len() == before;
        if over && self.resets {
            return Poll::Ready(Err(std::io::ErrorKind::ConnectionReset.into()));
        }
        read
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.near).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.near).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.near).poll_shutdown(cx)
    }
}
