//! Over which connection a request goes: one that is kept, the one of a handshake, or one of its own.
//!
//! A response over a connection that served another question before has the phases of that connection: how long it took to connect
//! and to shake hands when it was opened, and its own wait; the sum is what the request takes.

use std::net::SocketAddr;
use std::time::Duration;

use futures::FutureExt;
use http::header;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use super::dial::{Dead, Dial};
use super::grpc::is_call;
use super::handshakes::{AT_ONCE, Handshakes};
use super::http::over;
use super::kept::{Bare, Idle, Shaken};
use super::line::{Line, Ready};
use super::response::{failed, without_port};
use super::{Voice, http2, words};
use crate::facts::{Exchange, Handshake, HttpAnswer, Phases};

/// How long a response is waited for where the same can be asked as ever: over a connection that had a request before, and over
/// HTTP/2.
const BRIEFLY: Duration = Duration::from_secs(1);

/// Makes requests to one address.
pub(super) struct Requests<'a> {
    pub(super) to: SocketAddr,
    pub(super) dial: &'a Dial,
    pub(super) handshakes: &'a Handshakes,
    pub(super) voice: &'a Voice,
}

impl Requests<'_> {
    /// Makes a request in the clear. Where the `Connection` header is hops' own and the method changes nothing, the connection may
    /// serve several.
    pub(super) async fn plain(&self, mut request: Ready, own: bool) -> HttpAnswer {
        if is_call(request.headers()) {
            return self.connected(None, &request).await;
        }
        let shared = own && request.method().is_safe();
        if shared {
            // HTTP/1.1 takes it for granted then that the connection stays.
            request.headers_mut().remove(header::CONNECTION);
            if let Some(answer) = self.over_idle(&request).await {
                return answer;
            }
        }
        self.connected(None, &request).await
    }

    /// Makes a request over TLS; the host may have a port.
    pub(super) async fn over_tls(&self, host: &str, request: Ready) -> HttpAnswer {
        if is_call(request.headers()) {
            return self.connected(Some(host), &request).await;
        }
        if request.method().is_safe() {
            let shaken = self.handshakes.shared(self.to, without_port(host)).await;
            if let Some(shaken) = shaken
                && let Some(answer) = self.over_shaken(&shaken, &request).await
            {
                return answer;
            }
        }
        self.connected(Some(host), &request).await
    }

    /// Asks over a connection for this request alone, one that is kept or a new one; where the one that is kept fails, a new one.
    async fn connected(&self, tls: Option<&str>, request: &Ready) -> HttpAnswer {
        let mut dialled = self.dial.any(self.to).await;
        loop {
            let (bare, was_kept) = match dialled {
                Err(Dead { why, ms }) => return unanswered(Exchange::NoConnection(why), ms),
                Ok(dialled) => dialled,
            };
            let started = began(bare.connect);
            let sent = Instant::now();
            let deadline = sent + self.voice.io_timeout;
            let asking = self.over_bare(bare, tls, request.clone(), (started, deadline));
            match self.dial.kept.wait(self.to, asking).await {
                Ok(answer) => return answer,
                Err(_) if was_kept && sent.elapsed() < AT_ONCE => {
                    let new = self.dial.new_one(self.to).await;
                    dialled = new.map(|bare| (bare, false));
                }
                Err(why) => return failed(why, started),
            }
        }
    }

    /// Over a connection that has not been used yet, with TLS for a host or in the clear.
    async fn over_bare(
        &self,
        bare: Bare,
        tls: Option<&str>,
        request: Ready,
        (started, deadline): (Instant, Instant),
    ) -> Result<HttpAnswer, Exchange> {
        let Bare { stream, connect } = bare;
        let tls = tls.map(|host| (&*self.voice.tls, host));
        if tls.is_some() || is_call(request.headers()) {
            return over(stream, tls, request, started, deadline).await;
        }
        let line = Line::open(stream).await?;
        let idle = Idle { line, connect };
        self.over_line(idle, request, started, (deadline, deadline))
            .await
    }

    /// Over a connection that had a request before; none where no response comes soon.
    async fn over_idle(&self, request: &Ready) -> Option<HttpAnswer> {
        loop {
            let mut idle = self.dial.kept.take_idle(self.to)?;
            if !idle.line.is_open() {
                continue;
            }
            let (started, now) = (began(idle.connect), Instant::now());
            let deadlines = (now + BRIEFLY, now + self.voice.io_timeout);
            let asking = self.over_line(idle, request.clone(), started, deadlines);
            return asking.await.ok();
        }
    }

    /// Over a connection that is kept afterwards, where it takes another request.
    async fn over_line(
        &self,
        mut idle: Idle,
        request: Ready,
        started: Instant,
        deadlines: (Instant, Instant),
    ) -> Result<HttpAnswer, Exchange> {
        let phases = Phases {
            connect: idle.connect,
            tls: None,
            wait: 0,
        };
        let timing = (started, phases);
        let answer = idle.line.ask(request, timing, deadlines).await?;
        if idle.line.is_open() {
            self.dial.kept.put_idle(self.to, idle);
        }
        Ok(answer)
    }

    /// Over the stream of a handshake; none where that cannot tell what a connection of its own would.
    async fn over_shaken(&self, shaken: &Shaken, request: &Ready) -> Option<HttpAnswer> {
        let shown = &shaken.answer;
        match &shown.handshake {
            Handshake::Done => {}
            Handshake::NoConnection(why) => {
                return Some(unanswered(Exchange::NoConnection(why.clone()), shown.ms));
            }
            // After the handshake: what a request gets then is another matter.
            Handshake::Closed if shown.protocol.is_some() => return None,
            other => {
                return Some(unanswered(
                    Exchange::NoTls(words::handshake(other)),
                    shown.ms,
                ));
            }
        }
        let mut stream = shaken.take()?;
        // It has ended meanwhile, or speaks first.
        if stream.read(&mut [0]).now_or_never().is_some() {
            return None;
        }
        let phases = Phases {
            connect: shaken.connect,
            tls: Some(shown.ms.saturating_sub(shaken.connect)),
            wait: 0,
        };
        let timing = (began(shown.ms), phases);
        if shown.alpn.as_deref() == Some(http2::ALPN) {
            let translated = http2::translated(request, true)?;
            let deadline = Instant::now() + BRIEFLY.min(shaken.left);
            let answer = http2::ask(stream, translated, timing, deadline).await;
            // It asks for another connection.
            return answer.ok().filter(|a| a.status != 421);
        }
        let sent = Instant::now();
        let deadline = sent + shaken.left;
        let asking = async {
            let mut line = Line::open(stream).await?;
            line.ask(request.clone(), timing, (deadline, deadline))
                .await
        };
        match self.dial.kept.wait(self.to, asking).await {
            Ok(answer) => Some(answer),
            Err(Exchange::Closed) if sent.elapsed() < AT_ONCE => None,
            Err(why) => Some(failed(why, timing.0)),
        }
    }
}

/// When it would have begun, had all been done for it alone.
fn began(ms: u64) -> Instant {
    let now = Instant::now();
    now.checked_sub(Duration::from_millis(ms)).unwrap_or(now)
}

fn unanswered(exchange: Exchange, ms: u64) -> HttpAnswer {
    HttpAnswer {
        ms,
        ..failed(exchange, Instant::now())
    }
}
