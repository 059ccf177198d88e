//! An API server in this process: get and list over plain HTTP or TLS on loopback, fed with objects, with faults on demand.
//!
//! ```ignore
//! let api = FakeApi::builder().objects(shop).forbid("secrets").start().await;
//! let kubeconfig = api.kubeconfig_file();      // --kubeconfig for the binary, or ConnectOptions
//! ...
//! assert_eq!(api.count(), 12);                 // requests so far
//! ```
//! It answers as kube-apiserver does: items of a list do not say their kind, an absent object is a 404 `Status` that names it, an
//! unknown path is the text "404 page not found", `/apis` tells the groups and `/apis/GROUP` the versions of one, pages follow `limit` and `continue`, a watch
//! begins at a version and tells what came into and went out of its selection since, a list of which only the metadata is wanted has nothing else.

mod portforward;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use hops::answer::cluster::connect::kubeconfig::{
    ConnectOptions, Connection, Environment, connect,
};
use hops::answer::objects::selector::Selector;
use hops::facts::Kind;
pub use portforward::{Port, Tunnels};

/// What goes wrong for a path.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 403 with a `Status`, as RBAC answers.
    Forbidden,
    /// The kind is not served: 404 in plain text.
    NotServed,
    /// 410 on every page but the first.
    GoneOnContinue,
    /// This status that many times, then the answer; with `Retry-After` in seconds.
    Busy {
        /// 429 or 503.
        status: u16,
        /// Seconds.
        retry_after: Option<u64>,
        /// How often.
        times: usize,
    },
    /// 500 with a `Status`.
    Error,
    /// No answer ever comes.
    Hang,
    /// The connection ends without an answer.
    Cut,
    /// The connection ends in the middle of the answer.
    CutBody,
    /// This and nothing else.
    Answer {
        /// Status code.
        status: u16,
        /// Body.
        body: String,
    },
    /// The answer, after this time.
    Slow(Duration),
    /// The first half of the answer, as if it were all.
    Half,
    /// The answer, changed where it is JSON; a watch is left as it is.
    Changed(fn(&mut Value)),
}

/// Groups of policies whose kinds are served only where there is an object of them, or where that was asked for.
const OTHER_ENGINES: [&str; 4] = [
    "cilium.io",
    "crd.antrea.io",
    "crd.projectcalico.org",
    "policy.networking.k8s.io",
];

/// Decides for each request what goes wrong with it, before all else.
pub type Plan = Arc<dyn Fn(&Seen) -> Option<Fault> + Send + Sync>;

/// The certificate it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// For 127.0.0.1, valid.
    Good,
    /// Valid until last year.
    Expired,
    /// For another name.
    WrongName,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Path without query.
    pub path: String,
    /// Query, still encoded; empty when there is none.
    pub query: String,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Method.
    pub method: http::Method,
}

/// Makes a [`FakeApi`].
#[derive(Default)]
pub struct Builder {
    objects: Vec<Value>,
    faults: Vec<(String, Fault)>,
    token: Option<String>,
    only_namespace: Option<String>,
    latency: Duration,
    tls: Option<Tls>,
    ports: Vec<(String, Port)>,
    denied: Vec<String>,
    minor: Option<u32>,
    versions: Vec<(Kind, Vec<String>)>,
}

#[derive(Default)]
struct State {
    objects: Vec<Value>,
    faults: Vec<(String, Fault)>,
    seen: Vec<Seen>,
    /// Moves since the start, the first one made version 2.
    moves: Vec<Move>,
    /// Versions before this one are forgotten.
    oldest: usize,
    /// Watches of an earlier number end.
    epoch: usize,
    plan: Option<Plan>,
}

/// What happened once.
#[derive(Clone)]
enum Move {
    /// An object before and after.
    Object(Option<Value>, Option<Value>),
    /// Every watch is told where it is.
    Bookmark,
}

impl State {
    fn version(&self) -> usize {
        self.moves.len() + 1
    }
}

struct Shared {
    state: Mutex<State>,
    token: Option<String>,
    only_namespace: Option<String>,
    latency: Duration,
    ports: Vec<(String, Port)>,
    denied: Vec<String>,
    minor: u32,
    /// What it serves, by `apiVersion`.
    served: Vec<(String, Kind)>,
    tunnels: Arc<Tunnels>,
    moved: tokio::sync::watch::Sender<()>,
    mended: tokio::sync::watch::Sender<()>,
    watching: AtomicUsize,
}

/// A running server; it ends when this is dropped.
pub struct FakeApi {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    authority_pem: Option<String>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Builder {
    /// Adds an object, however malformed.
    pub fn object(mut self, object: Value) -> Self {
        self.objects.push(object);
        self
    }

    /// Adds objects.
    pub fn objects(mut self, objects: impl IntoIterator<Item = Value>) -> Self {
        self.objects.extend(objects);
        self
    }

    /// Lets something go wrong for paths; `*` in the pattern stands for any text. The first fault that fits counts.
    pub fn fault(mut self, pattern: &str, fault: Fault) -> Self {
        self.faults.push((pattern.to_owned(), fault));
        self
    }

    /// 403 for everything about a resource, such as `secrets`.
    pub fn forbid(self, plural: &str) -> Self {
        self.fault(&format!("*/{plural}"), Fault::Forbidden)
            .fault(&format!("*/{plural}/*"), Fault::Forbidden)
    }

    /// 403 for everything outside one namespace.
    pub fn only_namespace(mut self, namespace: &str) -> Self {
        self.only_namespace = Some(namespace.to_owned());
        self
    }

    /// 401 without this bearer token.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Every answer takes this long.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Over TLS.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Opens a port of a pod to tunnels and to the proxy: `shop/web-1:8080`. For the proxy it may be one of a Service.
    pub fn port(mut self, of: &str, port: Port) -> Self {
        self.ports.push((of.to_owned(), port));
        self
    }

    /// Access reviews deny this verb on `pods/portforward`.
    pub fn deny(mut self, verb: &str) -> Self {
        self.denied.push(verb.to_owned());
        self
    }

    /// The minor version it claims to be; 37 else.
    pub fn minor(mut self, minor: u32) -> Self {
        self.minor = Some(minor);
        self
    }

    /// The versions in which it serves a kind, in place of the preferred one alone; objects are served in that which they say.
    pub fn versions(mut self, kind: Kind, versions: &[&str]) -> Self {
        let versions = versions.iter().map(|v| (*v).to_owned()).collect();
        self.versions.push((kind, versions));
        self
    }

    /// Starts it on a free port of 127.0.0.1.
    pub async fn start(self) -> FakeApi {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (acceptor, authority_pem) = self.tls.map(acceptor).unzip();
        let held = self.objects.iter().filter_map(|o| {
            let text = |key: &str| o[key].as_str();
            Kind::of(text("apiVersion")?, text("kind")?)
        });
        let chosen = self.versions.iter().map(|(kind, _)| *kind);
        let serves: Vec<Kind> = held.chain(chosen).collect();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                objects: self.objects,
                faults: self.faults,
                ..State::default()
            }),
            token: self.token,
            only_namespace: self.only_namespace,
            latency: self.latency,
            ports: self.ports,
            denied: self.denied,
            minor: self.minor.unwrap_or(37),
            served: Kind::ALL
                .into_iter()
                .filter(|kind| !OTHER_ENGINES.contains(&kind.group()) || serves.contains(kind))
                .flat_map(|kind| {
                    let chosen = self.versions.iter().find(|(k, _)| *k == kind);
                    let preferred = || vec![kind.api_version().to_owned()];
                    let all = chosen.map_or_else(preferred, |(_, all)| all.clone());
                    all.into_iter().map(move |version| (version, kind))
                })
                .collect(),
            tunnels: Arc::default(),
            moved: tokio::sync::watch::Sender::new(()),
            mended: tokio::sync::watch::Sender::new(()),
            watching: AtomicUsize::new(0),
        });
        let for_task = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&for_task);
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, shared).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, shared).await;
                            }
                        }
                    }
                });
            }
        });
        FakeApi {
            addr,
            shared,
            authority_pem,
            task,
        }
    }
}

impl FakeApi {
    /// Begins an empty one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let scheme = if self.authority_pem.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.addr)
    }

    /// A kubeconfig with one context `fake` (namespace `shop`), its authority and its token.
    pub fn kubeconfig(&self) -> String {
        let user = match &self.shared.token {
            Some(token) => json!({ "token": token }),
            None => json!({}),
        };
        let mut cluster = json!({ "server": self.url() });
        if let Some(pem) = &self.authority_pem {
            cluster["certificate-authority-data"] = json!(STANDARD.encode(pem));
        }
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": cluster}],
            "users": [{"name": "me", "user": user}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "me", "namespace": "shop"}}],
        })
        .to_string()
    }

    /// The same in a file, which goes away with the value.
    pub fn kubeconfig_file(&self) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), self.kubeconfig()).expect("written");
        file
    }

    /// Connects to it by its kubeconfig alone, whatever the environment says.
    #[allow(dead_code)] // not by those who start the program
    pub async fn connection(&self) -> Connection {
        let file = self.kubeconfig_file();
        let options = ConnectOptions {
            kubeconfig: Some(file.path().to_owned()),
            env: Environment::default(),
            ..ConnectOptions::default()
        };
        connect(&options).await.expect("a connection")
    }

    /// Every request so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state.lock().expect("not poisoned").seen.clone()
    }

    /// Forgets the requests so far.
    #[allow(dead_code)] // by the soak alone
    pub fn forget(&self) {
        self.shared.state.lock().expect("not poisoned").seen = Vec::new();
    }

    /// The tunnels through it.
    pub fn tunnels(&self) -> &Tunnels {
        &self.shared.tunnels
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.seen().len()
    }

    /// How many requests came for a path.
    pub fn count_of(&self, path: &str) -> usize {
        self.seen().iter().filter(|s| s.path == path).count()
    }

    /// Adds an object, or replaces the one of the same kind, namespace and name.
    pub fn put(&self, mut object: Value) {
        let mut state = self.shared.state.lock().expect("not poisoned");
        let version = state.version() + 1;
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.insert("resourceVersion".to_owned(), version.to_string().into());
        }
        let before = state.take(&identity(&object));
        state.objects.push(object.clone());
        state.moves.push(Move::Object(before, Some(object)));
        self.shared.moved.send_replace(());
    }

    /// Removes an object.
    pub fn remove(&self, kind: Kind, namespace: &str, name: &str) {
        let mut state = self.shared.state.lock().expect("not poisoned");
        let before = state.take(&(
            kind.name().to_owned(),
            namespace.to_owned(),
            name.to_owned(),
        ));
        state.moves.push(Move::Object(before, None));
        self.shared.moved.send_replace(());
    }

    /// Tells every watch the version.
    pub fn bookmark(&self) {
        let mut state = self.shared.state.lock().expect("not poisoned");
        state.moves.push(Move::Bookmark);
        self.shared.moved.send_replace(());
    }

    /// Ends all watches as a server does whose time for them is up.
    pub fn end_watches(&self) {
        self.shared.state.lock().expect("not poisoned").epoch += 1;
        self.shared.moved.send_replace(());
    }

    /// Forgets all versions before this one: 410 for those who ask for one, and for those who watch.
    pub fn expire(&self) {
        let mut state = self.shared.state.lock().expect("not poisoned");
        state.moves.push(Move::Bookmark);
        state.oldest = state.version();
        drop(state);
        self.shared.moved.send_replace(());
    }

    /// Watches that are open.
    pub fn watching(&self) -> usize {
        self.shared.watching.load(Ordering::SeqCst)
    }

    /// Lets something go wrong from now on, before all else; a pattern that ends with `?watch` is for watches only.
    pub fn break_with(&self, pattern: &str, fault: Fault) {
        let mut state = self.shared.state.lock().expect("not poisoned");
        state.faults.insert(0, (pattern.to_owned(), fault));
    }

    /// Lets go wrong what a plan says, from now on.
    pub fn follow(&self, plan: Plan) {
        self.shared.state.lock().expect("not poisoned").plan = Some(plan);
    }

    /// Nothing goes wrong any more. What still hangs ends without an answer.
    pub fn mend(&self) {
        let mut state = self.shared.state.lock().expect("not poisoned");
        state.faults = Vec::new();
        state.plan = None;
        drop(state);
        self.shared.mended.send_replace(());
    }

    /// Serves one more connection, wherever it comes from.
    pub fn serve(
        &self,
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        serve(io, Arc::clone(&self.shared))
    }
}

impl State {
    fn take(&mut self, who: &(String, String, String)) -> Option<Value> {
        let at = self.objects.iter().position(|o| identity(o) == *who)?;
        Some(self.objects.remove(at))
    }
}

fn text_at(object: &Value, pointer: &str) -> String {
    let found = object.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

fn identity(object: &Value) -> (String, String, String) {
    (
        text_at(object, "/kind"),
        text_at(object, "/metadata/namespace"),
        text_at(object, "/metadata/name"),
    )
}

type Reply = Response<UnsyncBoxBody<Bytes, std::io::Error>>;

fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    let body = Full::new(body.into()).map_err(|e: Infallible| match e {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

fn status(code: u16, reason: &str, message: &str, details: &Value) -> Reply {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details, "code": code,
    });
    reply(code, body.to_string())
}

async fn serve(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move { handle(&shared, request).await }
    });
    // An error here is a client that went away, or a fault that was asked for.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades()
        .await;
}

async fn handle(shared: &Arc<Shared>, request: Request<Incoming>) -> Result<Reply, std::io::Error> {
    let path = request.uri().path().to_owned();
    let seen = Seen {
        path: path.clone(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
        method: request.method().clone(),
    };
    let planned = {
        let mut state = shared.state.lock().expect("not poisoned");
        state.seen.push(seen.clone());
        state.plan.as_ref().and_then(|plan| plan(&seen))
    };
    tokio::time::sleep(shared.latency).await;
    let streams = seen.query.contains("watch=1");
    match planned {
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            answer(shared, request, &path, None).await
        }
        Some(Fault::Half) if !streams => {
            let (status, body) = whole(answer(shared, request, &path, None).await?).await?;
            Ok(reply(status, body.slice(..body.len() / 2)))
        }
        Some(Fault::Changed(change)) if !streams => {
            let (status, body) = whole(answer(shared, request, &path, None).await?).await?;
            let Ok(mut said) = serde_json::from_slice::<Value>(&body) else {
                return Ok(reply(status, body));
            };
            change(&mut said);
            Ok(reply(status, said.to_string()))
        }
        Some(Fault::Half | Fault::Changed(_)) => answer(shared, request, &path, None).await,
        other => answer(shared, request, &path, other).await,
    }
}

/// An answer that has an end.
async fn whole(reply: Reply) -> Result<(u16, Bytes), std::io::Error> {
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await?.to_bytes();
    Ok((status, body))
}

async fn answer(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    path: &str,
    planned: Option<Fault>,
) -> Result<Reply, std::io::Error> {
    if let Some(token) = &shared.token
        && request
            .headers()
            .get("authorization")
            .and_then(|v| v.to_str().ok())
            != Some(&format!("Bearer {token}"))
    {
        return Ok(status(401, "Unauthorized", "Unauthorized", &json!({})));
    }
    let outside = |ns: &str| !path.contains(&format!("/namespaces/{ns}/"));
    if shared.only_namespace.as_deref().is_some_and(outside) {
        return Ok(status(
            403,
            "Forbidden",
            &format!("{path} is forbidden"),
            &json!({}),
        ));
    }
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let of = |name: &str| {
        query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let watches = of("watch").is_some();
    let accepts = request.headers().get("accept");
    let metadata_only = accepts
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("as=PartialObjectMetadataList"));
    let fault = planned.or_else(|| take_fault(shared, path, of("continue").is_some(), watches));
    match fault {
        // Those of a plan only.
        None | Some(Fault::Slow(_) | Fault::Half | Fault::Changed(_)) => {}
        Some(Fault::Forbidden) => {
            return Ok(status(
                403,
                "Forbidden",
                &format!("{path} is forbidden"),
                &json!({}),
            ));
        }
        Some(Fault::NotServed) => return Ok(reply(404, "404 page not found\n")),
        Some(Fault::GoneOnContinue) => {
            return Ok(status(
                410,
                "Expired",
                "The provided continue parameter is too old",
                &json!({}),
            ));
        }
        Some(Fault::Busy {
            status: code,
            retry_after,
            ..
        }) => {
            let mut response = status(
                code,
                "Busy",
                "too many requests, please try again later",
                &json!({}),
            );
            if let Some(seconds) = retry_after {
                response.headers_mut().insert("retry-after", seconds.into());
            }
            return Ok(response);
        }
        Some(Fault::Error) => {
            return Ok(status(
                500,
                "InternalError",
                "etcdserver: request timed out",
                &json!({}),
            ));
        }
        Some(Fault::Hang) => {
            let _ = shared.mended.subscribe().changed().await;
            return Err(std::io::Error::other("cut"));
        }
        Some(Fault::Cut) => return Err(std::io::Error::other("cut")),
        Some(Fault::CutBody) => return Ok(cut_body()),
        Some(Fault::Answer { status, body }) => return Ok(reply(status, body)),
    }
    if let Some(reply) = beyond(shared, request, path).await {
        return Ok(reply);
    }
    if watches {
        return Ok(watch(shared, path, of));
    }
    let state = shared.state.lock().expect("not poisoned");
    Ok(objects(shared, &state, path, metadata_only, of))
}

/// What is no object: the version, access reviews, tunnels and the proxy.
async fn beyond(shared: &Shared, request: Request<Incoming>, path: &str) -> Option<Reply> {
    if path == "/version" {
        let version = json!({"major": "1", "minor": shared.minor.to_string() + "+"});
        return Some(reply(200, version.to_string()));
    }
    if path.ends_with("/selfsubjectaccessreviews") {
        let body = request.into_body().collect().await.ok()?.to_bytes();
        let mut review: Value = serde_json::from_slice(&body).expect("a review");
        let verb = text_at(&review, "/spec/resourceAttributes/verb");
        review["status"] = json!({"allowed": !shared.denied.contains(&verb)});
        return Some(reply(201, review.to_string()));
    }
    let parts: Vec<&str> = path.trim_start_matches('/').splitn(8, '/').collect();
    match parts.as_slice() {
        ["api", "v1", "namespaces", ns, "pods", name, "portforward"] => {
            let query = request.uri().query().unwrap_or_default();
            let number: u16 = query.strip_prefix("ports=")?.parse().ok()?;
            let of = format!("{ns}/{name}:{number}");
            let Some((_, port)) = shared.ports.iter().find(|(p, _)| *p == of) else {
                return Some(not_found("pods", name));
            };
            let (port, tunnels) = (port.clone(), Arc::clone(&shared.tunnels));
            Some(portforward::open(request, number, port, tunnels))
        }
        [
            "api",
            "v1",
            "namespaces",
            ns,
            plural,
            name,
            "proxy",
            rest @ ..,
        ] => Some(
            proxy(
                shared,
                plural,
                &format!("{ns}/{name}"),
                rest,
                request.uri().query(),
            )
            .await,
        ),
        ["api", "v1", plural @ "nodes", name, "proxy", rest @ ..] => {
            Some(proxy(shared, plural, name, rest, request.uri().query()).await)
        }
        _ => None,
    }
}

/// What the proxy answers for a port: `shop/web-1:8080`, `node-1:10256`.
async fn proxy(
    shared: &Shared,
    plural: &str,
    of: &str,
    rest: &[&str],
    query: Option<&str>,
) -> Reply {
    let query = query.map(|q| format!("?{q}"));
    let path = format!("/{}{}", rest.join("/"), query.unwrap_or_default());
    let port = shared.ports.iter().find(|(p, _)| *p == of);
    if let Some((_, Port::At(to))) = port {
        return portforward::proxied(*to, &path).await;
    }
    let name = of.rsplit('/').next().unwrap_or_default();
    not_found(plural, name.split(':').next().unwrap_or_default())
}

fn not_found(plural: &str, name: &str) -> Reply {
    let message = format!("{plural} \"{name}\" not found");
    status(
        404,
        "NotFound",
        &message,
        &json!({"name": name, "kind": plural}),
    )
}

/// The first fault for a path; one that lasts only some times is counted down.
fn take_fault(shared: &Shared, path: &str, continues: bool, watches: bool) -> Option<Fault> {
    let mut state = shared.state.lock().expect("not poisoned");
    let fault = state.faults.iter_mut().find_map(|(pattern, fault)| {
        let applies = match fault {
            Fault::GoneOnContinue => continues,
            Fault::Busy { times, .. } => *times > 0,
            _ => true,
        };
        let hits = glob(pattern, path) || (watches && glob(pattern, &format!("{path}?watch")));
        (applies && hits).then_some(fault)
    })?;
    if let Fault::Busy { times, .. } = fault {
        *times -= 1;
    }
    Some(fault.clone())
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            (0..=tail.len()).any(|i| tail.is_char_boundary(i) && glob(rest, &tail[i..]))
        }),
    }
}

/// Counts an open watch for as long as it lives.
struct Open(Arc<Shared>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.watching.fetch_sub(1, Ordering::SeqCst);
    }
}

fn watch<'a>(shared: &Arc<Shared>, path: &str, query: impl Fn(&str) -> Option<&'a str>) -> Reply {
    let Some(asked) = asked(shared, path) else {
        return reply(404, "404 page not found\n");
    };
    let (kind, api_version) = (asked.kind, asked.version);
    let namespace = asked.namespace.map(str::to_owned);
    let selector = match Selector::of(query("labelSelector"), query("fieldSelector")) {
        Ok(selector) => selector,
        Err(why) => return status(400, "BadRequest", &why, &json!({})),
    };
    let of_version = api_version.clone();
    let selects = move |object: &Value| {
        object["kind"] == kind.name()
            && object["apiVersion"] == of_version
            && namespace
                .as_deref()
                .is_none_or(|ns| text_at(object, "/metadata/namespace") == ns)
            && selector.matches(object)
    };
    let state = shared.state.lock().expect("not poisoned");
    let mut first = String::new();
    let from = if let Some(version) = query("resourceVersion") {
        version.parse().expect("a version")
    } else {
        for object in state.objects.iter().filter(|o| selects(o)) {
            first += &json!({"type": "ADDED", "object": object}).to_string();
            first.push('\n');
        }
        state.version()
    };
    if from < state.oldest {
        return status(410, "Expired", "too old resource version", &json!({}));
    }
    let epoch = state.epoch;
    drop(state);
    shared.watching.fetch_add(1, Ordering::SeqCst);
    let open = Open(Arc::clone(shared));
    let moved = shared.moved.subscribe();
    let begin = (open, moved, from, Some(first), false);
    let lines = futures::stream::unfold(begin, move |(open, mut moved, mut at, first, over)| {
        let (selects, api_version) = (selects.clone(), api_version.clone());
        async move {
            if let Some(first) = first.filter(|f| !f.is_empty()) {
                let frame = Ok(Frame::data(Bytes::from(first)));
                return Some((frame, (open, moved, at, None, false)));
            }
            loop {
                moved.borrow_and_update();
                let (text, over) = {
                    let state = open.0.state.lock().expect("not poisoned");
                    if over || state.epoch != epoch {
                        return None;
                    }
                    let version = state.version();
                    let expired = at < state.oldest;
                    let mut text = String::new();
                    if expired {
                        let gone = json!({"kind": "Status", "code": 410, "message": "too old resource version"});
                        text = format!("{}\n", json!({"type": "ERROR", "object": gone}));
                    } else {
                        for (i, step) in state.moves.iter().enumerate().skip(at - 1) {
                            text += &told(step, i + 2, (kind, &api_version), &selects);
                        }
                    }
                    at = version;
                    (text, expired)
                };
                if !text.is_empty() {
                    let frame: Result<_, std::io::Error> = Ok(Frame::data(Bytes::from(text)));
                    return Some((frame, (open, moved, at, None, over)));
                }
                if moved.changed().await.is_err() {
                    return None;
                }
            }
        }
    });
    Response::new(StreamBody::new(lines).boxed_unsync())
}

/// One step as a watch tells it: empty when it does not concern its selection.
fn told(
    step: &Move,
    version: usize,
    (kind, api_version): (Kind, &str),
    selects: &impl Fn(&Value) -> bool,
) -> String {
    let (what, object) = match step {
        Move::Bookmark => {
            let metadata = json!({"resourceVersion": version.to_string()});
            let object =
                json!({"kind": kind.name(), "apiVersion": api_version, "metadata": metadata});
            ("BOOKMARK", object)
        }
        Move::Object(before, after) => {
            let before = before.clone().filter(|o| selects(o));
            let after = after.clone().filter(|o| selects(o));
            match (before, after) {
                (None, None) => return String::new(),
                (None, Some(after)) => ("ADDED", after),
                (Some(_), Some(after)) => ("MODIFIED", after),
                (Some(mut before), None) => {
                    before["metadata"]["resourceVersion"] = version.to_string().into();
                    ("DELETED", before)
                }
            }
        }
    };
    format!("{}\n", json!({"type": what, "object": object}))
}

/// A path that is served: one object, or all of a kind.
struct Asked<'p> {
    version: String,
    kind: Kind,
    namespace: Option<&'p str>,
    name: Option<&'p str>,
}

fn asked<'p>(shared: &Shared, path: &'p str) -> Option<Asked<'p>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (version, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("v1".to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return None,
    };
    let (namespace, plural, name) = match rest {
        ["namespaces", ns, plural] => (Some(*ns), *plural, None),
        ["namespaces", ns, plural, name] => (Some(*ns), *plural, Some(*name)),
        [plural] => (None, *plural, None),
        [plural, name] => (None, *plural, Some(*name)),
        _ => return None,
    };
    let mut served = shared.served.iter();
    let (_, kind) = served.find(|(v, k)| *v == version && k.plural() == plural)?;
    Some(Asked {
        version,
        kind: *kind,
        namespace,
        name,
    })
}

/// `/apis`, `/apis/GROUP` and `/apis/GROUP/VERSION`: what there is.
fn discovery(shared: &Shared, path: &str) -> Option<Value> {
    if path == "/apis" {
        let groups = shared.served.iter().filter_map(|(v, _)| v.split_once('/'));
        let groups: std::collections::BTreeSet<&str> = groups.map(|(group, _)| group).collect();
        let groups: Vec<Value> = groups.into_iter().map(|g| json!({"name": g})).collect();
        return Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}));
    }
    let of = path.strip_prefix("/apis/")?;
    if of.contains('/') {
        let kinds = shared.served.iter().filter(|(version, _)| version == of);
        let resources: Vec<Value> = kinds
            .map(|(_, k)| json!({"name": k.plural(), "kind": k.name(), "namespaced": k.namespaced()}))
            .collect();
        return (!resources.is_empty()).then(|| {
            json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": of, "resources": resources})
        });
    }
    let versions = shared.served.iter().map(|(version, _)| version);
    let mut versions: Vec<&String> = versions
        .filter(|version| version.starts_with(&format!("{of}/")))
        .collect();
    versions.sort_unstable();
    versions.dedup();
    let versions: Vec<Value> = versions
        .iter()
        .map(|v| json!({"groupVersion": v, "version": v.rsplit('/').next()}))
        .collect();
    let preferred = versions.first()?.clone();
    Some(
        json!({"kind": "APIGroup", "apiVersion": "v1", "name": of, "versions": versions,
        "preferredVersion": preferred}),
    )
}

fn objects<'a>(
    shared: &Shared,
    state: &State,
    path: &str,
    metadata_only: bool,
    query: impl Fn(&str) -> Option<&'a str>,
) -> Reply {
    if let Some(told) = discovery(shared, path) {
        return reply(200, told.to_string());
    }
    let Some(Asked {
        version: api_version,
        kind,
        namespace,
        name,
    }) = asked(shared, path)
    else {
        return reply(404, "404 page not found\n");
    };
    let (version, plural) = (state.version(), kind.plural());
    let mut found: Vec<&Value> = state
        .objects
        .iter()
        .filter(|o| o["kind"] == kind.name() && o["apiVersion"] == api_version)
        .filter(|o| namespace.is_none_or(|ns| text_at(o, "/metadata/namespace") == ns))
        .collect();
    found.sort_by_key(|o| identity(o));
    if let Some(name) = name {
        return match found.iter().find(|o| text_at(o, "/metadata/name") == name) {
            Some(object) => reply(200, object.to_string()),
            None => status(
                404,
                "NotFound",
                &format!("{} \"{name}\" not found", kind.resource()),
                &json!({"name": name, "group": kind.group(), "kind": plural}),
            ),
        };
    }
    let selector = match Selector::of(query("labelSelector"), query("fieldSelector")) {
        Ok(selector) => selector,
        Err(why) => return status(400, "BadRequest", &why, &json!({})),
    };
    found.retain(|o| selector.matches(o));
    let from = query("continue")
        .and_then(|t| t.strip_prefix("from-")?.parse().ok())
        .unwrap_or(0);
    let limit = query("limit")
        .and_then(|l| l.parse().ok())
        .unwrap_or(usize::MAX);
    let page: Vec<Value> = found
        .iter()
        .skip(from)
        .take(limit)
        .map(|o| {
            let mut item = (*o).clone();
            if let Some(fields) = item.as_object_mut() {
                fields.remove("kind");
                fields.remove("apiVersion");
                fields.retain(|name, _| !metadata_only || name == "metadata");
            }
            item
        })
        .collect();
    let mut metadata = json!({"resourceVersion": version.to_string()});
    let next = from + page.len();
    if next < found.len() {
        metadata["continue"] = json!(format!("from-{next}"));
        metadata["remainingItemCount"] = json!(found.len() - next);
    }
    let (list_kind, list_version) = if metadata_only {
        ("PartialObjectMetadata", "meta.k8s.io/v1")
    } else {
        (kind.name(), api_version.as_str())
    };
    let list = json!({
        "kind": format!("{list_kind}List"), "apiVersion": list_version,
        "metadata": metadata, "items": page,
    });
    reply(200, list.to_string())
}

fn cut_body() -> Reply {
    let begun: Result<Frame<Bytes>, std::io::Error> = Ok(Frame::data(Bytes::from_static(
        b"{\"kind\":\"PodList\",\"items\":[",
    )));
    let cut = futures::stream::once(async {
        // The head and the first bytes get out before the end.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::other("cut"))
    });
    let stream = futures::stream::iter([begun]).chain(cut);
    Response::new(StreamBody::new(stream).boxed_unsync())
}

/// Serves a certificate of an authority of its own; that authority as PEM comes with it.
fn acceptor(kind: Tls) -> (tokio_rustls::TlsAcceptor, String) {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = CertificateParams::new(Vec::new()).expect("no names");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).expect("a certificate").pem();
    let issuer = Issuer::new(ca, ca_key);

    let name = if kind == Tls::WrongName {
        "other.example.com"
    } else {
        "127.0.0.1"
    };
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    if kind == Tls::Expired {
        leaf.not_before = date_time_ymd(2024, 1, 1);
        leaf.not_after = date_time_ymd(2025, 1, 1);
    }
    let key = KeyPair::generate().expect("a key");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("a pair");
    (tokio_rustls::TlsAcceptor::from(Arc::new(config)), ca_pem)
}
