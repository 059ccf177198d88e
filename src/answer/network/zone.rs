//! Which zone a name lies in, and who serves it, as resolvers know it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::join_all;
use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::time::Instant;

use super::lookup::follow;
use super::memo::Memo;
use super::side_by_side::{Knows, first_to_know};

/// Labels of a name that may begin a zone.
const LABELS: usize = 12;
/// To find the zone.
pub(super) const CUT: Duration = Duration::from_secs(2);
/// The same where the resolvers have just said nothing: the zone they may still know.
pub(super) const HINT: Duration = Duration::from_millis(500);

/// Where a zone begins, and who serves it: names, with the addresses that came along.
pub(super) struct Cut {
    pub(super) zone: Name,
    pub(super) servers: Servers,
}

/// Who serves a name as a zone, if it is one, as resolvers know it.
pub(super) type Served = Result<Servers, Vec<String>>;
type Servers = Vec<(Name, Vec<IpAddr>)>;

/// The same of names that many others lie in, for each set of resolvers.
pub(super) type Parents = Memo<(Vec<SocketAddr>, Name), Served>;

/// The lowest zone that resolvers know: the name, or what it lies in, with NS records of its own.
pub(super) async fn zone_cut(
    resolvers: &[SocketAddr],
    name: &Name,
    parents: &Parents,
    until: Instant,
) -> Result<Cut, String> {
    let names: Vec<Name> = std::iter::successors(Some(name.clone()), |n| Some(n.base_name()))
        .take_while(|n| !n.is_root())
        .take(LABELS)
        .collect();
    let asked = names.iter().map(async |zone| {
        let asking = served(resolvers, zone, until);
        if zone == name {
            return asking.await;
        }
        let key = (resolvers.to_vec(), zone.clone());
        parents.get(key, until, asking).await
    });
    let mut failures = Vec::new();
    for (zone, reply) in names.iter().zip(join_all(asked).await) {
        match reply {
            Ok(servers) if servers.is_empty() => {}
            Ok(servers) => {
                return Ok(Cut {
                    zone: zone.clone(),
                    servers,
                });
            }
            Err(unanswered) => failures.extend(unanswered),
        }
    }
    let why = failures.first().map(|why| format!(": {why}"));
    let why = why.unwrap_or_default();
    Err(format!("no DNS server tells who serves its zone{why}"))
}

async fn served(resolvers: &[SocketAddr], zone: &Name, until: Instant) -> Served {
    match first_to_know(resolvers, zone, RecordType::NS, until).await {
        Ok(Knows { message, .. }) => Ok(servers_of(&message, &message.answers, zone)),
        Err(unanswered) => Err(unanswered.failures),
    }
}

/// The servers of a zone, with addresses from the same message.
pub(super) fn servers_of(message: &Message, records: &[Record], zone: &Name) -> Servers {
    let own = records.iter().filter(|r| r.name == *zone);
    own.filter_map(|r| match &r.data {
        RData::NS(ns) => {
            let glue = follow(&message.additionals, &ns.0).addresses;
            Some((ns.0.clone(), glue))
        }
        _ => None,
    })
    .collect()
}
