//! One DNS question to all servers at once.

use std::net::SocketAddr;

use futures::stream::{FuturesUnordered, StreamExt};
use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::Instant;

use super::nameserver::{self, Failure};
use crate::facts::DnsOutcome;

/// Servers that are asked, as many as the C library takes from its configuration.
const SERVERS: usize = 3;

/// What the server said whose answer counts.
pub(super) struct Knows {
    pub(super) server: SocketAddr,
    pub(super) message: Message,
    /// Of the servers before it, in words.
    pub(super) failures: Vec<String>,
    /// Those of them that said nothing.
    pub(super) silent: Vec<SocketAddr>,
}

/// No server has an answer.
pub(super) struct Unanswered {
    pub(super) outcome: DnsOutcome,
    /// Of each server, in words.
    pub(super) failures: Vec<String>,
    /// Those that said nothing.
    pub(super) silent: Vec<SocketAddr>,
}

/// Asks all servers at once. As for programs, which ask one after the other, that one's answer counts which stands first of those that
/// have one; a server that says nothing is waited for until the deadline.
pub(super) async fn first_to_know(
    servers: &[SocketAddr],
    name: &Name,
    rtype: RecordType,
    deadline: Instant,
) -> Result<Knows, Unanswered> {
    let servers = &servers[..servers.len().min(SERVERS)];
    let mut running: FuturesUnordered<_> = servers
        .iter()
        .enumerate()
        .map(|(i, to)| async move { (i, nameserver::ask(*to, name, rtype, deadline).await) })
        .collect();
    let mut replies: Vec<_> = servers.iter().map(|_| None).collect();
    while let Some((i, reply)) = running.next().await {
        replies[i] = Some(reply);
        // The first that has not failed.
        match replies.iter().position(|r| !matches!(r, Some(Err(_)))) {
            Some(first) if replies[first].is_some() => break,
            _ => {}
        }
    }
    let mut outcome = DnsOutcome::TimedOut;
    let (mut failures, mut silent) = (Vec::new(), Vec::new());
    for (server, reply) in servers.iter().zip(replies.into_iter().flatten()) {
        match reply {
            Ok(message) => {
                return Ok(Knows {
                    server: *server,
                    message,
                    failures,
                    silent,
                });
            }
            Err(failure) => {
                if matches!(failure, Failure::Code(_) | Failure::Garbled(_)) {
                    outcome = DnsOutcome::ServFail;
                }
                if failure == Failure::Silent {
                    silent.push(*server);
                }
                failures.push(format!("{server} {failure}"));
            }
        }
    }
    Err(Unanswered {
        outcome,
        failures,
        silent,
    })
}
