//! What many questions want to know alike: it is asked once, and the others take what came of it for a moment.

use std::hash::Hash;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::gates::Gates;

/// For how long it is taken. The next poll of a screen asks anew.
const MOMENT: Duration = Duration::from_secs(2);
/// Things that are remembered, unless more are asked for at once.
const MOST: usize = 256;

/// Answers by what was asked.
pub(super) struct Memo<K, V>(Gates<K, (V, Instant)>);

impl<K: Eq + Hash, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Gates::new(MOST))
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// What another question learnt, or what this one asks; what another one asks is waited for until then.
    pub(super) async fn get(&self, key: K, until: Instant, ask: impl Future<Output = V>) -> V {
        let gate = self.0.at(key);
        let Ok(mut known) = timeout_at(until, gate.lock()).await else {
            return ask.await;
        };
        if let Some((value, at)) = &*known
            && at.elapsed() < MOMENT
        {
            return value.clone();
        }
        let value = ask.await;
        *known = Some((value.clone(), Instant::now()));
        value
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_asked_once_for_a_moment() {
        let memo = Memo::default();
        let asked = Cell::new(0);
        let get = |key| {
            let far = Instant::now() + Duration::from_secs(60);
            memo.get(key, far, async {
                asked.set(asked.get() + 1);
                asked.get()
            })
        };
        assert_eq!((get("a").await, get("a").await, get("b").await), (1, 1, 2));
        tokio::time::advance(MOMENT).await;
        assert_eq!(get("a").await, 3);
    }

    /// Whoever waits goes on by himself when the one who asks is dropped, and when his time is up.
    #[tokio::test(start_paused = true)]
    async fn nobody_waits_in_vain() {
        let memo = Memo::default();
        let soon = Instant::now() + Duration::from_secs(1);
        let mut first = Box::pin(memo.get("a", soon, pending()));
        assert!((&mut first).now_or_never().is_none());
        assert_eq!(memo.get("a", soon, ready(2)).await, 2);
        assert_eq!(Instant::now(), soon);
        drop(first);
        assert_eq!(memo.get("a", soon, ready(3)).await, 3);
    }
}
