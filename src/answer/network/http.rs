//! HTTP: one request, and who answered it. Redirects are not followed.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::Empty;
use tokio::time::Instant;

use super::line::Line;
pub(in crate::answer) use super::line::Ready;
use super::response::without_port;
use super::tls::Stream;
use super::{call, grpc, ms, tls, words};
use crate::facts::{Exchange, Gap, HttpAnswer, Phases};
use crate::target::Header;

/// Makes requests.
pub(in crate::answer) struct Http {
    headers: HeaderMap,
}

impl Http {
    /// Checks the user agent.
    pub(super) fn new(user_agent: &str) -> Result<Self, String> {
        let agent = HeaderValue::from_str(user_agent)
            .map_err(|_| format!("{user_agent:?} cannot be sent as user agent"))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::USER_AGENT, agent);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        Ok(Self { headers })
    }

    /// One request, ready to be sent.
    pub(in crate::answer) fn request(
        &self,
        method: &str,
        host: &str,
        path: &str,
        given: &[Header],
    ) -> Result<Ready, Gap> {
        let malformed = |why: String| Gap::Malformed { why };
        let method = Method::from_bytes(method.as_bytes())
            .ok()
            .filter(|m| *m != Method::CONNECT)
            .ok_or_else(|| malformed(format!("{method:?} is no method of a request")))?;
        let host = HeaderValue::from_str(host)
            .map_err(|_| malformed(format!("{host:?} is no host to ask for")))?;
        let path = Uri::builder()
            .path_and_query(path)
            .build()
            .map_err(|e| malformed(format!("{path:?} is no path to ask for: {e}")))?;
        let mut request = Request::new(Empty::new());
        *request.method_mut() = method;
        *request.uri_mut() = path;
        let headers = request.headers_mut();
        *headers = self.headers.clone();
        headers.insert(header::HOST, host);
        let given: Vec<_> = given.iter().map(typed).collect::<Result<_, _>>()?;
        // What the user gives replaces hops' own, and what is given twice is sent twice.
        for (name, _) in &given {
            headers.remove(name);
        }
        for (name, value) in given {
            if let Some(value) = value {
                headers.append(name, value);
            }
        }
        Ok(request)
    }
}

/// A header for the wire; without a value where it is only taken out. The errors do not name the value.
fn typed(given: &Header) -> Result<(HeaderName, Option<HeaderValue>), Gap> {
    let cannot = || Gap::Malformed {
        why: format!("header {:?} cannot be sent", given.name()),
    };
    let name = HeaderName::from_bytes(given.name().as_bytes()).map_err(|_| cannot())?;
    if given.is_removal() {
        return Ok((name, None));
    }
    // A recording has no value to send.
    let value = given.value().ok_or_else(cannot)?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| cannot())?;
    value.set_sensitive(true);
    Ok((name, Some(value)))
}

/// Makes a request over a stream that was begun at `started` and stands now. The host of TLS may have a port.
pub(in crate::answer) async fn over(
    stream: impl Stream,
    tls: Option<(&tls::Tls, &str)>,
    request: Ready,
    started: Instant,
    deadline: Instant,
) -> Result<HttpAnswer, Exchange> {
    let connect = ms(started);
    if grpc::is_call(request.headers()) {
        return Box::pin(call::over(
            stream,
            tls,
            &request,
            (started, connect),
            deadline,
        ))
        .await;
    }
    let Some((tls, host)) = tls else {
        let phases = Phases {
            connect,
            tls: None,
            wait: 0,
        };
        let mut line = Line::open(stream).await?;
        return line
            .ask(request, (started, phases), (deadline, deadline))
            .await;
    };
    let shaking = Instant::now();
    let stream = tls
        .open(stream, without_port(host), "http/1.1", deadline)
        .await
        .map_err(|e| Exchange::NoTls(words::handshake(&e)))?;
    let phases = Phases {
        connect,
        tls: Some(ms(shaking)),
        wait: 0,
    };
    let mut line = Line::open(stream).await?;
    line.ask(request, (started, phases), (deadline, deadline))
        .await
}
