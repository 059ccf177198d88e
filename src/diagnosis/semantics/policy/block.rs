//! `ipBlock`: a range of addresses, and the ranges in it that are left out.

use std::net::IpAddr;

use k8s_openapi::api::networking::v1::IPBlock;

use super::doubt::Doubt;

/// The addresses of `cidr` without those of `except`.
pub(super) struct Block {
    range: Range,
    except: Vec<Range>,
}

struct Range {
    base: IpAddr,
    length: u32,
}

impl Block {
    pub(super) fn parse(block: &IPBlock) -> Result<Self, Doubt> {
        let parse = |text: &String| {
            Range::parse(text).ok_or_else(|| Doubt::Malformed(format!("ipBlock {text} is no CIDR")))
        };
        Ok(Self {
            range: parse(&block.cidr)?,
            except: block
                .except
                .iter()
                .flatten()
                .map(parse)
                .collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.range.has(address) && !self.except.iter().any(|e| e.has(address))
    }

    /// Whether it has some address of a family: v4 first.
    pub(super) const fn is_of(&self, family: usize) -> bool {
        self.range.base.is_ipv4() == (family == 0)
    }

    /// Whether it has every address of its family.
    pub(super) fn is_all(&self) -> bool {
        self.range.length == 0 && self.except.is_empty()
    }
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        let length: u32 = length.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some(Self { base, length })
    }

    fn has(&self, address: IpAddr) -> bool {
        let differ = match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                (base.to_bits() ^ address.to_bits()).leading_zeros()
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                (base.to_bits() ^ address.to_bits()).leading_zeros()
            }
            _ => return false,
        };
        differ >= self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_addresses_that_begin_as_it_does() {
        for (range, address, has) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            // The host's bits of what is written say nothing.
            ("10.1.2.3/16", "10.1.9.9", true),
            ("10.1.2.3/32", "10.1.2.3", true),
            ("10.1.2.3/32", "10.1.2.2", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("2001:db8::/64", "2001:db8::ffff", true),
            ("2001:db8::/64", "2001:db8:0:1::", false),
        ] {
            let parsed = Range::parse(range).expect("a range");
            assert_eq!(
                parsed.has(address.parse().expect("an address")),
                has,
                "{range} {address}"
            );
        }
        for text in ["10.0.0.0", "10.0.0.0/33", "::/129", "a/8", "10.0.0.0/-1"] {
            assert!(Range::parse(text).is_none(), "{text}");
        }
    }
}
