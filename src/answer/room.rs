//! Room for so many at once of each key: what waits at one of them holds up nobody at another.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for each key.
pub(crate) struct Room<K: Eq + Hash + Copy> {
    each: usize,
    /// Those of which somebody holds a place or waits for one.
    by_key: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// A place. It is free again when this is dropped.
pub(crate) struct Place<'a, K: Eq + Hash + Copy> {
    room: &'a Room<K>,
    key: K,
    semaphore: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<K: Eq + Hash + Copy> Room<K> {
    /// With so many places for each.
    pub(crate) fn new(each: usize) -> Self {
        Self {
            each,
            by_key: Mutex::default(),
        }
    }

    /// Waits for a place, in the order in which they came.
    pub(crate) async fn enter(&self, key: K) -> Place<'_, K> {
        let semaphore = {
            let mut by_key = self.lock();
            let new = || Arc::new(Semaphore::new(self.each));
            Arc::clone(by_key.entry(key).or_insert_with(new))
        };
        // Whoever stops waiting leaves as well.
        let mut place = Place {
            room: self,
            key,
            semaphore: Some(Arc::clone(&semaphore)),
            permit: None,
        };
        place.permit = semaphore.acquire_owned().await.ok();
        place
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Drop for Place<'_, K> {
    fn drop(&mut self) {
        self.permit = None;
        self.semaphore = None;
        let mut by_key = self.room.lock();
        // The one that is left is the map's own.
        let unused = by_key
            .get(&self.key)
            .is_some_and(|s| Arc::strong_count(s) == 1);
        if unused {
            by_key.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_full_key_keeps_only_its_own_waiting() {
        let room = Room::new(2);
        let enter = |key: u8| room.enter(key).now_or_never();
        let (first, second) = (enter(1), enter(1));
        assert!(first.is_some() && second.is_some());
        assert!(enter(1).is_none());
        assert!(enter(2).is_some());
        drop(first);
        assert!(enter(1).is_some());
        drop(second);
        assert!(room.lock().is_empty());
    }
}
