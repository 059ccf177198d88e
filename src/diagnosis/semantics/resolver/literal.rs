//! Names that are IP addresses: no library asks anybody for them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Libc;

/// The address that a name is, as a library reads it. The C libraries take what `inet_aton(3)` takes: `127.1` and `0x7f000001` too.
pub(super) fn literal(libc: Libc, name: &str) -> Option<IpAddr> {
    let v4 = match libc {
        Libc::Glibc | Libc::Musl => aton(name),
        Libc::Go => name.parse::<Ipv4Addr>().ok(),
    };
    v4.map(IpAddr::V4).or_else(|| {
        let (address, zone) = name.split_once('%').unwrap_or((name, "any"));
        let address: Ipv6Addr = address.parse().ok()?;
        (!zone.is_empty()).then_some(IpAddr::V6(address))
    })
}

/// `inet_aton(3)`: one to four numbers, decimal, octal or hexadecimal; the last one fills what is left.
fn aton(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    let bits = 32_u32.checked_sub(8 * u32::try_from(first.len()).ok()?)?;
    let fits = bits > 0 && last.checked_shr(bits).unwrap_or_default() == 0;
    let leading = first.iter().zip([24, 16, 8]);
    let small = first.iter().all(|n| *n <= 0xff);
    (fits && small)
        .then(|| Ipv4Addr::from_bits(leading.fold(*last, |all, (n, at)| all | (n << at))))
}

/// `strtoul(3)` with base 0, of a text that begins with a digit.
fn number(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hex, text.strip_prefix('0')) {
        (Some(hex), _) => (hex, 16),
        (None, Some(octal)) if !octal.is_empty() => (octal, 8),
        _ => (text, 10),
    };
    // A sign is no digit, but the parser of the standard library takes one.
    let plain = digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_names() {
        for (text, c, go) in [
            ("10.96.77.1", "10.96.77.1", "10.96.77.1"),
            ("127.1", "127.0.0.1", ""),
            ("1.2.3", "1.2.0.3", ""),
            ("1.2.65535", "1.2.255.255", ""),
            ("1.2.65536", "", ""),
            ("0x7f000001", "127.0.0.1", ""),
            ("010.0.0.1", "8.0.0.1", ""),
            ("08.0.0.1", "", ""),
            ("12345", "0.0.48.57", ""),
            ("4294967296", "", ""),
            ("256.1.1.1", "", ""),
            ("1.2.3.256", "", ""),
            ("1.2.3.4.5", "", ""),
            ("1.2.3.4.", "", ""),
            ("+1.2.3.4", "", ""),
            ("0x", "", ""),
            ("0", "0.0.0.0", ""),
            ("", "", ""),
            ("::1", "::1", "::1"),
            ("fe80::1%eth0", "fe80::1", "fe80::1"),
            ("fe80::1%", "", ""),
            ("web%eth0", "", ""),
            ("web", "", ""),
        ] {
            let found = |libc| {
                literal(libc, text)
                    .map(|a| a.to_string())
                    .unwrap_or_default()
            };
            assert_eq!(found(Libc::Glibc), c, "{text}");
            assert_eq!(found(Libc::Musl), c, "{text}");
            assert_eq!(found(Libc::Go), go, "{text}");
        }
    }
}
