//! Which names a library asks for, in which order, when nothing is found.

use super::literal::literal;
use super::{Libc, ResolvConf};

/// The longest name on the wire has 255 bytes, which are 253 letters and dots (RFC 1035 §3.1).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;
/// What musl puts a name and a domain into.
const MUSL_BUFFER: usize = 256;

/// One name that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The whole name, without a final dot, in the letters it was typed in. The root is empty.
    pub name: String,
    /// The domain that was appended, as it stands in the file; none where the name is asked as it is.
    pub search: Option<String>,
}

/// The names that are asked for until one is found. None are, for an address and for what the library takes for no name.
pub fn queries(libc: Libc, name: &str, conf: &ResolvConf) -> Vec<Query> {
    if literal(libc, name).is_some() || !is_name(libc, name) {
        return Vec::new();
    }
    match libc {
        Libc::Glibc => glibc(name, conf).into_queries(),
        Libc::Musl => musl(name, conf),
        Libc::Go => go(name, conf),
    }
}

/// What glibc is up to with a name.
#[derive(Default)]
pub(super) struct Plan {
    /// The name as it is, before any search.
    pub first: Option<Query>,
    /// The search.
    pub searched: Vec<Query>,
    /// The name as it is, after the search, unless that came by the root.
    pub last: Option<Query>,
}

impl Plan {
    fn into_queries(self) -> Vec<Query> {
        let root = self.searched.iter().any(Query::is_of_root);
        let last = self.last.filter(|_| !root);
        let first = self.first.into_iter();
        first.chain(self.searched).chain(last).collect()
    }
}

impl Query {
    /// Whether it is the name as it is, for the sake of the root in the search list.
    pub(super) fn is_of_root(&self) -> bool {
        self.search.as_deref() == Some(".")
    }
}

/// What glibc is up to with a name; nothing, with what it takes for none.
pub(super) fn plan(name: &str, conf: &ResolvConf) -> Plan {
    if is_name(Libc::Glibc, name) {
        return glibc(name, conf);
    }
    Plan::default()
}

/// `__res_context_search` of `resolv/res_query.c`.
fn glibc(name: &str, conf: &ResolvConf) -> Plan {
    let rooted = name.ends_with('.');
    let first = rooted || has_dots(name, conf);
    let domains = if rooted {
        Vec::new()
    } else {
        conf.domains(Libc::Glibc)
    };
    let never = conf.has("no-tld-query") || conf.has("no_tld_query");
    let last = name.contains('.') || domains.is_empty() || !never;
    let searches = domains.into_iter().map(|domain| {
        let tail = domain.strip_prefix('.').unwrap_or(domain);
        searched(name, tail, domain)
    });
    Plan {
        first: first.then(|| as_is(name)),
        // What cannot be sent ends the search (`NO_RECOVERY`).
        searched: searches.take_while(|q| is_sendable(&q.name)).collect(),
        last: (last && !first).then(|| as_is(name)),
    }
}

/// `name_from_dns_search` of `src/network/lookup_name.c`.
fn musl(name: &str, conf: &ResolvConf) -> Vec<Query> {
    let mut found = Vec::new();
    if !name.ends_with('.') && !has_dots(name, conf) {
        let room = MUSL_BUFFER.saturating_sub(name.len() + 1);
        let domains = conf.domains(Libc::Musl).into_iter();
        let fitting = domains.filter(|d| d.len() < room);
        found.extend(fitting.map(|d| searched(name, d, d)));
    }
    found.push(as_is(name));
    // What cannot be sent is passed over as if it did not exist.
    found.retain(|q| is_sendable(&q.name));
    found
}

/// `nameList` of `net/dnsclient_unix.go`.
fn go(name: &str, conf: &ResolvConf) -> Vec<Query> {
    let rooted = name.ends_with('.');
    let first = rooted || has_dots(name, conf);
    let mut found: Vec<Query> = first.then(|| as_is(name)).into_iter().collect();
    if !rooted {
        let domains = conf.domains(Libc::Go).into_iter();
        found.extend(domains.map(|d| searched(name, d, d)));
    }
    found.extend((!first).then(|| as_is(name)));
    found.retain(|q| is_sendable(&q.name) && !is_onion(&q.name));
    found
}

fn as_is(name: &str) -> Query {
    Query {
        name: name.strip_suffix('.').unwrap_or(name).to_owned(),
        search: None,
    }
}

fn searched(name: &str, tail: &str, domain: &str) -> Query {
    let whole = format!("{name}.{tail}");
    Query {
        search: Some(domain.to_owned()),
        ..as_is(&whole)
    }
}

fn has_dots(name: &str, conf: &ResolvConf) -> bool {
    name.matches('.').count() >= usize::from(conf.ndots)
}

/// Whether a name can be put into a message (RFC 1035 §3.1).
fn is_sendable(name: &str) -> bool {
    let fits = |label: &str| (1..=LONGEST_LABEL).contains(&label.len());
    name.is_empty() || (name.len() <= LONGEST_NAME && name.split('.').all(fits))
}

/// RFC 7686: such names are no business of DNS.
fn is_onion(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".onion")
}

/// Whether a library looks for a name at all.
fn is_name(libc: Libc, name: &str) -> bool {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match libc {
        // `res_hnok` of `resolv/res-name-checking.c`.
        Libc::Glibc => {
            let letters = bare.chars().all(|c| c == '.' || word(c));
            !name.is_empty() && letters && !bare.starts_with('-') && is_sendable(bare)
        }
        // `__lookup_name` and `name_from_dns_search`.
        Libc::Musl => name.len() < MUSL_BUFFER - 1 && !bare.is_empty() && !bare.ends_with('.'),
        // `isDomainName` of `net/dnsclient.go`.
        Libc::Go => {
            let mut labels = bare.split('.');
            let dashed = labels.any(|l| l.starts_with('-') || l.ends_with('-'));
            let letters = bare.chars().all(|c| c == '.' || word(c)) && !dashed;
            let number = bare.chars().all(|c| c == '.' || c.is_ascii_digit());
            name == "." || (letters && !number && is_sendable(bare))
        }
    }
}
