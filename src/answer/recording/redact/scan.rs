//! Takes texts apart into addresses, words, and what stands between them.

use std::net::IpAddr;

use ipnet::IpNet;

/// A piece of a text that may be replaced.
pub(super) enum Part<'a> {
    /// An address, also one written with dashes as in the names of nodes.
    Address(IpAddr),
    /// A network in CIDR form.
    Network(IpNet),
    /// Letters and digits.
    Word(&'a str),
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// A text with every word replaced, of whatever script; what stands between them stays.
pub(super) fn words_replaced(text: &str, replace: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let (between, tail) = rest.split_at(start);
        out.push_str(between);
        let end = tail.find(|c: char| !c.is_alphanumeric());
        let (word, after) = tail.split_at(end.unwrap_or(tail.len()));
        out.push_str(&replace(word));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Replaces the pieces of a text.
pub(super) fn rewrite(text: &str, mut replace: impl FnMut(Part<'_>) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == ':') {
        let (between, tail) = rest.split_at(start);
        out.push_str(between);
        // "std::bad" is no address that begins with colons.
        let after_word = out.ends_with(|c: char| c.is_ascii_alphanumeric());
        let (taken, piece) = if after_word && tail.starts_with(':') {
            (1, None)
        } else {
            piece(tail)
        };
        match piece {
            Some(Found::Address(ip)) => out.push_str(&replace(Part::Address(ip))),
            Some(Found::Dashed(ip)) => {
                out.push_str(&replace(Part::Address(ip)).replace('.', "-"));
            }
            Some(Found::Network(net)) => out.push_str(&replace(Part::Network(net))),
            None if tail.starts_with(':') => out.push(':'),
            None => out.push_str(&replace(Part::Word(&tail[..taken]))),
        }
        rest = &tail[taken..];
    }
    out.push_str(rest);
    out
}

enum Found {
    Address(IpAddr),
    Dashed(IpAddr),
    Network(IpNet),
}

/// What a text begins with, and how long that is.
fn piece(text: &str) -> (usize, Option<Found>) {
    let run_of = |allowed: fn(char) -> bool| {
        let end = text.find(|c| !allowed(c)).unwrap_or(text.len());
        &text[..end]
    };
    let free = |length: usize| {
        !text[length..]
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphanumeric())
    };
    let run = run_of(|c| c.is_ascii_hexdigit() || c == ':' || c == '.');
    // Longest first: "203.0.113.80:443" and "2001:db8::1:" hold an address that ends before the run does.
    let ends = run
        .char_indices()
        .map(|(i, c)| i + c.len_utf8())
        .rev()
        .take_while(|_| run.contains(['.', ':']));
    for end in ends {
        let Ok(ip) = run[..end].parse::<IpAddr>() else {
            continue;
        };
        let after = &text[end..];
        let cut_short = end < run.len() && !after.starts_with(':') && !after.starts_with('.');
        if cut_short || !free(end) {
            break;
        }
        if let Some(length) = after.strip_prefix('/') {
            let digits = length.bytes().take_while(u8::is_ascii_digit).count();
            if let Ok(net) = text[..end + 1 + digits].parse::<IpNet>()
                && free(end + 1 + digits)
            {
                return (end + 1 + digits, Some(Found::Network(net)));
            }
        }
        return (end, Some(Found::Address(ip)));
    }
    if text.starts_with(':') {
        return (1, None);
    }
    let dashed = run_of(|c| c.is_ascii_digit() || c == '-');
    let mut groups = dashed.match_indices('-').map(|(i, _)| i).skip(3);
    let end = groups.next().unwrap_or(dashed.len());
    if let Ok(ip) = dashed[..end].replace('-', ".").parse::<IpAddr>()
        && free(end)
    {
        return (end, Some(Found::Dashed(ip)));
    }
    (run_of(|c| c.is_ascii_alphanumeric()).len(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> String {
        rewrite(text, |part| match part {
            Part::Address(ip) => format!("<{ip}>"),
            Part::Network(net) => format!("[{net}]"),
            Part::Word(word) => word.to_uppercase(),
        })
    }

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("203.0.113.80", "<203.0.113.80>"),
            ("203.0.113.80:443", "<203.0.113.80>:443"),
            (
                "dial tcp 10.0.0.3:8080: refused",
                "DIAL TCP <10.0.0.3>:8080: REFUSED",
            ),
            ("http://10.0.0.3/x", "HTTP://<10.0.0.3>/X"),
            ("at 10.0.0.3.", "AT <10.0.0.3>."),
            ("10.42.0.0/16", "[10.42.0.0/16]"),
            ("10.42.0.9/16,x", "[10.42.0.9/16],X"),
            ("0.0.0.0/0", "[0.0.0.0/0]"),
            ("2001:db8::1", "<2001:db8::1>"),
            ("[2001:db8::1]:443", "[<2001:db8::1>]:443"),
            ("::1", "<::1>"),
            ("fd00::/8", "[fd00::/8]"),
            ("a=2001:db8::1: down", "A=<2001:db8::1>: DOWN"),
            ("ip-10-0-1-5.ec2", "IP-<10-0-1-5>.EC2"),
        ] {
            assert_eq!(marked(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_words() {
        for (text, expected) in [
            ("v1.2.3.4", "V1.2.3.4"),
            ("1.29.3", "1.29.3"),
            ("10.0.0.3x", "10.0.0.3X"),
            ("10.0.0.300", "10.0.0.300"),
            ("16:00:05", "16:00:05"),
            ("aa:bb:cc:dd:ee:ff", "AA:BB:CC:DD:EE:FF"),
            ("a::b c", "<a::b> C"),
            ("shop-1-2-3", "SHOP-1-2-3"),
            ("1-2-3-400", "1-2-3-400"),
            ("Ünder_x", "ÜNDER_X"),
            ("std::bad_alloc", "STD::BAD_ALLOC"),
            (":80", ":80"),
            ("", ""),
        ] {
            assert_eq!(marked(text), expected, "{text}");
        }
    }
}
