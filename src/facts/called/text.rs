//! Hosts in a text.

use super::Called;
use super::key::Key;

/// Stands before a host of which nothing else is known.
pub(super) const PLAIN: &str = "tcp://";

/// Schemes of programs that speak something else than HTTP, and the port of each.
const PORTS: &[(&str, u16)] = &[
    ("postgres", 5432),
    ("postgresql", 5432),
    ("mysql", 3306),
    ("mariadb", 3306),
    ("redis", 6379),
    ("rediss", 6379),
    ("amqp", 5672),
    ("amqps", 5671),
    ("mongodb", 27017),
    ("nats", 4222),
    ("kafka", 9092),
    ("memcached", 11211),
    ("ldap", 389),
    ("ldaps", 636),
    ("smtp", 25),
    ("mqtt", 1883),
    ("mqtts", 8883),
    ("cassandra", 9042),
    ("zookeeper", 2181),
];
/// Schemes after which no host comes, or one that is found by other records.
const NO_HOST: &[&str] = &[
    "file",
    "unix",
    "data",
    "about",
    "s3",
    "gs",
    "gcs",
    "abfs",
    "oci",
    "docker",
    "arn",
    "urn",
    "classpath",
    "mongodb+srv",
    "udp",
];

/// The URLs of a text, and the text without them.
pub(super) fn urls(text: &str) -> (Vec<Called>, String) {
    let (mut found, mut rest, mut left) = (Vec::new(), String::new(), text);
    while let Some(at) = left.find("://") {
        let (before, after) = (&left[..at], &left[at + 3..]);
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        let begin = before.rfind(|c| !is_scheme(c)).map_or(0, |i| {
            i + before[i..].chars().next().map_or(1, char::len_utf8)
        });
        let scheme = before[begin..].to_ascii_lowercase();
        // gRPC's names: `dns:///host:port`.
        let after = match scheme.as_str() {
            "dns" | "passthrough" => after.trim_start_matches('/'),
            _ => after,
        };
        // Placeholders are no ends: with them it is no host.
        let ends = |c: char| c.is_whitespace() || "/?#\"'`>)]}|\\;".contains(c);
        let authority = after.find(ends).map_or(after, |end| &after[..end]);
        rest.push_str(&before[..begin]);
        rest.push(' ');
        left = &after[authority.len()..];
        // The rest of the URL is no text of its own.
        left = left
            .find(|c: char| c.is_whitespace() || "\"'`<>,;|".contains(c))
            .map_or("", |end| &left[end..]);
        let hosts = authority
            .rsplit_once('@')
            .map_or(authority, |(_, hosts)| hosts);
        for host in hosts.split(',') {
            found.extend(of_url(&scheme, host));
        }
    }
    rest.push_str(left);
    (found, rest)
}

fn of_url(scheme: &str, host: &str) -> Option<Called> {
    let (host, port) = with_port(host)?;
    let (scheme, usual) = match scheme {
        "http" | "ws" => (Some("http"), None),
        "https" | "wss" => (Some("https"), None),
        scheme if NO_HOST.contains(&scheme) => return None,
        scheme => {
            let usual = PORTS.iter().find(|(name, _)| *name == scheme);
            // Where the port is not known nothing could be called.
            if usual.is_none() && port.is_none() && scheme != "tcp" {
                return None;
            }
            (None, usual.map(|(_, port)| *port))
        }
    };
    Some(Called {
        scheme,
        host: host.to_owned(),
        port: port.or(usual),
    })
}

/// The words of a text that may be hosts.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || ",;=\"'`|<>()".contains(c);
    text.split(between).filter(|w| !w.is_empty())
}

/// A host that stands without a scheme: where the setting says that it is one, or the name can be nothing else.
pub(super) fn bare(word: &str, key: Key) -> Option<Called> {
    let word = word.split('/').next().unwrap_or(word);
    let (host, port) = with_port(word)?;
    let said = match key {
        Key::Host => true,
        Key::Address => port.is_some(),
        Key::Own | Key::Any => false,
    };
    (said || is_service(host)).then(|| Called {
        scheme: None,
        host: host.to_owned(),
        port,
    })
}

/// Host and port, where it is a host that is called by name.
fn with_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|p: &u16| *p > 0)?)),
        None => (text, None),
    };
    is_name(host).then_some((host, port))
}

/// RFC 1123, and no address; words that stand for something else in settings are none either.
fn is_name(host: &str) -> bool {
    let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    let is_label = |l: &&str| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let edge = |c: char| c.is_ascii_alphanumeric() || c == '_';
        l.len() <= 63 && l.starts_with(edge) && l.ends_with(edge) && l.chars().all(inside)
    };
    let last = labels.last().copied().unwrap_or_default();
    host.len() <= 253
        && labels.iter().all(is_label)
        && last.contains(|c: char| c.is_ascii_alphabetic())
        && !last.eq_ignore_ascii_case("localhost")
        && ![
            "true", "false", "null", "none", "yes", "no", "on", "off", "auto",
        ]
        .contains(&host.to_ascii_lowercase().as_str())
}

/// A name that only a cluster has.
fn is_service(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let mut labels = host.split('.');
    let mut is_label = |not: &str| labels.next().is_some_and(|l| !l.is_empty() && l != not);
    let named = is_label("") && is_label("svc");
    named && labels.any(|l| l == "svc")
}

/// A name as Services have them: alone, with a namespace and a port, or in full.
pub(super) fn is_of_the_cluster(called: &Called) -> bool {
    let dots = called.host.matches('.').count();
    dots == 0 || dots == 1 && called.port.is_some() && !is_web(called) || is_service(&called.host)
}

/// Ports that a host of two labels has in the world, too.
fn is_web(called: &Called) -> bool {
    matches!(called.port, Some(80 | 443))
}

/// Whether a line of a file says nothing.
pub(super) fn is_comment(line: &str) -> bool {
    ["#", "//", ";", "<!--", "*", "/*", "--"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

/// Name and value of a line: `redis.host = redis`, `host: redis`, `"host": "redis",`.
pub(super) fn setting(line: &str) -> Option<(&str, &str)> {
    let at = line.find(['=', ':'])?;
    let (key, value) = (line[..at].trim(), &line[at + 1..]);
    let key = key
        .trim_start_matches("- ")
        .trim_matches(|c| c == '"' || c == '\'');
    let is_key = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    // `http://…` is a value.
    (is_key && !value.starts_with("//")).then_some((key, value))
}
