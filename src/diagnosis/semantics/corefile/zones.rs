//! Names and zones as CoreDNS compares them, and the keys of its server blocks (CoreDNS plugin/normalize.go, plugin/pkg/parse,
//! plugin/pkg/cidr).

use std::net::{Ipv4Addr, Ipv6Addr};

/// How questions come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UDP and TCP.
    Dns,
    /// TLS.
    Tls,
    /// QUIC.
    Quic,
    /// gRPC.
    Grpc,
    /// HTTPS.
    Https,
    /// HTTP/3.
    Https3,
    /// A socket of the machine.
    Unix,
}

impl Transport {
    const ALL: [(&'static str, Self); 7] = [
        ("tls://", Self::Tls),
        ("dns://", Self::Dns),
        ("quic://", Self::Quic),
        ("grpc://", Self::Grpc),
        ("https3://", Self::Https3),
        ("https://", Self::Https),
        ("unix://", Self::Unix),
    ];

    /// The transport of an address, and the rest of it.
    pub(super) fn of(text: &str) -> (Self, &str) {
        let mut all = Self::ALL.into_iter();
        all.find_map(|(prefix, transport)| Some((transport, text.strip_prefix(prefix)?)))
            .unwrap_or((Self::Dns, text))
    }

    /// The port where no other is told.
    pub(super) fn port(self) -> i64 {
        match self {
            Self::Dns | Self::Unix => 53,
            Self::Tls | Self::Quic => 853,
            Self::Grpc | Self::Https | Self::Https3 => 443,
        }
    }
}

/// A name in small letters and with its final dot.
pub(super) fn fqdn(name: &str) -> String {
    let mut name = name.to_lowercase();
    if !name.ends_with('.') {
        name.push('.');
    }
    name
}

/// Whether a name is a zone or in it; both with final dots and in small letters.
pub(super) fn is_within(zone: &str, name: &str) -> bool {
    let rest = name.strip_suffix(zone);
    zone == "." || rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The longest of the zones that a name is in.
pub(super) fn longest<'z>(zones: &'z [String], name: &str) -> Option<&'z str> {
    let all = zones.iter().filter(|z| is_within(z, name));
    all.max_by_key(|z| z.len()).map(String::as_str)
}

/// Whether CoreDNS takes a name at all: almost anything is one (miekg/dns, `IsDomainName`).
pub(super) fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let labels = || name.split('.');
    let fits = name.len() <= 254 && labels().all(|l| l.len() < 64);
    fits && (name.is_empty() || !labels().skip(1).any(str::is_empty))
}

/// The zones and the port of a key without its transport.
pub(super) fn split(key: &str) -> Result<(Vec<String>, Option<i64>), String> {
    let (mut host, mut port) = (key, None);
    match key.rsplit_once(':') {
        Some((_, "")) => return Err(format!("`{key}` ends with a colon")),
        Some((before, after)) => {
            if let Ok(number) = after.parse() {
                (host, port) = (before, Some(number));
            }
        }
        None => {}
    }
    if host.is_empty() {
        return Err(format!("`{key}` names no zone"));
    }
    if !is_name(host) {
        return Err(format!("`{host}` is no name of a zone"));
    }
    let zones = match reverse(host) {
        Some(_) if host.starts_with(':') || (host.starts_with('0') && host.contains(':')) => {
            return Err(format!("`{host}` is no network"));
        }
        Some(zones) => zones,
        None => vec![host.to_owned()],
    };
    Ok((zones, port))
}

/// The zones that an argument of a plugin names: none where it is not valid.
pub(super) fn exact(text: &str) -> Vec<String> {
    let (_, text) = Transport::of(text);
    let (zones, _) = split(text).unwrap_or_default();
    zones.iter().map(|z| fqdn(z)).collect()
}

/// The zones of a plugin: those it names, or those of its block.
pub(super) fn origins(args: &[String], block: &[String]) -> Vec<String> {
    match args {
        [] => block.to_vec(),
        _ => args.iter().flat_map(|a| exact(a)).collect(),
    }
}

/// The reverse zones of a network: several where it does not end with a label.
fn reverse(network: &str) -> Option<Vec<String>> {
    let (address, bits) = network.split_once('/')?;
    if bits.is_empty() || !bits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bits: u32 = bits.parse().ok()?;
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let octets = address.octets().map(u128::from);
        return labels(&octets, 8, bits).map(|all| named(&all, 10, "in-addr.arpa."));
    }
    let address: Ipv6Addr = address.parse().ok()?;
    let nibbles = address
        .octets()
        .map(u128::from)
        .into_iter()
        .flat_map(|octet| [octet >> 4, octet & 15]);
    let nibbles: Vec<u128> = nibbles.collect();
    labels(&nibbles, 4, bits).map(|all| named(&all, 16, "ip6.arpa."))
}

/// The labels of every zone of a network whose address has parts of some bits each.
fn labels(parts: &[u128], size: u32, bits: u32) -> Option<Vec<Vec<u128>>> {
    let count = usize::try_from(bits.div_ceil(size)).ok()?;
    let mut kept = parts.get(..count)?.to_vec();
    let free = u32::try_from(count).ok()? * size - bits;
    let Some(last) = kept.pop() else {
        return Some(vec![Vec::new()]);
    };
    let first = (last >> free) << free;
    let each = (first..first + (1 << free)).map(|last| [kept.as_slice(), &[last]].concat());
    Some(each.collect())
}

fn named(all: &[Vec<u128>], base: u32, end: &str) -> Vec<String> {
    let label = |part: &u128| match base {
        16 => format!("{part:x}."),
        _ => format!("{part}."),
    };
    let name = |parts: &Vec<u128>| parts.iter().rev().map(label).collect::<String>() + end;
    all.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_zones() {
        for (zone, name, within) in [
            (".", "a.b.", true),
            (".", ".", true),
            ("cluster.local.", "cluster.local.", true),
            ("cluster.local.", "a.cluster.local.", true),
            ("cluster.local.", "mycluster.local.", false),
            ("a.b.", "b.", false),
        ] {
            assert_eq!(is_within(zone, name), within, "{zone} {name}");
        }
        let zones = [".", "b.", "a.b."].map(str::to_owned);
        assert_eq!(longest(&zones, "x.a.b."), Some("a.b."));
        assert_eq!(longest(&zones, "x.b."), Some("b."));
        assert_eq!(longest(&zones[1..], "c."), None);
    }

    #[test]
    fn keys() {
        for (key, zones, port) in [
            (".", vec!["."], None),
            (".:53", vec!["."], Some(53)),
            ("Example.org:5353", vec!["Example.org"], Some(5353)),
            ("a:b", vec!["a:b"], None),
            ("10.0.0.0/8:53", vec!["10.in-addr.arpa."], Some(53)),
            ("10.1.2.3/16", vec!["1.10.in-addr.arpa."], None),
            ("10.1.2.0/24", vec!["2.1.10.in-addr.arpa."], None),
            (
                "10.0.8.0/22",
                vec![
                    "8.0.10.in-addr.arpa.",
                    "9.0.10.in-addr.arpa.",
                    "10.0.10.in-addr.arpa.",
                    "11.0.10.in-addr.arpa.",
                ],
                None,
            ),
            ("0.0.0.0/0", vec!["in-addr.arpa."], None),
            ("2001:db8::/32", vec!["8.b.d.0.1.0.0.2.ip6.arpa."], None),
            ("fd00::/7", vec!["c.f.ip6.arpa.", "d.f.ip6.arpa."], None),
            ("10.0.0.0/33", vec!["10.0.0.0/33"], None),
        ] {
            let zones = zones.into_iter().map(str::to_owned).collect();
            assert_eq!(split(key), Ok((zones, port)), "{key}");
        }
        for key in ["", ":53", "a:", "a..b", &"x".repeat(64), "0::/8"] {
            assert!(split(key).is_err(), "{key}");
        }
    }

    #[test]
    fn transports() {
        for (text, transport, rest, port) in [
            (".:53", Transport::Dns, ".:53", 53),
            ("dns://a", Transport::Dns, "a", 53),
            ("tls://.", Transport::Tls, ".", 853),
            ("https3://.", Transport::Https3, ".", 443),
            ("https://.", Transport::Https, ".", 443),
            ("grpc://.", Transport::Grpc, ".", 443),
        ] {
            assert_eq!(Transport::of(text), (transport, rest));
            assert_eq!(transport.port(), port);
        }
    }
}
