//! What a watching engine is given to watch, and what it can be told meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Limits;
use crate::answer::Answerer;
use crate::diagnosis::Settings;
use crate::report::ObjectRef;
use crate::target::Target;

/// What is watched.
pub struct Watched {
    /// The request.
    pub target: Target,
    /// Who is asked.
    pub answerer: Arc<dyn Answerer>,
    /// What the user set. Its moment counts for the first round, and for all where nothing changes with time.
    pub settings: Settings,
    /// How much may be under way, and for how long; the total is for one round.
    pub limits: Limits,
    /// The answers change with time: a cluster, not files or a recording.
    pub live: bool,
    /// Time between two rounds.
    pub every: Duration,
}

/// What a watching engine is told.
pub enum Order {
    /// Ask everything anew.
    Again,
    /// Stop or go on re-probing and taking in changes.
    Pause(bool),
    /// Time between two rounds.
    Every(Duration),
    /// Another way in is walked, by its name.
    Entrance(String),
    /// An object as it is known, or asked for.
    Object(
        ObjectRef,
        oneshot::Sender<Result<serde_json::Value, String>>,
    ),
}
