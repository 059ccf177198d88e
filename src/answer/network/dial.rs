//! Connects. An address that does not answer costs one wait for all who want to go there: they share what the first of them found.
//! A connection is nobody's but the one's who made it.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::gates::Gates;
use super::kept::{Bare, Kept};
use super::{ms, tcp};
use crate::facts::{Connect, TcpAnswer};

/// How long a new connection is watched for a reset: a load balancer without targets accepts and resets at once.
const WATCH: Duration = Duration::from_millis(25);

/// For how long the others take it that an address does not answer. The next poll of a screen asks anew.
const SHARED: Duration = Duration::from_secs(2);
/// For how long an address that answered is gone to without waiting for the first one.
const ANSWERS: Duration = Duration::from_secs(10);
/// Addresses that are remembered, unless more are gone to at once.
const ADDRESSES: usize = 1024;

/// A connection that did not come about.
#[derive(Clone, Debug)]
pub(super) struct Dead {
    pub(super) why: Connect,
    /// Milliseconds until that was known.
    pub(super) ms: u64,
}

/// What is known of an address, and since when.
enum Known {
    /// It answers at once, if only with a refusal.
    Answers(Instant),
    /// Nothing came back, and that took its time.
    Silent(Dead, Instant),
}

/// Connects to addresses.
pub(super) struct Dial {
    limit: Duration,
    pub(super) kept: Kept,
    /// Held by the first one who goes there, until it knows.
    gates: Gates<SocketAddr, Known>,
}

impl Dial {
    /// Each connection within a limit.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            kept: Kept::default(),
            gates: Gates::new(ADDRESSES),
        }
    }

    /// A connection that is kept, or a new one. Tells whether it was kept.
    pub(super) async fn any(&self, to: SocketAddr) -> Result<(Bare, bool), Dead> {
        match self.kept.take_bare(to) {
            Some(bare) => Ok((bare, true)),
            None => self.new_one(to).await.map(|bare| (bare, false)),
        }
    }

    /// A new connection, unless somebody found lately that none comes about.
    pub(super) async fn new_one(&self, to: SocketAddr) -> Result<Bare, Dead> {
        self.connect(to, Some(SHARED)).await
    }

    /// Answers [`Question::Tcp`](crate::facts::Question::Tcp). What is connected then is kept for the next question.
    pub(super) async fn answer(&self, to: SocketAddr) -> TcpAnswer {
        let bare = match self.connect(to, None).await {
            Ok(bare) => bare,
            Err(dead) => {
                return TcpAnswer {
                    connect: dead.why,
                    ms: dead.ms,
                };
            }
        };
        let ms = bare.connect;
        let connect = match timeout(WATCH, bare.stream.peek(&mut [0])).await {
            Ok(Err(e))
                if matches!(
                    e.kind(),
                    ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
                ) =>
            {
                Connect::Reset
            }
            // It speaks first or leaves: that is for who asks about it.
            Ok(_) => Connect::Connected,
            Err(_) => {
                self.kept.put_bare(to, bare);
                Connect::Connected
            }
        };
        TcpAnswer { connect, ms }
    }

    async fn connect(&self, to: SocketAddr, shared: Option<Duration>) -> Result<Bare, Dead> {
        let came = Instant::now();
        let gate = self.gates.at(to);
        let mut known = gate.lock().await;
        match &*known {
            // Found while this one waited, or shortly before.
            Some(Known::Silent(dead, at))
                if *at > came || shared.is_some_and(|s| at.elapsed() < s) =>
            {
                return Err(dead.clone());
            }
            Some(Known::Answers(at)) if at.elapsed() < ANSWERS => {
                drop(known);
                let result = self.dial(to).await;
                if let silent @ Known::Silent(..) = learn(&result) {
                    *gate.lock().await = Some(silent);
                }
                return result;
            }
            _ => {}
        }
        let result = self.dial(to).await;
        *known = Some(learn(&result));
        result
    }

    async fn dial(&self, to: SocketAddr) -> Result<Bare, Dead> {
        let started = Instant::now();
        match tcp::connect(to, self.limit).await {
            Ok(stream) => Ok(Bare {
                stream,
                connect: ms(started),
            }),
            Err(why) => Err(Dead {
                why,
                ms: ms(started),
            }),
        }
    }
}

fn learn(result: &Result<Bare, Dead>) -> Known {
    match result {
        Err(dead) if matches!(dead.why, Connect::TimedOut | Connect::NoRoute) => {
            Known::Silent(dead.clone(), Instant::now())
        }
        Ok(_) | Err(_) => Known::Answers(Instant::now()),
    }
}
