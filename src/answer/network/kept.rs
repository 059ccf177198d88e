//! Connections that are kept for the next question to their address: few, for seconds. They end by time even when nobody asks any
//! more, and with the edge.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::line::Line;
use super::tcp::Tap;
use crate::facts::TlsAnswer;

/// How long a connection is kept.
const KEPT: Duration = Duration::from_secs(3);
/// Connections that are kept, and how many of one address are kept after a request.
const MOST: usize = 64;
const EACH: usize = 16;
/// A question that waits longer for an answer may wait for a server that serves one connection after the other: none is kept
/// from it then.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection that has not been used yet.
pub(super) struct Bare {
    pub(super) stream: TcpStream,
    /// Milliseconds that it took to come about.
    pub(super) connect: u64,
}

/// A stream that is ready for a request.
pub(super) type Secure = TlsStream<Tap<TcpStream>>;

/// A handshake that is over.
pub(super) struct Shaken {
    /// What it showed.
    pub(super) answer: TlsAnswer,
    /// Milliseconds that the connection took to come about.
    pub(super) connect: u64,
    /// What is left of the time for all that comes after the connection.
    pub(super) left: Duration,
    pub(super) stream: Mutex<Option<Secure>>,
}

impl Shaken {
    /// The stream, for one request.
    pub(super) fn take(&self) -> Option<Secure> {
        self.stream
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// A connection that has had a request and can take another one.
pub(super) struct Idle {
    pub(super) line: Line<TcpStream>,
    /// Milliseconds that it took to come about.
    pub(super) connect: u64,
}

enum What {
    Bare(Bare),
    /// Under this server name.
    Shaken(String, Arc<Shaken>),
    Idle(Box<Idle>),
}

struct Item {
    to: SocketAddr,
    until: Instant,
    what: What,
}

#[derive(Default)]
struct Shelf {
    items: VecDeque<Item>,
    /// Questions that wait longer than they should, by address.
    waiting: HashMap<SocketAddr, usize>,
    /// A thread drops what gets too old.
    swept: bool,
}

/// What is kept.
#[derive(Default)]
pub(super) struct Kept(Arc<Mutex<Shelf>>);

impl Kept {
    pub(super) fn put_bare(&self, to: SocketAddr, bare: Bare) {
        self.put(to, What::Bare(bare));
    }

    pub(super) fn put_shaken(&self, to: SocketAddr, sni: &str, shaken: &Arc<Shaken>) {
        self.put(to, What::Shaken(sni.to_owned(), Arc::clone(shaken)));
    }

    pub(super) fn put_idle(&self, to: SocketAddr, idle: Idle) {
        self.put(to, What::Idle(Box::new(idle)));
    }

    pub(super) fn take_bare(&self, to: SocketAddr) -> Option<Bare> {
        match self.take(to, |what| matches!(what, What::Bare(_)))? {
            What::Bare(bare) => Some(bare),
            _ => None,
        }
    }

    pub(super) fn take_shaken(&self, to: SocketAddr, sni: &str) -> Option<Arc<Shaken>> {
        let fits = |what: &What| matches!(what, What::Shaken(name, _) if name == sni);
        match self.take(to, fits)? {
            What::Shaken(_, shaken) => Some(shaken),
            _ => None,
        }
    }

    pub(super) fn take_idle(&self, to: SocketAddr) -> Option<Idle> {
        match self.take(to, |what| matches!(what, What::Idle(_)))? {
            What::Idle(idle) => Some(*idle),
            _ => None,
        }
    }

    /// Waits for an answer from an address, and after a while keeps nothing of it any more.
    pub(super) async fn wait<F: Future>(&self, to: SocketAddr, answer: F) -> F::Output {
        let mut answer = pin!(answer);
        if let Ok(answer) = timeout(PATIENCE, &mut answer).await {
            return answer;
        }
        let _waiting = Waiting::at(self, to);
        answer.await
    }

    fn put(&self, to: SocketAddr, what: What) {
        let mut shelf = lock(&self.0);
        if shelf.waiting.contains_key(&to) {
            return;
        }
        if !shelf.swept {
            let own = Arc::downgrade(&self.0);
            let sweeper = std::thread::Builder::new().name("kept".to_owned());
            // Without a thread nothing would end it.
            if sweeper.spawn(move || sweep(&own)).is_err() {
                return;
            }
            shelf.swept = true;
        }
        let idle = |i: &Item| i.to == to && matches!(i.what, What::Idle(_));
        let full =
            matches!(what, What::Idle(_)) && shelf.items.iter().filter(|i| idle(i)).count() >= EACH;
        if full {
            return;
        }
        if shelf.items.len() >= MOST {
            shelf.items.pop_front();
        }
        let until = Instant::now() + KEPT;
        shelf.items.push_back(Item { to, until, what });
    }

    /// The newest one is the least likely to have been closed.
    fn take(&self, to: SocketAddr, fits: impl Fn(&What) -> bool) -> Option<What> {
        let mut shelf = lock(&self.0);
        let now = Instant::now();
        let fits = |i: &Item| i.to == to && i.until > now && fits(&i.what);
        let at = shelf.items.iter().rposition(fits)?;
        shelf.items.remove(at).map(|item| item.what)
    }
}

/// A question that waits for an address.
struct Waiting<'a> {
    kept: &'a Kept,
    to: SocketAddr,
}

impl<'a> Waiting<'a> {
    fn at(kept: &'a Kept, to: SocketAddr) -> Self {
        let mut shelf = lock(&kept.0);
        *shelf.waiting.entry(to).or_default() += 1;
        shelf.items.retain(|item| item.to != to);
        Self { kept, to }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut shelf = lock(&self.kept.0);
        if let Some(count) = shelf.waiting.get_mut(&self.to) {
            *count -= 1;
            if *count == 0 {
                shelf.waiting.remove(&self.to);
            }
        }
    }
}

/// Drops what gets too old, until there is nothing.
fn sweep(shelf: &Weak<Mutex<Shelf>>) {
    loop {
        let Some(shelf) = shelf.upgrade() else {
            return;
        };
        let next = {
            let mut shelf = lock(&shelf);
            let now = Instant::now();
            shelf.items.retain(|item| item.until > now);
            let Some(first) = shelf.items.front() else {
                shelf.swept = false;
                return;
            };
            first.until.saturating_duration_since(now)
        };
        drop(shelf);
        std::thread::park_timeout(next);
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}
