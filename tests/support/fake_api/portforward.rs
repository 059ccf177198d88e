//! The kubelet's end of a port-forward, and the API server's proxy, for the fake API server: the pods' ports are sockets on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Reply, reply, status};

/// What is behind a port of a pod.
#[derive(Clone, Debug)]
pub enum Port {
    /// This socket. Where nothing listens, the kubelet says so.
    At(SocketAddr),
    /// The kubelet says this in place of a connection.
    Says(String),
    /// The WebSocket stands, and nothing comes: no node behind it.
    NoNode,
    /// The WebSocket stands, the node takes up the port, and nothing comes.
    Silent,
    /// The connection ends after the node took up the port, without a goodbye.
    Dropped,
    /// The first message is not what a port-forward begins with.
    Strange,
    /// 101, and then no WebSocket.
    NotWebSocket,
}

/// Tunnels that are open, and the most there ever were at once.
#[derive(Default)]
pub struct Tunnels {
    open: AtomicUsize,
    most: AtomicUsize,
    opened: AtomicUsize,
}

impl Tunnels {
    /// Now.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// At once.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Ever.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

struct Count(Arc<Tunnels>);

impl Count {
    fn one(tunnels: Arc<Tunnels>) -> Self {
        let open = tunnels.open.fetch_add(1, Ordering::SeqCst) + 1;
        tunnels.most.fetch_max(open, Ordering::SeqCst);
        tunnels.opened.fetch_add(1, Ordering::SeqCst);
        Self(tunnels)
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers the request for a WebSocket, and serves it in the background.
pub fn open(request: Request<Incoming>, number: u16, port: Port, tunnels: Arc<Tunnels>) -> Reply {
    let key = request.headers().get("sec-websocket-key").cloned();
    let protocol = request.headers().get("sec-websocket-protocol").cloned();
    let (Some(key), Some(protocol)) = (key, protocol) else {
        return status(400, "BadRequest", "Upgrade request required", &json!({}));
    };
    let mut response = reply(101, "");
    let headers = response.headers_mut();
    headers.insert("connection", "Upgrade".parse().expect("a value"));
    headers.insert("upgrade", "websocket".parse().expect("a value"));
    headers.insert("sec-websocket-protocol", protocol);
    if !matches!(port, Port::NotWebSocket) {
        let accept = derive_accept_key(key.as_bytes());
        headers.insert("sec-websocket-accept", accept.parse().expect("a value"));
    }
    tokio::spawn(async move {
        let _count = Count::one(tunnels);
        if let Ok(upgraded) = hyper::upgrade::on(request).await {
            let io = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
            // An error is a client that went away.
            let _ = serve(socket, number, port).await;
        }
    });
    response
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;
type Failed = tokio_tungstenite::tungstenite::Error;

async fn serve(mut socket: Socket, number: u16, port: Port) -> Result<(), Failed> {
    let [low, high] = number.to_le_bytes();
    let takes_up = !matches!(port, Port::NoNode | Port::NotWebSocket | Port::Strange);
    if takes_up {
        socket.send(Message::binary(vec![0, low, high])).await?;
        socket.send(Message::binary(vec![1, low, high])).await?;
    }
    let complaint = match port {
        Port::Dropped => return Ok(()),
        Port::NoNode | Port::Silent | Port::NotWebSocket => {
            while let Some(Ok(_)) = socket.next().await {}
            return Ok(());
        }
        Port::Strange => {
            socket
                .send(Message::binary(vec![0, b'h', b'i', b'!']))
                .await?;
            return socket.close(None).await;
        }
        Port::Says(text) => Some(text),
        Port::At(to) => match TcpStream::connect(to).await {
            Ok(stream) => bridge(&mut socket, stream).await?,
            Err(_) => Some(refused(number)),
        },
    };
    if let Some(text) = complaint {
        let message = [&[1], text.as_bytes()].concat();
        socket.send(Message::binary(message)).await?;
    }
    socket.close(None).await
}

/// As containerd has it.
fn refused(port: u16) -> String {
    let id = "5f2c".repeat(16);
    format!(
        "error forwarding port {port} to pod {id}, uid : failed to execute portforward in network namespace \
         \"/var/run/netns/cni-1b2c\": failed to connect to localhost:{port} inside namespace \"{id}\", IPv4: dial tcp4 \
         127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found "
    )
}

/// Passes bytes on until one side ends; what the kubelet then has to say.
async fn bridge(socket: &mut Socket, mut stream: TcpStream) -> Result<Option<String>, Failed> {
    let mut buffer = vec![0; 32 * 1024];
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) => return Ok(None),
                Ok(n) => {
                    let message = [&[0], &buffer[..n]].concat();
                    socket.send(Message::binary(message)).await?;
                }
                Err(e) => return Ok(Some(format!("error forwarding port: read tcp4 127.0.0.1: {e}"))),
            },
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) if bytes.first() == Some(&0) => {
                    if stream.write_all(&bytes[1..]).await.is_err() {
                        return Ok(None);
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(None),
                Some(Ok(_)) => {}
            },
        }
    }
}

/// What the API server's proxy answers for a socket: the backend's response, or a `Status` about the attempt.
pub async fn proxied(to: SocketAddr, path: &str) -> Reply {
    let attempt = |why: &str| {
        let message = format!("error trying to reach service: {why}");
        status(503, "ServiceUnavailable", &message, &json!({}))
    };
    let Ok(stream) = TcpStream::connect(to).await else {
        return attempt(&format!("dial tcp {to}: connect: connection refused"));
    };
    let Ok((mut sender, connection)) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await
    else {
        return attempt("EOF");
    };
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", to.to_string())
        .header("x-forwarded-uri", path)
        .body(Full::<Bytes>::default())
        .expect("a request");
    match sender.send_request(request).await {
        Err(_) => attempt("EOF"),
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = body.map_err(std::io::Error::other).boxed_unsync();
            Response::from_parts(head, body)
        }
    }
}
