//! Replaces addresses so that networks stay networks: two addresses with the same first bits have the same first bits afterwards.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Blocks with a meaning of their own: their addresses stay inside them.
const V4_BLOCKS: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
];
/// Blocks that stay as they are: this host, loopback, link-local (with the clouds' metadata service), multicast, reserved.
const V4_FIXED: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];
const V6_BLOCKS: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
];
const V6_FIXED: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::UNSPECIFIED, 127),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];
/// Blocks whose last 32 bits are an IPv4 address: mapped, and NAT64 (RFC 6052).
const V6_WITH_V4: &[Ipv6Addr] = &[
    Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
];

/// One way of replacing.
pub(super) struct Addresses {
    seed: u64,
}

impl Addresses {
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that hangs on the value and the seed.
    pub fn hash(&self, value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, value).hash(&mut hasher);
        hasher.finish()
    }

    pub fn address(&self, ip: IpAddr) -> IpAddr {
        match ip {
            IpAddr::V4(ip) => self.v4(ip, 32).into(),
            IpAddr::V6(ip) => self.v6(ip, 128).into(),
        }
    }

    pub fn socket(&self, to: SocketAddr) -> SocketAddr {
        SocketAddr::new(self.address(to.ip()), to.port())
    }

    /// A network, or an address with the length of its network.
    pub fn network(&self, net: IpNet) -> IpNet {
        match net {
            IpNet::V4(net) => {
                let bits = if net.addr() == net.network() {
                    net.prefix_len()
                } else {
                    32
                };
                Ipv4Net::new(self.v4(net.addr(), bits), net.prefix_len())
                    .unwrap_or(net)
                    .into()
            }
            IpNet::V6(net) => {
                let bits = if net.addr() == net.network() {
                    net.prefix_len()
                } else {
                    128
                };
                Ipv6Net::new(self.v6(net.addr(), bits), net.prefix_len())
                    .unwrap_or(net)
                    .into()
            }
        }
    }

    fn v4(&self, ip: Ipv4Addr, bits: u8) -> Ipv4Addr {
        let wide = |ip: Ipv4Addr| u128::from(ip.to_bits()) << 96;
        let of = |blocks: &[(Ipv4Addr, u8)]| -> Vec<(u128, u8)> {
            blocks.iter().map(|(a, n)| (wide(*a), *n)).collect()
        };
        let mixed = self.mix(4, wide(ip), bits, &of(V4_BLOCKS), &of(V4_FIXED));
        Ipv4Addr::from_bits(u32::try_from(mixed >> 96).unwrap_or_default())
    }

    fn v6(&self, ip: Ipv6Addr, bits: u8) -> Ipv6Addr {
        let low = ip.to_bits() & u128::from(u32::MAX);
        let head = Ipv6Addr::from_bits(ip.to_bits() ^ low);
        if V6_WITH_V4.contains(&head) {
            let v4 = Ipv4Addr::from_bits(u32::try_from(low).unwrap_or_default());
            let v4 = self.v4(v4, bits.saturating_sub(96)).to_bits();
            return Ipv6Addr::from_bits(head.to_bits() | u128::from(v4));
        }
        let of = |blocks: &[(Ipv6Addr, u8)]| -> Vec<(u128, u8)> {
            blocks.iter().map(|(a, n)| (a.to_bits(), *n)).collect()
        };
        let with_v4 = V6_WITH_V4.iter().map(|a| (a.to_bits(), 96));
        let blocks: Vec<_> = of(V6_BLOCKS).into_iter().chain(with_v4).collect();
        Ipv6Addr::from_bits(self.mix(6, ip.to_bits(), bits, &blocks, &of(V6_FIXED)))
    }

    /// Flips each of the first bits, or not, depending on the bits before it (prefix-preserving, as Crypto-PAn). Bits that lead
    /// into a block with a meaning are never flipped; the last bit of an address always is, so that none comes out as itself.
    fn mix(
        &self,
        family: u8,
        ip: u128,
        bits: u8,
        blocks: &[(u128, u8)],
        fixed: &[(u128, u8)],
    ) -> u128 {
        let head = |value: u128, bits: u8| value.checked_shr(128 - u32::from(bits)).unwrap_or(0);
        if fixed
            .iter()
            .any(|(block, n)| head(ip, *n) == head(*block, *n))
        {
            return ip;
        }
        (0..bits).fold(ip, |mixed, i| {
            let before = head(ip, i);
            let leads_in = blocks
                .iter()
                .chain(fixed)
                .any(|(block, n)| i < *n && head(*block, i) == before);
            let last = i == if family == 4 { 31 } else { 127 };
            if !leads_in && (last || self.hash((family, i, before)) & 1 == 1) {
                mixed ^ (1 << (127 - i))
            } else {
                mixed
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn common(a: u128, b: u128) -> u32 {
        (a ^ b).leading_zeros()
    }

    proptest! {
        #[test]
        fn prefixes_are_kept(seed: u64, a: u32, b: u32, c: u128, d: u128) {
            let map = Addresses::new(seed);
            let v4 = |x: u32| Ipv4Addr::from_bits(x);
            let (x, y) = (map.v4(v4(a), 32).to_bits(), map.v4(v4(b), 32).to_bits());
            prop_assert_eq!((a ^ b).leading_zeros(), (x ^ y).leading_zeros());
            let v6 = |x: u128| Ipv6Addr::from_bits(x);
            let (x, y) = (map.v6(v6(c), 128).to_bits(), map.v6(v6(d), 128).to_bits());
            prop_assert_eq!(common(c, d), common(x, y));
        }

        #[test]
        fn an_address_stays_in_its_network(seed: u64, ip: u32, length in 0_u8..=32) {
            let map = Addresses::new(seed);
            let ip = Ipv4Addr::from_bits(ip);
            let net = Ipv4Net::new(ip, length).expect("a length").trunc();
            let IpNet::V4(mapped) = map.network(net.into()) else { unreachable!() };
            prop_assert!(mapped.contains(&map.v4(ip, 32)));
            prop_assert_eq!(mapped.trunc(), mapped);
        }

        #[test]
        fn no_address_comes_out_as_itself(seed: u64, host: u8, low: u64) {
            let map = Addresses::new(seed);
            let v4 = Ipv4Addr::new(203, 0, 113, host);
            prop_assert_ne!(map.v4(v4, 32), v4);
            let v6 = Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(low));
            prop_assert_ne!(map.v6(v6, 128), v6);
        }

        #[test]
        fn private_stays_private(seed: u64, ip: u32) {
            let map = Addresses::new(seed);
            let ip = Ipv4Addr::from_bits(ip);
            let mapped = map.v4(ip, 32);
            prop_assert_eq!(ip.is_private(), mapped.is_private());
            prop_assert_eq!(ip.is_loopback(), mapped.is_loopback());
            prop_assert_eq!(ip.is_link_local(), mapped.is_link_local());
        }
    }

    #[test]
    fn fixed_addresses_stay_and_others_change() {
        let map = Addresses::new(7);
        for same in [
            "127.0.0.1",
            "0.0.0.0",
            "169.254.169.254",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
        ] {
            let ip: IpAddr = same.parse().expect(same);
            assert_eq!(map.address(ip), ip);
        }
        for (net, inside) in [
            ("10.0.0.0/8", "10.96.0.10"),
            ("2001:db8::/32", "2001:db8::9"),
            ("fc00::/7", "fd12::1"),
        ] {
            let (net, ip): (IpNet, IpAddr) =
                (net.parse().expect(net), inside.parse().expect(inside));
            assert!(net.contains(&map.address(ip)));
            assert_ne!(map.address(ip), ip);
        }
        let mapped: IpAddr = "::ffff:10.1.2.3".parse().expect("mapped");
        let IpAddr::V6(new) = map.address(mapped) else {
            unreachable!()
        };
        assert_eq!(
            new.to_ipv4_mapped(),
            Some(map.v4(Ipv4Addr::new(10, 1, 2, 3), 32))
        );
        assert_ne!(
            Addresses::new(8).v4(Ipv4Addr::new(10, 1, 2, 3), 32),
            map.v4(Ipv4Addr::new(10, 1, 2, 3), 32)
        );
    }
}
