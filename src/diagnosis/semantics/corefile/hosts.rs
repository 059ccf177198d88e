//! Plugin `hosts`: names with fixed addresses (CoreDNS plugin/hosts: setup.go, `hostsParse`; hostsfile.go, `parse`; hosts.go, `ServeDNS`).

use std::net::IpAddr;

use super::cursor::Cursor;
use super::duration::{duration, number};
use super::fault::Fault;
use super::files::Files;
use super::lex::Place;
use super::zones::{fqdn, longest, origins};

/// The pod's own file: its own names alone, unless the pod has `hostAliases` or the node's network.
const OWN: &str = "/etc/hosts";

/// What the plugin was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Where it stands.
    pub at: Place,
    /// The file it reads.
    pub path: String,
    /// Whether what is in that file is known.
    pub is_read: bool,
    /// The zones it answers for.
    pub zones: Vec<String>,
    /// Names and their addresses, in order.
    pub entries: Vec<(String, IpAddr)>,
    /// The names of these zones that it does not have go on to the next plugin.
    pub fallthrough: Vec<String>,
}

/// What `hosts` has of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) addresses: Vec<IpAddr>,
    /// By a name with an asterisk.
    pub(super) by_wildcard: bool,
}

impl Hosts {
    /// Whether it answers for a name at all.
    pub(super) fn is_for(&self, name: &str) -> bool {
        longest(&self.zones, name).is_some()
    }

    /// Whether a name that it does not have goes on to the next plugin.
    pub(super) fn passes(&self, name: &str) -> bool {
        longest(&self.fallthrough, name).is_some()
    }

    /// The addresses of a name, of both families.
    pub(super) fn find(&self, name: &str) -> Option<Listed> {
        let of = |wanted: &str| -> Vec<IpAddr> {
            let named = self.entries.iter().filter(|(n, _)| n == wanted);
            named.map(|(_, address)| *address).collect()
        };
        let addresses = of(name);
        if !addresses.is_empty() {
            return Some(Listed {
                addresses,
                by_wildcard: false,
            });
        }
        let (_, parent) = name.split_once('.').filter(|(_, p)| !p.is_empty())?;
        let addresses = of(&format!("*.{parent}"));
        (!addresses.is_empty()).then_some(Listed {
            addresses,
            by_wildcard: true,
        })
    }

    pub(super) fn parse(
        cursor: &mut Cursor,
        block: &[String],
        files: &Files,
    ) -> Result<Vec<Self>, Fault> {
        let mut found: Vec<Self> = Vec::new();
        while cursor.next() {
            if !found.is_empty() {
                return Err(cursor.twice());
            }
            found.push(Self::one(cursor, block, files)?);
        }
        Ok(found)
    }

    fn one(cursor: &mut Cursor, block: &[String], files: &Files) -> Result<Self, Fault> {
        let at = cursor.at();
        let words = cursor.rest();
        let (path, zones) = match words.split_first() {
            Some((path, zones)) => (path.as_str(), zones),
            None => (OWN, [].as_slice()),
        };
        let text = files.read(path);
        let mut told = Self {
            at,
            path: path.to_owned(),
            is_read: text.is_some() || path == OWN,
            zones: origins(zones, block),
            entries: Vec::new(),
            fallthrough: Vec::new(),
        };
        let lines = text.unwrap_or_default().lines();
        for line in lines.map(|l| l.split('#').next().unwrap_or_default()) {
            told.line(line.split_whitespace().collect());
        }
        let mut unsupported = false;
        while cursor.next_inside() {
            match cursor.text() {
                "fallthrough" => told.fallthrough = cursor.fallthrough(),
                "fallthrough_unsupported" if cursor.rest().is_empty() => unsupported = true,
                "fallthrough_unsupported" => return Err(cursor.wrong_count()),
                "no_reverse" => {}
                "ttl" => {
                    let seconds = cursor.rest().first().and_then(|w| number(w));
                    if seconds.is_none_or(|s| !(1..=65_535).contains(&s)) {
                        return Err(cursor.fault("`ttl` is no number from 1 to 65535"));
                    }
                }
                "reload" => {
                    let words = cursor.rest();
                    let time = words.first().filter(|_| words.len() == 1);
                    if time.and_then(|w| duration(w)).is_none_or(|d| d < 0) {
                        return Err(cursor.fault("`reload` is no duration"));
                    }
                }
                // Once `fallthrough` was read, a line is no address any more.
                first if told.fallthrough.is_empty() => {
                    let rest = cursor.rest();
                    let words = std::iter::once(first).chain(rest.iter().map(String::as_str));
                    told.line(words.collect());
                }
                first if first.parse::<IpAddr>().is_ok() => {
                    return Err(cursor.fault("addresses have to stand before `fallthrough`"));
                }
                _ => return Err(cursor.unknown_property()),
            }
        }
        if unsupported && told.fallthrough.is_empty() {
            return Err(cursor.fault("`fallthrough_unsupported` needs `fallthrough`"));
        }
        Ok(told)
    }

    /// Takes a line of an address and its names; what is no such line counts for nothing.
    fn line(&mut self, words: Vec<&str>) {
        let Some((address, names)) = words.split_first() else {
            return;
        };
        let address = address.split('%').next().unwrap_or_default();
        let Ok(address) = address.parse::<IpAddr>() else {
            return;
        };
        let names = names.iter().map(|n| fqdn(n));
        let own = names.filter(|n| longest(&self.zones, n).is_some());
        let own: Vec<String> = own.collect();
        self.entries.extend(own.into_iter().map(|n| (n, address)));
    }
}
