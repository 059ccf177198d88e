//! How far the API server is: near by, to pack and unpack what it says takes longer than to send it as it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Who answers within this is near.
const NEAR: Duration = Duration::from_millis(5);

/// The quickest answer so far, in microseconds.
pub(super) struct Distance(AtomicU64);

impl Default for Distance {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Distance {
    /// Takes up how long an answer took to begin: the way there and back, and what the server did meanwhile.
    pub(super) fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_min(micros, Ordering::Relaxed);
    }

    /// Whether some answer came quickly. Until then nothing is known, and what is far may be far indeed.
    pub(super) fn is_near(&self) -> bool {
        u128::from(self.0.load(Ordering::Relaxed)) <= NEAR.as_micros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_quick_answer_tells_and_slow_ones_do_not() {
        let distance = Distance::default();
        assert!(!distance.is_near());
        distance.note(Duration::from_millis(30));
        assert!(!distance.is_near());
        distance.note(Duration::from_millis(2));
        distance.note(Duration::from_secs(3));
        assert!(distance.is_near());
    }
}
