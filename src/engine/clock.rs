//! One clock for a whole run: when it ends, because its time is up or because a person stops it, no question is asked any more.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::facts::Gap;

/// Why a run ends before everything is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its time is up.
    Time,
    /// A person wants it to end.
    Stopped,
}

impl End {
    /// What is open then is known not to come.
    pub fn gap(self) -> Gap {
        match self {
            Self::Time => Gap::TimedOut,
            Self::Stopped => Gap::NotAsked {
                why: "stopped before it was answered".to_owned(),
            },
        }
    }
}

/// When a run ends at the latest.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    end: Option<Instant>,
    stop: CancellationToken,
}

impl Clock {
    /// A run that goes on until everything is answered, or until somebody stops it.
    pub const fn new(stop: CancellationToken) -> Self {
        Self { end: None, stop }
    }

    /// The same, and it ends after this time from now, if one is given.
    #[must_use]
    pub fn limited(self, time: Option<Duration>) -> Self {
        let end = time.and_then(|time| Instant::now().checked_add(time));
        Self { end, ..self }
    }

    /// Nobody stops it.
    pub fn after(time: Duration) -> Self {
        Self::default().limited(Some(time))
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<End> {
        if self.stop.is_cancelled() {
            return Some(End::Stopped);
        }
        let over = self.end.is_some_and(|end| Instant::now() >= end);
        over.then_some(End::Time)
    }

    /// Waits for its end.
    pub async fn end(&self) -> End {
        let time = async {
            match self.end {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => End::Stopped,
            () = time => End::Time,
        }
    }

    /// Does this unless the clock ends before; then it is dropped where it stands.
    ///
    /// # Errors
    /// How the clock ended.
    pub async fn bound<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            biased;
            end = self.end() => Err(end),
            done = work => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_its_time_is_up_or_somebody_stops_it() {
        let stop = CancellationToken::new();
        let clock = Clock::new(stop.clone()).limited(Some(2 * SECOND));
        assert_eq!(clock.ended(), None);
        assert_eq!(clock.bound(tokio::time::sleep(SECOND)).await, Ok(()));
        assert_eq!(
            clock.bound(tokio::time::sleep(2 * SECOND)).await,
            Err(End::Time)
        );
        assert_eq!(clock.ended(), Some(End::Time));
        stop.cancel();
        assert_eq!(clock.ended(), Some(End::Stopped));
        assert_eq!(
            clock.bound(async {}).await,
            Err(End::Stopped),
            "nothing begins after the end"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_it_ends_by_a_person_alone() {
        let stop = CancellationToken::new();
        let clock = Clock::new(stop.clone()).limited(None);
        assert_eq!(clock.bound(tokio::time::sleep(3600 * SECOND)).await, Ok(()));
        stop.cancel();
        assert_eq!(clock.end().await, End::Stopped);
        assert_eq!(
            Clock::after(Duration::MAX).ended(),
            None,
            "beyond what a clock can say"
        );
    }
}
