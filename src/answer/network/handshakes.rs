//! One TLS handshake for both questions about a server name at an address: what it shows, and a request over it. The question what it
//! shows begins it, for that offers all protocols; the request joins, or finds it kept.
//!
//! Each handshake answers one question of either sort: when the same is asked again, hands are shaken again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::task::yield_now;
use tokio::time::Instant;

use super::dial::{Dead, Dial};
use super::kept::{Bare, Shaken};
use super::tls::{Tls, failed};
use crate::facts::{Handshake, TlsAnswer};

/// A connection that was kept and ends sooner than this had ended before.
pub(super) const AT_ONCE: Duration = Duration::from_secs(1);

type Shaking = BoxFuture<'static, Arc<Shaken>>;
type Key = (SocketAddr, String);

/// One that is under way. It lives as long as a question waits for it.
struct UnderWay {
    number: u64,
    shaking: WeakShared<Shaking>,
    /// A request has joined.
    joined: bool,
}

/// Shakes hands.
pub(super) struct Handshakes {
    tls: Arc<Tls>,
    dial: Arc<Dial>,
    limit: Duration,
    under_way: Mutex<HashMap<Key, UnderWay>>,
    numbers: AtomicU64,
}

impl Handshakes {
    /// Over these connections, each within a limit.
    pub(super) fn new(tls: &Arc<Tls>, dial: &Arc<Dial>, limit: Duration) -> Self {
        Self {
            tls: Arc::clone(tls),
            dial: Arc::clone(dial),
            limit,
            under_way: Mutex::default(),
            numbers: AtomicU64::default(),
        }
    }

    /// Answers [`Question::Tls`](crate::facts::Question::Tls).
    pub(super) async fn answer(self: &Arc<Self>, to: SocketAddr, sni: &str) -> TlsAnswer {
        let shaking = self.begin((to, sni.to_owned()));
        self.dial.kept.wait(to, shaking).await.answer.clone()
    }

    /// The handshake of the other question for one request: one that is kept, or under way.
    pub(super) async fn shared(&self, to: SocketAddr, sni: &str) -> Option<Arc<Shaken>> {
        let key = (to, sni.to_owned());
        let mut shaking = self.join(&key);
        if shaking.is_none() {
            if let Some(shaken) = self.dial.kept.take_shaken(to, sni) {
                return Some(shaken);
            }
            // Both are asked at once, and it may be this one's turn first.
            yield_now().await;
            shaking = self.join(&key);
        }
        Some(self.dial.kept.wait(to, shaking?).await)
    }

    fn join(&self, key: &Key) -> Option<Shared<Shaking>> {
        let mut under_way = self.lock();
        let one = under_way.get_mut(key).filter(|one| !one.joined)?;
        let shaking = one.shaking.upgrade()?;
        one.joined = true;
        Some(shaking)
    }

    fn begin(self: &Arc<Self>, key: Key) -> Shared<Shaking> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let leaving = Leaving {
            all: Arc::clone(self),
            key: key.clone(),
            number,
        };
        let shaking = async move {
            let (to, sni) = &leaving.key;
            let shaken = Arc::new(leaving.all.shake(*to, sni).await);
            leaving.keep(&shaken);
            shaken
        };
        let shaking = shaking.boxed().shared();
        if let Some(weak) = shaking.downgrade() {
            let one = UnderWay {
                number,
                shaking: weak,
                joined: false,
            };
            self.lock().insert(key, one);
        }
        shaking
    }

    async fn shake(&self, to: SocketAddr, sni: &str) -> Shaken {
        let dialled = self.dial.any(to).await;
        let was_kept = matches!(dialled, Ok((_, true)));
        let begun = Instant::now();
        let shaken = self.over(sni, dialled.map(|(bare, _)| bare)).await;
        let ended = shaken.answer.handshake == Handshake::Closed && begun.elapsed() < AT_ONCE;
        if was_kept && ended {
            let dialled = self.dial.new_one(to).await;
            return self.over(sni, dialled).await;
        }
        shaken
    }

    async fn over(&self, sni: &str, dialled: Result<Bare, Dead>) -> Shaken {
        let begun = Instant::now();
        let (answer, stream, connect) = match dialled {
            Err(dead) => {
                let mut answer = failed(Handshake::NoConnection(dead.why), begun);
                answer.ms = dead.ms;
                (answer, None, dead.ms)
            }
            Ok(Bare { stream, connect }) => {
                let deadline = begun + self.limit;
                let (mut answer, stream) = self.tls.show(stream, sni, begun, deadline).await;
                // As if it had been connected for this alone.
                answer.ms += connect;
                (answer, stream, connect)
            }
        };
        // A complaint about a missing certificate is waited for beside that.
        let shaking = Duration::from_millis(answer.ms.saturating_sub(connect));
        let left = self.limit.saturating_sub(shaking);
        Shaken {
            answer,
            connect,
            left,
            stream: Mutex::new(stream),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a handshake from those that are under way when it is over, or when nobody waits for it any more.
struct Leaving {
    all: Arc<Handshakes>,
    key: Key,
    number: u64,
}

impl Leaving {
    /// Keeps it for a request that has not come yet.
    fn keep(&self, shaken: &Arc<Shaken>) {
        let mut under_way = self.all.lock();
        if self.leave(&mut under_way).is_some_and(|one| !one.joined) {
            let (to, sni) = &self.key;
            self.all.dial.kept.put_shaken(*to, sni, shaken);
        }
    }

    fn leave(&self, under_way: &mut HashMap<Key, UnderWay>) -> Option<UnderWay> {
        let own = under_way.get(&self.key)?.number == self.number;
        own.then(|| under_way.remove(&self.key)).flatten()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.leave(&mut self.all.lock());
    }
}
