//! A page that is read while the next one is on its way.

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::gathered::Gathered;
use super::status::not_json;

/// Bytes that are read in no time: no thread is worth it.
const SMALL: usize = 64 << 10;

/// What becomes of it.
pub(super) enum Reading {
    /// It is read, or what is wrong with it.
    Done(Result<Gathered, String>),
    /// On a thread of its own.
    Under(JoinHandle<Result<Gathered, String>>),
}

impl Reading {
    /// Begins to read a page.
    pub(super) fn begin(gathered: Gathered, page: Bytes) -> Self {
        if page.len() < SMALL {
            Self::Done(read(gathered, &page))
        } else {
            Self::Under(spawn_blocking(move || read(gathered, &page)))
        }
    }

    /// All that was gathered until the end of the page.
    pub(super) async fn end(self) -> Result<Gathered, String> {
        let gathered = match self {
            Self::Done(read) => read?,
            Self::Under(thread) => {
                let ended = thread.await;
                ended.map_err(|bug| format!("hops has a bug and could not read it: {bug}"))??
            }
        };
        match gathered.too_long() {
            Some(why) => Err(why),
            None => Ok(gathered),
        }
    }
}

fn read(mut gathered: Gathered, page: &[u8]) -> Result<Gathered, String> {
    match gathered.add(page) {
        Ok(()) => Ok(gathered),
        Err(e) => Err(not_json(page, &e)),
    }
}
