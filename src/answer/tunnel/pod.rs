//! Into a pod: opens the tunnel, and says how a probe through it ended.

use http::header::{self, HeaderValue};
use http::{Request, StatusCode};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::api::{Api, whole};
use super::forward::{Forward, Watch};
use super::words;
use crate::answer::cluster::status::{answered, status_of};
use crate::answer::cluster::url::is_segment;
use crate::facts::{Connect, DnsEnd, Exchange, Gap, Handshake, PodPort, Question};

/// What the kubelet calls the way to frame channels.
const PROTOCOL: &str = "v4.channel.k8s.io";

/// A tunnel that stands.
pub(super) struct Opened {
    /// To the pod.
    pub stream: Forward<TokioIo<Upgraded>>,
    /// To look into it.
    pub watch: Watch,
}

/// The gap of a tunnel that is not to be had. It says nothing about the pod.
pub(super) fn no_tunnel(pod: &PodPort, why: &str) -> Gap {
    Gap::Unreachable {
        why: format!("no tunnel to pod {}/{}: {why}", pod.namespace, pod.name),
    }
}

/// Opens a tunnel.
pub(super) async fn open(api: &Api, question: &Question, pod: &PodPort) -> Result<Opened, Gap> {
    if !is_segment(&pod.namespace) || !is_segment(&pod.name) {
        return Err(no_tunnel(pod, "no pod can have that name"));
    }
    let key = generate_key();
    let path = format!(
        "/api/v1/namespaces/{}/pods/{}/portforward?ports={}",
        pod.namespace, pod.name, pod.port
    );
    let request = Request::get(path)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
        .body(Body::empty())
        .map_err(|e| no_tunnel(pod, &e.to_string()))?;
    let response = api
        .send(request)
        .await
        .map_err(|why| no_tunnel(pod, &why))?;
    let status = response.status();
    if status != StatusCode::SWITCHING_PROTOCOLS {
        let body = whole(response).await.unwrap_or_default();
        return Err(refusal(question, pod, status, &body));
    }
    let accepts = derive_accept_key(key.as_bytes());
    let accepted = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    if accepted.map(HeaderValue::as_bytes) != Some(accepts.as_bytes()) {
        let why = "what is in front of the API server passes no WebSocket";
        return Err(no_tunnel(pod, why));
    }
    let upgraded = hyper::upgrade::on(response)
        .await
        .map_err(|e| no_tunnel(pod, &e.to_string()))?;
    let (stream, watch) = Forward::new(TokioIo::new(upgraded), pod.port).await;
    Ok(Opened { stream, watch })
}

/// A gap for a status that opens no tunnel.
fn refusal(question: &Question, pod: &PodPort, code: StatusCode, body: &[u8]) -> Gap {
    let status = status_of(body);
    match code {
        StatusCode::UNAUTHORIZED => return Gap::Unauthorized,
        StatusCode::NOT_FOUND
            if status
                .as_ref()
                .is_some_and(|s| s.details.kind == "pods" && s.details.name == pod.name) =>
        {
            return no_tunnel(pod, "there is no such pod any more");
        }
        StatusCode::FORBIDDEN if status.is_some() || body.is_empty() => {
            if let Some(gap) = question.forbidden() {
                return gap;
            }
        }
        _ => {}
    }
    let what = format!("the API server {}", answered(code, body));
    no_tunnel(pod, &words::short(&what))
}

/// Sends the line with which a load balancer that speaks the PROXY protocol begins. The addresses are those kept for examples.
pub(super) async fn proxy_line(opened: &mut Opened, port: u16, deadline: Instant) {
    let line = format!("PROXY TCP4 192.0.2.1 192.0.2.2 56324 {port}\r\n");
    // Should it fail, the request will too, and the tunnel says why.
    let _ = timeout_at(deadline, async {
        opened.stream.write_all(line.as_bytes()).await?;
        opened.stream.flush().await
    })
    .await;
}

/// How an exchange through a tunnel ended that brought no response: with the kubelet's words, if it said some.
pub(super) fn ended(
    pod: &PodPort,
    watch: &Watch,
    exchange: Exchange,
) -> Result<(Exchange, Option<String>), Gap> {
    let heard = watch.heard();
    let silent = exchange == Exchange::TimedOut || matches!(&exchange, Exchange::NoTls(_));
    if let Some(text) = heard.kubelet {
        let line = Some(words::short(&text));
        if heard.pod {
            return Ok((exchange, line));
        }
        return match words::dial(&text) {
            Some(exchange) => Ok((exchange, line)),
            None => Err(no_tunnel(pod, &words::short(&text))),
        };
    }
    if let Some(why) = heard.broken.filter(|_| !heard.pod) {
        return Err(no_tunnel(pod, &format!("it broke: {why}")));
    }
    // What failed before a byte was read, such as a name that TLS cannot ask for, is no fault of the tunnel.
    if !heard.begun && heard.asked {
        let why = if silent {
            "it stands, and the node says nothing"
        } else {
            "it was closed before the node took it up"
        };
        return Err(no_tunnel(pod, why));
    }
    Ok((exchange, None))
}

/// The same for a handshake.
pub(super) fn ended_handshake(
    pod: &PodPort,
    watch: &Watch,
    handshake: Handshake,
) -> Result<(Handshake, Option<String>), Gap> {
    let as_exchange = match &handshake {
        Handshake::TimedOut => Exchange::TimedOut,
        _ => Exchange::Closed,
    };
    let (ended, text) = ended(pod, watch, as_exchange.clone())?;
    let handshake = match ended {
        same if same == as_exchange => handshake,
        Exchange::NoConnection(connect) => Handshake::NoConnection(connect),
        Exchange::Closed => Handshake::Closed,
        Exchange::TimedOut => Handshake::TimedOut,
        _ => Handshake::NoConnection(Connect::Other(text.clone().unwrap_or_default())),
    };
    Ok((handshake, text))
}

/// The same for a DNS query.
pub(super) fn ended_query(
    pod: &PodPort,
    watch: &Watch,
    end: DnsEnd,
) -> Result<(DnsEnd, Option<String>), Gap> {
    let as_exchange = match &end {
        DnsEnd::Silent => Exchange::TimedOut,
        _ => Exchange::Closed,
    };
    let (ended, text) = ended(pod, watch, as_exchange.clone())?;
    let end = match ended {
        same if same == as_exchange => end,
        Exchange::NoConnection(connect) => DnsEnd::NoConnection(connect),
        Exchange::Closed => DnsEnd::Closed,
        Exchange::TimedOut => DnsEnd::Silent,
        _ => DnsEnd::NoConnection(Connect::Other(text.clone().unwrap_or_default())),
    };
    Ok((end, text))
}
