//! Signals that the screen answers, so that none of them leaves a terminal in raw mode.

use std::io;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Stop until continued.
    Stop,
    /// Go on; the terminal may have been used by others.
    Continue,
    /// End; the number of the signal.
    End(u8),
}

#[cfg(unix)]
pub(super) use unix::Signals;

#[cfg(unix)]
mod unix {
    use super::{Signal, io};
    use rustix::process::Signal as Number;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// Listens.
    pub struct Signals {
        terminate: Stream,
        hang_up: Stream,
        stop: Stream,
        go_on: Stream,
    }

    impl Signals {
        pub fn listen() -> io::Result<Self> {
            let of = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
            Ok(Self {
                terminate: of(Number::TERM)?,
                hang_up: of(Number::HUP)?,
                stop: of(Number::TSTP)?,
                go_on: of(Number::CONT)?,
            })
        }

        pub async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.terminate.recv() => Signal::End(15),
                _ = self.hang_up.recv() => Signal::End(1),
                _ = self.stop.recv() => Signal::Stop,
                _ = self.go_on.recv() => Signal::Continue,
            }
        }
    }
}

/// Other systems tell a program of a closed terminal by an error.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub async fn next(&mut self) -> Signal {
        std::future::pending().await
    }
}
