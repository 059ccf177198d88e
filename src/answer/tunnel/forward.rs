//! A port-forward: one port of one pod over one WebSocket, as a stream of bytes.
//!
//! Every message begins with its channel: 0 carries the bytes, 1 what the kubelet says when it cannot go on. The first message
//! of either holds the port. There is no way to end one direction alone: what ends the writing ends all, so a shutdown only
//! flushes. Nothing runs beside the stream; dropping it ends the tunnel.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Bytes of one message. The kubelet sends 32 KiB at most.
const MESSAGE: usize = 1024 * 1024;
/// Read at once: probes are small.
const READ: usize = 16 * 1024;
/// Written at once.
const WRITE: usize = 32 * 1024;

/// What came through so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// Somebody listened at this end: the probe came so far.
    pub asked: bool,
    /// The kubelet took up the port.
    pub begun: bool,
    /// The pod sent something.
    pub pod: bool,
    /// What the kubelet said when it could not go on.
    pub kubelet: Option<String>,
    /// How the tunnel itself broke.
    pub broken: Option<String>,
}

/// The end of a tunnel.
pub(super) struct Forward<S> {
    socket: WebSocketStream<S>,
    port: u16,
    begun: [bool; 2],
    inbox: Bytes,
    ended: bool,
    heard: Arc<Mutex<Heard>>,
}

/// Looks into a tunnel whose stream is in other hands.
pub(super) struct Watch(Arc<Mutex<Heard>>);

impl Watch {
    /// What came through so far.
    pub fn heard(&self) -> Heard {
        lock(&self.0).clone()
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: AsyncRead + AsyncWrite + Unpin> Forward<S> {
    /// Over a connection that has become a WebSocket.
    pub async fn new(stream: S, port: u16) -> (Self, Watch) {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .max_message_size(Some(MESSAGE))
            .max_frame_size(Some(MESSAGE));
        let heard = Arc::new(Mutex::new(Heard::default()));
        let forward = Self {
            socket: WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await,
            port,
            begun: [false; 2],
            inbox: Bytes::new(),
            ended: false,
            heard: Arc::clone(&heard),
        };
        (forward, Watch(heard))
    }

    fn take(&mut self, mut message: Bytes) {
        if message.is_empty() {
            return;
        }
        let channel = usize::from(message.get_u8());
        match self.begun.get(channel) {
            None => self.breaks(format!("it uses channel {channel}, which there is none of")),
            Some(false) if *message == self.port.to_le_bytes() => {
                self.begun[channel] = true;
                lock(&self.heard).begun = true;
            }
            Some(false) => self.breaks("it does not begin as a port-forward does".to_owned()),
            Some(true) if channel == 0 => {
                lock(&self.heard).pod |= !message.is_empty();
                self.inbox = message;
            }
            Some(true) => {
                let text = String::from_utf8_lossy(&message).into_owned();
                lock(&self.heard).kubelet.get_or_insert(text);
                self.ended = true;
            }
        }
    }

    fn breaks(&mut self, why: String) {
        self.ended = true;
        lock(&self.heard).broken.get_or_insert(why);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Forward<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        lock(&self.heard).asked = true;
        loop {
            if !self.inbox.is_empty() {
                let room = buf.remaining().min(self.inbox.len());
                buf.put_slice(&self.inbox.split_to(room));
                return Poll::Ready(Ok(()));
            }
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.take(bytes),
                // A goodbye: the kubelet closes when the pod has closed.
                Some(Ok(Message::Close(_))) | None => self.ended = true,
                Some(Ok(_)) => {}
                Some(Err(e)) => self.breaks(e.to_string()),
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Forward<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(io::Error::other)?;
        let bytes = &bytes[..bytes.len().min(WRITE)];
        let message = [&[0], bytes].concat();
        Pin::new(&mut self.socket)
            .start_send(Message::binary(message))
            .map_err(io::Error::other)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket)
            .poll_flush(cx)
            .map_err(io::Error::other)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
