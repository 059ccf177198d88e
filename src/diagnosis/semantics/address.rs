//! Which networks an IP address belongs to.

use std::net::IpAddr;

/// Whether what is published as an address is none that another machine could go to: loopback, unspecified, `localhost`.
pub fn is_placeholder(value: &str) -> bool {
    match value.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => value
            .trim_end_matches('.')
            .eq_ignore_ascii_case("localhost"),
    }
}

/// RFC 1918, RFC 6598, link-local, loopback, and IPv6's unique local addresses.
pub fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            let [first, second, ..] = a.octets();
            a.is_private()
                || a.is_loopback()
                || a.is_link_local()
                || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(a) => {
            a.is_loopback()
                || (a.segments()[0] & 0xfe00) == 0xfc00
                || (a.segments()[0] & 0xffc0) == 0xfe80
        }
    }
}
