//! One name at DNS servers: both address types at once, all servers side by side, along the aliases.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::join;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use tokio::time::Instant;

use super::side_by_side::{Knows, Unanswered, first_to_know};
use crate::facts::{DnsOutcome, DnsRecord};

/// Times that an alias is followed to another question.
pub(super) const ALIASES: usize = 8;

/// What DNS servers said about a name, for one type or for both.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) outcome: DnsOutcome,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) records: Vec<DnsRecord>,
    pub(super) server: Option<SocketAddr>,
    /// For how long resolvers remember that there is nothing.
    pub(super) negative_ttl: Option<u32>,
    /// Servers that said nothing, though another one answered that counts less.
    pub(super) silent: Vec<SocketAddr>,
    /// Asked once more a moment later, the servers answer otherwise: what they said first.
    pub(super) unsteady: Option<DnsOutcome>,
    /// For one type the name does not exist, and for the other it does: no two servers that agree say so (RFC 8020).
    pub(super) split: bool,
    /// For one type no server has an answer.
    pub(super) failed: bool,
    pub(super) notes: Vec<String>,
}

impl Found {
    /// Nothing found, and why.
    pub(super) fn nothing(outcome: DnsOutcome, notes: Vec<String>) -> Self {
        Self {
            outcome,
            addresses: Vec::new(),
            records: Vec::new(),
            server: None,
            negative_ttl: None,
            silent: Vec::new(),
            unsteady: None,
            split: false,
            failed: false,
            notes,
        }
    }
}

/// How long after the first one a name is asked for again.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Asks for A and AAAA at once, and once more where there is nothing or a server fails: servers that disagree take turns.
pub(super) async fn twice(servers: &[SocketAddr], name: &Name, limit: Duration) -> Found {
    let deadline = Instant::now() + limit;
    let first = both_types(servers, name, limit).await;
    let good = first.outcome == DnsOutcome::Found && !first.failed && !first.split;
    if good || first.outcome == DnsOutcome::TimedOut {
        return first;
    }
    tokio::time::sleep(AGAIN_AFTER).await;
    let left = deadline.saturating_duration_since(Instant::now());
    let second = both_types(servers, name, left).await;
    if second.outcome != DnsOutcome::Found {
        return first;
    }
    // One type that fails every time is no change of mind.
    let unsteady = match first.outcome {
        DnsOutcome::Found if second.failed || second.split => return first,
        DnsOutcome::Found if first.split => DnsOutcome::NxDomain,
        DnsOutcome::Found => DnsOutcome::ServFail,
        other => other,
    };
    Found {
        unsteady: Some(unsteady),
        ..second
    }
}

/// Asks for A and AAAA at once.
pub(super) async fn both_types(servers: &[SocketAddr], name: &Name, limit: Duration) -> Found {
    let deadline = Instant::now() + limit;
    let (v4, v6) = join(
        one_type(servers, name, RecordType::A, deadline),
        one_type(servers, name, RecordType::AAAA, deadline),
    )
    .await;
    combine(v4, v6)
}

pub(super) fn combine(v4: Found, v6: Found) -> Found {
    let outcome = if v4.outcome == DnsOutcome::Found || v6.outcome == DnsOutcome::Found {
        DnsOutcome::Found
    } else {
        // The least certain one: NXDOMAIN holds only if both say so.
        let doubt = |outcome: DnsOutcome| match outcome {
            DnsOutcome::Found | DnsOutcome::NxDomain => 0,
            DnsOutcome::NoData => 1,
            DnsOutcome::TimedOut => 2,
            DnsOutcome::ServFail => 3,
        };
        if doubt(v6.outcome) > doubt(v4.outcome) {
            v6.outcome
        } else {
            v4.outcome
        }
    };
    let known = |o: DnsOutcome| matches!(o, DnsOutcome::Found | DnsOutcome::NoData);
    let missing = |o: DnsOutcome| o == DnsOutcome::NxDomain;
    let split =
        known(v4.outcome) && missing(v6.outcome) || missing(v4.outcome) && known(v6.outcome);
    let mut notes = Vec::new();
    if v4.notes == v6.notes {
        notes = v4.notes;
    } else {
        notes.extend(v4.notes.into_iter().map(|note| format!("A: {note}")));
        notes.extend(v6.notes.into_iter().map(|note| format!("AAAA: {note}")));
    }
    if outcome == DnsOutcome::NoData && v4.outcome != v6.outcome {
        notes.push("the server says NXDOMAIN for one type and not for the other".to_owned());
    }
    let mut records = v4.records;
    add_new(&mut records, v6.records);
    let nothing = matches!(outcome, DnsOutcome::NxDomain | DnsOutcome::NoData);
    let negative_ttl = v4.negative_ttl.into_iter().chain(v6.negative_ttl).max();
    Found {
        outcome,
        addresses: unique(v4.addresses.into_iter().chain(v6.addresses)),
        records,
        server: v4.server.or(v6.server),
        // A name with one type of address says nothing of how long all of it is missed.
        negative_ttl: negative_ttl.filter(|_| nothing),
        silent: unique(v4.silent.into_iter().chain(v6.silent)),
        unsteady: None,
        split,
        failed: [v4.outcome, v6.outcome].contains(&DnsOutcome::ServFail),
        notes,
    }
}

/// The HTTPS records of a name (RFC 9460), along its aliases: where browsers may go instead.
pub(super) async fn https(servers: &[SocketAddr], name: &Name, limit: Duration) -> Vec<DnsRecord> {
    let deadline = Instant::now() + limit;
    let Ok(Knows { message, .. }) = first_to_know(servers, name, RecordType::HTTPS, deadline).await
    else {
        return Vec::new();
    };
    let end = follow(&message.answers, name).end;
    let own = message.answers.iter().filter(|r| r.name == end);
    own.filter(|r| matches!(r.data, RData::HTTPS(_)))
        .map(|r| record(r, r.data.to_string()))
        .collect()
}

/// The TXT records of a name; none when there is none.
pub(super) async fn texts(
    servers: &[SocketAddr],
    name: &Name,
    limit: Duration,
) -> Result<Vec<String>, Unanswered> {
    let deadline = Instant::now() + limit;
    let message = first_to_know(servers, name, RecordType::TXT, deadline)
        .await?
        .message;
    let end = follow(&message.answers, name).end;
    let own = message.answers.iter().filter(|r| r.name == end);
    Ok(own
        .filter_map(|r| match &r.data {
            // A record's strings are one text in pieces of 255 bytes (RFC 7208 §3.3).
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        })
        .collect())
}

/// RFC 2308 §5: the SOA of a negative answer says how long it may be remembered.
pub(super) fn negative_ttl(message: &Message) -> Option<u32> {
    message.authorities.iter().find_map(|r| match &r.data {
        RData::SOA(soa) => Some(r.ttl.min(soa.minimum)),
        _ => None,
    })
}

/// Adds records that are not there yet; a second answer may have counted their time to live down.
pub(super) fn add_new(records: &mut Vec<DnsRecord>, more: Vec<DnsRecord>) {
    for record in more {
        let known = |r: &DnsRecord| {
            (&r.name, &r.rtype, &r.data) == (&record.name, &record.rtype, &record.data)
        };
        if !records.iter().any(known) {
            records.push(record);
        }
    }
}

/// Asks for one type, and once more where a server only knows the alias.
async fn one_type(
    servers: &[SocketAddr],
    name: &Name,
    rtype: RecordType,
    deadline: Instant,
) -> Found {
    let mut records = Vec::new();
    let mut notes = Vec::new();
    let mut silent = Vec::new();
    let mut owner = name.clone();
    for _ in 0..ALIASES {
        let (server, message) = match first_to_know(servers, &owner, rtype, deadline).await {
            Ok(knows) => {
                notes.extend(knows.failures);
                silent.extend(knows.silent);
                (knows.server, knows.message)
            }
            Err(unanswered) => {
                notes.extend(unanswered.failures);
                return Found {
                    records,
                    server: servers.first().copied(),
                    silent: unanswered.silent,
                    ..Found::nothing(unanswered.outcome, notes)
                };
            }
        };
        let chain = follow(&message.answers, &owner);
        let alias = chain.end != owner;
        add_new(&mut records, chain.records);
        let nxdomain = message.metadata.response_code == ResponseCode::NXDomain;
        let outcome = if !chain.addresses.is_empty() {
            DnsOutcome::Found
        } else if nxdomain {
            DnsOutcome::NxDomain
        } else {
            DnsOutcome::NoData
        };
        // Authoritative servers do not look up what an alias leads to; resolvers have done so.
        if outcome == DnsOutcome::NoData && alias && !message.metadata.recursion_available {
            owner = chain.end;
            continue;
        }
        if outcome == DnsOutcome::NxDomain && chain.end != *name {
            notes.push(format!(
                "the alias leads to {}, which does not exist",
                text(&chain.end)
            ));
        }
        return Found {
            outcome,
            addresses: chain.addresses,
            records,
            server: Some(server),
            negative_ttl: negative_ttl(&message),
            silent,
            unsteady: None,
            split: false,
            failed: false,
            notes,
        };
    }
    notes.push(format!("more than {ALIASES} aliases in a row"));
    Found {
        records,
        server: servers.first().copied(),
        ..Found::nothing(DnsOutcome::NoData, notes)
    }
}

/// The way from a name over its aliases to addresses.
pub(super) struct Chain {
    pub(super) records: Vec<DnsRecord>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) end: Name,
}

/// Walks the records from the name on; those that do not belong to it are left aside.
pub(super) fn follow(answers: &[Record], name: &Name) -> Chain {
    let mut chain = Chain {
        records: Vec::new(),
        addresses: Vec::new(),
        end: name.clone(),
    };
    let mut passed = HashSet::new();
    while passed.insert(chain.end.clone()) {
        let mut next = None;
        for record in answers {
            if record.name != chain.end || record.dns_class != DNSClass::IN {
                continue;
            }
            let data = match &record.data {
                RData::CNAME(target) if next.is_none() => {
                    next = Some(target.0.clone());
                    text(&target.0)
                }
                RData::A(address) => {
                    chain.addresses.push(address.0.into());
                    address.0.to_string()
                }
                RData::AAAA(address) => {
                    chain.addresses.push(address.0.into());
                    address.0.to_string()
                }
                _ => continue,
            };
            chain.records.push(self::record(record, data));
        }
        match next {
            Some(target) => chain.end = target,
            None => break,
        }
    }
    chain
}

/// A record with its data in words.
pub(in crate::answer) fn record(record: &Record, data: String) -> DnsRecord {
    DnsRecord {
        name: text(&record.name),
        rtype: record.record_type().to_string(),
        ttl: record.ttl,
        data,
    }
}

/// A name as people write it.
pub(in crate::answer) fn text(name: &Name) -> String {
    name.to_lowercase()
        .to_ascii()
        .trim_end_matches('.')
        .to_owned()
}

/// The items without repeats, in their order.
pub(super) fn unique<T: Copy + Eq + std::hash::Hash>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items
        .into_iter()
        .filter(|item| seen.insert(*item))
        .collect()
}
