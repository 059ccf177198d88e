//! The engine that goes on: it watches the objects on the path, asks the network anew every few seconds, and publishes what it
//! knows. Everything runs inside the one future that [`watch()`] is; it leaves nothing behind.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::session::Session;
use super::{Limits, Places};
use crate::answer::Answerer;
use crate::diagnosis::Settings;
use crate::report::{ObjectRef, Update};
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
    /// An object as it is known, or asked for.
    Object(
        ObjectRef,
        oneshot::Sender<Result<serde_json::Value, String>>,
    ),
}

/// Watches until the orders' sender is dropped. Everything that was under way ends with it.
pub async fn watch(
    watched: Watched,
    mut orders: mpsc::Receiver<Order>,
    out: watch::Sender<Option<Arc<Update>>>,
) {
    let places = Places::new(watched.limits);
    let mut session = Session::new(&watched, &places, &out);
    loop {
        session.begin_due();
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(order) => session.order(order),
                None => return,
            },
            () = session.next() => {}
        }
    }
}
