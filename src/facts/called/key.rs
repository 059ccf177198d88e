//! What the name of a setting says of its value.

/// What a value is, by the name of its setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A host, with a port or without.
    Host,
    /// Something with a host in it.
    Address,
    /// The program's own: where it listens, what the world calls it, whom it lets in.
    Own,
    /// Anything.
    Any,
}

/// Endings of settings that hold a host.
const HOSTS: [&str; 4] = ["HOST", "HOSTS", "SERVER", "SERVERS"];
/// Endings of settings that hold a host with its port, or a URL.
const ADDRESSES: [&str; 17] = [
    "ADDR",
    "ADDRS",
    "ADDRESS",
    "ADDRESSES",
    "URL",
    "URLS",
    "URI",
    "ENDPOINT",
    "ENDPOINTS",
    "BROKER",
    "BROKERS",
    "UPSTREAM",
    "BACKEND",
    "TARGET",
    "DSN",
    "PEERS",
    "CONNECT",
];
/// Those of them that say it alone.
const ALONE: [&str; 9] = [
    "ADDRESS",
    "ADDRESSES",
    "UPSTREAM",
    "BACKEND",
    "TARGET",
    "ENDPOINT",
    "URL",
    "BROKERS",
    "DSN",
];
/// Words of settings about the program itself, or that name whom it does not call.
const OWN: [&str; 24] = [
    "LISTEN",
    "BIND",
    "ALLOWED",
    "ALLOW",
    "DENY",
    "VIRTUAL",
    "TRUSTED",
    "PUBLIC",
    "EXTERNAL",
    "ADVERTISE",
    "ADVERTISED",
    "ORIGIN",
    "ORIGINS",
    "CORS",
    "COOKIE",
    "NO",
    "POD",
    "NODE",
    "SELF",
    "ROOT",
    "SITE",
    "CALLBACK",
    "REDIRECT",
    "IMAGE",
];

impl Key {
    pub(super) fn of(name: &str) -> Self {
        let words = words(name);
        let Some(last) = words.last() else {
            return Self::Any;
        };
        if words.iter().any(|w| OWN.contains(&w.as_str())) {
            return Self::Own;
        }
        // `HOST` alone is where a program listens; `PGHOST` is not.
        let several = words.len() > 1;
        let glued = last.len() > 4 && last.ends_with("HOST");
        if several && HOSTS.contains(&last.as_str()) || glued {
            Self::Host
        } else if several && ADDRESSES.contains(&last.as_str()) || ALONE.contains(&last.as_str()) {
            Self::Address
        } else {
            Self::Any
        }
    }
}

/// The words of a name, as `REDIS_ADDR`, `redis-addr`, `redis.addr` and `redisAddr` have them, in capitals.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        let begins = c.is_ascii_uppercase() && lower;
        if (begins || !c.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_uppercase());
        }
        lower = c.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether a setting holds the number of a port.
pub(super) fn is_port(name: &str) -> bool {
    words(name).last().is_some_and(|w| w.ends_with("PORT"))
}

/// The setting that holds the port of a setting's host: `REDIS_PORT` of `REDIS_HOST`.
pub fn sibling_port(name: &str) -> Option<String> {
    let upper = name.strip_suffix("HOST").map(|stem| format!("{stem}PORT"));
    upper.or_else(|| {
        let stem = name.strip_suffix("host")?;
        Some(format!("{stem}port"))
    })
}
