//! One at a time for each key, with what the last one learnt.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync;

/// Held by whoever finds something out.
type Gate<V> = Arc<sync::Mutex<Option<V>>>;

/// The gate of each key.
pub(super) struct Gates<K, V> {
    /// That are remembered, unless more are in use at once.
    most: usize,
    all: Mutex<HashMap<K, Gate<V>>>,
}

impl<K: Eq + Hash, V> Gates<K, V> {
    /// None yet.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            all: Mutex::new(HashMap::new()),
        }
    }

    /// That of a key.
    pub(super) fn at(&self, key: K) -> Gate<V> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= self.most && !all.contains_key(&key) {
            all.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        Arc::clone(all.entry(key).or_default())
    }
}
