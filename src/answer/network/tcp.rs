//! TCP: connects, says how it ended, and keeps the first bytes that come back.

use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::facts::Connect;

/// Connects within the limit.
pub(super) async fn connect(to: SocketAddr, limit: Duration) -> Result<TcpStream, Connect> {
    match timeout(limit, TcpStream::connect(to)).await {
        Err(_) => Err(Connect::TimedOut),
        Ok(Err(e)) => Err(why(&e, to.is_ipv6())),
        Ok(Ok(stream)) => {
            // Only speed is at stake.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
    }
}

/// Why a connection did not come about.
pub(super) fn why(e: &io::Error, ipv6: bool) -> Connect {
    match e.kind() {
        ErrorKind::ConnectionRefused => Connect::Refused,
        ErrorKind::TimedOut => Connect::TimedOut,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Connect::Reset,
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => {
            Connect::NoRoute
        }
        // Without an IPv6 address of its own a machine has no source to send from. In IPv4 it means that ports ran out.
        ErrorKind::AddrNotAvailable if ipv6 => Connect::NoRoute,
        _ => Connect::Other(e.to_string()),
    }
}

/// The first bytes that a server sent, and when they came. They tell which protocol it speaks.
#[derive(Clone, Default)]
pub(super) struct FirstBytes(Arc<Mutex<First>>);

#[derive(Default)]
struct First {
    bytes: Vec<u8>,
    at: Option<Instant>,
}

impl FirstBytes {
    const KEPT: usize = 64;

    /// A copy of what came so far.
    pub(super) fn get(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// When the first of them came.
    pub(super) fn came(&self) -> Option<Instant> {
        self.lock().at
    }

    /// Those of the next answer count.
    pub(super) fn forget(&self) {
        *self.lock() = First::default();
    }

    fn add(&self, bytes: &[u8]) {
        let mut first = self.lock();
        let room = Self::KEPT
            .saturating_sub(first.bytes.len())
            .min(bytes.len());
        if room > 0 {
            first.bytes.extend_from_slice(&bytes[..room]);
            first.at.get_or_insert_with(Instant::now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, First> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that remembers the first bytes read from it.
pub(in crate::answer) struct Tap<S> {
    stream: S,
    first: FirstBytes,
}

impl<S> Tap<S> {
    /// Wraps a stream.
    pub(super) fn new(stream: S) -> (Self, FirstBytes) {
        let first = FirstBytes::default();
        let tap = Self {
            stream,
            first: first.clone(),
        };
        (tap, first)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if polled.is_ready() {
            self.first.add(&buf.filled()[before..]);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_a_connection_did_not_come_about() {
        let of = |kind: ErrorKind, ipv6| why(&io::Error::from(kind), ipv6);
        assert_eq!(of(ErrorKind::ConnectionRefused, false), Connect::Refused);
        assert_eq!(of(ErrorKind::NetworkUnreachable, false), Connect::NoRoute);
        assert_eq!(of(ErrorKind::HostUnreachable, false), Connect::NoRoute);
        assert_eq!(of(ErrorKind::TimedOut, false), Connect::TimedOut);
        assert_eq!(of(ErrorKind::ConnectionReset, false), Connect::Reset);
        assert_eq!(of(ErrorKind::AddrNotAvailable, true), Connect::NoRoute);
        assert!(matches!(
            of(ErrorKind::AddrNotAvailable, false),
            Connect::Other(_)
        ));
        assert!(matches!(
            of(ErrorKind::PermissionDenied, false),
            Connect::Other(_)
        ));
    }

    #[test]
    fn keeps_the_first_bytes_only() {
        let first = FirstBytes::default();
        first.add(&[1; 60]);
        first.add(&[2; 60]);
        first.add(&[3; 60]);
        assert_eq!(first.get(), [[1; 60].as_slice(), &[2; 4]].concat());
    }
}
