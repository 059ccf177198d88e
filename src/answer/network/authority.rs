//! What the authoritative servers of a name's zone say, each asked directly: the truth at the source, past every cache.
//!
//! The zone and its servers are learnt from resolvers. A server that knows a zone below sends on to it, and is followed.
//! Everything ends within [`WHOLE`].

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::{join, join_all, join3};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::time::Instant;

use super::lookup::{
    ALIASES, Found, add_new, both_types, combine, follow, negative_ttl, text, unique,
};
use super::memo::Memo;
use super::ms;
use super::nameserver::{self, Failure};
use super::zone::{Cut, Parents, servers_of, zone_cut};
use crate::facts::{Authority, AuthorityServer, DnsOutcome};

/// Servers that are asked.
const SERVERS: usize = 4;
/// Names of servers whose addresses are looked up.
const NAMES: usize = 8;
/// Times that a server's word for a zone below is taken.
const DESCENTS: usize = 2;

/// All of it.
const WHOLE: Duration = Duration::from_secs(5);
/// To find the addresses of its servers.
const ADDRESSES: Duration = Duration::from_millis(1500);
/// For one server.
const SERVER: Duration = Duration::from_secs(2);
/// Kept for what comes after the servers: aliases that leave the zone, and the wildcard.
const REST: Duration = Duration::from_millis(600);

/// What one server says.
struct Reply {
    found: Found,
    /// It sends on to a zone below.
    below: Option<Cut>,
    /// The name outside the zone that its aliases lead to.
    outside: Option<Name>,
    negative_ttl: Option<u32>,
}

/// At which port, and how long resolvers have to find the zone.
pub(super) type To = (u16, Duration);

/// What the names of a zone have in common.
#[derive(Default)]
pub(super) struct Common {
    parents: Parents,
    /// The addresses of a server, from these resolvers.
    addresses: Memo<(Vec<SocketAddr>, Name), Vec<IpAddr>>,
    /// For how long others may remember what is not there, by server and zone.
    negative_ttls: Memo<(SocketAddr, Name), Option<u32>>,
    /// What a name gets below this one that nobody made up before, at a server of a zone.
    made_up: Memo<(SocketAddr, Name, Name), MadeUp>,
}

/// The name outside the zone that it leads to, and its addresses.
type MadeUp = (Option<Name>, Vec<IpAddr>);

/// Asks the authoritative servers of a name; resolvers tell who they are.
pub(super) async fn ask(
    resolvers: &[SocketAddr],
    name: &Name,
    common: &Common,
    (port, cut): To,
) -> Authority {
    let started = Instant::now();
    let end = started + WHOLE;
    let mut authority = Authority {
        zone: String::new(),
        servers: Vec::new(),
        negative_ttl: None,
        wildcard: false,
        detail: None,
        ms: 0,
    };
    let cut = match zone_cut(resolvers, name, &common.parents, started + cut).await {
        Ok(cut) => cut,
        Err(why) => {
            authority.detail = Some(why);
            authority.ms = ms(started);
            return authority;
        }
    };
    let (cut, servers, mut replies) =
        descend(resolvers, cut, name, common, (port, end - REST)).await;
    authority.zone = text(&cut.zone);
    if servers.is_empty() {
        authority.detail = Some("none of the zone's servers has an address".to_owned());
    } else if servers.len() < cut.servers.len() {
        let (some, all) = (servers.len(), cut.servers.len());
        authority.detail = Some(format!("{some} of {all} servers were asked"));
    }
    let witness = servers
        .iter()
        .zip(&replies)
        .find(|(_, r)| r.outside.is_some() || r.found.outcome == DnsOutcome::Found);
    let (wildcard, ends) = join(
        async {
            match witness {
                Some(((_, server), reply)) => {
                    is_wildcard((*server, &cut.zone), name, reply, common, end).await
                }
                None => false,
            }
        },
        outside(resolvers, &replies, end),
    )
    .await;
    authority.wildcard = wildcard;
    for reply in &mut replies {
        let found = reply.outside.as_ref().and_then(|name| {
            let known = ends.iter().find(|(end, _)| end == name)?;
            Some(&known.1)
        });
        if let (Some(found), Some(name)) = (found, &reply.outside) {
            finish(&mut reply.found, name, found);
        }
    }
    authority.negative_ttl = replies.iter().filter_map(|r| r.negative_ttl).max();
    authority.servers = servers
        .into_iter()
        .zip(replies)
        .map(|((name, address), reply)| AuthorityServer {
            name: text(&name),
            address,
            outcome: reply.found.outcome,
            addresses: reply.found.addresses,
            records: reply.found.records,
            detail: Some(reply.found.notes.join("; ")).filter(|notes| !notes.is_empty()),
        })
        .collect();
    authority.ms = ms(started);
    authority
}

type Servers = Vec<(Name, SocketAddr)>;

/// Asks the servers of a zone; where they send on to a zone below, those of that one.
async fn descend(
    resolvers: &[SocketAddr],
    mut cut: Cut,
    name: &Name,
    common: &Common,
    (port, end): (u16, Instant),
) -> (Cut, Servers, Vec<Reply>) {
    let mut depth = 0;
    loop {
        let servers = addresses(resolvers, &cut, common, (port, end)).await;
        let until = end.min(Instant::now() + SERVER);
        let asked = servers
            .iter()
            .map(|(_, to)| ask_server(*to, &cut.zone, name, common, until));
        let mut replies = join_all(asked).await;
        let below = replies.iter_mut().find_map(|r| r.below.take());
        match below {
            Some(below) if depth < DESCENTS && Instant::now() < end => cut = below,
            _ => return (cut, servers, replies),
        }
        depth += 1;
    }
}

/// One address of each server: IPv4 where it has one.
async fn addresses(
    resolvers: &[SocketAddr],
    cut: &Cut,
    common: &Common,
    (port, end): (u16, Instant),
) -> Servers {
    let until = end.min(Instant::now() + ADDRESSES);
    let limit = until.saturating_duration_since(Instant::now());
    let named = cut.servers.iter().take(NAMES);
    let looked = named.clone().map(|(name, _)| {
        let key = (resolvers.to_vec(), name.clone());
        let asking = async { both_types(resolvers, name, limit).await.addresses };
        common.addresses.get(key, until, asking)
    });
    let mut servers: Servers = Vec::new();
    for ((name, glue), found) in named.zip(join_all(looked).await) {
        let known = if found.is_empty() { glue } else { &found };
        let address = known.iter().find(|a| a.is_ipv4()).or(known.first());
        let Some(to) = address.map(|a| SocketAddr::new(*a, port)) else {
            continue;
        };
        if servers.len() < SERVERS && !servers.iter().any(|(_, known)| *known == to) {
            servers.push((name.clone(), to));
        }
    }
    servers
}

/// Both types of address at one server, and how long it lets others remember what is not there.
async fn ask_server(
    server: SocketAddr,
    zone: &Name,
    name: &Name,
    common: &Common,
    until: Instant,
) -> Reply {
    let apex = apex_ttl(server, zone, until);
    let (v4, v6, apex) = join3(
        one_type(server, zone, name, RecordType::A, until),
        one_type(server, zone, name, RecordType::AAAA, until),
        common
            .negative_ttls
            .get((server, zone.clone()), until, apex),
    )
    .await;
    let found = combine(v4.found, v6.found);
    Reply {
        negative_ttl: found.negative_ttl.or(apex),
        found,
        below: v4.below.or(v6.below),
        outside: v4.outside.or(v6.outside),
    }
}

/// What the SOA of a zone says to that.
async fn apex_ttl(server: SocketAddr, zone: &Name, until: Instant) -> Option<u32> {
    let soa = nameserver::ask_for_its_own(server, zone, RecordType::SOA, until).await;
    let message = soa.ok().filter(|m| m.metadata.authoritative)?;
    message.answers.iter().find_map(|r| match &r.data {
        RData::SOA(soa) => Some(r.ttl.min(soa.minimum)),
        _ => None,
    })
}

/// One type at one server, along the aliases that stay in the zone.
async fn one_type(
    server: SocketAddr,
    zone: &Name,
    name: &Name,
    rtype: RecordType,
    until: Instant,
) -> Reply {
    let reply = |found| Reply {
        found,
        below: None,
        outside: None,
        negative_ttl: None,
    };
    let mut records = Vec::new();
    let mut owner = name.clone();
    for _ in 0..ALIASES {
        let message = match nameserver::ask_for_its_own(server, &owner, rtype, until).await {
            Ok(message) => message,
            Err(failure) => {
                let outcome = match failure {
                    Failure::Code(_) | Failure::Garbled(_) => DnsOutcome::ServFail,
                    Failure::Silent | Failure::Closed | Failure::Io(_) => DnsOutcome::TimedOut,
                };
                let found = Found::nothing(outcome, vec![failure.to_string()]);
                return reply(Found { records, ..found });
            }
        };
        if !message.metadata.authoritative && owner == *name {
            return without_authority(&message, zone, name, reply);
        }
        let chain = follow(&message.answers, &owner);
        let alias = chain.end != owner;
        add_new(&mut records, chain.records);
        // What it does not serve itself, it may know nothing of, or something old.
        if !message.metadata.authoritative || alias && !zone.zone_of(&chain.end) {
            let found = Found::nothing(DnsOutcome::NoData, Vec::new());
            return Reply {
                outside: Some(chain.end),
                ..reply(Found { records, ..found })
            };
        }
        let nxdomain = message.metadata.response_code == ResponseCode::NXDomain;
        if alias && chain.addresses.is_empty() && !nxdomain {
            owner = chain.end;
            continue;
        }
        let mut notes = Vec::new();
        if nxdomain && chain.end != *name {
            let end = text(&chain.end);
            notes.push(format!("the alias leads to {end}, which does not exist"));
        }
        let outcome = match (chain.addresses.is_empty(), nxdomain) {
            (false, _) => DnsOutcome::Found,
            (true, true) => DnsOutcome::NxDomain,
            (true, false) => DnsOutcome::NoData,
        };
        return reply(Found {
            addresses: chain.addresses,
            records,
            server: Some(server),
            negative_ttl: negative_ttl(&message),
            ..Found::nothing(outcome, notes)
        });
    }
    let why = format!("more than {ALIASES} aliases in a row");
    let found = Found::nothing(DnsOutcome::NoData, vec![why]);
    reply(Found { records, ..found })
}

/// A server that does not speak for the zone: it sends on to a zone below, or should not have been named.
fn without_authority(
    message: &Message,
    zone: &Name,
    name: &Name,
    reply: impl Fn(Found) -> Reply,
) -> Reply {
    let mut lower = message.authorities.iter().filter(|r| {
        let ns = matches!(r.data, RData::NS(_));
        ns && r.name != *zone && zone.zone_of(&r.name) && r.name.zone_of(name)
    });
    let below = lower.next().map(|r| Cut {
        zone: r.name.clone(),
        servers: servers_of(message, &message.authorities, &r.name),
    });
    let why = if message.answers.is_empty() {
        "does not serve the zone that it is named for (lame)"
    } else {
        "answers without authority: it does not serve the zone, or something on the way answers in its place"
    };
    Reply {
        below,
        ..reply(Found::nothing(DnsOutcome::ServFail, vec![why.to_owned()]))
    }
}

/// What the names outside the zone lead to, as resolvers say.
async fn outside(resolvers: &[SocketAddr], replies: &[Reply], end: Instant) -> Vec<(Name, Found)> {
    let mut names: Vec<Name> = Vec::new();
    for name in replies.iter().filter_map(|r| r.outside.as_ref()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let limit = end.saturating_duration_since(Instant::now());
    let found = join_all(names.iter().map(|n| both_types(resolvers, n, limit))).await;
    names.into_iter().zip(found).collect()
}

/// Completes what a server says with the end of its alias. The records stay the server's own.
fn finish(said: &mut Found, name: &Name, end: &Found) {
    said.outcome = end.outcome;
    said.addresses = unique(said.addresses.iter().chain(&end.addresses).copied());
    let words = match end.outcome {
        DnsOutcome::Found => return,
        DnsOutcome::NxDomain => "which does not exist",
        DnsOutcome::NoData => "which has no address",
        DnsOutcome::ServFail | DnsOutcome::TimedOut => "which could not be looked up",
    };
    said.notes
        .push(format!("the alias leads to {}, {words}", text(name)));
}

/// Whether a name beside it, that nobody made up before, gets the same.
async fn is_wildcard(
    (server, zone): (SocketAddr, &Name),
    name: &Name,
    reply: &Reply,
    common: &Common,
    end: Instant,
) -> bool {
    let parent = name.base_name();
    let label = format!("hops-{:012x}", RandomState::new().hash_one(()) >> 16);
    let Some(beside) = parent
        .prepend_label(label.as_str())
        .ok()
        .filter(|_| zone.zone_of(&parent))
    else {
        return false;
    };
    let asking = async {
        let (v4, v6) = join(
            one_type(server, zone, &beside, RecordType::A, end),
            one_type(server, zone, &beside, RecordType::AAAA, end),
        )
        .await;
        let outside = v4.outside.or(v6.outside);
        let mut addresses = combine(v4.found, v6.found).addresses;
        addresses.sort_unstable();
        (outside, addresses)
    };
    let key = (server, zone.clone(), parent);
    let (outside, addresses) = common.made_up.get(key, end, asking).await;
    let mut known = reply.found.addresses.clone();
    known.sort_unstable();
    let some = outside.is_some() || !addresses.is_empty();
    some && outside == reply.outside && addresses == known
}
