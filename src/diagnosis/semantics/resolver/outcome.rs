//! What a library makes of the replies: where it stops, and the error that a program gets to see.

use std::net::IpAddr;
use std::time::Duration;

use super::literal::literal;
use super::queries::{Plan, plan};
use super::{Libc, Query, ResolvConf, queries};

/// What comes back for a name, from all the servers that the library turns to, for A and AAAA together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// At least one address.
    Found,
    /// The name exists and has no address (NOERROR, an empty answer).
    NoData,
    /// The name is an alias, and no address comes with it (NOERROR, a CNAME alone).
    Dangling,
    /// The name does not exist.
    NxDomain,
    /// The server failed.
    ServFail,
    /// The server will not answer (REFUSED).
    Refused,
    /// Nothing at all.
    Silent,
    /// Nobody listens: the packet is rejected (ICMP port unreachable).
    Rejected,
}

/// How a lookup ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The name is an address; nobody was asked.
    Literal(IpAddr),
    /// With addresses, by this one of those tried.
    Found(usize),
    /// There is no such name: `EAI_NONAME`, Go's "no such host".
    NoName,
    /// The name has no address: `EAI_NODATA`. musl has it since 1.2.4 and says `EAI_NONAME` before; Go knows no such error.
    NoData,
    /// It may work later: `EAI_AGAIN`, Go's "server misbehaving", "i/o timeout" and "connection refused".
    Temporary,
}

/// A lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What was asked, in order, and what came back.
    pub tried: Vec<(Query, Reply)>,
    /// How it ended.
    pub end: End,
}

impl Resolution {
    /// The query that brought addresses.
    pub fn found(&self) -> Option<&Query> {
        let End::Found(at) = self.end else {
            return None;
        };
        self.tried.get(at).map(|(query, _)| query)
    }
}

/// Looks a name up, by replies that are known. A hosts file comes before: see [`super::alias`].
pub fn resolve(
    libc: Libc,
    name: &str,
    conf: &ResolvConf,
    mut ask: impl FnMut(&str) -> Reply,
) -> Resolution {
    let mut tried = Vec::new();
    if let Some(address) = literal(libc, name) {
        let end = End::Literal(address);
        return Resolution { tried, end };
    }
    let mut ask = |query: Query| {
        let reply = ask(&query.name);
        tried.push((query, reply));
        (tried.len() - 1, reply)
    };
    let end = match libc {
        Libc::Glibc => glibc(plan(name, conf), &mut ask),
        Libc::Musl => musl(queries(libc, name, conf), &mut ask),
        Libc::Go => go(queries(libc, name, conf), &mut ask),
    };
    Resolution { tried, end }
}

/// How long the lookup of a name takes when no server says anything.
pub fn silence(libc: Libc, name: &str, conf: &ResolvConf) -> Duration {
    let tried = resolve(libc, name, conf, |_| Reply::Silent).tried.len();
    let tried = u32::try_from(tried).unwrap_or(u32::MAX);
    let servers = u32::try_from(conf.servers(libc).len()).unwrap_or(u32::MAX);
    let seconds = match libc {
        // `send_dg` of `resolv/res_send.c`: the time doubles with each server and is then shared among them.
        Libc::Glibc => {
            let each = |at: u32| match (conf.timeout.min(30) << at.min(3), at) {
                (seconds, 0) => seconds,
                (seconds, _) => seconds / servers,
            };
            let round: u32 = (0..servers).map(|at| each(at).max(1)).sum();
            round * conf.attempts.clamp(1, 5)
        }
        // `res_msend.c`: all servers at once, and the attempts share the time.
        Libc::Musl => conf.timeout.min(60),
        // `tryOneName`: one after the other; A and AAAA too, with `single-request`.
        Libc::Go => {
            let single = conf.has("single-request") || conf.has("single-request-reopen");
            let round = conf.timeout.max(1).saturating_mul(servers);
            let round = round.saturating_mul(if single { 2 } else { 1 });
            round.saturating_mul(conf.attempts.max(1))
        }
    };
    Duration::from_secs(u64::from(tried) * u64::from(seconds))
}

type Ask<'a> = &'a mut dyn FnMut(Query) -> (usize, Reply);

/// `__res_context_search` of `resolv/res_query.c`, and `get_nss_addresses` of `nss/getaddrinfo.c`.
fn glibc(plan: Plan, ask: Ask) -> End {
    let mut error = End::NoName;
    let kept = plan.first.is_some();
    if let Some(query) = plan.first {
        let (index, reply) = ask(query);
        error = match ended(index, reply) {
            Some(end) => return end,
            None => failure(reply),
        };
    }
    let (mut no_data, mut failed, mut root) = (false, false, false);
    let mut last = error;
    for query in plan.searched {
        root |= query.is_of_root();
        let (index, reply) = ask(query);
        if let Some(end) = ended(index, reply) {
            return end;
        }
        last = failure(reply);
        match reply {
            Reply::NoData => no_data = true,
            Reply::ServFail => failed = true,
            // The name as it is gets its turn still.
            Reply::Refused | Reply::Silent => break,
            Reply::Rejected => return End::Temporary,
            _ => {}
        }
    }
    if let Some(query) = plan.last.filter(|_| !root) {
        let (index, reply) = ask(query);
        last = match ended(index, reply) {
            Some(end) => return end,
            None => failure(reply),
        };
    }
    // What the name as it is brought before the search is kept, whatever the search brings.
    match (kept, no_data, failed) {
        (true, ..) => error,
        (_, true, _) => End::NoData,
        (_, _, true) => End::Temporary,
        _ => last,
    }
}

/// Whether glibc takes a reply for an answer. An alias alone is one, and only then no address is found in it.
fn ended(index: usize, reply: Reply) -> Option<End> {
    match reply {
        Reply::Found => Some(End::Found(index)),
        Reply::Dangling => Some(End::NoName),
        _ => None,
    }
}

fn failure(reply: Reply) -> End {
    match reply {
        Reply::NoData => End::NoData,
        Reply::ServFail | Reply::Refused | Reply::Silent | Reply::Rejected => End::Temporary,
        Reply::Found | Reply::Dangling | Reply::NxDomain => End::NoName,
    }
}

/// `name_from_dns` of `src/network/lookup_name.c`: nothing but NXDOMAIN leads to the next name. A failure, a refusal and a rejected packet
/// are all waited out as silence is (`res_msend.c`).
fn musl(queries: Vec<Query>, ask: Ask) -> End {
    for query in queries {
        match ask(query) {
            (index, Reply::Found) => return End::Found(index),
            (_, Reply::NxDomain) => {}
            (_, Reply::NoData | Reply::Dangling) => return End::NoData,
            _ => return End::Temporary,
        }
    }
    End::NoName
}

/// `goLookupIPCNAMEOrder` of `net/dnsclient_unix.go`: everything leads to the next name. The error is that of the name as it is, and where
/// that is not asked, the first one.
fn go(queries: Vec<Query>, ask: Ask) -> End {
    let mut error = None;
    for query in queries {
        let as_is = query.search.is_none();
        let (index, reply) = ask(query);
        let end = match (reply, failure(reply)) {
            (Reply::Found, _) => return End::Found(index),
            (_, End::NoData) => End::NoName,
            (_, end) => end,
        };
        if as_is || error.is_none() {
            error = Some(end);
        }
    }
    error.unwrap_or(End::NoName)
}
