//! The engine that goes on: it watches the objects on the path, asks the network anew every few seconds, and publishes what it
//! knows. Everything runs inside the one future that [`watch()`] is; it leaves nothing behind.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::Permits;
use super::session::Session;
use super::watched::{Order, Watched};
use crate::report::Update;

/// Watches until the orders' sender is dropped. Everything that was under way ends with it.
pub async fn watch(
    watched: Watched,
    mut orders: mpsc::Receiver<Order>,
    out: watch::Sender<Option<Arc<Update>>>,
) {
    let permits = Permits::new(watched.limits);
    let mut session = Session::new(&watched, &permits, &out);
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
