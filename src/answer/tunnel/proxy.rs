//! Through the API server's own proxy: a GET that the control plane makes to the address of a pod or a node, or to a ready pod of a
//! Service.
//!
//! What the API server says about its attempt is told from what the other side says: it signs with a `Status`.

use http::header::ACCEPT;
use http::{HeaderMap, Request, StatusCode};
use kube::client::Body;
use tokio::time::{Instant, timeout_at};

use super::api::Api;
use super::words;
use crate::answer::cluster::status::{Status, answered, status_of};
use crate::answer::cluster::url::is_segment;
use crate::answer::network::ms;
use crate::answer::network::response::{BODY, BODY_TIME, beginning, failed, kept, others};
use crate::facts::{Connect, Exchange, Gap, HttpAnswer, Kind, Question};

/// Bytes of an answer that are read: a `Status` must be whole to be understood.
const READ: usize = 8 * 1024;
/// How the API server begins when it got no response.
const ATTEMPT: &str = "error trying to reach service: ";

/// Who is asked for, as the path names it.
pub(super) struct Backend<'a> {
    pub kind: Kind,
    pub namespace: Option<&'a str>,
    pub name: &'a str,
    pub port: &'a str,
    pub tls: bool,
}

/// What a response of the API server is.
enum Says {
    /// The backend's own response.
    Backend,
    /// The API server's word on how its attempt ended.
    Attempt(Exchange, String),
    /// Neither: it did not try.
    Nothing(Gap),
}

impl Backend<'_> {
    fn unreachable(&self, why: &str) -> Gap {
        let namespace = self.namespace.map(|n| format!("{n}/")).unwrap_or_default();
        let (kind, name) = (self.kind.name(), self.name);
        Gap::Unreachable {
            why: format!("no way to {kind} {namespace}{name} through the API server: {why}"),
        }
    }

    /// The path up to where the backend's own begins.
    fn prefix(&self) -> Option<String> {
        let plain = |text: &str| is_segment(text) && !text.contains(':');
        let within = match (self.kind, self.namespace) {
            (Kind::Pod | Kind::Service, Some(namespace)) if plain(namespace) => {
                format!("namespaces/{namespace}/")
            }
            (Kind::Node, None) => String::new(),
            _ => return None,
        };
        let scheme = if self.tls { "https:" } else { "" };
        let (plural, name, port) = (self.kind.plural(), self.name, self.port);
        (plain(name) && plain(port))
            .then(|| format!("/api/v1/{within}{plural}/{scheme}{name}:{port}/proxy"))
    }

    fn is_about(&self, status: &Status) -> bool {
        // Of "https:web:8080" some versions name the whole.
        let name = status.details.name.as_str();
        status.details.kind == self.kind.plural()
            && (name == self.name || name.split(':').any(|part| part == self.name))
    }

    /// Reads a response. Backends that are API servers themselves send a `Status` too, about other things.
    fn read(&self, question: &Question, code: StatusCode, body: &[u8]) -> Says {
        let Some(status) = status_of(body) else {
            // As plain text, the way older versions have it.
            let text = String::from_utf8_lossy(body);
            let attempt = strip(&text).filter(|_| code.is_server_error());
            return attempt.map_or(Says::Backend, |text| self.attempt(text));
        };
        if code.is_server_error()
            && let Some(text) = strip(&status.message)
        {
            return self.attempt(text);
        }
        let nothing = || {
            let why = format!("it {}", answered(code, body));
            Says::Nothing(self.unreachable(&words::short(&why)))
        };
        match (code, status.reason.as_str()) {
            (StatusCode::SERVICE_UNAVAILABLE, _)
                if status.message.starts_with("no endpoints available") =>
            {
                let text = words::short(&status.message);
                Says::Attempt(Exchange::NoConnection(Connect::Other(text.clone())), text)
            }
            (StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS, _) => nothing(),
            (StatusCode::UNAUTHORIZED, "Unauthorized") => Says::Nothing(Gap::Unauthorized),
            (StatusCode::FORBIDDEN, _) if self.is_about(&status) => {
                question.forbidden().map_or_else(nothing, Says::Nothing)
            }
            (_, _) if self.is_about(&status) => nothing(),
            (StatusCode::BAD_REQUEST, "BadRequest") => nothing(),
            _ => Says::Backend,
        }
    }

    fn attempt(&self, text: &str) -> Says {
        let line = words::short(text);
        // A refusal counts only if it is the port asked for that was dialled, and not a proxy of the control plane. A Service's port is
        // another one than its pods'.
        let dialled = text
            .split_once("dial tcp ")
            .and_then(|(_, rest)| rest.split_once(": "))
            .and_then(|(address, _)| address.rsplit_once(':'));
        let elsewhere = self.kind != Kind::Service
            && dialled
                .is_some_and(|(_, port)| self.port.parse::<u16>().is_ok() && port != self.port);
        match words::dial(text).filter(|_| !elsewhere) {
            Some(exchange) => Says::Attempt(exchange, line),
            None => Says::Nothing(self.unreachable(&line)),
        }
    }
}

/// What the API server says about its attempt, without its usual beginning.
fn strip(text: &str) -> Option<&str> {
    let (head, rest) = text.split_at_checked(ATTEMPT.len())?;
    head.eq_ignore_ascii_case(ATTEMPT).then_some(rest.trim())
}

/// Makes the request. The user's own headers are not sent: they are for the site, and not for the API server.
pub(super) async fn answer(
    api: &Api,
    question: &Question,
    backend: &Backend<'_>,
    path: &str,
    deadline: Instant,
) -> Result<HttpAnswer, Gap> {
    let started = Instant::now();
    let Some(prefix) = backend.prefix() else {
        return Err(backend.unreachable("the API server knows no such name"));
    };
    // A path with dots could lead out of the proxy, to something else that the kubeconfig may do.
    if !path.starts_with('/') || dotted(path) {
        return Err(Gap::NotAsked {
            why: format!("the path {path:?} is not sent through the API server"),
        });
    }
    let request = Request::get(format!("{prefix}{path}"))
        .header(ACCEPT, "*/*")
        .body(Body::empty())
        .map_err(|e| Gap::Malformed {
            why: format!("{path:?} is no path to ask for: {e}"),
        })?;
    let Ok(sent) = timeout_at(deadline, api.send(request)).await else {
        let mut answer = failed(Exchange::TimedOut, started);
        answer.tunnel = Some("the API server had no answer in time".to_owned());
        return Ok(answer);
    };
    let (head, body) = sent.map_err(|why| backend.unreachable(&why))?.into_parts();
    let took = ms(started);
    let body = beginning(body, READ, deadline.min(Instant::now() + BODY_TIME)).await;
    match backend.read(question, head.status, &body) {
        Says::Nothing(gap) => Err(gap),
        Says::Attempt(exchange, text) => {
            let mut answer = failed(exchange, started);
            answer.tunnel = Some(text);
            Ok(answer)
        }
        Says::Backend => Ok(HttpAnswer {
            status: head.status.as_u16(),
            headers: own(&head.headers, &prefix),
            other_headers: others(&head.headers),
            body: kept_of(backend.kind, &body),
            ms: took,
            ..failed(Exchange::Response, started)
        }),
    }
}

/// What is kept of a body: its first bytes. Of a kubelet's configuration, which is longer, what it tells pods of DNS: the rest is nobody's
/// business.
fn kept_of(kind: Kind, body: &[u8]) -> String {
    let told = Some(body).filter(|_| kind == Kind::Node);
    let told = told.and_then(|b| serde_json::from_slice::<serde_json::Value>(b).ok());
    let config = told.as_ref().and_then(|t| t.get("kubeletconfig"));
    match config {
        Some(config) => serde_json::json!({"kubeletconfig": {
            "clusterDomain": config.get("clusterDomain"),
            "clusterDNS": config.get("clusterDNS"),
        }})
        .to_string(),
        None => String::from_utf8_lossy(&body[..body.len().min(BODY)]).into_owned(),
    }
}

/// The backend's headers: the API server puts its own path before that of a redirect.
fn own(headers: &HeaderMap, prefix: &str) -> Vec<(String, String)> {
    let mut kept = kept(headers, "");
    for (name, value) in &mut kept {
        if name == "location"
            && let Some((_, rest)) = value.split_once(prefix)
        {
            *value = rest.to_owned();
        }
    }
    kept
}

/// Whether a path has segments that stand for other paths.
fn dotted(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/");
    path.split(['/', '\\'])
        .any(|part| matches!(part, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_noticed() {
        for path in [
            "/../x",
            "/a/..",
            "/%2e%2E/x",
            "/a/.%2e/b",
            "/a%2f..%2fb",
            "/./x",
            "/a\\..\\b",
        ] {
            assert!(dotted(path), "{path}");
        }
        for path in ["/", "/a..b/", "/...", "/.well-known/x", "/a?b=../c"] {
            assert!(!dotted(path), "{path}");
        }
    }
}
